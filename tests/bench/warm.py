"""A warm engine and 10 M rows: the profile against a bare scan, DuckDB and Polars."""

from pathlib import Path
from statistics import median

from tests.bench.contestants import contestant
from tests.bench.findings import Finding, ratio
from tests.bench.processes import Cost, Watched
from tests.bench.rivals import RIVALS, THREADS
from tests.bench.tables import MILLION, table

ROWS = 10 * MILLION
MOST = 2.0  # times a scan
LEAST = 3.0  # times as fast as engines with approximate quantiles
APPROXIMATE = ("DuckDB", "Polars")
WARM_UPS = 2
UNITS = (("wall", "s"), ("CPU", "cpu_s"))


def measure(data: Path, *, quick: bool) -> list[Finding]:
    """Ours and the scan by one session of Spark, in turn; then ours and each rival, in turn."""
    where = str(table(data, ROWS))
    rounds = 3 if quick else 7
    with contestant("spark") as spark:
        for _ in range(WARM_UPS):
            spark.ask(do="profile", where=where)
            spark.ask(do="scan", where=where)
        ours, scans = [], []
        for _ in range(rounds):
            ours.append(spark.ask(do="profile", where=where))
            scans.append(spark.ask(do="scan", where=where))
        findings = _ratios("Profile / Spark's own scan of the columns", ours, scans, most=MOST)
        findings.append(_speed(middle(ours)))
        for name in RIVALS:
            rival, mine = _against(name, spark, where, rounds=2 if quick else 5)
            least = LEAST if name in APPROXIMATE else None
            findings += _ratios(f"{name} / profile", rival, mine, least=least)
    return findings


def middle(costs: list[Cost]) -> Cost:
    """The medians."""
    seconds, cpu_seconds = zip(*costs, strict=True)
    return Cost(median(seconds), median(cpu_seconds))


def _against(
    name: str, spark: Watched, where: str, *, rounds: int
) -> tuple[list[Cost], list[Cost]]:
    theirs, ours = [], []
    with contestant(name) as rival:
        rival.ask(do="profile", where=where)
        for _ in range(rounds):
            theirs.append(rival.ask(do="profile", where=where))
            ours.append(spark.ask(do="profile", where=where))
    return theirs, ours


def _ratios(
    what: str,
    first: list[Cost],
    second: list[Cost],
    *,
    most: float | None = None,
    least: float | None = None,
) -> list[Finding]:
    pairs = zip(middle(first), middle(second), UNITS, strict=True)
    return [
        ratio(f"{what}, {kind}", a, b, unit=unit, most=most, least=least)
        for a, b, (kind, unit) in pairs
    ]


def _speed(cost: Cost) -> Finding:
    per_core, per_second = ROWS / cost.cpu_seconds, ROWS / cost.seconds
    return Finding(
        "Rows that a warm session profiles in a second",
        f"{per_second / MILLION:.1f} M on {THREADS} cores, "
        f"{per_core / MILLION:.1f} M per second of a core",
        numbers={"rows_per_s": per_second, "rows_per_cpu_s": per_core},
    )
