"""The same tasks in processes of this machine, ``--engine local``, against Spark's."""

from pathlib import Path

from tests.bench.archived import with_archive
from tests.bench.contestants import contestant
from tests.bench.crossover import profile
from tests.bench.findings import Finding, ratio
from tests.bench.processes import Cost
from tests.bench.tables import MILLION, table
from tests.bench.warm import UNITS, middle

SIZES = (10_000, MILLION)
WARM_UPS = 2


def measure(data: Path, *, quick: bool) -> list[Finding]:
    """Warm, then cold, from the command to the artifact; both engines in turn."""
    rounds = 2 if quick else 5
    findings = []
    environment = with_archive(data)
    for rows in SIZES:
        where = table(data, rows)
        cold: dict[str, list[Cost]] = {"local": [], "spark": []}
        for _ in range(rounds):
            for engine, costs in cold.items():
                costs.append(profile(where, environment, engine=engine))
        for state, found in (("warm", _warm(where, rounds)), ("cold", cold)):
            local, spark = middle(found["local"]), middle(found["spark"])
            for a, b, (kind, unit) in zip(local, spark, UNITS, strict=True):
                what = f"Without Spark / with it, {rows:,} rows, {state}, {kind}"
                findings.append(ratio(what, a, b, unit=unit))
    return findings


def _warm(where: Path, rounds: int) -> dict[str, list[Cost]]:
    found: dict[str, list[Cost]] = {"local": [], "spark": []}
    with contestant("local") as local, contestant("spark") as spark:
        engines = {"local": local, "spark": spark}
        for turn in range(WARM_UPS + rounds):
            for name, engine in engines.items():
                cost = engine.ask(do="profile", where=str(where))
                if turn >= WARM_UPS:
                    found[name].append(cost)
    return found
