"""When a figure of a profile and the same figure from an independent engine agree.

Both halves recompute figures from the rows, each with an engine of its own, and both judge the
difference here. Counts agree when they are equal, or as near as the profile says they are. Other
figures agree within ``RELATIVE`` of what they are measured by: the mean of the larger of its own
size and the spread, the skewness of the larger of its own size and 1. A quantile that has a rank
error agrees when it lies between the exact quantiles so much below and above it.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from store.schema import CategoryProfile, ColumnProfile, Section, Trend

RELATIVE = 1e-9
STANDARD_ERRORS = 3  # of the number of distinct values, where that is an estimate
Number = int | float | None
Bounds = Mapping[str, tuple[float, float]]


class Question(NamedTuple):
    """Which figures: those of ``column`` in the group ``value`` of ``by``; None for all rows."""

    column: str
    by: str | None = None
    value: str | None = None


class Check(NamedTuple):
    """A figure as the profile has it and as it was recomputed; ``within`` says how near is near."""

    name: str
    stored: Number
    recomputed: Number
    agrees: bool
    within: str

    @property
    def difference(self) -> Number:
        """Stored less recomputed; None where one of them is missing."""
        if self.stored is None or self.recomputed is None:
            return None
        return self.stored - self.recomputed


class Recomputed(NamedTuple):
    """The figures of a column from the rows; ``rows`` and ``rejected`` are those of the table."""

    rows: int
    rejected: int
    checks: tuple[Check, ...]

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees."""
        return all(check.agrees for check in self.checks)


def asked_about(section: Section) -> list[str]:
    """The columns that a question about a section can be about."""
    found = [column.name for column in section.columns]
    found += [category.name for category in section.categories]
    return found + [trend.name for trend in section.trends]


def compare_numbers(
    stored: ColumnProfile, recomputed: ColumnProfile, bounds: Bounds
) -> tuple[Check, ...]:
    """The figures of a numeric column.

    Args:
        stored: What the profile has.
        recomputed: The same from the rows, quantiles exact, the histogram over the same edges.
        bounds: For each quantile the exact ones ``stored.rank_error`` below and above it.
    """
    return tuple(_numbers(stored, recomputed, bounds))


def compare_categories(stored: CategoryProfile, recomputed: CategoryProfile) -> tuple[Check, ...]:
    """The figures of a categorical column; ``recomputed`` has every value in its ``top``."""
    counts = {value.value: value.count for value in recomputed.top}
    spread = STANDARD_ERRORS * stored.distinct_error * recomputed.distinct
    checks = [
        _equal("Rows with a value", stored.count, recomputed.count),
        _equal("Missing", stored.missing, recomputed.missing),
        Check(
            "Distinct values",
            stored.distinct,
            recomputed.distinct,
            abs(stored.distinct - recomputed.distinct) <= spread,
            f"{spread:,.0f}" if spread else "equal",
        ),
    ]
    for value in stored.top:
        exact = counts.get(value.value, 0)
        is_near = 0 <= exact - value.count <= stored.count_error
        within = f"{stored.count_error:,} below" if stored.count_error else "equal"
        checks.append(Check(value.value, value.count, exact, is_near, within))
    return tuple(checks)


def compare_trends(stored: Trend, recomputed: Trend) -> tuple[Check, ...]:
    """The figures of a date column: rows with one, without one, and the rows of every period."""
    exact = dict(zip(recomputed.starts, recomputed.counts, strict=True))
    known = dict(zip(stored.starts, stored.counts, strict=True))
    return (
        _equal("Rows with a value", stored.count, recomputed.count),
        _equal("Missing", stored.missing, recomputed.missing),
        *(
            _equal(start, known.get(start, 0), exact.get(start, 0))
            for start in sorted(known | exact)
        ),
    )


def _numbers(stored: ColumnProfile, found: ColumnProfile, bounds: Bounds) -> Iterator[Check]:
    yield _equal("Rows with a value", stored.count, found.count)
    yield _equal("Missing", stored.missing, found.missing)
    sd = found.sd or 0.0
    yield _near("Mean", stored.mean, found.mean, max(abs(found.mean or 0.0), sd))
    yield _near("Standard deviation", stored.sd, found.sd, sd)
    yield _equal("Minimum", stored.minimum, found.minimum)
    yield _equal("Maximum", stored.maximum, found.maximum)
    yield _near("Skewness", stored.skewness, found.skewness, max(abs(found.skewness or 0.0), 1.0))
    for share, value in stored.quantiles.items():
        yield _quantile(share, value, found, bounds.get(share), stored.rank_error)
    if stored.histogram and found.histogram:
        pairs = list(zip(stored.histogram.counts, found.histogram.counts, strict=True))
        same = sum(one == other for one, other in pairs)
        name = f"Bins of {len(pairs)} that are equal"
        yield Check(name, len(pairs), same, same == len(pairs), "equal")


def _quantile(
    share: str,
    stored: float | None,
    found: ColumnProfile,
    bounds: tuple[float, float] | None,
    error: float,
) -> Check:
    exact = found.quantiles[share]
    name = "Median" if share == "0.5" else f"Quantile {100 * float(share):g} %"
    if not error or bounds is None or stored is None:
        size = max(abs(found.minimum or 0.0), abs(found.maximum or 0.0))
        return _near(name, stored, exact, size)
    low, high = bounds
    room = RELATIVE * max(abs(low), abs(high))
    agrees = low - room <= stored <= high + room
    return Check(name, stored, exact, agrees, f"{100 * error:.2g} % of rank")


def _equal(name: str, stored: Number, recomputed: Number) -> Check:
    return Check(name, stored, recomputed, stored == recomputed, "equal")


def _near(name: str, stored: Number, recomputed: Number, size: float) -> Check:
    if stored is None or recomputed is None or not math.isfinite(size):
        return _equal(name, stored, recomputed)
    agrees = abs(stored - recomputed) <= RELATIVE * size
    return Check(name, stored, recomputed, agrees, f"{RELATIVE:.0e} relative")
