"""What is packaged as a function runs with what its requirements name, and with nothing else."""

import json
import os
import subprocess
import sys
import urllib.request
from importlib.metadata import distribution
from pathlib import Path

import pytest

from scripts.package_function import VENDORS, closure, lay_out, main
from scripts.servers import ROOT, free_port, running

NOT_FOR_FUNCTIONS = {"dash", "flask-compress", "pandas", "plotly", "pyspark"}


def requirements(folder: Path) -> dict[str, str]:
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines)  # anything but name==version fails


def alone_with(packages: dict[str, str], tree: Path, site: Path) -> dict[str, str]:
    """The environment of a Python that finds the tree and these packages, and no others."""
    site.mkdir()
    for name in packages:
        for file in distribution(name).files or ():
            target = Path(str(distribution(name).locate_file(file.parts[0])))
            if file.parts[0] != ".." and not (site / file.parts[0]).exists():
                (site / file.parts[0]).symlink_to(target)
    return {
        "ARTIFACTS_URL": str(ROOT / "data" / "artifacts"),
        "CACHE_DIR": str(site / "cache"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{tree}{os.pathsep}{site}",
    }


# The interpreter below the virtual environment, without its packages.
BARE = [sys._base_executable, "-S"]  # type: ignore[attr-defined]  # no type names it


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_function_is_small_and_all_its_packages_are_pinned(vendor: str, tmp_path: Path) -> None:
    lay_out(VENDORS[vendor], tmp_path / "out", store=VENDORS[vendor].store)

    wanted = requirements(tmp_path / "out")
    assert {"flask", "numpy", "pydantic", "scikit-learn", "scipy"} <= set(wanted)
    assert wanted.keys() & NOT_FOR_FUNCTIONS == set()
    assert not (tmp_path / "out" / "dashboard" / "pages").exists()
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*.py")) < 10**6


def test_the_store_says_which_package_reads_it(tmp_path: Path) -> None:
    lay_out(VENDORS["google"], tmp_path / "out", store="s3")

    wanted = requirements(tmp_path / "out")
    assert "boto3" in wanted
    assert "google-cloud-storage" not in wanted


def test_a_package_comes_with_what_it_needs_and_without_its_extras() -> None:
    found = closure(("moto[server]",))

    assert {"moto", "boto3", "botocore", "urllib3"} <= set(found)
    assert "flask-cors" not in found


def test_googles_folder_runs_in_its_framework(tmp_path: Path) -> None:
    lay_out(VENDORS["google"], tmp_path / "out", store="gs")
    variables = alone_with(requirements(tmp_path / "out"), tmp_path / "out", site=tmp_path / "site")
    port = str(free_port())
    command = [*BARE, "-m", "functions_framework", "--source", str(tmp_path / "out" / "main.py")]
    command += ["--target", "predict", "--host", "127.0.0.1", "--port", port]

    url = f"http://127.0.0.1:{port}/readyz"
    with (
        running(command, url, variables, quiet=True),
        urllib.request.urlopen(url, timeout=30) as answer,
    ):
        said = json.load(answer)

    assert said["status"] == "ready"


def test_azures_folder_has_one_function_for_every_path(tmp_path: Path) -> None:
    lay_out(VENDORS["azure"], tmp_path / "out", store="az")
    variables = alone_with(requirements(tmp_path / "out"), tmp_path / "out", site=tmp_path / "site")
    program = (
        "import json, function_app\n"
        "[function] = function_app.app.get_functions()\n"
        "print(json.dumps([b.get_dict_repr() for b in function.get_bindings()], default=str))"
    )

    said = subprocess.run(
        [*BARE, "-c", program], env=variables, capture_output=True, text=True, check=True
    ).stdout

    trigger = json.loads(said)[0]
    host = json.loads((tmp_path / "out" / "host.json").read_text(encoding="utf-8"))
    assert trigger["type"] == "httpTrigger"
    assert trigger["route"] == "{*path}"
    assert host["extensions"]["http"]["routePrefix"] == ""


@pytest.mark.slow
def test_amazons_archive_fits_and_answers_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "aws"
    monkeypatch.setattr("sys.argv", ["package_function", "aws", "--out", str(out)])
    event = {"rawPath": "/readyz", "requestContext": {"http": {"method": "GET"}}}
    program = (
        "from dashboard.functions.aws import handler\n"
        f"print(handler({event!r}, None)['statusCode'])"
    )
    variables = {
        "ARTIFACTS_URL": str(ROOT / "data" / "artifacts"),
        "CACHE_DIR": str(tmp_path / "cache"),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(out),
    }

    assert main() == 0

    assert "handler dashboard.functions.aws.handler" in capsys.readouterr().out
    assert (tmp_path / "aws.zip").is_file()
    answered = subprocess.run(
        [*BARE, "-c", program], cwd=out, env=variables, capture_output=True, text=True, check=False
    )
    assert answered.stdout.strip() == "200", answered.stderr
