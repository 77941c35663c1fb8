"""The rows that a model is trained on."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from pipeline.inputs import find_input
from pipeline.read import read
from pipeline.rows import Rows, read_rows
from store.descriptor import Descriptor, Target
from store.errors import DataError
from tests.pipeline.conftest import Write

HEADER = "acidity,sugar,kind"


def complete(path: Path, descriptor: Descriptor) -> Rows:
    assert descriptor.target is not None
    return read_rows(find_input(str(path)), descriptor, descriptor.target)


def test_complete_rows_have_the_features_in_the_descriptors_order(
    write: Write, drinks: Descriptor
) -> None:
    file = write("t.csv", "", "kind;note;sugar;Acidity", '1;"x;y";.5;1', "0;;2e3;+3")

    rows = complete(file, drinks)

    expected = pd.DataFrame({"acidity": [1.0, 3.0], "sugar": [0.5, 2000.0]})
    pd.testing.assert_frame_equal(rows.features, expected)
    assert (rows.target.tolist(), rows.dropped) == ([1, 0], 0)


def test_rows_with_a_missing_value_or_that_do_not_parse_are_dropped_and_counted(
    write: Write, drinks: Descriptor
) -> None:
    bad = [",2,0", "NaN,2,0", "x,2,0", "1_0,2,0", "1,inf,0", "1,2,", "1,2,7", "1,2", "1,2,0,3"]

    rows = complete(write("t.csv", HEADER, "1,2,0", *bad, " 3 ,4, 1"), drinks)

    assert rows.features.to_numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert (rows.target.tolist(), rows.dropped) == ([0, 1], len(bad))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [(["3", "-1"], [3, -1]), (["3", "x"], ["3", "x"]), (["01", "1"], ["01", "1"])],
)
def test_classes_are_whole_numbers_only_where_all_are(
    labels: list[str], expected: list[Any], write: Write, drinks: Descriptor
) -> None:
    free = drinks.model_copy(update={"target": Target(column="kind")})

    rows = complete(write("t.csv", HEADER, *(f"1,2,{label}" for label in labels)), free)

    assert rows.target.tolist() == expected


def test_training_sees_the_rows_without_gaps_that_spark_finds_usable(
    write: Write, tmp_path: Path, spark: SparkSession, drinks: Descriptor
) -> None:
    write(
        "t/a.csv", HEADER, "1,2,0", "x,2,0", "1,,0", "0.1,1e-5,1", "1,2", '"4","5","0"', "", "6,7,8"
    )
    write("t/b.csv", "kind\tsugar\tacidity", "1\t 2.50 \t-3", "1\tinf\t2", "0\tnan\t2", "\t1\t2")
    found = find_input(str(tmp_path / "t"))

    usable = read(spark, found, drinks, groups=["kind"]).frame.dropna().collect()
    rows = complete(tmp_path / "t", drinks)

    trained = zip(map(str, rows.target), *rows.features.to_numpy().T.tolist(), strict=True)
    assert sorted(map(tuple, usable)) == sorted(trained)


def test_parquet_gives_the_same_rows_as_csv(
    write: Write, tmp_path: Path, drinks: Descriptor
) -> None:
    table = pa.table(
        {
            "sugar": pa.array([2, None, 4], pa.int32()),
            "kind": pa.array([0.0, 1.0, 1.0]),
            "acid/pH 3.5": pa.array([0.1, 0.2, 0.3]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet")

    parquet = complete(tmp_path / "t.parquet", drinks)
    csv = complete(write("t.csv", HEADER, "0.1,2,0", "0.2,,1", "0.3,4,1"), drinks)

    pd.testing.assert_frame_equal(parquet.features, csv.features)
    np.testing.assert_array_equal(parquet.target, csv.target)
    assert parquet.dropped == csv.dropped == 1


def test_a_table_without_a_complete_row_is_an_error(write: Write, drinks: Descriptor) -> None:
    with pytest.raises(DataError, match=r"^t\.csv has 2 rows and none is complete"):
        complete(write("t.csv", HEADER, "1,,0", ",2,1"), drinks)
