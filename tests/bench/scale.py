"""How time and memory grow with the rows, from 1 M to 100 M."""

import math
from pathlib import Path

from tests.bench.contestants import contestant
from tests.bench.findings import Finding
from tests.bench.processes import Cost, Peak
from tests.bench.tables import MILLION, table
from tests.bench.warm import middle

SIZES = tuple(million * MILLION for million in (1, 3, 10, 30, 100))
QUICK = SIZES[:4]
TINY = 10_000  # takes what every job takes
SLOPE = (0.95, 1.1)
FLAT = 1.2
WARM_UPS = 2
WARM_UP_ROWS = 3 * MILLION  # enough for every worker


def measure(data: Path, *, quick: bool) -> list[Finding]:
    """A session of its own for each size; a table of a few splits warms it up."""
    sizes = QUICK if quick else SIZES
    tiny, _ = _at(data, TINY, repeats=3)
    costs, peaks = [], []
    findings = [
        Finding(
            f"Profile of {TINY:,} rows, warm session: what every job takes",
            f"{tiny.seconds:.2f} s, {tiny.cpu_seconds:.2f} CPU s",
            numbers={"s": tiny.seconds, "cpu_s": tiny.cpu_seconds},
        )
    ]
    for rows in sizes:
        cost, peak = _at(data, rows, repeats=1 if quick else 3)
        costs.append(cost)
        peaks.append(peak)
        findings.append(
            Finding(
                f"Profile of {rows / MILLION:g} M rows, warm session",
                f"{cost.seconds:.2f} s, {cost.cpu_seconds:.2f} CPU s, {peak:.0f} MB at most",
                numbers={"s": cost.seconds, "cpu_s": cost.cpu_seconds, "peak_mb": peak},
            )
        )
    for kind, fixed, times in (
        ("wall", tiny.seconds, [cost.seconds for cost in costs]),
        ("CPU", tiny.cpu_seconds, [cost.cpu_seconds for cost in costs]),
    ):
        slope = slope_of(sizes, [time - fixed for time in times])
        findings.append(
            Finding(
                f"Slope of log {kind} time over log rows, without what every job takes",
                f"{slope:.2f}",
                f"{SLOPE[0]:g} to {SLOPE[1]:g}",
                SLOPE[0] <= slope <= SLOPE[1],
                {"slope": slope},
            )
        )
        slope = slope_of(sizes, times)
        findings.append(
            Finding(
                f"The same with what every job takes, {kind}",
                f"{slope:.2f}",
                f"at most {SLOPE[1]:g}",
                slope <= SLOPE[1],
                {"slope": slope},
            )
        )
    growth = max(peaks) / min(peaks)
    findings.append(
        Finding(
            "Most memory (PSS) of driver, Java and workers, largest / smallest",
            f"{growth:.2f} x  ({min(peaks):.0f} to {max(peaks):.0f} MB)",
            f"at most {FLAT:g} x",
            growth <= FLAT,
            {"ratio": growth, "least_mb": min(peaks), "most_mb": max(peaks)},
        )
    )
    return findings


def slope_of(rows: tuple[int, ...], times: list[float]) -> float:
    """The least-squares slope of the logarithms."""
    x, y = [math.log(n) for n in rows], [math.log(t) for t in times]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    covered = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return covered / sum((a - mean_x) ** 2 for a in x)


def _at(data: Path, rows: int, *, repeats: int) -> tuple[Cost, float]:
    where, usual = str(table(data, rows)), str(table(data, WARM_UP_ROWS))
    with contestant("spark") as spark:
        for _ in range(WARM_UPS):
            spark.ask(do="profile", where=usual)
        with Peak(spark.process) as peak:  # of one job, as a command has it
            costs = [spark.ask(do="profile", where=where)]
        costs += [spark.ask(do="profile", where=where) for _ in range(repeats - 1)]
    return middle(costs), peak.mb
