"""A short run of what the job does, for Java to note which classes it needs. See ``archive``.

``python -m pipeline.rehearsal COLLECTOR`` makes the archive, at the lowest priority, unless it is
there or another process makes it.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark import SparkConf
from pyspark.sql import SparkSession

from pipeline import archive
from pipeline.frames import collect, map_in_arrow
from pipeline.java import find_java
from pipeline.job_run import Seconds
from pipeline.session import own_java
from pipeline.spark_run import spark_run
from pipeline.spark_settings import logged_to, properties
from store.errors import CellarError

if TYPE_CHECKING:
    import pyarrow as pa

MASTER = "local[2]"
WRITE_SECONDS = 900.0  # to write 180 MB at the lowest priority of a busy machine


def make(collector: str) -> None:
    """Make the archive for a garbage collector; where it cannot be made, Spark does without."""
    with contextlib.suppress(CellarError, OSError):
        found = archive.archive_for(find_java(), collector)
        if found is None:
            return
        with found.making() as draft:
            if draft is not None:
                record(collector, found.recording(draft))
        archive.clear_unused()


def record(collector: str, recording: Sequence[str]) -> None:
    """Rehearse in a Java that notes what it loads, and wait until it has written it down."""
    options = ["-Xmx1g", collector, *recording]
    with tempfile.TemporaryDirectory() as events:
        conf = SparkConf(loadDefaults=False).setMaster(MASTER)
        conf.setAll(list(properties(MASTER, logged_to(Path(events))).items()))
        java = own_java(conf, options, Path(os.devnull), end_seconds=WRITE_SECONDS)
        with java as context:
            spark = SparkSession(context)
            try:
                rehearse(spark)
            finally:
                spark.stop()


def rehearse(spark: SparkSession) -> None:
    """Take every path that the verbs take, on a handful of rows."""
    began = datetime.now(UTC)
    numbers = spark.range(0, 4, 1, 4)
    for _ in range(2):
        answers = map_in_arrow(numbers, _answers, "split long, answer binary")
        collect(answers, "Rehearse")
    with tempfile.TemporaryDirectory() as folder:
        table = numbers.selectExpr("id", "id * 0.5 as half", "cast(id as string) as word")
        for kind in ("parquet", "csv"):
            path = str(Path(folder) / kind)
            table.write.format(kind).option("header", True).save(path)
            read = spark.read.option("header", True).format(kind).load(path)
            collect(read.groupBy("word").agg({"half": "avg", "*": "count"}), "Rehearse")
    spark_run(spark, "spark", started=began, seconds=Seconds(0.0, 0.0, 0.0, 0.0), passes=1)


def _answers(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    import pyarrow as pa

    for batch in batches:
        numbers = batch.column(0).to_pylist()
        yield pa.RecordBatch.from_pydict({"split": numbers, "answer": [b"-" for _ in numbers]})


if __name__ == "__main__":
    os.nice(19)
    make(sys.argv[1])
