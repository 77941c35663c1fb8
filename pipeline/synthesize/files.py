"""Rows -> files that Spark's tasks write, in a folder that all share or under a prefix of S3.

The set is complete when it has its descriptor, which is written last (``pipeline.new_folder``).
"""

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pyspark import cloudpickle
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

import pipeline
from pipeline.described import SYNTHETIC
from pipeline.frames import collect
from pipeline.new_folder import appearing
from pipeline.remote import Location, failure_in
from pipeline.synthesize.blocks import BLOCK_ROWS, block
from pipeline.synthesize.model import Model
from store.artifacts import S3Store
from store.errors import CellarError

GENERATE = "Generate rows"
DESCRIPTOR = "synthetic.toml"
MAX_FILES = 64  # until a file has MAX_FILE_BLOCKS
MAX_FILE_BLOCKS = 16

Format = Literal["parquet", "csv"]


class Writing(NamedTuple):
    """What a task needs to write its files; ``folder`` is also a prefix without a last slash."""

    model: Model
    rows: int
    seed: int
    format: Format
    folder: Location
    credit: str


def generate(spark: SparkSession, writing: Writing, *, partitions: int | None = None) -> int:
    """Write the data files; returns their bytes.

    Raises:
        CellarError: The workers do not share the folder with this process.
        StoreUnavailable: S3 refused a task, or failed it.
    """
    files = math.ceil(_blocks(writing.rows) / file_blocks(writing.rows))
    numbers = spark.range(0, files, 1, partitions or files)
    # Workers elsewhere do not have this program.
    cloudpickle.register_pickle_by_value(pipeline)  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            # Said of paths through pandas, which this is not.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            written = numbers.mapInArrow(_tasks(writing), "rows long, bytes long")
        done = collect(written, GENERATE)
    except PySparkException as error:
        if (failure := failure_in(str(error), writing.folder.url)) is None:
            raise
        raise failure from error
    finally:
        cloudpickle.unregister_pickle_by_value(pipeline)  # type: ignore[no-untyped-call]
    if _files_in(writing.folder) != files or sum(row["rows"] for row in done) != writing.rows:
        raise CellarError(
            "Spark's workers wrote the rows somewhere else. --out has to be in a folder that all "
            "of them share with this machine, or in S3."
        )
    return sum(row["bytes"] for row in done)


def file_blocks(rows: int) -> int:
    """How many blocks a file has; it depends on the number of rows only."""
    return min(MAX_FILE_BLOCKS, math.ceil(_blocks(rows) / MAX_FILES))


def _blocks(rows: int) -> int:
    return math.ceil(rows / BLOCK_ROWS)


def _tasks(writing: Writing) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What each task does with the numbers of its files."""

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for file in batch.column(0).to_pylist():
                rows, size = _write(writing, file)
                yield pa.RecordBatch.from_pydict({"rows": [rows], "bytes": [size]})

    return write


def _write(writing: Writing, file: int) -> tuple[int, int]:
    """Write a file, which appears when it is complete; returns its rows and bytes."""
    schema = writing.model.schema.with_metadata({SYNTHETIC: writing.credit})
    blocks = file_blocks(writing.rows)
    rows = 0
    with appearing(writing.folder, f"part-{file:05d}.{writing.format}") as path:
        with contextlib.ExitStack() as closed:
            if writing.format == "csv":
                sink = closed.enter_context(pa.csv.CSVWriter(path, schema))
            else:
                sink = closed.enter_context(
                    pa.parquet.ParquetWriter(path, schema, compression="zstd")
                )
            for number in range(file * blocks, min((file + 1) * blocks, _blocks(writing.rows))):
                wanted = min(BLOCK_ROWS, writing.rows - number * BLOCK_ROWS)
                batches = block(writing.model, writing.seed, number)
                table = pa.Table.from_batches(batches).slice(0, wanted).cast(schema)
                sink.write_table(table)
                rows += len(table)
        size = path.stat().st_size
    return rows, size


def _files_in(folder: Location) -> int:
    if folder.scheme == "s3":
        return len(S3Store(folder.url).objects())
    for left_by_a_killed_task in Path(folder.key).glob(".*"):
        left_by_a_killed_task.unlink()
    return len(list(Path(folder.key).iterdir()))
