"""Which rows are asked for, and what of a table is not even read for them."""

import csv
import json
import operator
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.condense import condense
from pipeline.findings import Findings
from pipeline.inputs import find_input
from pipeline.runners import LocalRunner
from pipeline.table.conditions import Condition
from pipeline.table.prepare import Prepared, prepare
from pipeline.table.pruning import Skipped
from store.artifacts import FolderStore
from store.descriptor import Descriptor, Feature, Target
from store.errors import DataError, InputError
from store.schema import Profile, decode
from tests.pipeline.agreement import differences
from tests.pipeline.conftest import Verb, Write

NAMES = ("acidity", "sugar", "shop", "picked", "kind")
PICKED = date(2026, 1, 1)
WINES = Descriptor(
    name="wines",
    target=Target(column="kind"),
    features=(Feature(column="acidity", aliases=("pH",)), Feature(column="sugar")),
    categories=("shop",),
    dates=("picked",),
)
Row = tuple[Any, ...]
Written = Callable[[Path, Sequence[Row]], Path]


def asked(*texts: str) -> tuple[Condition, ...]:
    return tuple(map(Condition.parse, texts))


def prepared(where: Path, *texts: str, descriptor: Descriptor = WINES) -> Prepared:
    """The wines of a table that are asked for, grouped by kind."""
    conditions = asked(*texts)
    found = find_input(str(where), conditions)
    return prepare(found, descriptor, ["kind"], needs_group=True, conditions=conditions)


def found_in(where: Path, *texts: str) -> Findings:
    table = prepared(where, *texts)
    return condense(table, WINES, ["kind"], LocalRunner(1), uri="wines")


# What is written


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("acidity >= 3.5", Condition("acidity", ">=", ("3.5",))),
        ("acidity<3", Condition("acidity", "<", ("3",))),
        (" length in mm != 3 ", Condition("length in mm", "!=", ("3",))),
        ("shop == Dry Dock", Condition("shop", "==", ("Dry Dock",))),
        ("shop == 'A in B'", Condition("shop", "==", ("A in B",))),
        ('shop in A, "B, ""C""",D E', Condition("shop", "in", ("A", 'B, "C"', "D E"))),
        ("`a<b` in <20,20-30", Condition("a<b", "in", ("<20", "20-30"))),
        ("`a``b` is missing", Condition("a`b", "is missing")),
        ("größe.m/s is present", Condition("größe.m/s", "is present")),
    ],
)
def test_a_condition_is_read_as_it_is_meant(text: str, condition: Condition) -> None:
    assert Condition.parse(text) == condition


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acidity",
        "acidity = 3",
        "acidity ==",
        "== 3",
        "shop in",
        "shop in A,,B",
        "a is",
        "` == 3",
    ],
)
def test_what_is_no_condition_is_an_error_that_shows_how(text: str) -> None:
    with pytest.raises(InputError, match=r'^"[^\n]*" (is no condition\. Write it|names no value)'):
        Condition.parse(text)


WORDS = st.text(st.sampled_from(" ab`\"',<=>!\nä"), max_size=6).map(str.strip).filter(bool)


@given(
    column=WORDS,
    operator=st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "is missing", "is present"]),
    values=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
)
def test_a_condition_reads_back_from_how_it_is_shown(
    column: str, operator: Any, values: tuple[str, ...]
) -> None:
    values = () if operator.startswith("is") else values if operator == "in" else values[:1]
    condition = Condition(column, operator, values)

    assert Condition.parse(str(condition)) == condition


# What it means


COMPARE = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def wants(condition: Condition, row: Row) -> bool:
    """What a condition says of a row, told anew."""
    value = row[NAMES.index(condition.column)]
    if value is None or condition.operator in ("is missing", "is present"):
        return (value is None) == (condition.operator == "is missing")
    values: list[Any] = list(condition.values)
    if condition.column in ("acidity", "sugar"):
        if isinstance(value, str):
            return False  # text where a number belongs
        values = [float(text) for text in values]
    if condition.column == "picked":
        values = [date.fromisoformat(text) for text in values]
    if condition.operator == "in":
        return value in values
    return COMPARE[condition.operator](value, values[0])


