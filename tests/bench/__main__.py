"""Speed and memory as ratios, measured side by side in one run. It prints; it never fails a build.

python -m tests.bench                 all of it, about six minutes on two processors
python -m tests.bench --quick         fewer repeats
python -m tests.bench --out FILE      the figures as JSON too
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.util import cache_from_source
from pathlib import Path

import sklearn

from scripts import browser
from tests.bench import memory, prediction, requests, spark_job, start, startup
from tests.bench.findings import Finding
from tests.bench.release import wine

VERDICTS = {True: "met", False: "not met", None: ""}


def main() -> int:
    """Measure, and print a line each as it is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--quick", action="store_true", help="fewer repeats")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the figures as JSON")
    asked = parser.parse_args()
    quick: bool = asked.quick
    if browser.find() is None:
        print(browser.MISSING, file=sys.stderr)
        return 1

    began, loads = datetime.now(UTC), [os.getloadavg()[0]]
    print(f"{machine()}; load {loads[0]:.1f} at the start. Medians of repeats in turn.\n")
    model = wine()
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        parts: list[Callable[[], list[Finding]]] = [
            lambda: prediction.measure(model, quick=quick),
            lambda: requests.measure(model.body(), cache, quick=quick),
            lambda: memory.measure(cache),
            lambda: start.measure(model.body(), quick=quick),
            lambda: startup.measure(quick=quick),
            lambda: spark_job.measure(quick=quick),
        ]
        for measure in parts:
            for finding in measure():
                print(line(finding), flush=True)
                findings.append(finding)
            loads.append(os.getloadavg()[0])
    print(f"\nLoad {min(loads):.1f} to {max(loads):.1f} while measuring.")
    if asked.out:
        report = {
            "began": began.isoformat(),
            "machine": machine(),
            "load": loads,
            "quick": quick,
            "findings": [asdict(finding) for finding in findings],
        }
        asked.out.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


def machine() -> str:
    """What it ran on. Packages that are compiled at each import start three times as slowly."""
    compiled = Path(cache_from_source(sklearn.__file__)).exists()
    return (
        f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}, "
        f"packages {'compiled' if compiled else 'not compiled'} to bytecode"
    )


def line(finding: Finding) -> str:
    """One line of the table."""
    target = f"{finding.target:<16} {VERDICTS[finding.met]}"
    return f"{finding.what:<72} {finding.measured:<54} {target}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
