"""The Spark job on the wine table, cold: from the command to the artifact."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from scripts.servers import ROOT
from store.schema import Profile, decode
from tests.bench.findings import Finding
from tests.bench.release import TABLE


def measure(*, quick: bool) -> list[Finding]:
    """The wall time of the command, and the parts that the job itself noted."""
    runs = [_run() for _ in range(1 if quick else 3)]
    parts = {name: median(run[name] for run in runs) for name in runs[0]}
    rest = parts["command_s"] - parts["start_s"] - parts["read_s"] - parts["aggregate_s"]
    return [
        Finding(
            "The Spark job on data/wine.csv, command to artifact",
            f"{parts['command_s']:.1f} s  (start {parts['start_s']:.1f}, read "
            f"{parts['read_s']:.1f}, aggregate {parts['aggregate_s']:.1f}, Python {rest:.1f})",
            numbers=parts,
        )
    ]


def _run() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "pipeline", "profile", str(TABLE), "--artifacts", folder],
            cwd=ROOT,
            capture_output=True,
            check=True,
        )
        seconds = time.perf_counter() - begin
        [file] = Path(folder).glob("profiles/wine/*/profile.json")
        run = decode(Profile, file.read_bytes(), name=file.name).run
    return {
        "command_s": seconds,
        "start_s": run.start_seconds,
        "read_s": run.read_seconds,
        "aggregate_s": run.aggregate_seconds,
        "total_s": run.total_seconds,
    }
