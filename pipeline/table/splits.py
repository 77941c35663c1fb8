"""The files of a table cut into pieces of work.

The cut depends on the files alone, never on the machine: so the same table gives the same partial
results in the same order everywhere, and merged in that order the same bits.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from pipeline.inputs import CONNECTIONS, Input
from pipeline.kernel.plan import Floats, Ranges
from pipeline.layout import footer
from pipeline.remote import reading
from pipeline.table.blocks import has_line_breaks
from pipeline.table.columns import Columns, Layout
from pipeline.table.files import ENDLESS, GZIP_MAGIC, File, Piece, Split, opened
from pipeline.table.pruning import row_group_may_match

SPLIT_BYTES = 64 * 2**20  # of text
SPLIT_ROWS = 1_000_000  # of Parquet, in whole row groups
SPLIT_CELLS = 16_000_000
ONE_SPLIT_ROWS = 500_000  # of Parquet: half of more is well beyond ``Plan.exact_rows``
MAX_SPLITS = 4_096  # of a table so large that it would be more, each is larger


class Footers(NamedTuple):
    """What the footers of all files say: by file the rows of each row group that may have rows
    that are asked for, by its number; how many have none; and the ranges.

    ``ranges`` is None where they do not tell the range of every feature, as where some rows of a
    row group are not asked for.
    """

    rows: Mapping[str, Mapping[int, int]]
    ranges: Ranges | None
    skipped: int = 0


def text_splits(
    found: Input, layouts: Sequence[tuple[Layout, Sequence[File]]], *, encoding: str, size: int = 0
) -> list[Split]:
    """The splits of CSV or JSON lines; a compressed file cannot be cut, nor can UTF-16."""
    size = size or max(SPLIT_BYTES, found.bytes // MAX_SPLITS)
    can_cut = has_line_breaks(encoding)

    def pieces() -> Iterator[tuple[Piece, int]]:
        for number, (_, files) in enumerate(layouts):
            for file in files:
                partitions = tuple(file.partitions.values())
                if file.bytes <= size or not can_cut or is_gzip(found, file):
                    yield Piece(file, number, 0, ENDLESS, partitions), file.bytes
                    continue
                for start in range(0, file.bytes, size):
                    end = min(start + size, file.bytes)
                    yield Piece(file, number, start, end, partitions), end - start

    return _packed(pieces(), size)


def parquet_splits(
    layouts: Sequence[tuple[Layout, Sequence[File]]], footers: Footers, columns: int
) -> list[Split]:
    """The splits of Parquet files.

    Of a table beyond ``ONE_SPLIT_ROWS`` they are about as large, and an even number: cores mostly
    are, so none waits while another works off a rest. A small rest costs more than its rows, too:
    it sends its values (``Plan.exact_rows``), megabytes of them.
    """
    total = sum(sum(groups.values()) for groups in footers.rows.values())
    size = max(1, min(SPLIT_ROWS, SPLIT_CELLS // max(1, columns)), total // MAX_SPLITS)

    def pieces() -> Iterator[tuple[Piece, int]]:
        for number, (_, files) in enumerate(layouts):
            for file in files:
                partitions = tuple(file.partitions.values())
                for group, rows in footers.rows[file.path].items():
                    yield Piece(file, number, group, group + 1, partitions), rows

    packed = _packed(pieces(), size)
    if total <= ONE_SPLIT_ROWS:
        return packed
    return _even(pieces(), total, len(packed) + len(packed) % 2)


def read_footers(
    found: Input, layouts: Sequence[tuple[Layout, Columns, Sequence[File]]], features: int
) -> Footers:
    """What the footers of Parquet files say.

    Raises:
        DataError: A footer cannot be read.
    """

    def told_by(at: tuple[Layout, Columns, File]) -> tuple[dict[int, int], int, Ranges | None]:
        layout, columns, file = at
        metadata = footer(found.place, file)
        every = {g: metadata.row_group(g) for g in range(metadata.num_row_groups)}
        some = {
            g: own for g, own in every.items() if row_group_may_match(own, layout, columns.checks)
        }
        rows = {g: own.num_rows for g, own in some.items()}
        return rows, len(every) - len(some), _ranges([*some.values()], layout, columns)

    every = [(layout, columns, file) for layout, columns, files in layouts for file in files]
    total: Ranges | None = Ranges(features)
    rows, skipped = {}, 0
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        told = zip(every, pool.map(told_by, every), strict=True)
        for (_, _, file), (counts, others, ranges) in told:
            rows[file.path] = counts
            skipped += others
            if total is not None and ranges is not None:
                total.merge(ranges)
            else:
                total = None
    return Footers(rows, total, skipped)


def is_gzip(found: Input, file: File) -> bool:
    """Whether a file is compressed, whatever its name says."""
    with (
        reading(file.name),
        opened(found.place).open_input_stream(file.path, compression=None) as stream,
    ):
        return bytes(stream.read(len(GZIP_MAGIC))) == GZIP_MAGIC


def _ranges(groups: Sequence[Any], layout: Layout, columns: Columns) -> Ranges | None:
    """The ranges of the features by the statistics of row groups; None where they do not tell."""
    if any(position >= layout.in_file for position in columns.features):
        return None
    if any(check.position < layout.in_file for check in columns.checks):
        return None  # the rows that are asked for seldom reach as far
    found = Ranges(len(columns.features))
    for group in groups:
        found.rows += group.num_rows
        by_name = {group.column(c).path_in_schema: c for c in range(group.num_columns)}
        low: Floats = np.full(len(columns.features), np.inf)
        high = -low
        for j, position in enumerate(columns.features):
            place = by_name.get(layout.header[position])
            statistics = None if place is None else group.column(place).statistics
            if statistics is None:
                return None
            if statistics.has_null_count and statistics.null_count == group.num_rows:
                continue
            if not statistics.has_min_max:
                return None
            low[j], high[j] = float(statistics.min), float(statistics.max)
            if not np.isfinite([low[j], high[j]]).all():
                return None
        np.minimum(found.low, low, out=found.low)
        np.maximum(found.high, high, out=found.high)
    return found


def _packed(pieces: Iterator[tuple[Piece, int]], size: int) -> list[Split]:
    """Neighbouring pieces together until they are large enough for a task."""
    splits: list[Split] = []
    now: list[Piece] = []
    weight = 0
    for piece, own in pieces:
        if now and weight + own > size:
            splits.append(Split(len(splits), tuple(now)))
            now, weight = [], 0
        now.append(piece)
        weight += own
    if now:
        splits.append(Split(len(splits), tuple(now)))
    return splits


def _even(pieces: Iterator[tuple[Piece, int]], total: int, count: int) -> list[Split]:
    """Neighbouring pieces together in splits that are about as large, ``count`` at most.

    A piece goes where its middle is; one that is larger than a split leaves another one out.
    """
    found: dict[int, list[Piece]] = {}
    before = 0
    for piece, own in pieces:
        middle = before + own / 2
        found.setdefault(min(int(middle * count / total), count - 1), []).append(piece)
        before += own
    return [Split(number, tuple(some)) for number, some in enumerate(found.values())]
