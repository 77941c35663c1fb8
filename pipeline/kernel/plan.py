"""What is known before the pass: the columns, their ranges, and the bins these give."""

import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Unsigned = npt.NDArray[np.uint64]
Codes = npt.NDArray[np.uint8]
Table = Floats | Sequence[Floats]  # shape (rows, columns), or the columns

MAX_FLOAT = sys.float_info.max
BINS = 40
FINE_BINS = 8_000
MAX_CELLS = 800_000  # fine bins of all columns together, for each group: 6 MiB of counts
MAX_GROUPS = 50
EXACT_ROWS = 100_000
MAX_EXACT_VALUES = 10_000_000  # 76 MiB
SAMPLE_ROWS = 2_000
SAMPLE_CELLS = 100_000  # of a wide table fewer rows are drawn: about 2 MB of JSON
MAX_VALUES, MIN_VALUES = 4_000, 100  # of a categorical column
MAX_TALLIED = 40_000  # of all of them together, for each group


def bin_edges(low: float, high: float) -> tuple[float, ...]:
    """``BINS`` + 1 edges from ``low`` to ``high``; around a constant, half a unit to each side."""
    middle = low / 2 + high / 2
    half = max(0.5, abs(middle) * 1e-9)  # beyond 1e15 half a unit is less than a float can tell
    around = max(middle - half, -MAX_FLOAT), min(middle + half, MAX_FLOAT)
    for first, last in ((low, high), around):
        inner = (first * (1 - i / BINS) + last * (i / BINS) for i in range(1, BINS))
        edges = (first, *inner, last)
        if all(a < b for a, b in itertools.pairwise(edges)):
            return edges
    raise AssertionError("unreachable: the second edges always ascend")


