"""A split of a table -> Arrow batches of the columns that are needed.

Text is read the fast way, straight to numbers, a block at a time. A block in which that fails, or
in which a row is kept out, is read again with every cell as text: only then can each row have its
reason, and be shown.
"""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from pipeline.table.columns import Columns, Layout

MAX_BATCH_ROWS = 65_536
MAX_BATCH_CELLS = 2**21
OPEN_QUOTE = "in or behind a quote that does not close"
WRONG_LENGTH = "another number of fields than the header"
NO_OBJECT = "not a JSON object"


class Odd(NamedTuple):
    """A row that is none: its text, and why."""

    text: str
    reason: str


class Raw(NamedTuple):
    """Rows as they were read.

    ``batch`` has a column for each position that is needed, named after it. ``text(i)`` is how row
    i was written.
    """

    batch: pa.RecordBatch
    odd: Sequence[Odd]
    text: Callable[[int], str]


class Attempts(NamedTuple):
    """The same rows twice: read the fast way, None where that failed, and the thorough one."""

    fast: Raw | None
    thorough: Callable[[], Raw]


def csv_block(
    block: bytes, layout: Layout, columns: Columns, *, quote: str, values: Sequence[str | None]
) -> Attempts:
    """The rows of a block of a CSV file; ``values`` are those of its folders."""
    every = range(layout.in_file)
    inside = [i for i in columns.needed if i < layout.in_file]
    numbers = set(columns.features)
    fast = functools.partial(_csv, block, layout, quote)
    try:
        batch, odd = fast(inside, {i for i in inside if i in numbers})
    except pa.ArrowInvalid:
        fast_rows = None
    else:
        fast_rows = None if odd else Raw(_with(batch, layout, columns, values), (), str)

    def thorough() -> Raw:
        batch, odd = fast(every, set())

        def text(row: int) -> str:
            cells = (column[row].as_py() or "" for column in batch.columns)
            return layout.delimiter.join(cell.strip() for cell in cells)

        return Raw(_with(batch, layout, columns, values), odd, text)

    return Attempts(fast_rows, thorough)


def json_block(
    block: bytes, layout: Layout, columns: Columns, *, values: Sequence[str | None]
) -> Attempts:
    """The rows of a block of JSON lines."""

    def thorough() -> Raw:
        return _json_lines(block, layout, columns, values)

    inside = [i for i in columns.needed if i < layout.in_file]
    numbers = set(columns.features)
    schema = pa.schema(
        (layout.header[i], pa.float64() if i in numbers else pa.string()) for i in inside
    )
    try:
        table = pa.json.read_json(
            pa.py_buffer(block),
            pa.json.ReadOptions(use_threads=False, block_size=len(block) + 1),
            pa.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowException:
        return Attempts(None, thorough)
    batch = _one_batch(table.select(schema.names).rename_columns([str(i) for i in inside]))
    return Attempts(Raw(_with(batch, layout, columns, values), (), str), thorough)


def parquet_batches(
    file: pq.ParquetFile,
    groups: Sequence[int],
    layout: Layout,
    columns: Columns,
    *,
    values: Sequence[str | None],
) -> Iterator[Attempts]:
    """The rows of some row groups of a Parquet file."""
    inside = [i for i in columns.needed if i < layout.in_file]
    names = [layout.header[i] for i in inside]
    size = max(1_024, min(MAX_BATCH_ROWS, MAX_BATCH_CELLS // max(1, len(inside))))
    for found in file.iter_batches(size, list(groups), names, use_threads=False):
        by_position = [found.column(name) for name in names]
        own = pa.RecordBatch.from_arrays(by_position, [str(i) for i in inside])
        batch = _with(own, layout, columns, values)
        yield arrow_rows(batch)


def arrow_rows(batch: pa.RecordBatch) -> Attempts:
    """Rows that have types of their own: there is one way to read them."""
    rows = Raw(batch, (), functools.partial(_text_of, batch))
    return Attempts(rows, lambda: rows)


def _text_of(batch: pa.RecordBatch, row: int) -> str:
    """The needed cells of a row, as a line."""
    cells = (column[row].as_py() for column in batch.columns)
    return ",".join("" if cell is None else str(cell) for cell in cells)


def _csv(
    block: bytes, layout: Layout, quote: str, wanted: Sequence[int], numbers: set[int]
) -> tuple[pa.RecordBatch, list[Odd]]:
    odd: list[Odd] = []

    def skip(row: Any) -> str:
        if quote and row.text.count(quote) % 2:  # it took further lines in, and none goes uncounted
            odd.extend(Odd(line, OPEN_QUOTE) for line in row.text.splitlines() if line.strip())
        else:
            odd.append(Odd(row.text.strip("\r\n"), WRONG_LENGTH))
        return "skip"

    names = [str(i) for i in range(layout.in_file)]
    table = pa.csv.read_csv(
        pa.py_buffer(block),
        pa.csv.ReadOptions(column_names=names, use_threads=False, block_size=len(block) + 1),
        pa.csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=quote,
            newlines_in_values=True,
            invalid_row_handler=skip,
        ),
        pa.csv.ConvertOptions(
            include_columns=[str(i) for i in wanted],
            column_types={str(i): pa.float64() if i in numbers else pa.string() for i in wanted},
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    return _one_batch(table), odd


def _json_lines(
    block: bytes, layout: Layout, columns: Columns, values: Sequence[str | None]
) -> Raw:
    """Line by line, with every cell as text."""
    inside = [i for i in columns.needed if i < layout.in_file]
    texts: list[str] = []
    odd: list[Odd] = []
    cells: list[list[str | None]] = [[] for _ in inside]
    for line in block.decode("utf-8", errors="replace").split("\n"):
        if not (text := line.strip()):
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            row = None
        if not isinstance(row, dict):
            odd.append(Odd(text, NO_OBJECT))
            continue
        texts.append(text)
        for column, i in zip(cells, inside, strict=True):
            column.append(_cell(row.get(layout.header[i])))
    arrays = [pa.array(column, pa.string()) for column in cells]
    own = pa.RecordBatch.from_arrays(arrays, [str(i) for i in inside])
    return Raw(_with(own, layout, columns, values), odd, texts.__getitem__)


def _cell(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    if batches:
        return batches[0]
    return pa.RecordBatch.from_pylist([], schema=table.schema)


def _with(
    batch: pa.RecordBatch, layout: Layout, columns: Columns, values: Sequence[str | None]
) -> pa.RecordBatch:
    """The batch with the needed columns that are in the names of folders."""
    for i in columns.needed:
        if i >= layout.in_file:
            value = pa.scalar(values[i - layout.in_file], pa.string())
            batch = batch.append_column(str(i), pa.repeat(value, batch.num_rows))
    return batch
