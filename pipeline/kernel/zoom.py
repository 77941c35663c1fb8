"""Another pass over a few columns: how the values lie inside some windows."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pipeline.kernel import wire
from pipeline.kernel.plan import Floats, Ints, Table, Unsigned, columns_of

MAX_CELLS = 2**18  # of all windows, for each group: 2 MiB of counts
MIN_SPLIT, MAX_SPLIT = 64, 8_192


class Windows(NamedTuple):
    """Where the values are to be told apart: disjoint closed ranges, by column and ascending.

    A window is split into at most ``split`` cells that hold equally many floats, not equal widths:
    so heavy tails and far clusters need no more passes than evenly spread values.
    """

    column: tuple[int, ...]
    low: Floats
    high: Floats
    split: int

    @property
    def columns(self) -> list[int]:
        """The columns that another pass has to read, ascending."""
        return sorted(set(self.column))


class Zoom:
    """How many values of each group lie in each cell; merges like a ``Partial``.

    Attributes:
        labels: The groups, each at its place in ``counts``.
        counts: Shape (groups, windows, split).
        first: The least value in each cell, of whatever group, as its place among all floats.
        last: The greatest.
    """

    def __init__(self, windows: Windows) -> None:
        self.windows = windows
        shape = len(windows.column), windows.split
        self.labels: dict[str | None, int] = {}
        self.counts: Ints = np.zeros((0, *shape), np.int64)
        self.first: Unsigned = np.full(shape, 2**64 - 1, np.uint64)
        self.last: Unsigned = np.zeros(shape, np.uint64)
        self._low, self._high = places(windows.low), places(windows.high)
        self._shift = np.array(
            [
                max(0, int(high - low).bit_length() - (windows.split.bit_length() - 1))
                for low, high in zip(self._low, self._high, strict=True)
            ],
            np.uint64,
        )

    def add(
        self,
        values: Table,
        codes: npt.NDArray[np.integer[Any]] | None = None,
        labels: Sequence[str | None] = (None,),
    ) -> None:
        """Take in rows: the columns ``windows.columns`` of them, and as ``Partial.add``."""
        columns = columns_of(values)
        codes = np.zeros(len(columns[0]), np.intp) if codes is None else codes
        own = np.zeros(len(labels), np.intp)
        for code in np.flatnonzero(np.bincount(codes, minlength=len(labels))).tolist():
            own[code] = self._place_of(labels[code]) * self.first.size
        starts = own[codes]
        for column, found in zip(self.windows.columns, columns, strict=True):
            where, cell, place = self._cells(column, places(found))
            np.minimum.at(self.first.reshape(-1), cell, place)
            np.maximum.at(self.last.reshape(-1), cell, place)
            np.add.at(self.counts.reshape(-1), cell + starts[where], 1)

    def merge(self, other: "Zoom") -> None:
        """Take in the rows of another with the same windows."""
        for label, place in other.labels.items():
            own = self._place_of(label)  # first, since it may put another array in place
            self.counts[own] += other.counts[place]
        np.minimum(self.first, other.first, out=self.first)
        np.maximum(self.last, other.last, out=self.last)

    def to_bytes(self) -> bytes:
        """The counts as bytes that any machine reads."""
        arrays = {"counts": self.counts, "first": self.first, "last": self.last}
        return wire.pack(list(self.labels), arrays)

    @classmethod
    def from_bytes(cls, windows: Windows, data: bytes) -> Self:
        """The counts from their bytes."""
        labels, arrays = wire.unpack(data)
        zoom = cls(windows)
        zoom.labels = {label: place for place, label in enumerate(labels)}
        zoom.counts, zoom.first, zoom.last = (arrays[k] for k in ("counts", "first", "last"))
        return zoom

    def _place_of(self, label: str | None) -> int:
        if label not in self.labels:
            self.labels[label] = len(self.labels)
            self.counts = np.concatenate([self.counts, np.zeros((1, *self.first.shape), np.int64)])
        return self.labels[label]

    def _cells(
        self, column: int, place: Unsigned
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Unsigned]:
        """Which rows are in a window, the cells of those, and their places."""
        start = self.windows.column.index(column)
        end = start + self.windows.column.count(column)
        window = np.searchsorted(self._high[start:end], place) + start
        window[window == end] = start  # above them all; not in the first one either
        where = np.flatnonzero((place >= self._low[window]) & (place <= self._high[window]))
        window, place = window[where], place[where]
        cell = (place - self._low[window]) >> self._shift[window]
        return where, window * self.windows.split + cell.astype(np.intp), place


def places(values: Floats) -> Unsigned:
    """The place of each value among all floats in ascending order; 0.0 and -0.0 share theirs."""
    bits = (values + 0.0).view(np.int64)
    return (bits ^ ((bits >> 63) | np.int64(-(2**63)))).view(np.uint64)


def floats(place: Unsigned) -> Floats:
    """The values at these places."""
    turned = place.view(np.int64)
    return (turned ^ (~(turned >> 63) | np.int64(-(2**63)))).view(np.float64)
