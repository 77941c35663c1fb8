"""Rows by day, month or year of a date column, and the sums of the numeric columns in each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

import numpy as np

from pipeline.kernel.plan import Floats, Ints
from pipeline.kernel.wire import Array

Step = Literal["day", "month", "year"]
STEPS: tuple[Step, ...] = ("day", "month", "year")
UNITS = {"day": "D", "month": "M", "year": "Y"}
NO_DAY = np.iinfo(np.int64).min  # a missing date
MAX_PERIODS = 20_000  # while rows come in: 54 years of days; months and years never get so many
MAX_SHOWN = 400
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Periods:
    """A date column, as ``store.schema.Trend`` has it; ``means`` has a row a numeric column."""

    count: int
    missing: int
    minimum: str | None
    maximum: str | None
    step: Step
    starts: tuple[str, ...]
    counts: tuple[int, ...]
    means: tuple[tuple[float | None, ...], ...]


class Calendar:
    """The periods of one date column over some rows.

    Args:
        columns: How many numeric columns are summed in each period; 0 counts the rows alone.

    Attributes:
        missing: Rows without a date.
        low: The first day, counted from 1970; ``high`` the last one. Low is above high without.
        step: What a period is now.
        starts: The periods that have rows, ascending, as numbers of steps since 1970.
        counts: Rows in each.
        sums: Shape (periods, columns); ``filled`` says how many values each is of.
    """

    def __init__(self, columns: int) -> None:
        self.missing = 0
        self.low, self.high = np.iinfo(np.int64).max, np.iinfo(np.int64).min
        self.step: Step = "day"
        self.starts: Ints = np.empty(0, np.int64)
        self.counts: Ints = np.empty(0, np.int64)
        self.sums: Floats = np.empty((0, columns))
        self.filled: Ints = np.empty((0, columns), np.int64)

    def add(self, days: Ints, columns: Sequence[Floats] = ()) -> None:
        """Take in rows.

        Args:
            days: Days since 1970 of each row; ``NO_DAY`` where there is none.
            columns: The numeric columns, NaN where a value is missing.
        """
        present = days != NO_DAY
        here = days[present]
        self.missing += len(days) - len(here)
        if not len(here):
            return
        self.low, self.high = min(self.low, int(here.min())), max(self.high, int(here.max()))
        starts, where = np.unique(_coarser(here, "day", self.step), return_inverse=True)
        size = len(starts)
        sums, filled = np.empty((size, len(columns))), np.empty((size, len(columns)), np.int64)
        for j, column in enumerate(columns):
            value = column[present]
            known = ~np.isnan(value)
            filled[:, j] = np.bincount(where[known], minlength=size)
            with np.errstate(over="ignore"):
                sums[:, j] = np.bincount(where[known], value[known], minlength=size)
        self._join(starts, np.bincount(where, minlength=size), sums, filled)

    def put(self, days: Ints, rows: Ints, sums: Floats, filled: Ints) -> None:
        """Take in what was counted and summed by day elsewhere; shapes as the attributes have."""
        present = days != NO_DAY
        self.missing += int(rows[~present].sum())
        here = days[present]
        if len(here):
            self.low, self.high = min(self.low, int(here.min())), max(self.high, int(here.max()))
            starts = _coarser(here, "day", self.step)
            self._join(starts, rows[present], sums[present], filled[present])

    def merge(self, other: Self) -> None:
        """Take in the rows of another."""
        step = max(self.step, other.step, key=STEPS.index)
        self._coarsen(step)
        starts = _coarser(other.starts, other.step, step)
        self.missing += other.missing
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self._join(starts, other.counts, other.sums, other.filled)

    def periods(self) -> Periods:
        """What is known, in steps that give at most ``MAX_SHOWN`` periods or are years."""
        shown = type(self)(self.sums.shape[1])
        shown.merge(self)
        for step in STEPS[STEPS.index(shown.step) :]:
            shown._coarsen(step)
            if len(shown.starts) <= MAX_SHOWN:
                break
        with np.errstate(all="ignore"):
            means = np.where(shown.filled > 0, shown.sums / shown.filled, np.nan).T
        return Periods(
            count=int(shown.counts.sum()),
            missing=self.missing,
            minimum=_date(self.low, "day") if len(shown.starts) else None,
            maximum=_date(self.high, "day") if len(shown.starts) else None,
            step=shown.step,
            starts=tuple(_date(start, shown.step) for start in shown.starts.tolist()),
            counts=tuple(shown.counts.tolist()),
            means=tuple(
                tuple(mean if np.isfinite(mean) else None for mean in row) for row in means.tolist()
            ),
        )

    def arrays(self) -> dict[str, Array]:
        """The state as arrays by name."""
        about = [self.missing, self.low, self.high, STEPS.index(self.step)]
        return {
            "about": np.array(about, np.int64),
            "starts": self.starts,
            "counts": self.counts,
            "sums": self.sums,
            "filled": self.filled,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, Array]) -> Self:
        """The state from its arrays."""
        calendar = cls(arrays["sums"].shape[1])
        calendar.missing, calendar.low, calendar.high, step = map(int, arrays["about"])
        calendar.step = STEPS[step]
        calendar.starts = arrays["starts"]
        calendar.counts, calendar.sums = arrays["counts"], arrays["sums"]
        calendar.filled = arrays["filled"]
        return calendar

    def _join(self, starts: Ints, counts: Ints, sums: Floats, filled: Ints) -> None:
        both, where = np.unique(np.concatenate([self.starts, starts]), return_inverse=True)
        mine, other = where[: len(self.starts)], where[len(self.starts) :]
        self.starts = both
        self.counts = _added(len(both), (mine, self.counts), (other, counts))
        self.sums = _added(len(both), (mine, self.sums), (other, sums))
        self.filled = _added(len(both), (mine, self.filled), (other, filled))
        if len(both) > MAX_PERIODS and self.step != STEPS[-1]:
            self._coarsen(STEPS[STEPS.index(self.step) + 1])

    def _coarsen(self, step: Step) -> None:
        if step == self.step:
            return
        starts = _coarser(self.starts, self.step, step)
        counts, sums, filled = self.counts, self.sums, self.filled
        self.step, self.starts, self.counts = step, starts[:0], counts[:0]
        self.sums, self.filled = sums[:0], filled[:0]
        self._join(starts, counts, sums, filled)


def day_number(day: date) -> int:
    """Days since 1970."""
    return day.toordinal() - EPOCH


def _coarser(periods: Ints, step: Step, to: Step) -> Ints:
    """Periods of one step as those of the same or a longer one."""
    moments = periods.astype(f"datetime64[{UNITS[step]}]")
    return moments.astype(f"datetime64[{UNITS[to]}]").astype(np.int64)


def _added(size: int, *parts: tuple[Ints, Array]) -> Array:
    """An array of ``size`` rows with the rows of the parts added at their places."""
    total = np.zeros((size, *parts[0][1].shape[1:]), parts[0][1].dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        for where, values in parts:
            np.add.at(total, where, values)
    return total


def _date(period: int, step: Step) -> str:
    """The first day of a period, as an ISO date."""
    return str(np.int64(period).astype(f"datetime64[{UNITS[step]}]").astype("datetime64[D]"))
