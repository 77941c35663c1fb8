"""Cold, from the command to its result: our verb against a script with pandas."""

import math
import os
import sys
import tempfile
from pathlib import Path

from tests.bench.archived import with_archive
from tests.bench.contestants import MASTER
from tests.bench.findings import Finding, ratio
from tests.bench.processes import Cost, command
from tests.bench.tables import DESCRIPTOR, MILLION, table
from tests.bench.warm import middle

SIZES = (MILLION // 2, MILLION, 2 * MILLION, 5 * MILLION, 10 * MILLION)
QUICK = SIZES[1:4]
FASTER_FROM = 2 * MILLION


def measure(data: Path, *, quick: bool) -> list[Finding]:
    """Both in turn at each size, with an archive of Java's classes as a second run has it."""
    environment = with_archive(data)
    findings, ratios = [], []
    for rows in QUICK if quick else SIZES:
        where = table(data, rows)
        ours, theirs = [], []
        for _ in range(1 if quick else 3):
            theirs.append(_pandas(where))
            ours.append(profile(where, environment))
        found = ratio(
            f"Profile / pandas, {rows / MILLION:g} M rows, command to result, wall",
            middle(ours).seconds,
            middle(theirs).seconds,
            unit="s",
            most=1.0 if rows >= FASTER_FROM else None,
        )
        findings.append(found)
        ratios.append((rows, found.numbers["ratio"]))
    return [*findings, _crossover(ratios)]


def profile(where: Path, environment: dict[str, str], *, engine: str = "spark") -> Cost:
    """The verb, and the artifact that it stores."""
    with tempfile.TemporaryDirectory() as store:
        verb = [sys.executable, "-m", "pipeline", "profile", str(where), "--engine", engine]
        told = ["--descriptor", str(DESCRIPTOR), "--master", MASTER, "--artifacts", store]
        return command([*verb, *told], environment)


def _pandas(where: Path) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        script = [sys.executable, "-m", "tests.bench.rivals", str(where), f"{folder}/found.json"]
        return command(script, dict(os.environ))


def _crossover(ratios: list[tuple[int, float]]) -> Finding:
    """Where both take the same time: between two sizes, on a line through the logarithms."""
    what = "Rows from which the profile is faster than pandas"
    target = f"at most {FASTER_FROM / MILLION:g} M"
    sizes, times = zip(*ratios, strict=True)
    slower = [i for i, ratio in enumerate(times) if ratio > 1]
    if not slower:
        return Finding(what, f"fewer than {sizes[0] / MILLION:g} M", target, met=True)
    last = slower[-1]
    if last == len(sizes) - 1:
        return Finding(what, f"more than {sizes[-1] / MILLION:g} M", target, met=False)
    (x, y), (x2, y2) = ((math.log(sizes[i]), math.log(times[i])) for i in (last, last + 1))
    rows = math.exp(x + (x2 - x) * y / (y - y2))
    return Finding(what, f"{rows / MILLION:.1f} M", target, rows <= FASTER_FROM, {"rows": rows})
