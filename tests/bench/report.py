"""What was measured, part by part, each with its time and the load of the machine meanwhile."""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any, Self

import sklearn

from tests.bench.findings import Finding

PACKAGES = ("pyspark", "numpy", "pyarrow", "pandas", "duckdb", "polars")


@dataclass(frozen=True)
class Measured:
    """A part of the bench, measured.

    ``load`` is the load average of a minute before and after; ``began`` a UTC time in ISO 8601.
    """

    began: str
    machine: str
    load: tuple[float, float]
    quick: bool
    findings: Sequence[Finding]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """What ``asdict`` made."""
        findings = tuple(Finding(**finding) for finding in said["findings"])
        return cls(**{**said, "load": tuple(said["load"]), "findings": findings})


@dataclass
class Report:
    """The parts by name; each knows where and when it was measured."""

    parts: dict[str, Measured] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The report in a file; an empty one where there is none."""
        if not file.exists():
            return cls()
        said = json.loads(file.read_text(encoding="utf-8"))
        return cls({name: Measured.of(part) for name, part in said["parts"].items()})

    def write(self, file: Path) -> None:
        """Write it as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")


def now() -> str:
    """The time in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def load_average() -> float:
    """How many processes wanted a processor, on average over the last minute."""
    return os.getloadavg()[0]


def machine() -> str:
    """What it runs on. Packages that are compiled at each import start three times as slowly."""
    compiled = Path(cache_from_source(sklearn.__file__)).exists()
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} processors ({_processor()}), Python {platform.python_version()}, "
        f"packages {'compiled' if compiled else 'not compiled'} to bytecode; {versions}"
    )


def _processor() -> str:
    """Its name, where Linux tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
