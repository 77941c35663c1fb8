"""A selection of the prediction log -> files of a new folder, in bounded memory."""

import contextlib
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline.new_folder import appearing, new_folder
from pipeline.prediction_log.columns import ANSWER, Shape, batch_of, schema_of
from pipeline.prediction_log.selection import Selected
from pipeline.remote import Location
from store.prediction_log.entry import Kept

WHOLE = "_SUCCESS"  # comes last; what reads a folder of tables passes over it
FILE_BATCHES = 100
Format = Literal["parquet", "csv"]


class Exported(NamedTuple):
    """What is there now: rows and bytes of the data files in ``out``."""

    rows: int
    bytes: int
    out: str


def export(
    selected: Selected, out: str, *, format: Format = "parquet", answer: str = ANSWER
) -> Exported:
    """Write the selected predictions in the order of their ids.

    A folder gets its name when it is complete; in S3 the empty file ``_SUCCESS`` comes last.

    Args:
        selected: Which predictions.
        out: A folder or ``s3://bucket/prefix``, new or empty (``pipeline.new_folder.check_new``).
        format: How they are written.
        answer: What the column of the answer is called.

    Raises:
        InputError: ``out`` cannot be made.
        CellarError: The database or the store failed.
    """
    schema = schema_of(selected.shape, answer=answer)
    rows = size = file = 0
    with new_folder(out, last=WHOLE) as folder:
        batches = selected.batches()
        while first := next(batches, None):
            name = f"part-{file:05d}.{format}"
            more = _write(folder, name, format, _some(first, batches), selected.shape, schema)
            rows, size, file = rows + more[0], size + more[1], file + 1
        with appearing(folder, WHOLE) as path:
            path.touch()
    return Exported(rows, size, out)


def _some(first: list[Kept], batches: Iterator[list[Kept]]) -> Iterator[list[Kept]]:
    """As many batches as a file has, the first of them known."""
    yield first
    for _ in range(FILE_BATCHES - 1):
        if (batch := next(batches, None)) is None:
            return
        yield batch


def _write(
    folder: Location,
    name: str,
    format: Format,
    batches: Iterator[list[Kept]],
    shape: Shape,
    schema: pa.Schema,
) -> tuple[int, int]:
    """Write a file, which appears when it is complete; gives its rows and bytes."""
    rows = 0
    with appearing(folder, name) as path:
        with contextlib.ExitStack() as closed:
            writer: Any
            if format == "csv":
                writer = closed.enter_context(pa.csv.CSVWriter(path, schema))
            else:
                writer = closed.enter_context(
                    pa.parquet.ParquetWriter(path, schema, compression="zstd")
                )
            for batch in batches:
                writer.write_batch(batch_of(batch, shape, schema))
                rows += len(batch)
        size = path.stat().st_size
    return rows, size
