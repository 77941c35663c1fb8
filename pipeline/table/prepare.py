"""A table before its first row is read: where its columns are, and how its files are cut."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.inputs import Input
from pipeline.kernel.plan import Ranges
from pipeline.layout import columns, footer, layouts
from pipeline.table.conditions import Condition, no_match
from pipeline.table.files import Split
from pipeline.table.judge import Rules
from pipeline.table.pruning import Skipped
from pipeline.table.reader import Reading
from pipeline.table.splits import parquet_splits, read_footers, text_splits
from store.descriptor import Descriptor


class Prepared(NamedTuple):
    """A table before its first row is read.

    ``ranges`` are those of the features where the files themselves tell, else None. Of the table
    only the rows are asked for that ``conditions`` hold for; ``skipped`` has none of them.
    """

    reading: Reading
    splits: list[Split]
    ranges: Ranges | None
    conditions: tuple[Condition, ...] = ()
    skipped: Skipped = Skipped()


def prepare(
    found: Input,
    descriptor: Descriptor,
    groups: Sequence[str],
    *,
    needs_group: bool,
    conditions: Sequence[Condition] = (),
) -> Prepared:
    """Find the columns in every file, and cut the files.

    Args:
        found: The files.
        descriptor: Names the columns.
        groups: The columns to group by, the one that decides first.
        needs_group: Whether a row needs a value in the first of them.
        conditions: What rows are asked for.

    Raises:
        DataError: A file cannot be read, or lacks a column, or no row can be asked for.
    """
    text = descriptor.csv
    by_layout = layouts(found, text)
    located = [
        (
            layout,
            columns(layout, descriptor, groups, name=files[0].name, conditions=conditions),
            files,
        )
        for layout, files in by_layout.items()
    ]
    told = Reading(
        format=found.format,
        place=found.place,
        layouts=tuple((layout, own) for layout, own, _ in located),
        rules=rules_of(descriptor, groups, needs_group=needs_group),
        quote=text.quote,
        encoding=text.encoding,
    )
    files = [(layout, files) for layout, _, files in located]
    asked = tuple(conditions)
    if found.format != "parquet":
        encoding = text.encoding if found.format == "csv" else "utf-8"
        splits = text_splits(found, files, encoding=encoding)
        return Prepared(told, splits, None, asked, Skipped(found.skipped))
    footers = read_footers(found, located, len(descriptor.columns))
    footer.cache_clear()  # those of a table of very many files take too much to keep
    needed = max(len(own.needed) for _, own, _ in located)
    splits = parquet_splits(files, footers, needed)
    if footers.skipped and not splits:
        raise no_match(found.uri, conditions)
    skipped = Skipped(found.skipped, footers.skipped)
    return Prepared(told, splits, footers.ranges, asked, skipped)


def rules_of(descriptor: Descriptor, groups: Sequence[str], *, needs_group: bool) -> Rules:
    """What a row of this table has to be like."""
    target = descriptor.target
    is_target = bool(groups) and target is not None and target.column == groups[0]
    return Rules(
        features=descriptor.columns,
        dates=descriptor.dates,
        groups=tuple(groups),
        needs_group=needs_group,
        classes=tuple(target.classes) if is_target and target else (),
    )
