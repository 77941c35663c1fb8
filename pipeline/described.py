"""The descriptor of a table: the one given, the one beside it, or one inferred from it."""

import csv
import itertools
import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from pipeline.inputs import Input
from pipeline.layout import LOOKED_AT_ROWS, footer, head, json_rows, layouts, listed
from pipeline.remote import is_remote, reading, unreadable
from pipeline.table.columns import Layout, is_number
from pipeline.table.files import File, opened
from store.descriptor import (
    SLUG,
    Descriptor,
    Feature,
    ModelSpec,
    Target,
    TextFormat,
    read_descriptor,
)
from store.errors import DataError, DescriptorError

SYNTHETIC = "synthetic"  # in the metadata of a Parquet file: what its rows were drawn from
NUMERIC_SHARE = 0.9  # a column is numeric when at least this share of its first values is
LOOKED_AT_CELLS = 200_000  # of a wide Parquet file fewer rows are looked at
MAX_CANDIDATES = 3  # columns to group by
MAX_CANDIDATE_VALUES = 20


class Column(NamedTuple):
    """What the first rows say of a column: its kind, and its different values as text."""

    kind: str
    values: frozenset[str]


def describe(
    found: Input,
    where: str,
    *,
    given: Path | None,
    group_by: Sequence[str] = (),
    name: str | None = None,
    text: TextFormat | None = None,
) -> Descriptor:
    """The descriptor to read ``found`` with.

    Rows that say of themselves that they are synthetic are so, whatever a descriptor says.

    Args:
        found: The table.
        where: INPUT as it was written; ``<stem>.toml`` beside it is used when there is one.
        given: The descriptor that a person named.
        group_by: Columns to group by; the first is the label column where there is no descriptor.
        name: Replaces the descriptor's own name.
        text: How a CSV table is written; replaces what the descriptor says.

    Raises:
        DescriptorError: The file, or the name, cannot be used.
        DataError: Nothing can be inferred from the table.
        StoreUnavailable: S3 failed.
    """
    file = given or beside(where)
    if file is None:
        descriptor = infer(found, group_by=group_by, text=text)
    else:
        descriptor = read_descriptor(file)
        descriptor = descriptor if text is None else descriptor.model_copy(update={"csv": text})
    if found.format == "parquet" and not descriptor.synthetic:
        metadata = footer(found.place, found.files[0]).metadata or {}
        if (credit := metadata.get(SYNTHETIC.encode())) is not None:
            descriptor = as_synthetic(descriptor, credit.decode())
    return descriptor if name is None else renamed(descriptor, name)


def as_synthetic(descriptor: Descriptor, credit: str) -> Descriptor:
    """The descriptor of rows that were drawn: each word that a person may see says so."""
    return descriptor.model_copy(
        update={
            "title": f"{descriptor.title or descriptor.name} (synthetic)",
            "row": f"synthetic {descriptor.row}",
            "rows": f"synthetic {descriptor.rows}",
            "synthetic": True,
            "credit": credit,
        }
    )


def beside(where: str) -> Path | None:
    """The descriptor beside a table on this machine, if there is one."""
    if is_remote(where):
        return None
    path = Path(where).resolve()
    toml = path.with_name(f"{path.name.partition('.')[0]}.toml")
    return toml if toml.is_file() else None


def groups_of(descriptor: Descriptor, asked: Sequence[str]) -> tuple[str, ...]:
    """The columns to group by: those asked for, else the target and those of the descriptor.

    A target that is a number has too many values to group by; it is one of the columns.
    """
    is_label = descriptor.target is not None and descriptor.kind == "classifier"
    target = [descriptor.target.column] if descriptor.target and is_label else []
    named = asked or (*target, *descriptor.group_by)
    return tuple(dict.fromkeys(named))


def needs_group(descriptor: Descriptor, groups: Sequence[str]) -> bool:
    """Whether a row is of no use without a value in the first of ``groups``: it is the target.

    Another column, perhaps one that was only found to have few values, must not cost any row.
    """
    return bool(groups) and is_target(descriptor, groups[0])


def is_target(descriptor: Descriptor, column: str) -> bool:
    """Whether a column is the descriptor's target."""
    return descriptor.target is not None and descriptor.target.column == column


def renamed(descriptor: Descriptor, name: str) -> Descriptor:
    """The descriptor under another name. Raises DescriptorError."""
    if not SLUG.fullmatch(name):
        raise DescriptorError(
            f'"{name}" is no name for a table: use a-z, 0-9, - and _, at most 63 characters.'
        )
    return descriptor.model_copy(update={"name": name})


def learnable(descriptor: Descriptor) -> tuple[Target, ModelSpec]:
    """The target and the model of a descriptor. Raises DescriptorError when it names none."""
    if descriptor.target is None or descriptor.model is None:
        missing = "[target]" if descriptor.target is None else "[model]"
        raise DescriptorError(
            f'The descriptor of "{descriptor.name}" has no {missing}, so there is nothing to '
            "train. Add one as in data/wine.toml, or publish the profile alone."
        )
    return descriptor.target, descriptor.model


