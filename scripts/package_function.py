"""Lay out what a cloud takes as a function: the folder of its source, or Amazon's archive.

python -m scripts.package_function google --out build/google    a folder that Google builds
python -m scripts.package_function azure --out build/azure      a folder that Azure builds
python -m scripts.package_function aws --out build/aws          the same with its packages, zipped
"""

import argparse
import compileall
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import NamedTuple

from packaging.requirements import Requirement

from scripts.servers import ROOT

# Of the web half, what opens a model and answers; pages and what only they need stay away.
CORE = ("cryptography", "flask", "joblib", "numpy", "orjson", "pydantic", "scikit-learn")
STORES = {"s3": "boto3", "gs": "google-cloud-storage", "az": "azure-storage-blob"}
LEFT_OUT = ("__pycache__", "components", "figures", "pages", "templates")
NEEDLESS = ("__pycache__", "tests", "*.pyi", "include")  # of the packages, where bytes are counted
SERVICES = ("s3", "sso", "sso-oidc", "sts")  # of Amazon's, the bucket and who may read it
PYTHON = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
HANDLER = "dashboard.functions.aws.handler"
LAMBDA_MIB = 250  # what Lambda takes of an archive, unpacked
HOST = {"version": "2.0", "extensions": {"http": {"routePrefix": ""}}}


class Vendor(NamedTuple):
    """What a vendor's function is made of, beside the code.

    ``files`` by name, the packages of its ``framework``, and the ``store`` it most likely reads.
    """

    files: dict[str, str]
    framework: tuple[str, ...]
    store: str


VENDORS = {
    "google": Vendor(
        {"main.py": "from dashboard.functions.google import predict\n"},
        ("functions-framework",),
        "gs",
    ),
    "aws": Vendor({}, (), "s3"),
    "azure": Vendor(
        {
            "function_app.py": "from dashboard.functions.azure import app\n",
            "host.json": json.dumps(HOST, indent=2) + "\n",
        },
        ("azure-functions",),
        "az",
    ),
}


def main() -> int:
    """Write it, and say what it is."""
    parser = argparse.ArgumentParser(prog="python -m scripts.package_function")
    parser.add_argument("vendor", choices=VENDORS)
    parser.add_argument("--out", type=Path, required=True, help="a folder, made anew")
    parser.add_argument("--store", choices=STORES, help="where ARTIFACTS_URL will point")
    given = parser.parse_args()
    vendor = VENDORS[given.vendor]
    lay_out(vendor, given.out, store=given.store or vendor.store)
    if given.vendor == "aws":
        install(given.out)
        archive = shutil.make_archive(str(given.out), "zip", given.out)
        if (size := size_mib(given.out)) > LAMBDA_MIB:
            print(f"{size:.0f} MiB unpacked; Lambda takes {LAMBDA_MIB} in an archive.")
            return 1
        print(f"{archive}: {size:.0f} MiB unpacked; handler {HANDLER}")
    else:
        print(f"{given.out}: {size_mib(given.out):.1f} MiB, packages are installed by the cloud")
    return 0


def lay_out(vendor: Vendor, out: Path, *, store: str) -> None:
    """Write the code, the vendor's own files and the pins of all packages that they need."""
    if out.exists():
        shutil.rmtree(out)
    for part in ("dashboard", "store"):
        shutil.copytree(ROOT / part, out / part, ignore=shutil.ignore_patterns(*LEFT_OUT))
    for name, text in vendor.files.items():
        (out / name).write_text(text, encoding="utf-8")
    pins = closure((*CORE, STORES[store], *vendor.framework))
    lines = [f"{name}=={version}\n" for name, version in sorted(pins.items())]
    (out / "requirements.txt").write_text("".join(lines), encoding="utf-8")


def install(out: Path) -> None:
    """Put the packages beside the code, as Lambda wants them: for Linux, without what is not run.

    Raises:
        CalledProcessError: One of them cannot be had.
    """
    uv = str(Path(sys.executable).parent / "uv")
    command = [uv, "pip", "install", "--quiet", "--no-deps"]
    command += ["--python-platform", "x86_64-manylinux_2_28", "--python-version", PYTHON]
    command += ["--only-binary", ":all:", "--link-mode", "copy"]
    command += ["--target", str(out), "--requirement", str(out / "requirements.txt")]
    subprocess.run(command, check=True)
    services = [path for path in out.glob("botocore/data/*/") if path.name not in SERVICES]
    for path in (*services, *(path for pattern in NEEDLESS for path in out.rglob(pattern))):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    # An instance cannot keep what it compiles; by content, as an archive changes the times.
    compileall.compile_dir(
        out, quiet=2, stripdir=out, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
    )


def closure(names: tuple[str, ...]) -> dict[str, str]:
    """These packages and all that they need, with the versions that are installed here."""
    found: dict[str, str] = {}
    todo = [canonical(name) for name in names]
    while todo:
        if (name := todo.pop()) in found:
            continue
        try:
            found[name] = version(name)
        except PackageNotFoundError as error:
            raise SystemExit(f"{name} is not installed; make .venv/.dev installs it.") from error
        todo += [
            canonical(needed.name)
            for needed in map(Requirement, requires(name) or ())
            if needed.marker is None or needed.marker.evaluate({"extra": ""})
        ]
    return found


def canonical(name: str) -> str:
    """A package's name as registries write it; an extra goes."""
    return re.sub(r"[-_.]+", "-", name.partition("[")[0]).lower()


def size_mib(folder: Path) -> float:
    """What the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


if __name__ == "__main__":
    sys.exit(main())
