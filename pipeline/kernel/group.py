"""What is known about the rows of one group."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from pipeline.kernel.calendar import Calendar
from pipeline.kernel.moments import Moments, measure, measure_gaps, merged
from pipeline.kernel.plan import Floats, Ints, Plan
from pipeline.kernel.tally import Tally
from pipeline.kernel.wire import Array, under

BLOCK = 100  # columns that are correlated with each other


class Span(NamedTuple):
    """The least and the greatest value of each column, inf and -inf without values."""

    low: Floats
    high: Floats
    has_gaps: bool

    @classmethod
    def of(cls, values: Floats) -> Self:
        """The span of values of shape (columns, rows), rows > 0; NaN is a gap."""
        low, high = values.min(axis=1), values.max(axis=1)
        if not np.isnan(low).any():
            return cls(low, high, has_gaps=False)
        low = np.fmin.reduce(values, axis=1, initial=np.inf)
        high = np.fmax.reduce(values, axis=1, initial=-np.inf)
        return cls(low, high, has_gaps=True)


class Group:
    """The state of k columns over some rows.

    Attributes:
        rows: How many.
        low: The least value of each column, inf without values, shape (k,).
        high: The greatest, -inf without.
        moments: Of the values times the partial's scale, ``BLOCK`` columns in each: co-moments of
            all pairs would take too much of a wide table. Empty before the first row.
        counts: Values in each fine bin, then those missing, shape (k, bins + 1).
        at: For each column the values in the cells of its atoms.
        kept: The values themselves in parts of shape (k, rows); None when they were too many.
        tallies: The values of each categorical column.
        calendars: The rows by period of each column of dates.
    """

    def __init__(self, plan: Plan) -> None:
        columns, bins = len(plan.names), plan.bins
        self.rows = 0
        self.low: Floats = np.full(columns, np.inf)
        self.high: Floats = np.full(columns, -np.inf)
        self.moments: list[Moments] = []
        self.counts: Ints = np.zeros((columns, bins + 1), np.int64)
        self.at: list[Ints] = [
            np.zeros(2 * len(plan.atoms_of(j)), np.int64) for j in range(columns)
        ]
        self.kept: list[Floats] | None = []
        self.tallies = [Tally(plan.tally_room) for _ in plan.categories]
        self.calendars = [Calendar(0) for _ in plan.dates]

    def add(self, values: Floats, span: Span, scale: Floats | None) -> None:
        """Take in all but the counts of values of shape (k, rows), rows > 0."""
        low, high, has_gaps = span
        self.rows += values.shape[1]
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        if scale is not None:
            values, low, high = values * scale[:, None], low * scale, high * scale
        take = measure_gaps if has_gaps else measure
        self._join([take(values[b], low[b], high[b]) for b in _blocks(len(low))])

    def merge(self, other: "Group") -> None:
        """Take in the rows of another."""
        self.rows += other.rows
        self.low = np.minimum(self.low, other.low)
        self.high = np.maximum(self.high, other.high)
        self.counts += other.counts
        for mine, theirs in zip(self.at, other.at, strict=True):
            mine += theirs
        self._join(other.moments)
        if self.kept is None or other.kept is None:
            self.kept = None
        else:
            self.kept += other.kept
        for tally, more in zip(self.tallies, other.tallies, strict=True):
            tally.merge(more)
        for calendar, further in zip(self.calendars, other.calendars, strict=True):
            calendar.merge(further)

    def values(self, column: int) -> Floats | None:
        """A column's values in ascending order, less those missing; None if they are not kept."""
        if self.kept is None:
            return None
        every = np.concatenate([np.empty(0), *(part[column] for part in self.kept)])
        return np.sort(every[~np.isnan(every)])

    def arrays(self) -> dict[str, Array]:
        """The state but for ``counts``, as arrays by name."""
        found: dict[str, Array] = {"rows": np.array(self.rows), "low": self.low, "high": self.high}
        found["at"] = np.concatenate([np.empty(0, np.int64), *self.at])
        for b, moments in enumerate(self.moments):
            found |= {f"moments.{b}.{name}": part for name, part in moments._asdict().items()}
        if self.kept is not None:
            found["kept"] = np.concatenate([np.empty((len(self.low), 0)), *self.kept], axis=1)
        for j, tally in enumerate(self.tallies):
            found |= {f"tally.{j}.{name}": part for name, part in tally.arrays().items()}
        for j, calendar in enumerate(self.calendars):
            found |= {f"calendar.{j}.{name}": part for name, part in calendar.arrays().items()}
        return found

    def notes(self) -> list[list[Any]]:
        """What the arrays do not say, as JSON can say it."""
        return [tally.note() for tally in self.tallies]

    @classmethod
    def of(
        cls, plan: Plan, arrays: dict[str, Array], counts: Ints, notes: Sequence[Sequence[Any]]
    ) -> Self:
        """The state from its parts."""
        group = cls(plan)
        group.rows = int(arrays["rows"])
        group.low, group.high, group.counts = arrays["low"], arrays["high"], counts
        if group.rows:
            group.moments = [
                Moments(**under(arrays, f"moments.{b}."))
                for b, _ in enumerate(_blocks(len(plan.names)))
            ]
        ends = np.cumsum([len(at) for at in group.at])[:-1]
        group.at = np.split(arrays["at"], ends) if group.at else []
        group.kept = [arrays["kept"]] if "kept" in arrays else None
        group.tallies = [
            Tally.of(plan.tally_room, note, under(arrays, f"tally.{j}."))
            for j, note in enumerate(notes)
        ]
        group.calendars = [
            Calendar.of(under(arrays, f"calendar.{j}.")) for j in range(len(plan.dates))
        ]
        return group

    def _join(self, moments: list[Moments]) -> None:
        if self.moments and moments:
            self.moments = [merged(*both) for both in zip(self.moments, moments, strict=True)]
        else:
            self.moments = self.moments or moments


def _blocks(columns: int) -> list[slice]:
    return [slice(first, first + BLOCK) for first in range(0, columns, BLOCK)]