def infer(
    found: Input, *, group_by: Sequence[str] = (), text: TextFormat | None = None
) -> Descriptor:
    """Numeric columns become features, text columns categories, dates dates.

    The first of ``group_by`` becomes the target, and columns of few different texts become those
    that rows are grouped by too.

    Raises:
        DataError: No column is numeric, or one of ``group_by`` is none of the columns.
    """
    name, columns = look_at(found, text)
    return inferred(columns, found.uri, group_by=group_by, text=text, name=name)


def look_at(found: Input, text: TextFormat | None = None) -> tuple[str, dict[str, Column]]:
    """The name of the first file of a table, and what its first rows say of each column."""
    layout, files = next(iter(layouts(found, text).items()))
    return files[0].name, _columns(found, files[0], layout, text or TextFormat())


def inferred(
    columns: dict[str, Column],
    uri: str,
    *,
    group_by: Sequence[str] = (),
    text: TextFormat | None = None,
    name: str = "",
) -> Descriptor:
    """The same of columns that are known; ``name`` is what their file is called."""
    name = name or uri
    for column in group_by:
        if column not in columns:
            raise DataError(
                f'{name} has no column "{column}" to group by. Found: {listed(columns)}.'
            )
    free = [column for column in columns if column and column not in group_by[:1]]
    kinds = {column: columns[column].kind for column in free}
    features = [column for column in free if kinds[column] == "number"]
    if not features:
        raise DataError(
            f"{name} has no numeric column, and a profile needs one. Found: {listed(columns)}."
        )
    texts = [column for column in free if kinds[column] == "text"]
    few = [c for c in texts if 2 <= len(columns[c].values) <= MAX_CANDIDATE_VALUES]
    try:
        return Descriptor(
            name=_slug(uri),
            target=Target(column=group_by[0]) if group_by else None,
            features=tuple(Feature(column=column) for column in features),
            categories=tuple(texts),
            group_by=tuple(dict.fromkeys([*group_by[1:], *few[:MAX_CANDIDATES]])),
            dates=tuple(column for column in free if kinds[column] == "date"),
            csv=text or TextFormat(),
        )
    except ValidationError as error:
        raise DataError(f"{name} cannot be described: {error.errors()[0]['msg']}.") from error


def _columns(found: Input, file: File, layout: Layout, text: TextFormat) -> dict[str, Column]:
    """What the first rows of a file say of each column."""
    rows = _first_rows(found, file, layout, text)
    values = dict(zip(layout.header, zip(*rows, strict=True), strict=False)) if rows else {}
    columns = {}
    for name, kind in zip(layout.header, layout.kinds, strict=True):
        seen = [value for cell in values.get(name, ()) if (value := cell.strip())]
        columns[name] = Column(_kind(seen, kind), frozenset(seen))
    return columns


def _kind(values: Sequence[str], stored: str) -> str:
    """``number``, ``date``, ``text`` or ``other``: as it is stored, or as most values are."""
    tests = {"unknown": ("number", "date"), "text": ("date",)}.get(stored, ())
    for kind in tests:
        test = is_number if kind == "number" else _is_date
        if values and sum(map(test, values)) >= NUMERIC_SHARE * len(values):
            return kind
    return "text" if tests else stored


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _first_rows(
    found: Input, file: File, layout: Layout, text: TextFormat
) -> list[tuple[str, ...]]:
    """The first rows of a file as text, those with the header's fields only."""
    partitions = tuple(value or "" for value in file.partitions.values())
    match found.format:
        case "csv":
            lines = (line for line in head(found.place, file, text.encoding) if line.strip())
            cells = csv.reader(lines, delimiter=layout.delimiter, quotechar=text.quote)
            rows = itertools.islice(cells, int(layout.has_header), LOOKED_AT_ROWS)
            return [(*row, *partitions) for row in rows if len(row) == layout.in_file]
        case "json":
            names = layout.header[: layout.in_file]
            found_rows = json_rows(head(found.place, file), LOOKED_AT_ROWS)
            return [(*(_text(row.get(n)) for n in names), *partitions) for row in found_rows]
    try:
        with reading(file.name), opened(found.place).open_input_file(file.path) as source:
            some = max(1, min(LOOKED_AT_ROWS, LOOKED_AT_CELLS // layout.in_file))
            batch = next(pq.ParquetFile(source).iter_batches(some), None)
    except pa.ArrowException as error:
        raise unreadable(file.name, error) from error
    columns = [] if batch is None else [list(map(_text, c.to_pylist())) for c in batch.columns]
    return [(*row, *partitions) for row in zip(*columns, strict=True)]


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value) if isinstance(value, bool | int | float | list | dict) else str(value)


def _slug(uri: str) -> str:
    """A name for the table, from the name of its file."""
    stem = uri.rstrip("/").rsplit("/", maxsplit=1)[-1].partition(".")[0].lower()
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:63] or "table"
