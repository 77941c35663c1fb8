"""What the columns of a file are, and which of them a descriptor speaks of."""

import csv
import functools
import io
import itertools
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.inputs import CONNECTIONS, Input
from pipeline.remote import Location, reading, unreadable
from pipeline.table.columns import Check, Columns, Kind, Layout, is_number
from pipeline.table.conditions import Condition
from pipeline.table.files import GZIP_MAGIC, File, opened
from store.descriptor import Descriptor, TextFormat
from store.errors import DataError

DELIMITERS = ",;\t|"
HEAD_BYTES = 2**20
MAX_FOOTERS = 256
LOOKED_AT_ROWS = 1_000


def layouts(found: Input, text: TextFormat | None = None) -> dict[Layout, list[File]]:
    """The files by their layout; usually there is one.

    Raises:
        DataError: A file cannot be read, or has no header.
    """
    text = text or TextFormat()

    def layout(file: File) -> Layout:
        match found.format:
            case "csv":
                own = csv_layout(found.place, file, text)
            case "json":
                own = json_layout(found.place, file)
            case "parquet":
                own = parquet_layout(found.place, file)
        return _with_partitions(own, file)

    by_layout: dict[Layout, list[File]] = {}
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for file, own in zip(found.files, pool.map(layout, found.files), strict=True):
            by_layout.setdefault(own, []).append(file)
    return by_layout


def csv_layout(place: Location, file: File, text: TextFormat) -> Layout:
    """The columns of a CSV file. The delimiter is the one that gives its first line the most.

    Raises:
        DataError: The file is not text, or its first line is numbers where a header belongs.
    """
    first = next((line for line in head(place, file, text.encoding) if line.strip()), None)
    if first is None:
        raise DataError(f"{file.name} is empty. A table has a header and at least one row.")
    if first.startswith("[") and ".json" in file.name.lower():
        raise DataError(f"{file.name} is one JSON array. Write its objects apart, one a line.")
    if first.endswith("\r"):
        raise DataError(
            f"{file.name} ends its lines with CR alone, as old Macs did. Save it with LF or CRLF."
        )
    marks = text.delimiter or DELIMITERS
    rows = {mark: next(csv.reader([first], delimiter=mark, quotechar=text.quote)) for mark in marks}
    delimiter = max(rows, key=lambda mark: len(rows[mark]))
    header = tuple(name.strip() for name in rows[delimiter])
    has_header = text.header is not False
    if not has_header:
        header = tuple(f"column_{i}" for i in range(1, len(header) + 1))
    elif text.header is None and all(map(is_number, header)):
        raise DataError(
            f"{file.name} has no header: its first line is numbers only. "
            "Put the names of the columns there, or say so with --no-header."
        )
    unknown: Kind = "unknown"
    return Layout(header, (unknown,) * len(header), delimiter, has_header)


def json_layout(place: Location, file: File) -> Layout:
    """The keys of the objects in the first lines of a JSON lines file, in the order they appear."""
    names: dict[str, None] = {}
    for row in json_rows(head(place, file), LOOKED_AT_ROWS):
        names |= dict.fromkeys(row)
    if not names:
        raise DataError(f"{file.name} has no JSON object in its first lines, one a line.")
    unknown: Kind = "unknown"
    return Layout(tuple(names), (unknown,) * len(names))


def parquet_layout(place: Location, file: File) -> Layout:
    """The columns of a Parquet file. Raises DataError where its footer cannot be read."""
    schema = footer(place, file).schema.to_arrow_schema()
    return Layout(tuple(schema.names), tuple(arrow_kind(field.type) for field in schema))


@functools.lru_cache(maxsize=MAX_FOOTERS)
def footer(place: Location, file: File) -> Any:
    """The ``pyarrow.parquet.FileMetaData`` of a file, kept until ``prepare`` has looked at it too.

    Raises:
        DataError: The file is no Parquet, or is cut off.
        StoreUnavailable: S3 failed.
    """
    try:
        with reading(file.name), opened(place).open_input_file(file.path) as source:
            return pq.read_metadata(source)
    except pa.ArrowException as error:
        raise unreadable(file.name, error) from error


def arrow_kind(column: Any) -> Kind:
    """What a column of this Arrow type holds."""
    is_a = pa.types
    if is_a.is_dictionary(column):
        return "text" if arrow_kind(column.value_type) == "text" else "other"
    if is_a.is_integer(column) or is_a.is_floating(column) or is_a.is_decimal(column):
        return "number"
    if is_a.is_date(column) or is_a.is_timestamp(column):
        return "date"
    plain = (is_a.is_string, is_a.is_large_string, is_a.is_string_view, is_a.is_boolean)
    return "text" if any(test(column) for test in plain) else "other"


