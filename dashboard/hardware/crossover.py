"""From how many rows on the GPU is faster, where two measured sizes say so."""

import math
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from dashboard.hardware.ratio import (
    SEED,
    Draws,
    Repeats,
    interval,
    resampled_medians,
    speed_up,
)


class Crossover(NamedTuple):
    """Both take the same time on about ``rows`` rows, between ``low`` and ``high`` with 95 %.

    The GPU is clearly slower on ``below`` rows and clearly faster on ``above``, both measured.
    """

    rows: float
    low: float
    high: float
    below: int
    above: int


def crossover(pairs: Mapping[int, tuple[Repeats, Repeats]]) -> Crossover | None:
    """Where the GPU passes the CPU, or None where no two measured sizes bracket that.

    Only sizes with a clear difference bracket a crossing; those between them may be unclear. The
    last crossing counts. It is put where lines through the medians cross that are straight on
    logarithmic axes. Nobody measured how time grows between two sizes, so the interval holds for
    lines that are straight on plain axes too: a fixed overhead and a time for each row.

    Args:
        pairs: Seconds of the repeats on the CPU and on the GPU, by rows.
    """
    return _found(tuple((rows, *pairs[rows]) for rows in sorted(pairs)))


@lru_cache(maxsize=128)  # a panel and the sentence below it ask for the same
def _found(points: tuple[tuple[int, Repeats, Repeats], ...]) -> Crossover | None:
    """The crossover of points (rows, seconds on the CPU, seconds on the GPU), by rows."""
    ratios = [speed_up(cpu, gpu) for _, cpu, gpu in points]
    clear = [place for place, ratio in enumerate(ratios) if ratio.clear]
    brackets = [(a, b) for a, b in pairwise(clear) if ratios[a].high < 1 < ratios[b].low]
    if not brackets:
        return None
    first, last = brackets[-1]
    inside = points[first : last + 1]
    random = np.random.default_rng(SEED)
    cpu = np.stack([resampled_medians(seconds, random) for _, seconds, _ in inside])
    gpu = np.stack([resampled_medians(seconds, random) for _, _, seconds in inside])
    places = np.array([rows for rows, _, _ in inside], dtype=float)
    bent = interval(np.exp(_crossings(np.log(places), cpu - gpu)))
    straight = interval(_crossings(places, np.exp(cpu) - np.exp(gpu)))
    middle = np.array([[math.log(ratio.value)] for ratio in ratios[first : last + 1]])
    (rows,) = np.exp(_crossings(np.log(places), middle))
    low, high = min(bent[0], straight[0]), max(bent[1], straight[1])
    return Crossover(float(rows), low, high, inside[0][0], inside[-1][0])


def _crossings(places: Draws, heights: Draws) -> Draws:
    """Where each column of ``heights`` first rises above 0; the end that it leans to if nowhere."""
    found: Draws = np.where(heights[0] < 0, places[-1], places[0])
    for k in reversed(range(len(places) - 1)):
        left, right = heights[k], heights[k + 1]
        crosses = (left < 0) & (right >= 0)
        share = np.divide(-left, right - left, out=np.zeros_like(left), where=crosses)
        found = np.where(crosses, places[k] + share * (places[k + 1] - places[k]), found)
    return found