def sample_rows(columns: int) -> int:
    """How many rows of a table with so many columns are drawn."""
    return min(SAMPLE_ROWS, max(1, SAMPLE_CELLS // max(1, columns)))


def columns_of(values: Table) -> list[Floats]:
    """The columns of a table, each of shape (rows,)."""
    found = values.T if isinstance(values, np.ndarray) else values
    return [np.asarray(column, dtype=np.float64) for column in found]


@dataclass(frozen=True)
class Plan:
    """What every task of a pass is told.

    Args:
        names: The columns, in the order of every array.
        low: The least value of each column over all rows; None for a column without values.
        high: The greatest, likewise.
        bins: Fine bins, a multiple of ``BINS``.
        exact_rows: A table of so many rows keeps its values, and has exact quantiles; so has a
            group of up to a fiftieth of that, however large the table. 0 keeps none.
        sample_rows: How many rows are drawn.
        seed: Decides which.
        categories: The categorical columns.
        dates: The columns of dates.
        atoms: For each column the values that are counted apart, ascending, at most one a bin.
    """

    names: tuple[str, ...]
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    bins: int = FINE_BINS
    exact_rows: int = EXACT_ROWS
    sample_rows: int = SAMPLE_ROWS
    seed: int = 0
    categories: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    atoms: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.low) == len(self.high):
            raise ValueError("a plan has a low and a high for every name")
        if self.bins < BINS or self.bins % BINS:
            raise ValueError(f"a plan has a multiple of {BINS} bins, not {self.bins}")

    @classmethod
    def of(
        cls,
        names: Sequence[str],
        ranges: "Ranges",
        *,
        seed: int = 0,
        categories: Sequence[str] = (),
        dates: Sequence[str] = (),
    ) -> Self:
        """The plan for a table whose ranges are known, in bounded memory however wide it is."""
        room = MAX_CELLS // max(1, len(names)) // BINS * BINS
        return cls(
            names=tuple(names),
            low=tuple(_or_none(value) for value in ranges.low),
            high=tuple(_or_none(value) for value in ranges.high),
            bins=max(BINS, min(FINE_BINS, room)),
            exact_rows=min(EXACT_ROWS, MAX_EXACT_VALUES // max(1, len(names))),
            sample_rows=sample_rows(len(names)),
            seed=seed,
            categories=tuple(categories),
            dates=tuple(dates),
        )

    @property
    def tally_room(self) -> int:
        """How many values of a categorical column are kept when there are very many."""
        return max(MIN_VALUES, min(MAX_VALUES, MAX_TALLIED // max(1, len(self.categories))))

    @property
    def small_group(self) -> int:
        """A group of so many rows keeps its values: all such groups are but ``exact_rows``."""
        return self.exact_rows // MAX_GROUPS

    def atoms_of(self, column: int) -> tuple[float, ...]:
        """The values of a column that are counted apart."""
        return self.atoms[column] if self.atoms else ()

    def edges(self, column: int) -> tuple[float, ...] | None:
        """The edges of a column's ``BINS`` bins; None without values."""
        low, high = self.low[column], self.high[column]
        return None if low is None or high is None else bin_edges(low, high)


class Ranges:
    """Rows, and the range of the finite values of each column: what a plan needs to know."""

    def __init__(self, columns: int) -> None:
        self.rows = 0
        self.count: Ints = np.zeros(columns, np.int64)
        self.low: Floats = np.full(columns, np.inf)
        self.high: Floats = np.full(columns, -np.inf)

    def add(self, values: Table) -> None:
        """Take in rows; NaN and infinities count as missing."""
        columns = columns_of(values)
        self.rows += len(columns[0]) if columns else 0
        for j, column in enumerate(columns):
            finite = column[np.isfinite(column)]
            self.count[j] += finite.size
            self.low[j] = finite.min(initial=self.low[j])
            self.high[j] = finite.max(initial=self.high[j])

    def merge(self, other: "Ranges") -> None:
        """Take in what another has seen."""
        self.rows += other.rows
        self.count += other.count
        np.minimum(self.low, other.low, out=self.low)
        np.maximum(self.high, other.high, out=self.high)


class Grid:
    """Tells the fine bin of a value, exactly as comparing it with the edges would.

    ``edges[j]`` are the ``bins`` + 1 ascending edges of column j; every so many of them is an edge
    of ``bin_edges``. A column without values has none (NaN).
    """

    def __init__(self, plan: Plan) -> None:
        self.bins = plan.bins
        coarse = np.array([plan.edges(j) or (np.nan,) * (BINS + 1) for j in range(len(plan.names))])
        coarse = coarse.reshape(-1, BINS + 1)
        first, last = coarse[:, :-1, None], coarse[:, 1:, None]
        share = np.arange(self.bins // BINS) / (self.bins // BINS)
        fine = np.minimum(first + (last - first) * share, last).reshape(len(coarse), self.bins)
        self.edges: Floats = np.hstack([fine, coarse[:, -1:]])
        with np.errstate(all="ignore"):  # ranges that a float cannot tell are not for the fast way
            self._rate = self.bins / (self.edges[:, -1] - self.edges[:, 0])
            places = (self.edges - self.edges[:, :1]) * self._rate[:, None]
            self._slack = np.abs(places - np.arange(self.bins + 1)).max(axis=1)

    def place(self, column: int, values: Floats) -> npt.NDArray[np.intp]:
        """The bin of each value, from 0; of NaN, ``bins``.

        Multiplying is fast and rounds. As it never turns the order of two values, a value can only
        be told wrongly within ``slack``, the worst error at any edge, of an edge's own place.
        """
        edges, slack = self.edges[column], self._slack[column]
        if not slack < 0.125:  # NaN too: the range overflows, or there is none
            found: npt.NDArray[np.intp] = np.searchsorted(edges, values, side="right") - 1
            np.minimum(found, self.bins - 1, out=found)
            found[np.isnan(values)] = self.bins
            return found
        place = values - edges[0]
        place *= self._rate[column]
        nearest = np.rint(place)
        with np.errstate(invalid="ignore"):
            found = place.astype(np.intp)
        np.subtract(place, nearest, out=place)
        np.abs(place, out=place)
        doubtful = np.flatnonzero(~(place > slack))
        if doubtful.size:
            present = doubtful[~np.isnan(place[doubtful])]
            found[doubtful] = self.bins
            above = nearest[present].astype(np.intp)
            below = values[present] < edges[above]
            found[present] = np.minimum(above - below, self.bins - 1)
        return found


def _or_none(value: Any) -> float | None:
    return float(value) + 0.0 if np.isfinite(value) else None  # -0.0 is 0.0
