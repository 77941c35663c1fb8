"""Rows -> files that Spark's tasks write, in a folder that all share or under a prefix of S3.

A file appears under its name when it is complete, and the set is complete when it has its
descriptor: a folder gets its name only then, and in S3 the descriptor is written last. What a
run that failed wrote is removed.
"""

import contextlib
import math
import os
import re
import shutil
import tempfile
import time
import uuid
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
from pipeline.frames import collect
from pipeline.remote import CHECKSUMS, Location, failure_in, is_remote, location
from pipeline.synthesize.blocks import BLOCK_ROWS, block
from pipeline.synthesize.model import Model
from store.artifacts import S3Store
from store.errors import CellarError, InputError, StoreUnavailable

GENERATE = "Generate rows"
DESCRIPTOR = "synthetic.toml"
WRITTEN = re.compile(r"part-\d{5,}\.(csv|parquet)|" + re.escape(DESCRIPTOR))
MAX_FILES = 64  # until a file has MAX_FILE_BLOCKS
MAX_FILE_BLOCKS = 16
UPLOAD_BYTES = 8 * 2**20
STRAGGLING_SECONDS = 5.0  # a task that was stopped writes its last bytes no longer than this

Format = Literal["parquet", "csv"]


class Writing(NamedTuple):
    """What a task needs to write its files; ``folder`` is also a prefix without a last slash."""

    model: Model
    rows: int
    seed: int
    format: Format
    folder: Location
    credit: str


def check_new(out: str) -> None:
    """Raises InputError unless there is nothing at ``out``, a folder's path or an S3 URL."""
    if is_remote(out):
        bucket, _, prefix = out.removeprefix("s3://").strip("/").partition("/")
        if "" in prefix.split("/") and prefix:
            raise InputError(f"{out} has an empty part. Name another --out.")
        place = location(out)
        if S3Store(f"s3://{bucket}").objects(f"{prefix}/" if prefix else ""):
            raise InputError(f"{place.url} is not empty. Name a new prefix with --out.")
        return
    if ":/" in out:
        raise InputError(f"{out} is neither a folder nor s3://bucket/prefix. Name another --out.")
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{out} is a file. Name a new folder with --out.")
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{out} is not empty. Name a new folder with --out.")


@contextlib.contextmanager
def new_folder(out: str) -> Iterator[Location]:
    """Where to write the files of ``out``: all of them are there afterwards, or none.

    Raises:
        InputError: ``out`` cannot be made.
        StoreUnavailable: S3 cannot be reached, or does not let us in.
    """
    with _new_prefix(out) if is_remote(out) else _hidden_folder(Path(out).resolve()) as place:
        yield place


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


def write_text(folder: Location, name: str, text: str) -> None:
    """Write a small file beside the rows."""
    if folder.scheme == "s3":
        S3Store(folder.url).put(name, text.encode())
    else:
        Path(folder.key, name).write_text(text, encoding="utf-8")


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
    schema = writing.model.schema.with_metadata({"synthetic": writing.credit})
    blocks = file_blocks(writing.rows)
    rows = 0
    with _appearing(writing.folder, f"part-{file:05d}.{writing.format}") as path:
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


@contextlib.contextmanager
def _appearing(folder: Location, name: str) -> Iterator[Path]:
    """A file on this machine that takes its name in the folder when the block ends well.

    On its way to S3 it is a file too: a stream to S3 that is left in the middle is completed by
    its destructor, and a short object would look like a whole one.
    """
    if folder.scheme == "file":
        draft = Path(folder.key, f".{name}.{uuid.uuid4().hex}")
        yield draft
        os.replace(draft, Path(folder.key, name))
        return
    with tempfile.TemporaryDirectory() as drafts:
        draft = Path(drafts, name)
        yield draft
        filesystem, target = folder.filesystem(), f"{folder.path}/{name}"
        with draft.open("rb") as source, filesystem.open_output_stream(target) as sink:
            shutil.copyfileobj(source, sink, UPLOAD_BYTES)
        if (stored := filesystem.get_file_info(target).size) != (sent := draft.stat().st_size):
            raise StoreUnavailable(
                f"{folder.url}/{name}: {sent:,} bytes were sent, and the S3 server has "
                f"{stored}. It may not know the checksums that its client sends; set "
                f"{CHECKSUMS}=when_required."
            )


def _files_in(folder: Location) -> int:
    if folder.scheme == "s3":
        return len(S3Store(folder.url).objects())
    for left_by_a_killed_task in Path(folder.key).glob(".*"):
        left_by_a_killed_task.unlink()
    return len(list(Path(folder.key).iterdir()))


@contextlib.contextmanager
def _hidden_folder(out: Path) -> Iterator[Location]:
    """A hidden folder beside ``out`` that takes its name at the end, or goes away."""
    folder = out.with_name(f".{out.name}-{uuid.uuid4().hex[:8]}")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error.strerror}. Name another --out.") from error
    try:
        yield Location("file", "", str(folder))
        try:
            folder.rename(out)
        except OSError as error:
            raise InputError(f"{out} came to be meanwhile. Name another --out.") from error
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, also while a task that was stopped is still writing its last bytes."""
    end = time.monotonic() + STRAGGLING_SECONDS
    while folder.exists() and time.monotonic() < end:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(0.1 if folder.exists() else 0)


@contextlib.contextmanager
def _new_prefix(out: str) -> Iterator[Location]:
    """The prefix of an S3 URL; what was written under it goes away when the block fails."""
    place = location(out.rstrip("/"))
    try:
        yield place
    except BaseException:
        _empty(S3Store(place.url))
        raise


def _empty(store: S3Store) -> None:
    """Remove what a run wrote, until nothing came to be for a while."""
    end = time.monotonic() + STRAGGLING_SECONDS
    quiet = False
    try:
        while not quiet and time.monotonic() < end:
            if keys := [o.key for o in store.objects() if WRITTEN.fullmatch(o.key)]:
                store.remove(keys)
            else:
                time.sleep(1)
                quiet = not any(WRITTEN.fullmatch(o.key) for o in store.objects())
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"{error} Rows may be left in {store.url}; without {DESCRIPTOR} they are incomplete."
        ) from error
