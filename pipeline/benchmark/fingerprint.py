"""The machine that a run was made on, without anything that tells whose it is.

No host name, user, path, address or serial number is read, but for the maker's name of the
machine, which tells a rented one.
"""

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Final, Literal

import psutil

from pipeline.benchmark.nvml import nvidia_gpus
from store.benchmark_run import Accelerator, Machine

Place = Literal["local", "colab", "aws", "gcp", "azure", "other"]
# Waiting threads sleep: where others work too, spinning ones fight. But not at once: to wake one
# on a quiet virtual machine takes so long that small fits take fifteen times as long.
WAIT_POLICY: Final = "PASSIVE"
SPINS: Final = 10_000
PACKAGES: Final = (
    "catboost", "cuml-cu12", "cuml-cu13", "cupy-cuda12x", "cupy-cuda13x", "lightgbm", "numpy",
    "nvidia-ml-py", "scikit-learn", "scikit-learn-intelex", "scipy", "torch", "xgboost",
    "xgboost-cpu",
)  # fmt: skip
PROC, DMI, CGROUP = Path("/proc"), Path("/sys/class/dmi/id"), Path("/sys/fs/cgroup")


def machine(*, instance: str | None = None) -> Machine:
    """This machine. ``instance`` is the type of a rented one, where its owner says it."""
    info = cpu_info()
    gpus, note = accelerators()
    place, told = where()
    return Machine(
        place=place,
        instance=instance or told,
        cpu=info.get("model name") or _mac_cpu() or platform.processor() or "unknown",
        cpu_details=_details(info),
        virtual="hypervisor" in info["flags"].split() if "flags" in info else None,
        architecture=platform.machine(),
        cores=os.cpu_count() or 1,
        physical_cores=psutil.cpu_count(logical=False),
        cpu_quota=cpu_quota(),
        memory_bytes=psutil.virtual_memory().total,
        accelerators=gpus,
        accelerators_note=note,
        system=f"{platform.system()} {platform.release().split('-')[0]}",
        python=platform.python_version(),
        packages=_versions(),
        threads=threads(),
        blas=blas(),
        omp_wait_policy=f"{WAIT_POLICY} after {SPINS:,} spins",
    )


def accelerators() -> tuple[tuple[Accelerator, ...], str]:
    """The GPUs, and what there is to say about them."""
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        name = _mac_cpu() or "Apple chip"
        gpu = Accelerator(kind="mps", name=name, memory_bytes=None, driver=None)
        return (gpu,), "The GPU of an Apple chip shares the machine's memory"
    return nvidia_gpus()


def threads() -> int:
    """How many threads a library may run: the cores that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    quota = cpu_quota()
    return max(1, min(usable or 1, round(quota) if quota else usable or 1))


def cpu_quota(folder: Path = CGROUP) -> float | None:
    """How many cores a container lets this process use; None without a limit."""
    try:
        limit, period = (folder / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:
            limit = (folder / "cpu" / "cpu.cfs_quota_us").read_text(encoding="ascii").strip()
            period = (folder / "cpu" / "cpu.cfs_period_us").read_text(encoding="ascii").strip()
        except OSError:
            return None
    return None if limit in ("max", "-1") else int(limit) / int(period)


def cpu_info(folder: Path = PROC) -> dict[str, str]:
    """What Linux says of the first core; nothing elsewhere."""
    try:
        text = (folder / "cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, _, value in pairs}


def where(folder: Path = DMI) -> tuple[Place, str | None]:
    """Where the machine stands, and its type if the maker's name tells it."""
    if "COLAB_RELEASE_TAG" in os.environ:
        return "colab", None
    vendor, product = (_line(folder / name) for name in ("sys_vendor", "product_name"))
    if vendor == "Amazon EC2":
        return "aws", product if re.fullmatch(r"[a-z0-9-]+\.[a-z0-9-]+", product) else None
    if product == "Google Compute Engine":
        return "gcp", None
    if vendor == "Microsoft Corporation" and product == "Virtual Machine":
        return "azure", None
    return "local", None


def blas() -> tuple[str, ...]:
    """The linear algebra libraries that NumPy and SciPy bring."""
    import numpy  # noqa: F401  loads its library
    import scipy.linalg  # type: ignore[import-untyped]  # noqa: F401  likewise
    from threadpoolctl import threadpool_info

    found = {
        f"{one['internal_api']} {one['version']}"
        for one in threadpool_info()
        if one["user_api"] == "blas"
    }
    return tuple(sorted(found))


def _line(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _details(info: dict[str, str]) -> str | None:
    """An AMD EPYC in a virtual machine says no more than that by its name."""
    names = (("vendor_id", "vendor"), ("cpu family", "family"), ("model", "model"))
    parts = [f"{said} {info[name]}" for name, said in (*names, ("stepping", "stepping"))
             if name in info]  # fmt: skip
    return ", ".join(parts) or None


def _mac_cpu() -> str | None:
    """What macOS calls its processor."""
    if platform.system() != "Darwin":
        return None
    asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip() or None


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
