"""Spark's tasks, Spark's own operators and no Spark at all find the same in a table."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyspark.sql import SparkSession

from pipeline.condense import condense
from pipeline.findings import Findings
from pipeline.inputs import find_input
from pipeline.job_run import Engine
from pipeline.kernel.ranks import RANK_ERROR
from pipeline.profile import profile
from pipeline.read import read_prepared
from pipeline.runners import LocalRunner, SparkRunner
from pipeline.steps import load_profile
from pipeline.table.prepare import Prepared, prepare
from pipeline.toml import to_toml
from store.artifacts import FolderStore
from store.descriptor import Descriptor, Feature, Target
from store.schema import Section
from tests.pipeline.agreement import differences
from tests.pipeline.conftest import Verb

ROWS = 10_000
FILES = 4
GROUPS = ("kind", "shop", "none")
TABLE = Descriptor(
    name="any",
    target=Target(column="kind", classes={"r": "Red", "w": "White"}),
    features=tuple(
        Feature(column=name) for name in ("normal", "gaps", "far", "tail", "constant", "whole")
    ),
    categories=("shop", "city"),
    group_by=GROUPS[1:],
    dates=("picked",),
)
Engines = dict[Engine, Findings]


def rows(random: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Rows with gaps, a mean that dwarfs the spread, a heavy tail, and a few that are no rows."""
    for i in range(ROWS):
        kind = str(random.choice(["r", "w", "rosé"], p=[0.6, 0.3, 0.1]))
        yield (
            {
                "normal": random.normal() + (kind == "r"),
                "gaps": None if random.random() < 0.2 else random.normal(),
                "far": 1e9 + random.normal() * 1e-3,
                "tail": random.standard_cauchy(),
                "constant": 7.25,
                "whole": int(random.poisson(3)),
                "kind": "" if i % 997 == 0 else "beer" if i % 991 == 0 else kind,
                "shop": str(random.choice(["A", "B", "C", ""])),
                "none": "" if random.random() < 0.9 else "one",
                "city": f"city {int(random.pareto(1)) % 15}",
                "picked": date(2024, 1, 1) + timedelta(days=int(random.integers(0, 700))),
            }
            | ({"whole": "many"} if i % 983 == 0 else {})
            | ({"tail": np.inf} if i % 977 == 0 else {})
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The rows as several CSV files."""
    made = tmp_path_factory.mktemp("agree")
    every = list(rows(np.random.default_rng(5)))
    for n in range(FILES):
        with (made / f"{n}.csv").open("w", newline="", encoding="utf-8") as file:
            lines = csv.DictWriter(file, list(every[0]))
            lines.writeheader()
            lines.writerows(every[n * ROWS // FILES : (n + 1) * ROWS // FILES])
    return made


def cut(folder: Path) -> Prepared:
    """The files as a table of several splits."""
    table = prepare(find_input(str(folder)), TABLE, GROUPS, needs_group=True)
    [whole] = table.splits
    splits = [whole._replace(number=i, pieces=(piece,)) for i, piece in enumerate(whole.pieces)]
    return table._replace(splits=splits)


def by_kernel(spark: SparkSession, table: Prepared) -> Engines:
    """What the kernel finds, in Spark's tasks and without Spark."""
    return {
        "spark": condense(table, TABLE, GROUPS, SparkRunner(spark, parallelism=2), uri="t"),
        "local": condense(table, TABLE, GROUPS, LocalRunner(1), uri="t"),
    }


@pytest.fixture(scope="module")
def engines(spark: SparkSession, folder: Path) -> Engines:
    """What each engine finds."""
    table = cut(folder)
    frame = read_prepared(spark, table, TABLE, groups=GROUPS, uri=str(folder))
    try:
        by_operators = profile(frame.frame, TABLE, groups=GROUPS, rejected=frame.rejected)
    finally:
        frame.frame.unpersist()
    return by_kernel(spark, table) | {"dataframe": by_operators}


def sections(found: Findings) -> dict[str, Section]:
    """Every section by what it is about."""
    every: dict[str, Section] = {"all": found.overall}
    every |= {f"{GROUPS[0]}={group.value}": group for group in found.groups}
    for grouping in found.groupings:
        every |= {f"{grouping.column}={group.value}": group for group in grouping.groups}
    return every


def test_the_table_has_all_that_engines_could_differ_in(engines: Engines) -> None:
    found = engines["local"]

    assert found.rows + found.rejected.rows == ROWS
    assert len(found.rejected.reasons) == 4
    assert list(sections(found)) == [
        "all", "kind=r", "kind=w", "shop=A", "shop=B", "shop=C", "none=one",
    ]  # fmt: skip
    assert found.overall.column("gaps").missing > 1_000
    assert found.overall.column("constant").sd == 0.0
    assert found.overall.column("far").sd == pytest.approx(1e-3, rel=0.05)


def test_spark_changes_no_bit_of_what_is_found_without_it(engines: Engines) -> None:
    assert engines["spark"] == engines["local"]


def test_sparks_own_operators_find_the_same_but_for_rounding(engines: Engines) -> None:
    one, other = engines["local"], engines["dataframe"]

    assert (one.rows, one.rejected.rows, one.rejected.reasons) == (
        other.rows,
        other.rejected.rows,
        other.rejected.reasons,
    )
    assert list(sections(one)) == list(sections(other))
    for name, section in sections(one).items():
        theirs = sections(other)[name]
        assert list(differences(section, theirs, atol=1e-12, place=name)) == []


@pytest.fixture(scope="module")
def usable(folder: Path) -> list[dict[str, str]]:
    """The usable rows, read anew."""
    every = [
        row
        for file in sorted(folder.iterdir())
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]
    return [
        row
        for row in every
        if row["kind"] in TABLE.target.classes and row["whole"] != "many" and row["tail"] != "inf"
    ]


def test_a_mean_that_dwarfs_the_spread_costs_no_engine_its_digits(
    engines: Engines, usable: list[dict[str, str]]
) -> None:
    values = np.array([float(row["far"]) for row in usable])
    exact = np.std(values - 1e9, ddof=1)  # the difference of floats so near each other is exact

    for found in engines.values():
        assert found.rows == len(usable)
        assert found.overall.column("far").sd == pytest.approx(exact, rel=1e-9)


def rank_error(values: np.ndarray, share: float, found: float) -> float:
    """How far a quantile is from its rank, as a part of all values."""
    place = share * (len(values) - 1)
    below = np.searchsorted(values, found, side="left")
    above = np.searchsorted(values, found, side="right") - 1
    return max(0.0, below - np.ceil(place), np.floor(place) - above) / len(values)


def test_beyond_the_exact_rows_quantiles_keep_their_stated_rank_error(
    spark: SparkSession,
    folder: Path,
    usable: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("pipeline.kernel.plan.EXACT_ROWS", 50)

    found = by_kernel(spark, cut(folder))

    assert found["spark"] == found["local"]
    bounds = []
    for name, section in sections(found["local"]).items():
        by, _, value = name.partition("=")
        mine = usable if name == "all" else [row for row in usable if row[by] == value]
        for column in section.columns:
            values = np.sort([float(row[column.name]) for row in mine if row[column.name]])
            for share, quantile in column.quantiles.items():
                assert (
                    rank_error(values, float(share), quantile or 0.0)
                    <= column.rank_error
                    <= RANK_ERROR
                )
            bounds.append(column.rank_error)
    assert max(bounds) > 0.0


# What only Spark can read


@pytest.fixture
def view(spark: SparkSession, folder: Path) -> Iterator[str]:
    """The usable rows as a temporary view with types of Spark's own."""
    frame = spark.read.csv(str(folder), header=True)
    frame.selectExpr(
        *(f"try_cast({f.column} AS DOUBLE) AS {f.column}" for f in TABLE.features[:-1]),
        "try_cast(whole AS DECIMAL(5, 1)) AS whole",
        "kind",
        "shop",
        "none",
        "city",
        "CAST(CONCAT(picked, 'T12:00:00') AS TIMESTAMP) AS picked",
    ).where(
        "kind IN ('r', 'w') AND tail < DOUBLE('Infinity') AND whole IS NOT NULL"
    ).createTempView("wines")
    yield "table:wines"
    spark.catalog.dropTempView("wines")


def test_a_view_of_sparks_is_profiled_as_its_files_are(
    view: str, engines: Engines, verb: Verb, shelf: FolderStore, tmp_path: Path
) -> None:
    descriptor = tmp_path / "any.toml"
    descriptor.write_text(to_toml(TABLE), encoding="utf-8")

    result = verb("profile", view, "--descriptor", descriptor)

    assert result.exit_code == 0, result.stderr
    made = load_profile(shelf, result.stdout.split()[-1]).profile
    assert (made.input.format, made.input.uri, made.input.files) == ("table", view, ())
    assert (made.run.engine, made.rejected.rows) == ("dataframe", 0)
    theirs = engines["dataframe"]
    for part in ("overall", "groups", "groupings"):
        one, other = getattr(made, part), getattr(theirs, part)
        assert list(differences(one, other, atol=1e-12)) == []


def test_a_view_without_a_descriptor_speaks_for_itself_and_may_be_asked(
    view: str, usable: list[dict[str, str]], verb: Verb, shelf: FolderStore
) -> None:
    words = ["--group-by", "kind", "--where", "shop == A", "--where", "picked < 2024-06-01"]

    result = verb("profile", view, *words)

    assert result.exit_code == 0, result.stderr
    made = load_profile(shelf, result.stdout.split()[-1]).profile
    wanted = [row for row in usable if row["shop"] == "A" and row["picked"] < "2024-06-01"]
    assert (made.name, made.rows) == ("wines", len(wanted))
    assert made.descriptor.columns == TABLE.columns
    assert [trend.name for trend in made.overall.trends] == ["picked"]
    assert made.where == ("shop == A", "picked < 2024-06-01")


@pytest.mark.parametrize(
    "where", ["table:no_such", "table:no.such.table", "table:", "s3a://b/t.csv"]
)
def test_what_spark_cannot_read_is_refused_in_one_line(
    where: str, verb: Verb, shelf: FolderStore
) -> None:
    result = verb("profile", where)

    assert (result.exit_code, result.stdout, shelf.keys()) == (2, "", [])
    said = result.stderr[result.stderr.index("Error: ") :]
    assert said.startswith(f"Error: Spark cannot read {where}: ")
    assert len(said.splitlines()) == 1


def test_a_view_without_numbers_is_refused(spark: SparkSession, verb: Verb) -> None:
    spark.createDataFrame([("a",)], "shop string").createOrReplaceTempView("shops")

    result = verb("profile", "table:shops")

    assert result.exit_code == 2
    assert "table:shops has no numeric column" in result.stderr


def test_a_sampled_row_has_its_own_categories_whichever_engine_drew_it(
    engines: Engines, folder: Path
) -> None:
    read = [
        row
        for file in sorted(folder.iterdir())
        for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())
    ]
    texts = {float(row["normal"]): (row["shop"] or None, row["city"]) for row in read}

    for found in engines.values():
        drawn = found.sample
        assert drawn.categories == ("shop", "city")
        normal = drawn.columns.index("normal")
        assert drawn.texts == tuple(texts[row[normal] or 0.0] for row in drawn.values)
    assert engines["spark"].sample == engines["local"].sample
