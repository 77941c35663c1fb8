"""Rows by day, month or year."""

from collections import Counter
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernel.calendar import MAX_PERIODS, MAX_SHOWN, NO_DAY, Calendar, Periods, day_number

Dates = list[date | None]


def kept(*tasks: Dates, values: float = 1.0) -> Periods:
    """What is known after tasks, sent as bytes would be, merged in order; a column is ``values``
    times the day of the month."""
    whole = Calendar(1)
    for dates in tasks:
        days = np.array([NO_DAY if d is None else day_number(d) for d in dates], np.int64)
        column = np.array([np.nan if d is None else values * d.day for d in dates])
        task = Calendar(1)
        task.add(days, [column])
        whole.merge(Calendar.of(task.arrays()))
    return whole.periods()


@given(
    st.lists(st.none() | st.dates(date(2024, 1, 1), date(2024, 12, 31)), max_size=40),
    st.integers(0, 40),
)
def test_days_are_counted_however_they_are_dealt_out(dates: Dates, cut: int) -> None:
    found = kept(dates[:cut], dates[cut:])

    counts = Counter(d for d in dates if d is not None)
    expected = sorted(counts)
    assert found.starts == tuple(map(str, expected))
    assert found.counts == tuple(counts[d] for d in expected)
    assert (found.count, found.missing) == (counts.total(), dates.count(None))
    assert found.means == (tuple(float(d.day) for d in expected),)
    ends = (str(expected[0]), str(expected[-1])) if expected else (None, None)
    assert (found.minimum, found.maximum, found.step) == (*ends, "day")


def test_days_before_1970_are_days_too() -> None:
    found = kept([date(1855, 4, 18), date(1969, 12, 31), date(1970, 1, 1)])

    assert found.starts == ("1855-04-18", "1969-12-31", "1970-01-01")


@pytest.mark.parametrize(
    ("years", "step", "periods"), [(1, "day", 365), (3, "month", 36), (60, "year", 60)]
)
def test_the_step_is_the_finest_that_can_be_shown(years: int, step: str, periods: int) -> None:
    first = date(1951, 1, 1)
    days: Dates = [first + timedelta(days=i) for i in range(365 * years)]

    found = kept(days)

    assert found.step == step
    assert len(found.starts) == periods <= MAX_SHOWN
    assert sum(found.counts) == len(days)
    assert (found.minimum, found.maximum) == (str(days[0]), str(days[-1]))


def test_a_thousand_years_of_days_take_bounded_memory_and_keep_their_sums() -> None:
    days = np.arange(-350_000, 20_000, dtype=np.int64)
    calendar = Calendar(1)
    for part in np.array_split(days, 30):
        calendar.add(part, [np.ones(len(part))])

    found = calendar.periods()

    assert len(calendar.starts) <= MAX_PERIODS
    assert (found.step, sum(found.counts)) == ("year", len(days))
    assert set(found.means[0]) == {1.0}


def test_a_month_without_values_of_a_column_has_no_mean() -> None:
    calendar = Calendar(2)
    calendar.add(np.array([0, 1]), [np.array([np.nan, 2.0]), np.array([1e308, np.nan])])
    calendar.add(np.array([0]), [np.array([np.nan]), np.array([1e308])])

    assert calendar.periods().means == ((None, 2.0), (None, None))
