"""The descriptor of a table: the one given, the one beside it, or one inferred from it."""

import re
from pathlib import Path

from pydantic import ValidationError

from pipeline.inputs import Input
from pipeline.layout import Layout, first_rows, is_number, layouts
from store.descriptor import SLUG, Descriptor, Feature, ModelSpec, Target, read_descriptor
from store.errors import DataError, DescriptorError

LOOKED_AT_ROWS = 1_000
NUMERIC_SHARE = 0.9  # a column is numeric when at least this share of its first values is


def describe(
    found: Input, where: str, *, given: Path | None, group_by: str | None, name: str | None
) -> Descriptor:
    """The descriptor to read ``found`` with.

    Args:
        found: The table.
        where: INPUT as it was written; ``<stem>.toml`` beside it is used when there is one.
        given: The descriptor that a person named.
        group_by: The label column of a table that has no descriptor.
        name: Replaces the descriptor's own name.

    Raises:
        DescriptorError: The file, or the name, cannot be used.
        DataError: Nothing can be inferred from the table.
    """
    beside = Path(where).resolve()
    beside = beside.with_name(f"{beside.name.partition('.')[0]}.toml")
    if given or beside.is_file():
        descriptor = read_descriptor(given or beside)
    else:
        descriptor = infer(found, group_by=group_by)
    return descriptor if name is None else renamed(descriptor, name)


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


def infer(found: Input, *, group_by: str | None) -> Descriptor:
    """Numeric columns become features, text columns categories, ``group_by`` the target.

    Raises:
        DataError: No column is numeric, or ``group_by`` is none of the columns.
    """
    layout, files = next(iter(layouts(found).items()))
    name = found.name(files[0])
    if group_by is not None and group_by not in layout.header:
        raise DataError(
            f'{name} has no column "{group_by}" to group by. Found: {", ".join(layout.header)}.'
        )
    kinds = dict(zip(layout.header, _kinds(files[0], layout, found), strict=False))
    free = [name for name in kinds if name and name != group_by]  # an index may have no name
    features = [name for name in free if kinds[name] == "number"]
    texts = [name for name in free if kinds[name] == "text"]
    if not features:
        raise DataError(
            f"{name} has no numeric column, and a profile needs one. "
            f"Found: {', '.join(layout.header)}."
        )
    try:
        return Descriptor(
            name=_slug(found.uri),
            target=Target(column=group_by) if group_by else None,
            features=tuple(Feature(column=column) for column in features),
            categories=tuple(texts),
        )
    except ValidationError as error:
        raise DataError(f"{name} cannot be described: {error.errors()[0]['msg']}.") from error


def _kinds(file: Path, layout: Layout, found: Input) -> list[str]:
    """``number``, ``text`` or ``other`` for each column, from the first rows of a CSV file."""
    if found.format == "parquet":
        return list(layout.kinds)
    rows = first_rows(file, layout, LOOKED_AT_ROWS)
    kinds = []
    for position in range(len(layout.header)):
        values = [row[position].strip() for row in rows if row[position].strip()]
        numeric = sum(map(is_number, values))
        kinds.append("number" if values and numeric >= NUMERIC_SHARE * len(values) else "text")
    return kinds


def _slug(uri: str) -> str:
    """A name for the table, from the name of its file."""
    stem = uri.rsplit("/", maxsplit=1)[-1].partition(".")[0].lower()
    return re.sub(r"[^a-z0-9_-]+", "-", stem).strip("-_")[:63] or "table"
