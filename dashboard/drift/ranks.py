"""Ranks of a stream's rows among the reference and the rows before them, from counts alone.

A tested column knows at most ``MARKS`` of the reference's values, at evenly spaced ranks, and in
each of the cells between two of these marks how many other values there are: the reference's first,
the stream's as they come. Values that are equal are told apart by a random number that each of them
has; without ties, and with nothing but ties, that makes every order of the rows equally likely.

If reference and stream are exchangeable, the next value lies in a cell of c values with probability
(c + 1) / (n + 1), whatever came before, for n values in all: its rank among n + 1 is uniform, and
c + 1 of the ranks are in that cell. So

    u = (values below the cell + U (c + 1)) / (n + 1)

with U uniform is uniform on (0, 1) and independent of all u before it: exactly, for any
distribution, with ties, and from 2 rows of reference on. These are the smoothed p-values of
conformal prediction (Vovk, Gammerman and Shafer, Algorithmic Learning in a Random World, 2005),
given to cells rather than to single values, so that a state stays small however long the stream.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MARKS = 63
GOLDEN = 0x9E3779B97F4A7C15  # the step of splitmix64 (Steele, Lea and Flood, 2014)

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True)
class Marks:
    """The reference of one tested column.

    Args:
        keys: The marks' values and random numbers as one ascending number each, see ``_keys``.
        values: The distinct values among the marks, ascending.
        inside: The reference's values in each cell, without the marks: one more than marks.
        rows: The reference's values in all.
    """

    keys: Floats
    values: Floats
    inside: Integers
    rows: int

    def cells(self, values: Floats, ties: Floats) -> Integers:
        """Which cell each value is in; ``ties`` are the values' own random numbers."""
        return np.searchsorted(self.keys, _keys(self.values, values, ties))


class Reference:
    """The references of the tested columns side by side, (columns, cells) where they are counts.

    ``fingerprint`` tells whether a state belongs to it.
    """

    def __init__(self, columns: Sequence[Marks]) -> None:
        self.columns = tuple(columns)
        self.rows = np.array([one.rows for one in columns], dtype=np.float64)
        self.cells = max(len(one.inside) for one in columns)
        self.inside = np.array(
            [np.pad(one.inside, (0, self.cells - len(one.inside))) for one in columns]
        )
        parts = [part.tobytes() for one in columns for part in (one.values, one.keys, one.inside)]
        self.fingerprint = hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def marks(values: Sequence[float], column: int) -> Marks:
    """The reference from its values, two or more of them, in any order.

    ``column`` numbers the columns of a stream, so that each has random numbers of its own.
    """
    found = np.asarray(values, dtype=np.float64)
    ties, _ = uniforms(mixed(np.arange(len(found), dtype=np.uint64)), column)
    order = np.lexsort((ties, found))
    count = min(MARKS, len(found))
    ranks = ((np.arange(count) + 0.5) * len(found) / count).astype(np.int64)
    chosen, own = found[order][ranks], ties[order][ranks]
    distinct = np.unique(chosen)
    inside = np.diff(ranks, prepend=-1, append=len(found)) - 1
    return Marks(_keys(distinct, chosen, own), distinct, inside, len(found))


def counted(
    stream: Integers, reference: Integers, cells: Integers
) -> tuple[Integers, Integers, Integers]:
    """What lies where before each row of a stream.

    Args:
        stream: The stream's values in each cell before these rows, (columns, cells).
        reference: The reference's.
        cells: In which cell each row is, (rows, columns); at most 255 rows, and 255 cells.

    Returns:
        Values below each row's cell, and those inside it, (rows, columns); and the stream's values
        in each cell after these rows.
    """
    columns, width = stream.shape
    inside = stream + reference
    # A mark lies below every cell but those before it: as many as the cell's own number.
    below = np.cumsum(inside, axis=1) - inside + np.arange(width)
    every = np.arange(columns)
    # How many of these rows, up to each, are below each cell; in bytes, for speed.
    is_under = cells.astype(np.uint8)[..., None] < np.arange(width + 1, dtype=np.uint8)
    under = np.cumsum(is_under.view(np.uint8), axis=0, dtype=np.uint8)
    rows = np.arange(len(cells))[:, None]
    lower = under[rows, every, cells].astype(np.int64)
    until = under[rows, every, cells + 1].astype(np.int64)
    after = stream + np.diff(under[-1].astype(np.int64), axis=1)
    return below[every, cells] + lower, inside[every, cells] + until - lower - 1, after


def row_hashes(ids: Sequence[bytes]) -> Hashes:
    """A hash of each id of 16 bytes: the source of the row's random numbers, so that whoever
    folds the row again gets the same.
    """
    halves = np.frombuffer(b"".join(ids), dtype=">u8").reshape(-1, 2).astype(np.uint64)
    return mixed(mixed(halves[:, 0]) ^ halves[:, 1])


def uniforms(hashes: Hashes, column: int | Integers) -> tuple[Floats, Floats]:
    """Two random numbers in (0, 1) of each hash and column, independent of each other."""
    steps = (np.atleast_1d(column).astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN)
    bits = mixed(hashes + steps)
    half = np.uint64(32)
    first, second = bits >> half, bits & np.uint64(0xFFFFFFFF)
    return (first.astype(np.float64) + 0.5) / 2.0**32, (second.astype(np.float64) + 0.5) / 2.0**32


def mixed(values: Hashes) -> Hashes:
    """The mixing function of splitmix64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _keys(distinct: Floats, values: Floats, ties: Floats) -> Floats:
    """Numbers that are ordered as (value, tie) is, as far as the distinct values can tell."""
    below = np.searchsorted(distinct, values, side="left")
    until = np.searchsorted(distinct, values, side="right")
    place = (below + until).astype(np.float64)
    return place + np.where(until > below, ties, 0.0)