def as_csv(folder: Path, rows: Sequence[Row]) -> Path:
    with (folder / "wines.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([NAMES, *rows])
    return folder / "wines.csv"


def as_json(folder: Path, rows: Sequence[Row]) -> Path:
    lines = [json.dumps(dict(zip(NAMES, row, strict=True)), default=str) for row in rows]
    (folder / "wines.jsonl").write_text("\n".join(lines))
    return folder / "wines.jsonl"


def as_parquet(folder: Path, rows: Sequence[Row]) -> Path:
    """In row groups of three, so that most of them are told apart by their statistics."""
    columns = zip(*rows, strict=True)
    types = [pa.float64(), pa.float64(), pa.string(), pa.date32(), pa.string()]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    path = folder / "wines.parquet"
    pq.write_table(pa.table(arrays, list(NAMES)), path, row_group_size=3)
    return path


def as_folders(folder: Path, rows: Sequence[Row]) -> Path:
    """CSV files in a folder for each shop."""
    for row in rows:
        shop = "__HIVE_DEFAULT_PARTITION__" if row[2] is None else row[2]
        path = folder / "wines" / f"shop={shop}" / "part.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            if is_new:
                lines.writerow([name for name in NAMES if name != "shop"])
            lines.writerow([value for j, value in enumerate(row) if j != 2])
    return folder / "wines"


NUMBERS = st.none() | st.integers(-2, 2).map(float)
ROWS = st.lists(
    st.tuples(
        NUMBERS | st.just("low"),
        NUMBERS,
        st.sampled_from(["A", "B b", "C", None]),
        st.none() | st.integers(0, 4).map(lambda n: PICKED + timedelta(days=n)),
        st.sampled_from(["p", "q", None]),
    ),
    min_size=1,
    max_size=20,
)
ASKED = st.one_of(
    st.builds(
        Condition,
        st.sampled_from(["acidity", "sugar"]),
        st.sampled_from(list(COMPARE)),
        st.integers(-2, 2).map(lambda n: (str(n),)),
    ),
    st.builds(
        Condition,
        st.just("picked"),
        st.sampled_from(list(COMPARE)),
        st.integers(0, 4).map(lambda n: ((PICKED + timedelta(days=n)).isoformat(),)),
    ),
    st.builds(
        Condition,
        st.sampled_from(["shop", "kind"]),
        st.sampled_from(["==", "!="]),
        st.sampled_from(["A", "B b", "p"]).map(lambda value: (value,)),
    ),
    st.builds(
        Condition,
        st.sampled_from(["shop", "kind"]),
        st.just("in"),
        st.sets(st.sampled_from(["A", "C", "q", "x"]), min_size=1).map(tuple),
    ),
    st.builds(
        Condition,
        st.sampled_from(NAMES),
        st.sampled_from(["is missing", "is present"]),
        st.just(()),
    ),
)


def said(where: Path, *texts: str) -> Findings | str:
    """What is found, or how it is refused."""
    try:
        return found_in(where, *texts)._replace(passes=0)
    except DataError as error:
        return "nothing" if "has no" in str(error) else str(error)


@pytest.mark.parametrize("write", [as_csv, as_json, as_parquet, as_folders])
@given(rows=ROWS, conditions=st.lists(ASKED, min_size=1, max_size=3))
@settings(max_examples=40, deadline=None)
@example(
    rows=[(1.0, 2.0, "A", PICKED, "p")] * 4 + [("low", None, "C", None, "q")],
    conditions=[Condition("acidity", "is present"), Condition("shop", "!=", ("A",))],
)
def test_what_is_asked_for_is_profiled_as_a_table_of_these_rows_alone(
    write: Written, rows: list[Row], conditions: list[Condition]
) -> None:
    if write is as_parquet:
        rows = [(None if isinstance(row[0], str) else row[0], *row[1:]) for row in rows]
    wanted = [row for row in rows if all(wants(condition, row) for condition in conditions)]

    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        found = said(write(Path(one), rows), *map(str, conditions))
        expected = said(write(Path(other), wanted)) if wanted else "nothing"

    assert list(differences(found, expected)) == []


def test_text_with_the_order_of_numbers_or_days_is_compared_as_these(write: Write) -> None:
    file = write(
        "t.csv", "acidity,sugar,kind,year", "1,2,p,2024", "2,2,p,2026", "3,2,p,", "4,2,p,10"
    )
    days = write("d.csv", "acidity,sugar,kind,at", "1,2,p,2026-01-01", "2,2,p,2025-12-31")
    wines = WINES.model_copy(update={"categories": (), "dates": ()})

    def rows(where: Path, *texts: str) -> int:
        table = prepared(where, *texts, descriptor=wines)
        return condense(table, wines, ["kind"], LocalRunner(1), uri="wines").rows

    assert rows(file, "year >= 2024") == 2
    assert rows(file, "year < 2024") == 1
    assert rows(days, "at >= 2026-01-01") == 1


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("colour == red", 't.csv has no column "colour". Found: acidity'),
        ("acidity > much", '"acidity > much" compares "much" with the column "acidity" of t.csv'),
        ("acidity in 1,x", "holds numbers. Compare it with a number."),
        ("picked > 3", "holds dates. Compare it with a day such as 2026-12-31."),
        ("shop < M", '"shop < M" asks for an order, and text has none'),
        ("shop < 3", 'The column "shop" holds text such as "A", and it was asked how'),
        ("shop == Z", "wines has no row where shop == Z."),
    ],
)
def test_what_cannot_be_compared_is_an_error(condition: str, text: str, write: Write) -> None:
    file = write("t.csv", ",".join(NAMES), "1,2,A,2026-01-01,p")

    with pytest.raises(InputError) as caught:
        found_in(file, condition)

    assert text in str(caught.value)


