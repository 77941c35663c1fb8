"""How many times as fast, with a 95 % interval, from five repeats or more.

The interval is a smoothed bootstrap of the ratio of medians: each side is drawn anew from its
sorted repeats with straight lines between them on a logarithmic scale, the k-th of n standing at
(k - 1/2) / n. The median of n such draws is one draw at a place that follows the distribution
Beta((n + 1) / 2, (n + 1) / 2), so no sample has to be made. Resampling the repeats themselves can
only give back one of them, which makes intervals of seven repeats too short where one device is
much noisier than the other. ``python -m tests.bench --only hardware`` measures the coverage.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LEAST_REPEATS = 5
DRAWS = 4_000
SEED = 20_261  # the same repeats always give the same interval
TAIL = 0.025

Draws = NDArray[np.float64]
Repeats = tuple[float, ...]  # seconds


class Ratio(NamedTuple):
    """How many times as fast, and the ends of its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 1."""
        return self.low > 1 or self.high < 1


def resampled_medians(
    seconds: Sequence[float], random: np.random.Generator, draws: int = DRAWS
) -> Draws:
    """Logarithms of medians as other repeats might have had them.

    Args:
        seconds: The repeats, five at least, each above 0.
        random: Where the draws come from.
        draws: How many.

    Raises:
        ValueError: There are fewer repeats.
    """
    count = len(seconds)
    if count < LEAST_REPEATS:
        raise ValueError(f"{count} repeats are fewer than {LEAST_REPEATS}")
    shape = (count + 1) / 2
    places = random.beta(shape, shape, draws)
    known = (np.arange(count) + 0.5) / count
    return np.asarray(np.interp(places, known, np.log(np.sort(seconds))))


def log_ratios(slow: Sequence[float], fast: Sequence[float], random: np.random.Generator) -> Draws:
    """Logarithms of ``slow / fast`` as other repeats might have had them."""
    return resampled_medians(slow, random) - resampled_medians(fast, random)


@lru_cache(maxsize=512)  # a page asks for the same pairs again and again
def speed_up(slow: Repeats, fast: Repeats) -> Ratio:
    """How many times as fast ``fast`` is: the ratio of the medians, with its interval."""
    draws = log_ratios(slow, fast, np.random.default_rng(SEED))
    return _ratio(math.log(np.median(slow) / np.median(fast)), draws)


@lru_cache(maxsize=64)
def geometric_mean(pairs: tuple[tuple[Repeats, Repeats], ...]) -> Ratio:
    """The geometric mean of the speed-ups of pairs, with its interval."""
    random = np.random.default_rng(SEED)
    draws = np.zeros(DRAWS)
    for slow, fast in pairs:
        draws += log_ratios(slow, fast, random) / len(pairs)
    middle = np.mean([math.log(np.median(slow) / np.median(fast)) for slow, fast in pairs])
    return _ratio(float(middle), draws)


def interval(draws: Draws) -> tuple[float, float]:
    """The middle 95 % of draws."""
    low, high = np.quantile(draws, (TAIL, 1 - TAIL))
    return float(low), float(high)


def _ratio(middle: float, draws: Draws) -> Ratio:
    low, high = interval(draws)
    return Ratio(math.exp(middle), math.exp(low), math.exp(high))
