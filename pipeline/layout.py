"""What the columns of a file are, and which of them a descriptor speaks of."""

import csv
import gzip
import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

from pipeline.inputs import GZIP_MAGIC, Input
from store.descriptor import Descriptor
from store.errors import DataError

DELIMITERS = ",;\t|"
Kind = Literal["number", "text", "other", "unknown"]


class Layout(NamedTuple):
    """The columns of a file in order. Parquet says what they hold; CSV does not."""

    header: tuple[str, ...]
    kinds: tuple[Kind, ...]
    delimiter: str = ","


class Columns(NamedTuple):
    """Where in a file a descriptor's columns are: positions that count from 0."""

    features: tuple[int, ...]
    categories: tuple[int, ...]
    group: int | None


def layouts(found: Input) -> dict[Layout, list[Path]]:
    """The files by their layout; usually there is one."""
    by_layout: dict[Layout, list[Path]] = {}
    for file in found.files:
        layout = csv_layout(file) if found.format == "csv" else parquet_layout(file)
        by_layout.setdefault(layout, []).append(file)
    return by_layout


def csv_layout(file: Path) -> Layout:
    """The header of a CSV file. The delimiter is the one that gives it the most columns.

    Raises:
        DataError: There is no header: no text, not UTF-8, or numbers only.
    """
    with open_text(file) as lines:
        try:
            first = next((line for line in lines if line.strip()), None)
        except UnicodeDecodeError as error:
            raise DataError(f"{file.name} is not UTF-8 text. Save it as UTF-8.") from error
    if first is None:
        raise DataError(f"{file.name} is empty. A table has a header and at least one row.")
    rows = {mark: next(csv.reader([first], delimiter=mark)) for mark in DELIMITERS}
    delimiter = max(rows, key=lambda mark: len(rows[mark]))
    header = tuple(name.strip() for name in rows[delimiter])
    if all(map(is_number, header)):
        raise DataError(
            f"{file.name} has no header: its first line is numbers only. "
            "Put the names of the columns there."
        )
    unknown: Kind = "unknown"
    return Layout(header, (unknown,) * len(header), delimiter)


def parquet_layout(file: Path) -> Layout:
    """The columns of a Parquet file. Raises DataError where its footer cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(file)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file.name} is a broken Parquet file: {error}") from error

    def kind(column: pa.DataType) -> Kind:
        if pa.types.is_integer(column) or pa.types.is_floating(column):
            return "number"
        if pa.types.is_decimal(column):
            return "number"
        plain = pa.types.is_string, pa.types.is_large_string, pa.types.is_boolean
        dictionary = pa.types.is_dictionary(column) and pa.types.is_string(column.value_type)
        return "text" if dictionary or any(test(column) for test in plain) else "other"

    return Layout(tuple(schema.names), tuple(kind(field.type) for field in schema))


def open_text(file: Path) -> TextIO:
    """A CSV file as text, compressed or not, without its byte order mark."""
    with file.open("rb") as stream:
        packed = stream.read(2) == GZIP_MAGIC
    if packed:
        return gzip.open(file, "rt", encoding="utf-8-sig", newline="")
    return file.open(encoding="utf-8-sig", newline="")


def columns(layout: Layout, descriptor: Descriptor, group_by: str | None, *, name: str) -> Columns:
    """Where the features, the categories and the group column are.

    A feature is found under its own name, else under an alias. Further columns are ignored.

    Raises:
        DataError: A column is missing, is there twice, or is a feature without numbers; the
            text names it and lists what was found. ``name`` is what the file is called.
    """
    features = tuple(_position(layout, f.names, name=name) for f in descriptor.features)
    for feature, position in zip(descriptor.features, features, strict=True):
        if layout.kinds[position] not in ("number", "unknown"):
            raise DataError(
                f'The column "{layout.header[position]}" of {name} has to be numeric, as the '
                f'feature "{feature.column}" is, but the file stores no numbers there.'
            )
    return Columns(
        features=features,
        categories=tuple(_position(layout, (c,), name=name) for c in descriptor.categories),
        group=None if group_by is None else _position(layout, (group_by,), name=name),
    )


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
        f'{name} has no column "{own}"{aliases}. Found: {", ".join(layout.header)}. '
        "Rename a column, or name it in the descriptor."
    )


def first_rows(file: Path, layout: Layout, limit: int) -> list[list[str]]:
    """The first rows of a CSV file below its header, those with the header's fields only."""
    with open_text(file) as lines:
        rows = csv.reader((line for line in lines if line.strip()), delimiter=layout.delimiter)
        return [
            row for row in itertools.islice(rows, 1, 1 + limit) if len(row) == len(layout.header)
        ]


def is_number(text: str) -> bool:
    """Whether text reads as a number."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text
