"""The few words that every Spark step needs: names of columns, and rows brought to the driver."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from pipeline.workers import described

BatchTask = Callable[[Iterator[Any]], Iterator[Any]]  # of ``pyarrow.RecordBatch``

GROUP = "_group"  # the group column's values as text, whatever the column is called


def group_column(number: int) -> str:
    """Where a frame has the values of a column that is grouped by, counted from 0."""
    return GROUP if number == 0 else f"{GROUP}_{number}"


def quoted(name: str) -> str:
    """The name as Spark SQL reads it back, whatever dots or slashes are in it."""
    return "`" + name.replace("`", "``") + "`"


def column(name: str) -> Column:
    """The column of this very name."""
    return F.col(quoted(name))


def map_in_arrow(frame: DataFrame, task: BatchTask, schema: StructType | str) -> DataFrame:
    """The batches that ``task`` makes of the frame's."""
    with warnings.catch_warnings():
        # Said of paths through pandas, which this is not.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
        return frame.mapInArrow(task, schema)


def collect(frame: DataFrame, doing: str) -> list[Row]:
    """The rows of a small frame; ``doing`` is what Spark calls the job."""
    with described(frame.sparkSession, doing):
        return frame.collect()
