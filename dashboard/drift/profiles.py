"""How far the columns of two profiles of a table have moved apart, from the profiles alone.

**PSI**, the population stability index: the sum over bins of (a - e) ln(a / e), where e and a are
the shares of the reference and of the current rows (Siddiqi, Credit Risk Scorecards, 2006; it is
Jeffreys' divergence). Shares are Laplace-smoothed, (count + 1) / (rows + bins), so an empty bin is
no infinity. Bins are at most ten, cut at those edges of the reference's histogram that lie nearest
to its deciles; rows of a current bin that a cut divides are split in proportion to its width. Of a
category the bins are the reference's most frequent values and all others together.

**Noise**: without any drift PSI / (1/n + 1/m) has about a chi-squared distribution with
bins - 1 degrees of freedom (Yurdakul and Naranjo, J. Risk Model Validation 14(4), 2020), so its
mean is (bins - 1)(1/n + 1/m). A PSI below the 95th percentile of that is told as noise.

**KS**, the largest distance of the two distribution functions: a histogram tells its own exactly
at its edges and between two edges no more than that it does not fall, so the distance lies in an
interval; the one number between is that of functions drawn straight from edge to edge.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from store.schema import CategoryProfile, ColumnProfile, Histogram, Profile

BINS = 10
SOME, LARGE = 0.1, 0.25  # Siddiqi 2006
Z95 = 1.6448536269514722
Verdict = Literal["noise", "little", "some", "large", "unknown"]


class Distance(NamedTuple):
    """A Kolmogorov-Smirnov distance: the interval that has it for certain, and a guess in it."""

    guess: float
    low: float
    high: float


class Drift(NamedTuple):
    """How a column moved from the reference to the current profile.

    ``psi`` is None where one of the two has no value. ``noise`` is the PSI to be expected without
    drift, ``limit`` what 19 of 20 such PSIs stay below. ``missing`` are shares of the rows.
    """

    column: str
    kind: Literal["number", "category"]
    rows: tuple[int, int]
    missing: tuple[float, float]
    psi: float | None
    bins: int
    noise: float
    limit: float
    distance: Distance | None = None

    @property
    def verdict(self) -> Verdict:
        """What the PSI amounts to."""
        if self.psi is None:
            return "unknown"
        if self.psi <= self.limit:
            return "noise"
        return "little" if self.psi < SOME else "some" if self.psi < LARGE else "large"


def drift(reference: Profile, current: Profile) -> tuple[Drift, ...]:
    """Every column that both profiles have, the one that moved most first."""
    numbers = {column.name: column for column in current.overall.columns}
    texts = {column.name: column for column in current.overall.categories}
    rows = (reference.overall.rows, current.overall.rows)
    found = [
        number_drift(column, numbers[column.name], rows)
        for column in reference.overall.columns
        if column.name in numbers
    ]
    found += [
        category_drift(column, texts[column.name], rows)
        for column in reference.overall.categories
        if column.name in texts
    ]
    return tuple(sorted(found, key=lambda one: math.inf if one.psi is None else -one.psi))


def number_drift(reference: ColumnProfile, current: ColumnProfile, rows: tuple[int, int]) -> Drift:
    """How a numeric column moved; ``rows`` are those of the two tables."""
    before, after = reference.histogram, current.histogram
    if before is None or after is None or not reference.count or not current.count:
        return _unknown(reference, current, rows, "number")
    inner = decile_cuts(before)
    bins = len(inner) + 1
    expected = [high - low for low, high in pairwise([0.0, *_below(before, inner), 1.0])]
    actual = [high - low for low, high in pairwise([0.0, *_below(after, inner), 1.0])]
    counts = (
        [share * reference.count for share in expected],
        [share * current.count for share in actual],
    )
    noise, limit = psi_noise(bins, reference.count, current.count)
    return Drift(
        column=reference.name,
        kind="number",
        rows=(reference.count, current.count),
        missing=_missing(reference, current, rows),
        psi=psi(*counts),
        bins=bins,
        noise=noise,
        limit=limit,
        distance=ks_distance(before, after),
    )


def category_drift(
    reference: CategoryProfile, current: CategoryProfile, rows: tuple[int, int]
) -> Drift:
    """How a categorical column moved; ``rows`` are those of the two tables."""
    if not reference.count or not current.count:
        return _unknown(reference, current, rows, "category")
    then = {value.value: value.count for value in reference.top}
    now = {value.value: value.count for value in current.top}
    expected = [float(count) for count in then.values()]
    actual = [float(now.get(value, 0)) for value in then]
    others = (reference.count - sum(expected), current.count - sum(actual))
    if any(others):
        expected.append(max(0.0, others[0]))
        actual.append(max(0.0, others[1]))
    noise, limit = psi_noise(len(expected), reference.count, current.count)
    return Drift(
        column=reference.name,
        kind="category",
        rows=(reference.count, current.count),
        missing=_missing(reference, current, rows),
        psi=psi(expected, actual),
        bins=len(expected),
        noise=noise,
        limit=limit,
    )


def psi(expected: Sequence[float], actual: Sequence[float]) -> float:
    """The PSI of the same bins' counts, Laplace-smoothed: 0 or more, the same both ways."""
    bins = len(expected)
    before = [(count + 1) / (sum(expected) + bins) for count in expected]
    after = [(count + 1) / (sum(actual) + bins) for count in actual]
    terms = ((a - e) * math.log(a / e) for e, a in zip(before, after, strict=True))
    return math.fsum(terms)


