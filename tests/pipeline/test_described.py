"""Which descriptor a table is read with."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.described import describe, infer, learnable
from pipeline.inputs import find_input
from pipeline.toml import to_toml
from store.descriptor import Descriptor, Feature, Target, TextFormat, read_descriptor
from store.errors import DataError, DescriptorError
from tests.pipeline.conftest import Write

BESIDE = 'name = "beside"\n[[feature]]\ncolumn = "sugar"'
GIVEN = 'name = "given"\n[[feature]]\ncolumn = "sugar"'


def described(file: Path, *, given: Path | None = None, name: str | None = None) -> Descriptor:
    return describe(find_input(str(file)), str(file), given=given, name=name)


def test_numbers_become_features_and_text_categories(write: Write) -> None:
    file = write("My drinks 2026.csv", ",sugar,shop,kind", "0,1.5,A,x", "1,,B,y")

    assert infer(find_input(str(file)), group_by=["kind"]) == Descriptor(
        name="my-drinks-2026",
        target=Target(column="kind"),
        features=(Feature(column="sugar"),),
        categories=("shop",),
        group_by=("shop",),
    )


def test_dates_and_columns_of_few_texts_are_found(write: Write) -> None:
    lines = [f"2026-01-{day:02},{day},{'AB'[day % 2]},order {day}" for day in range(1, 31)]

    found = infer(find_input(str(write("t.csv", "picked,sugar,shop,note", *lines))))

    assert (found.dates, found.categories, found.group_by) == (
        ("picked",),
        ("shop", "note"),
        ("shop",),
    )


def test_parquet_and_json_are_described_as_csv_is(write: Write, tmp_path: Path) -> None:
    rows = [{"sugar": 1.5, "shop": "A", "at": "2026-01-01"}, {"sugar": 2, "shop": "B", "at": None}]
    pq.write_table(pa.Table.from_pylist([rows[0], rows[1]]), tmp_path / "t.parquet")
    json_file = write("t.jsonl", *map(json.dumps, rows))

    found = infer(find_input(str(tmp_path / "t.parquet")))

    assert found == infer(find_input(str(json_file)))
    assert (found.columns, found.dates, found.group_by) == (("sugar",), ("at",), ("shop",))


def test_an_inferred_descriptor_reads_back_as_it_is(write: Write, tmp_path: Path) -> None:
    found = infer(
        find_input(str(write("t.csv", "1,ä,2026-01-01", "2,b,2026-01-02"))),
        text=TextFormat(header=False),
    )
    (tmp_path / "t.toml").write_text(to_toml(found), encoding="utf-8")

    assert read_descriptor(tmp_path / "t.toml") == found
    assert found.columns == ("column_1",)


def test_a_few_odd_values_leave_a_column_numeric(write: Write) -> None:
    file = write("t.csv", "sugar", *["1.5"] * 9, "n/a")

    assert infer(find_input(str(file))).columns == ("sugar",)


def test_a_table_without_numbers_is_an_error(write: Write) -> None:
    with pytest.raises(DataError, match=r"^t\.csv has no numeric column.*Found: shop, kind\."):
        infer(find_input(str(write("t.csv", "shop,kind", "A,x"))))


def test_grouping_by_an_unknown_column_is_an_error(write: Write) -> None:
    with pytest.raises(DataError, match=r'no column "colour" to group by. Found: sugar, kind\.'):
        infer(find_input(str(write("t.csv", "sugar,kind", "1,x"))), group_by=["colour"])


def test_the_descriptor_beside_a_table_is_used(write: Write) -> None:
    write("t.toml", BESIDE)

    assert described(write("t.csv", "sugar", "1")).name == "beside"


def test_a_given_descriptor_goes_before_the_one_beside(write: Write) -> None:
    write("t.toml", BESIDE)

    assert described(write("t.csv", "sugar", "1"), given=write("g.toml", GIVEN)).name == "given"


def test_a_name_replaces_the_descriptors_own(write: Write) -> None:
    assert described(write("t.csv", "sugar", "1"), name="sweets").name == "sweets"


def test_a_name_that_is_no_key_is_an_error(write: Write) -> None:
    with pytest.raises(DescriptorError, match=r'^"../etc" is no name for a table'):
        described(write("t.csv", "sugar", "1"), name="../etc")


def test_without_a_model_there_is_nothing_to_train(drinks: Descriptor) -> None:
    with pytest.raises(DescriptorError, match=r'"drinks" has no \[model\]'):
        learnable(drinks)
