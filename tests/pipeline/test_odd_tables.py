"""Tables that are wide, long-winded or odd, and the results that are defined for them."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.job_run import Way
from pipeline.progress import Steps
from pipeline.steps import Ask, load_profile, make_profile
from store.artifacts import FolderStore
from store.errors import DataError
from store.releases import MAX_JSON_BYTES
from store.schema import MAX_CORRELATED, Profile
from tests.pipeline.conftest import Verb, Write

WIDE, LONG = 1_000, 20_000
Made = Callable[..., Profile]

# A process says how much memory it and its own ones took, in kB of Linux. What getrusage says of
# a process itself counts what the one had that it was forked from.
MEASURED = """
import re, resource, sys
from pathlib import Path
from pipeline.__main__ import cli
try:
    cli(sys.argv[1:])
finally:
    own, others = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime
    most = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
    print(f"{max(most, others.ru_maxrss) // 1024} {seconds}")
"""


@pytest.fixture
def made(shelf: FolderStore) -> Made:
    """Profile a table without Spark, and read what was stored."""

    def profiled(where: Path | str, *groups: str) -> Profile:
        ask = Ask(str(where), group_by=groups)
        key = make_profile(ask, shelf, Steps(), Way("local", "", {})).key
        return load_profile(shelf, key).profile

    return profiled


def measured(root: Path, shelf: FolderStore, *words: str) -> tuple[float, float, Profile]:
    """Profile in a process of its own; MiB and CPU seconds that it took, and the profile."""
    command = [sys.executable, "-c", MEASURED, "profile", *words, "--artifacts", shelf.url]
    done = subprocess.run(
        [*command, "--engine", "local"],
        cwd=root,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    *_, key, took = done.stdout.splitlines()
    mebibytes, seconds = map(float, took.split())
    return mebibytes, seconds, load_profile(shelf, key).profile


def jsonl(rows: Iterable[dict[str, Any]]) -> list[str]:
    return [json.dumps(row, ensure_ascii=False) for row in rows]


# Wide and long-winded


@pytest.mark.slow
def test_a_thousand_columns_take_bounded_time_and_memory_and_a_small_artifact(
    root: Path, shelf: FolderStore, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    columns: dict[str, Any] = {f"c{i}": random.normal(size=LONG) for i in range(WIDE)}
    columns["kind"] = np.array(["p", "q"])[random.integers(0, 2, LONG)]
    pq.write_table(pa.table(columns), tmp_path / "wide.parquet")
    expected = np.corrcoef([columns["c0"], columns["c99"]])[0, 1]
    del columns

    words = [str(tmp_path / "wide.parquet"), "--group-by", "kind"]
    mebibytes, seconds, profile = measured(root, shelf, *words)

    [key] = [key for key in shelf.keys("profiles/") if key.endswith("/profile.json")]
    assert len(shelf.get(key, max_bytes=MAX_JSON_BYTES)) < 8 * 2**20
    assert (profile.rows, len(profile.overall.columns), len(profile.groups)) == (LONG, WIDE, 2)
    assert len(profile.overall.correlation) == MAX_CORRELATED
    assert profile.overall.correlation[0][99] == pytest.approx(expected, rel=1e-9)
    assert len(profile.sample.values) == 100
    assert mebibytes < 1_300  # about 1,000; the file has 189 MiB, and a dictionary in each column
    assert seconds < 90  # about 5 on an idle core


@pytest.mark.slow
def test_a_million_distinct_values_take_bounded_memory(
    root: Path, shelf: FolderStore, tmp_path: Path
) -> None:
    rows = 1_200_000
    customers = pa.array(
        [f"customer {i % 1_000_000}" for i in range(rows - 5_000)] + ["me"] * 5_000
    )
    table = pa.table({"x": np.arange(float(rows)), "customer": customers})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=100_000)

    mebibytes, _, profile = measured(root, shelf, str(tmp_path / "t.parquet"))

    customer = profile.overall.categories[0]
    assert customer.count == rows
    assert abs(customer.distinct / 1_000_001 - 1) < 4 * customer.distinct_error < 0.1
    assert [one.value for one in customer.top] == ["me"]
    assert customer.top[0].count <= 5_000 <= customer.top[0].count + customer.count_error
    assert mebibytes < 500


# Groups


@pytest.mark.parametrize("groups", [50, 51])
def test_fifty_groups_are_profiled_and_fifty_one_are_not(
    groups: int, made: Made, write: Write
) -> None:
    lines = [f"{i},g{i % groups:02},{'AB'[i % 2]}" for i in range(4 * groups)]
    file = write("t.csv", "x,k,shop", *lines)

    further = made(file, "shop", "k")

    assert [one.column for one in further.groupings] == (["k"] if groups == 50 else [])
    if groups == 50:
        assert [group.rows for group in made(file, "k").groups] == [4] * 50
    else:
        with pytest.raises(DataError, match=r"^k has more than 50 values"):
            made(file, "k")


def test_a_class_without_a_row_is_not_listed(made: Made, write: Write) -> None:
    write(
        "t.toml",
        'name = "t"\n[target]\ncolumn = "kind"\nclasses = { p = "P", q = "Q", r = "R" }',
        '[[feature]]\ncolumn = "x"',
    )

    profile = made(write("t.csv", "x,kind", "1,r", "2,p"))

    assert [(group.value, group.label, group.rows) for group in profile.groups] == [
        ("p", "P", 1),
        ("r", "R", 1),
    ]


def test_the_key_of_folders_is_a_group_as_a_column_is(made: Made, write: Write) -> None:
    write("t/kind=a%20b/1.csv", "x", "1", "2")
    write("t/kind=ü/1.csv", "x", "3")
    folder = write("t/kind=__HIVE_DEFAULT_PARTITION__/1.csv", "x", "4").parents[1]

    profile = made(folder, "kind")

    assert [(group.value, group.rows) for group in profile.groups] == [("a b", 2), ("ü", 1)]
    assert (profile.rows, profile.rejected.reasons) == (3, {"kind is empty": 1})


NAMES = ["größe.m", "a`b", "c/d", "日本", "with space", 'quo"te', "x" * 300]


@pytest.mark.parametrize("engine", ["local", "spark", "dataframe"])
def test_columns_and_groups_may_be_called_anything(
    engine: str, verb: Verb, shelf: FolderStore, tmp_path: Path
) -> None:
    columns: dict[str, Any] = {name: [float(i), float(i * i)] for i, name in enumerate(NAMES)}
    columns |= {"la`bel.1": ["ä/b.c`d", "\u202e日"], "cat`e.gory": ["x.y", None]}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    words = ["--group-by", "la`bel.1", "--engine", engine, "--where", "`größe.m` < 5"]

    result = verb("profile", tmp_path / "t.parquet", *words)

    assert result.exit_code == 0, result.stderr
    profile = load_profile(shelf, result.stdout.split()[-1]).profile
    assert [column.name for column in profile.overall.columns] == NAMES
    assert [column.maximum for column in profile.overall.columns] == [
        0.0,
        1.0,
        4.0,
        9.0,
        16,
        25,
        36,
    ]
    assert {group.value for group in profile.groups} == {"ä/b.c`d", "\u202e日"}
    assert profile.overall.categories[0].top[0].value == "x.y"


@pytest.mark.parametrize("engine", ["local", "spark", "dataframe"])
def test_no_row_is_lost_to_a_column_that_nobody_asked_to_group_by(
    engine: str, verb: Verb, write: Write, shelf: FolderStore
) -> None:
    file = write("t.csv", "x,shop", "1,A", "2,", "3,B", "4,")

    result = verb("profile", file, "--engine", engine)

    profile = load_profile(shelf, result.stdout.split()[-1]).profile
    assert (profile.rows, profile.rejected.rows, profile.group_by) == (4, 0, "shop")
    assert [(group.value, group.rows) for group in profile.groups] == [("A", 1), ("B", 1)]
    assert (profile.overall.columns[0].mean, profile.sample.groups) == (2.5, ("A", None, "B", None))


# Columns


def test_one_row_a_constant_and_a_column_without_values(made: Made, write: Write) -> None:
    write("t.toml", 'name = "t"', *(f'[[feature]]\ncolumn = "{c}"' for c in ("a", "b", "c")))

    one = made(write("t.csv", "a,b,c", "5,5,")).overall
    two = made(write("t.csv", "a,b,c", "5,5,", "6,5,")).overall

    a, b, c = one.columns
    assert (a.mean, a.sd, a.skewness, set(a.quantiles.values())) == (5.0, None, None, {5.0})
    assert (c.count, c.missing, c.mean, c.histogram) == (0, 1, None, None)
    a, b, c = two.columns
    assert (b.mean, b.sd, b.skewness, b.minimum, b.maximum) == (5.0, 0.0, None, 5.0, 5.0)
    assert sum(b.histogram.counts) == 2
    assert (c.count, c.missing, set(c.quantiles.values())) == (0, 2, {None})
    assert two.correlation == ((1.0, None, None), (None, None, None), (None, None, None))


@pytest.mark.parametrize("how", ["csv", "jsonl", "parquet"])
def test_a_moment_counts_on_its_day_in_utc_however_it_is_stored(
    how: str, made: Made, write: Write, tmp_path: Path
) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moments = [
        datetime(2026, 3, 1, 0, 30, tzinfo=berlin),  # 23:30 of the day before, in UTC
        datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        None,
    ]
    texts = ["" if moment is None else moment.isoformat() for moment in moments]
    if how == "csv":
        file = write("t.csv", "x,at", *(f"{i},{text}" for i, text in enumerate(texts)))
    elif how == "jsonl":
        file = write("t.jsonl", *jsonl({"x": i, "at": text} for i, text in enumerate(texts)))
    else:
        file = tmp_path / "t.parquet"
        at = pa.array(moments, pa.timestamp("ns", "Europe/Berlin"))
        pq.write_table(pa.table({"x": [0, 1, 2], "at": at}), file)

    trend = made(file).overall.trends[0]

    assert (trend.name, trend.count, trend.missing) == ("at", 2, 1)
    assert dict(zip(trend.starts, trend.counts, strict=True)) == {"2026-02-28": 1, "2026-03-01": 1}


def test_dates_of_any_stored_kind_and_a_split_without_one(made: Made, tmp_path: Path) -> None:
    days = [date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31)]
    naive = pa.array([f"{day}T23:59:00" for day in days]).cast(pa.timestamp("us"))
    none = [None] * 3
    (tmp_path / "t").mkdir()
    for name, day, moment in (("a", days, naive), ("b", none, none)):
        schema = pa.schema(
            {"x": pa.float64(), "day": pa.date32(), "big": pa.date64(), "at": pa.timestamp("us")}
        )
        columns = ([1.0] * 3, day, day, moment)
        table = pa.Table.from_arrays(
            [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)],
            schema=schema,
        )
        pq.write_table(table, tmp_path / "t" / f"{name}.parquet")

    trends = made(tmp_path / "t").overall.trends

    assert [(trend.name, trend.count, trend.missing) for trend in trends] == [
        ("day", 3, 3),
        ("big", 3, 3),
        ("at", 3, 3),
    ]
    assert {(trend.minimum, trend.maximum) for trend in trends} == {("0001-01-01", "9999-12-31")}


# Text


def test_a_key_that_a_json_line_lacks_is_a_missing_value(made: Made, write: Write) -> None:
    rows: list[dict[str, Any]] = [
        {"x": 1, "shop": "A"},
        {"x": 2.5},
        {"shop": "B", "more": [1]},
        {"x": None},
    ]

    overall = made(write("t.jsonl", *jsonl(rows))).overall

    assert [(column.name, column.count, column.missing) for column in overall.columns] == [
        ("x", 2, 2)
    ]
    assert (overall.categories[0].count, overall.categories[0].missing) == (2, 2)


@pytest.mark.parametrize("engine", ["local", "spark"])
def test_text_of_another_make_is_read_as_it_is_told(
    engine: str, verb: Verb, shelf: FolderStore, tmp_path: Path
) -> None:
    lines = "1;'Ü;1'\n2;'it''s'\n3;'Ü;1'\n"
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(lines.encode("latin-1")))
    words = ["--no-header", "--quote", "'", "--encoding", "latin-1", "--delimiter", ";"]

    result = verb("profile", tmp_path / "t.csv.gz", *words, "--engine", engine)

    assert result.exit_code == 0, result.stderr
    profile = load_profile(shelf, result.stdout.split()[-1]).profile
    assert profile.overall.columns[0].mean == 2.0
    assert [(v.value, v.count) for v in profile.overall.categories[0].top] == [
        ("Ü;1", 2),
        ("it's", 1),
    ]