def psi_noise(bins: int, rows: int, other_rows: int) -> tuple[float, float]:
    """The mean and the 95th percentile of the PSI of two samples from one distribution.

    The percentile of chi-squared is Wilson and Hilferty's (1931), good to 3 % from 2 bins on.
    """
    freedom, scale = bins - 1, 1 / rows + 1 / other_rows
    if not freedom:
        return 0.0, 0.0
    part = 2 / (9 * freedom)
    return freedom * scale, freedom * (1 - part + Z95 * math.sqrt(part)) ** 3 * scale


def decile_cuts(histogram: Histogram) -> list[float]:
    """The inner edges nearest to the deciles, ascending, each once: at most nine."""
    inner = histogram.edges[1:-1]
    shares = _below(histogram, inner)
    cuts = set()
    for tenth in range(1, BINS):
        place = bisect_left(shares, tenth / BINS)
        near = [i for i in (place - 1, place) if 0 <= i < len(inner)]
        best = min(near, key=lambda i: abs(shares[i] - tenth / BINS), default=None)
        if best is not None and 0 < shares[best] < 1:
            cuts.add(inner[best])
    return sorted(cuts)


def ks_distance(one: Histogram, other: Histogram) -> Distance:
    """The Kolmogorov-Smirnov distance of two histograms that have rows."""
    points = sorted({*one.edges, *other.edges})
    first, second = _Known(one, points), _Known(other, points)
    guess = max(abs(a - b) for a, b in zip(first.guess, second.guess, strict=True))
    low = max(
        max(first.low[i] - second.high[i], second.low[i] - first.high[i], 0.0)
        for i in range(len(points))
    )
    # Between two points each function is at least what it was and at most what it will be.
    high = max(
        max(first.high[i + 1] - second.low[i], second.high[i + 1] - first.low[i])
        for i in range(len(points) - 1)
    )
    return Distance(guess, low, min(1.0, max(high, guess)))


class _Known:
    """What a histogram tells of the share of rows below each of some points."""

    def __init__(self, histogram: Histogram, points: Sequence[float]) -> None:
        edges, shares = histogram.edges, _shares(histogram)
        self.guess = _below(histogram, points)
        self.low: list[float] = []
        self.high: list[float] = []
        for point in points:
            place = bisect_left(edges, point)
            if place == len(edges):
                self.low.append(1.0)
                self.high.append(1.0)
                continue
            is_edge = edges[place] == point
            # The last bin includes its end, so below that edge there may be less than all rows.
            is_last = place == len(edges) - 1
            before = shares[place - 1] if place else 0.0
            self.low.append(shares[place] if is_edge and not is_last else before)
            self.high.append(shares[place] if place or is_edge else 0.0)


def _shares(histogram: Histogram) -> list[float]:
    """The share of the rows below each edge; 1 at the last, which the last bin includes."""
    total, so_far = sum(histogram.counts), 0
    shares = [0.0]
    for count in histogram.counts:
        so_far += count
        shares.append(so_far / total)
    return shares


def _below(histogram: Histogram, points: Sequence[float]) -> list[float]:
    """The share of the rows below each point, straight from edge to edge."""
    edges, shares = histogram.edges, _shares(histogram)
    found = []
    for point in points:
        place = bisect_left(edges, point)
        if place == 0:
            found.append(0.0)
        elif place == len(edges):
            found.append(1.0)
        elif edges[place] == point:
            found.append(shares[place])
        else:
            # Halved first: the width of a bin may be more than a float can hold.
            width = edges[place] / 2 - edges[place - 1] / 2
            part = (point / 2 - edges[place - 1] / 2) / width
            found.append(shares[place - 1] + (shares[place] - shares[place - 1]) * part)
    return found


def _missing(
    reference: ColumnProfile | CategoryProfile,
    current: ColumnProfile | CategoryProfile,
    rows: tuple[int, int],
) -> tuple[float, float]:
    return reference.missing / max(1, rows[0]), current.missing / max(1, rows[1])


def _unknown(
    reference: ColumnProfile | CategoryProfile,
    current: ColumnProfile | CategoryProfile,
    rows: tuple[int, int],
    kind: Literal["number", "category"],
) -> Drift:
    counts = (reference.count, current.count)
    missing = _missing(reference, current, rows)
    return Drift(reference.name, kind, counts, missing, None, 0, 0.0, 0.0)