def test_a_row_whose_fields_cannot_be_told_is_kept_out_as_ever(write: Write) -> None:
    file = write("t.csv", ",".join(NAMES), "1,2,A,,p", "1,2", "x,2,B,,p", "x,2,A,,p")

    found = found_in(file, "shop == A")

    assert (found.rows, found.rejected.reasons) == (
        1,
        {"acidity is not a number": 1, "another number of fields than the header": 1},
    )


def test_a_feature_may_be_asked_for_by_an_alias_and_under_the_files_own_name(write: Write) -> None:
    file = write("t.csv", "pH,sugar,shop,picked,kind", "1,2,A,,p", "3,2,A,,p")

    assert found_in(file, "acidity > 2").rows == found_in(file, "pH > 2").rows == 1


# What is not read


def test_folders_without_such_a_row_are_not_touched(write: Write, tmp_path: Path) -> None:
    head, row = "acidity,sugar,shop,picked,kind", "1,2,A,,p"
    for year in (2024, 2025, 2026):
        write(f"t/year={year}/a.csv", head, row)
    write("t/year=2023/broken.csv").write_bytes(b"\0\xff" * 100)
    write("t/year=__HIVE_DEFAULT_PARTITION__/broken.csv").write_bytes(b"\0\xff" * 100)

    def read(*texts: str) -> tuple[int, Skipped]:
        table = prepared(tmp_path / "t", *texts)
        return condense(table, WINES, ["kind"], LocalRunner(1), uri="t").rows, table.skipped

    assert read("year >= 2024") == (3, Skipped(files=2))
    assert read("year in 2024,2026") == (2, Skipped(files=3))
    assert read("year == 2025", "shop == A") == (1, Skipped(files=4))
    with pytest.raises(DataError, match=r"t has no row where year == 1999\."):
        read("year == 1999")


@pytest.mark.parametrize(
    "condition",
    [
        "acidity >= 100",
        "sugar == 1",
        "shop == B",
        "shop in B, C",
        "picked > 2026-06-01",
        "at > 2026-06-01",
        "count is missing",
    ],
)
def test_row_groups_without_such_a_row_are_not_read(condition: str, tmp_path: Path) -> None:
    def part(n: int) -> pa.Table:
        return pa.table(
            {
                "acidity": [100.0 * n, 100.0 * n + 1] * 500,
                "sugar": pa.array([n] * 1_000, pa.int64()),
                "shop": ["AB"[n]] * 1_000,
                "picked": pa.array([date(2026, 1 + 8 * n, 1)] * 1_000),
                "at": pa.array([date(2026, 1 + 8 * n, 1)] * 1_000).cast(pa.timestamp("us", "UTC")),
                "count": pa.array([None if n else 1] * 1_000, pa.int64()),
            }
        )

    path = tmp_path / "t.parquet"
    pq.write_table(pa.concat_tables([part(0), part(1)]), path, row_group_size=1_000)
    metadata = pq.read_metadata(path)
    content = bytearray(path.read_bytes())
    first = metadata.row_group(0).column(0)
    end = metadata.row_group(1).column(0).dictionary_page_offset
    content[first.dictionary_page_offset : end] = b"\xff" * (end - first.dictionary_page_offset)
    path.write_bytes(content)

    wines = WINES.model_copy(update={"target": None})
    found = find_input(str(path), asked(condition))
    table = prepare(found, wines, [], needs_group=False, conditions=asked(condition))

    assert table.skipped == Skipped(row_groups=1)
    assert condense(table, wines, [], LocalRunner(1), uri="t").rows == 1_000


