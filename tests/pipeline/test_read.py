"""Files in, usable rows and rejected rows out."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipeline.inputs import find_input
from pipeline.read import Table, read
from store.descriptor import Descriptor
from store.errors import DataError
from store.schema import RejectedRow
from tests.pipeline.conftest import Write

HEADER = "acidity,sugar,kind"


@pytest.fixture
def reading(spark: SparkSession, drinks: Descriptor) -> Any:
    """Read a file or folder of drinks, grouped by kind."""

    def table(path: Path | str, descriptor: Descriptor = drinks) -> Table:
        return read(spark, find_input(str(path)), descriptor, groups=["kind"])

    return table


def rows(table: Table) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in table.frame.collect()]


def test_a_row_has_its_group_as_text_and_its_features_as_doubles(
    write: Write, reading: Any
) -> None:
    table = reading(write("t.csv", HEADER, "1,2.5,0", "-3e2,.5,1"))

    assert table.frame.schema.simpleString() == "struct<_group:string,acidity:double,sugar:double>"
    assert rows(table) == [("0", 1.0, 2.5), ("1", -300.0, 0.5)]
    assert (table.rows, table.rejected.rows) == (2, 0)


def test_columns_are_matched_by_name_whatever_their_order(write: Write, reading: Any) -> None:
    table = reading(write("t.csv", "kind;note;sugar;Acidity", '0;"a;b";2.5;1'))

    assert rows(table) == [("0", 1.0, 2.5)]


def test_empty_fields_and_nan_are_missing_values(write: Write, reading: Any) -> None:
    table = reading(write("t.csv", HEADER, ",2,0", "NaN,3,0", '" ",4,0'))

    assert rows(table) == [("0", None, 2.0), ("0", None, 3.0), ("0", None, 4.0)]


def test_rows_that_do_not_parse_are_kept_out_each_with_its_reason(
    write: Write, reading: Any
) -> None:
    lines = ["1,2", "1,2,0,9", "abc,2,0", "1e400,2,0", "1,-Infinity,1", "1,2,", "1,2,7", "1d,2,0"]
    table = reading(write("t.csv", HEADER, "1,2,0", *lines))

    assert rows(table) == [("0", 1.0, 2.0)]
    assert table.rejected.examples == (
        RejectedRow(text="1,2", reason="another number of fields than the header"),
        RejectedRow(text="1,2,0,9", reason="another number of fields than the header"),
        RejectedRow(text="abc,2,0", reason="acidity is not a number"),
        RejectedRow(text="1e400,2,0", reason="acidity is infinite"),
        RejectedRow(text="1,-Infinity,1", reason="sugar is infinite"),
        RejectedRow(text="1,2,", reason="kind is empty"),
        RejectedRow(text="1,2,7", reason="kind is none of its classes"),
        RejectedRow(text="1d,2,0", reason="acidity is not a number"),
    )
    assert list(table.rejected.reasons.items()) == [
        ("acidity is not a number", 2),
        ("another number of fields than the header", 2),
        ("acidity is infinite", 1),
        ("kind is empty", 1),
        ("kind is none of its classes", 1),
        ("sugar is infinite", 1),
    ]


def test_the_first_hundred_rejected_rows_are_kept_and_cut(write: Write, reading: Any) -> None:
    bad = [f"{i:0600d}x,2,0" for i in range(150)]
    table = reading(write("t.csv", HEADER, "1,2,0", *bad))

    assert table.rejected.rows == 150
    assert [row.text for row in table.rejected.examples] == [line[:500] for line in bad[:100]]


def test_blank_lines_and_windows_line_ends_are_no_rows(write: Write, reading: Any) -> None:
    table = reading(write("t.csv", HEADER + "\r", "\r", "1,2,0\r", "", "3,4,1\r"))

    assert rows(table) == [("0", 1.0, 2.0), ("1", 3.0, 4.0)]
    assert table.rejected.rows == 0


def test_the_files_of_a_folder_may_have_their_columns_in_any_order(
    write: Write, reading: Any, tmp_path: Path
) -> None:
    write("t/a [1].csv", HEADER, "1,2,0")
    write("t/b {2}*.csv", "kind|sugar|acidity", "1|4|3")

    assert sorted(rows(reading(tmp_path / "t"))) == [("0", 1.0, 2.0), ("1", 3.0, 4.0)]


def test_parquet_numbers_of_any_width_become_doubles(reading: Any, tmp_path: Path) -> None:
    table = pa.table(
        {
            "sugar": pa.array([Decimal("1.25"), None], pa.decimal128(5, 2)),
            "kind": pa.array([0.0, 1.0], pa.float32()),
            "note.1": pa.array(["a", "b"]),
            "acidity": pa.array([3, 4], pa.int16()),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")

    assert rows(reading(tmp_path / "t.parquet")) == [("0", 3.0, 1.25), ("1", 4.0, None)]


def test_parquet_keeps_out_infinite_values_and_takes_nan_as_missing(
    reading: Any, tmp_path: Path
) -> None:
    table = pa.table(
        {"acidity": [1.0, float("nan"), float("inf")], "sugar": [1, 2, 3], "kind": [0, 0, 1]}
    )
    pq.write_table(table, tmp_path / "t.parquet")

    found = reading(tmp_path / "t.parquet")

    assert rows(found) == [("0", 1.0, 1.0), ("0", None, 2.0)]
    assert found.rejected.reasons == {"acidity is infinite": 1}


def test_parquet_text_is_no_feature(reading: Any, tmp_path: Path) -> None:
    table = pa.table({"acidity": ["1", "2"], "sugar": [1, 2], "kind": [0, 1]})
    pq.write_table(table, tmp_path / "t.parquet")

    with pytest.raises(DataError, match=r'column "acidity" of t\.parquet has to be numeric'):
        reading(tmp_path / "t.parquet")


def test_a_damaged_parquet_file_is_an_error(reading: Any, tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pq.write_table(
        pa.table({"acidity": [1.0] * 999, "sugar": [2.0] * 999, "kind": [0] * 999}), file
    )
    content = bytearray(file.read_bytes())
    content[4:60] = b"\xff" * 56
    file.write_bytes(content)

    with pytest.raises(DataError, match=r"^t\.parquet cannot be read: "):
        reading(file)


def test_a_feature_of_text_is_an_error_that_shows_a_row(write: Write, reading: Any) -> None:
    with pytest.raises(DataError) as caught:
        reading(write("t.csv", HEADER, "1,low,0", "2,high,1", "3,,1"))

    assert str(caught.value) == (
        'The column "sugar" of t.csv has to be numeric, but none of its values is a number. '
        "A rejected row: 1,low,0"
    )


def test_a_header_alone_is_an_error(write: Write, reading: Any) -> None:
    with pytest.raises(DataError, match=r"^t\.csv has no usable row: only a header\.$"):
        reading(write("t.csv", HEADER))


def test_rejected_rows_alone_are_an_error(write: Write, reading: Any) -> None:
    with pytest.raises(DataError, match=r"no usable row: 2 where kind is none of its classes\.$"):
        reading(write("t.csv", HEADER, "1,2,8", "1,2,9"))


def test_categories_are_text_and_missing_where_empty(
    write: Write, reading: Any, drinks: Descriptor
) -> None:
    with_shop = drinks.model_copy(update={"categories": ("the shop.",)})
    file = write("t.csv", "acidity,sugar,kind,the shop.", "1,2,0,A", "1,2,0,")

    assert rows(reading(file, with_shop)) == [("0", 1.0, 2.0, "A"), ("0", 1.0, 2.0, None)]