def head(place: Location, file: File, encoding: str = "utf-8") -> Iterator[str]:
    """The first lines of a text file, compressed or not, without its byte order mark."""
    with reading(file.name), opened(place).open_input_stream(file.path, compression=None) as raw:
        start = bytes(raw.read(HEAD_BYTES))
    whole = file.bytes <= len(start)
    if start.startswith(GZIP_MAGIC):
        with pa.CompressedInputStream(pa.BufferReader(start), "gzip") as stream:
            start, whole = _until_it_breaks_off(stream)
    try:
        codec = "utf-8-sig" if encoding == "utf-8" else encoding
        # A last character that was cut in two is no wrong encoding.
        text = start.decode(codec, errors="strict" if whole else "ignore")
        if not whole:
            start[: HEAD_BYTES // 2].rpartition(b"\n")[0].decode(codec)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{file.name} is not {encoding.upper()} text. Save it as UTF-8, or name its encoding."
        ) from error
    lines = io.StringIO(text, newline="")
    yield from lines if whole else itertools.chain([*lines][:-1])


def _until_it_breaks_off(stream: Any) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    try:
        while len(parts) < HEAD_BYTES // 4_096 and (chunk := stream.read(4_096)):
            parts.append(bytes(chunk))
    except OSError:
        return b"".join(parts), False
    return b"".join(parts), not stream.read(1)


def json_rows(lines: Iterable[str], limit: int) -> Iterator[dict[str, Any]]:
    """The objects of the first lines that hold one."""
    for line in itertools.islice((line for line in lines if line.strip()), limit):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            yield row


def columns(
    layout: Layout,
    descriptor: Descriptor,
    groups: Iterable[str],
    *,
    name: str,
    conditions: Iterable[Condition] = (),
) -> Columns:
    """Where the features, the categories, the dates and the group columns are.

    A condition may be about any column. What its cells are compared as is what the descriptor
    has the column for, else what the file says that it holds.

    A feature is found under its own name, else under an alias. Further columns are ignored.

    Raises:
        DataError: A column is missing, is there twice, or holds something else than it should,
            or than a condition compares it with; the text names it and lists what was found.
            ``name`` is what the file is called.
    """
    features = tuple(_position(layout, f.names, name=name) for f in descriptor.features)
    for feature, position in zip(descriptor.features, features, strict=True):
        if layout.kinds[position] not in ("number", "unknown"):
            raise DataError(
                f'The column "{layout.header[position]}" of {name} has to be numeric, as the '
                f'feature "{feature.column}" is, but the file stores no numbers there.'
            )
    found = Columns(
        features=features,
        categories=tuple(_position(layout, (c,), name=name) for c in descriptor.categories),
        dates=tuple(_position(layout, (c,), name=name) for c in descriptor.dates),
        groups=tuple(_position(layout, (c,), name=name) for c in groups),
        checks=tuple(_check(c, layout, descriptor, name=name) for c in conditions),
    )
    for position in found.needed:
        if layout.kinds[position] == "other":
            raise DataError(
                f'The column "{layout.header[position]}" of {name} holds neither numbers, text '
                "nor dates. Leave it out."
            )
    for column, position in zip(descriptor.dates, found.dates, strict=True):
        if layout.kinds[position] == "number":
            raise DataError(f'The column "{column}" of {name} has to hold dates, not numbers.')
    return found


def _check(condition: Condition, layout: Layout, descriptor: Descriptor, *, name: str) -> Check:
    """A condition on a column of the file, under any of the names that it has here."""
    called = next((f.names for f in descriptor.features if condition.column in f.names), None)
    position = _position(layout, called or (condition.column,), name=name)
    kind = layout.kinds[position]
    if called or condition.column in descriptor.dates:
        kind = "number" if called else "date"
    return condition.check(position, kind, name=name)


def _position(layout: Layout, names: Iterable[str], *, name: str) -> int:
    """The one column under the first of these names, else under exactly one of the others."""
    own, *others = names
    for wanted in ([own], others):
        positions = [i for i, column in enumerate(layout.header) if column in wanted]
        if len(positions) == 1:
            return positions[0]
        if positions:
            twice = ", ".join(f'"{layout.header[i]}"' for i in positions)
            raise DataError(f'{name} has "{own}" in several columns: {twice}. Keep one.')
    aliases = f" (nor {', '.join(others)})" if others else ""
    raise DataError(
        f'{name} has no column "{own}"{aliases}. Found: {listed(layout.header)}. '
        "Rename a column, or name it in the descriptor."
    )


def listed(names: Iterable[str], limit: int = 50) -> str:
    """The names, or the first of very many."""
    every = list(names)
    more = f" and {len(every) - limit:,} more" if len(every) > limit else ""
    return ", ".join(every[:limit]) + more


def _with_partitions(layout: Layout, file: File) -> Layout:
    """The layout with the columns that are in the names of folders. Raises DataError."""
    keys = tuple(file.partitions)
    if both := set(keys) & set(layout.header):
        raise DataError(
            f'{file.name} has the column "{min(both)}" both in a folder\'s name and in itself. '
            "Keep one."
        )
    unknown: Kind = "unknown"
    return layout._replace(
        header=layout.header + keys,
        kinds=layout.kinds + (unknown,) * len(keys),
        partitions=len(keys),
    )