def test_text_with_space_around_it_is_found_whatever_statistics_say(tmp_path: Path) -> None:
    shops = ["A ", " A", "\u00a0A", "A\u3000", "B"]
    table = pa.table({"acidity": [1.0] * 5, "sugar": [1.0] * 5, "shop": shops, "kind": ["p"] * 5})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=1)
    wines = WINES.model_copy(update={"dates": ()})

    found = prepared(tmp_path / "t.parquet", "shop == A", descriptor=wines)

    assert condense(found, wines, ["kind"], LocalRunner(1), uri="t").rows == 4
    assert found.skipped == Skipped(row_groups=1)


# The verb, on every engine


def test_every_engine_profiles_what_is_asked_for(
    verb: Verb, shelf: FolderStore, tmp_path: Path
) -> None:
    rows = [
        (i % 97 / 8, float(i % 7), "ABC"[i % 3], date(2026, 1, 1 + i % 28), "pq"[i % 2])
        for i in range(500)
    ]
    file = as_parquet(tmp_path, rows)
    (tmp_path / "wines.toml").write_text(
        'name = "wines"\ncategories = ["shop"]\ndates = ["picked"]\n[target]\ncolumn = "kind"\n'
        '[[feature]]\ncolumn = "acidity"\n[[feature]]\ncolumn = "sugar"\n'
    )
    words = ["--where", "picked<2026-01-20", "--where", "acidity > 2", "--where", "shop in A, C"]

    made = {}
    for engine in ("spark", "local", "dataframe"):
        result = verb("profile", file, "--engine", engine, *words)
        assert result.exit_code == 0, result.stderr
        made[engine] = decode(
            Profile, shelf.get(result.stdout.split()[-1], max_bytes=10**7), name=engine
        )

    wanted = [r for r in rows if r[3] < date(2026, 1, 20) and r[0] > 2 and r[2] in "AC"]
    assert made["local"].rows == len(wanted)
    assert made["local"].where == ("picked < 2026-01-20", "acidity > 2", "shop in A, C")
    for part in ("rows", "rejected", "overall", "groups", "sample", "where", "input"):
        assert getattr(made["spark"], part) == getattr(made["local"], part)
    for part in ("rows", "rejected", "overall", "groups"):
        one, other = getattr(made["dataframe"], part), getattr(made["local"], part)
        assert list(differences(one, other, atol=1e-12)) == []


@pytest.mark.parametrize("text", ["colour == red", "acidity > much", "acidity = 3", "shop < 3"])
def test_a_condition_that_cannot_be_used_exits_2(
    text: str, verb: Verb, write: Write, shelf: FolderStore
) -> None:
    file = write("t.csv", "acidity,shop", "1,A", "2,B")

    result = verb("profile", file, "--engine", "local", "--where", text)

    assert (result.exit_code, result.stdout, shelf.keys()) == (2, "", [])
    assert result.stderr.splitlines()[-1].startswith("Error: ")


def test_a_model_learns_from_the_rows_that_were_profiled(
    verb: Verb, iris: Path, shelf: FolderStore
) -> None:
    words = ["--engine", "local", "--where", "`petal_length` < 6"]
    assert verb("profile", iris.with_suffix(".csv"), *words).exit_code == 0

    trained = verb("train", "--descriptor", iris)

    assert trained.exit_code == 0, trained.stderr
    card = json.loads(shelf.get(trained.stdout.split()[-1], max_bytes=10**7))
    assert card["data"]["rows"] == 139
