"""Machines whose truth is known: how often intervals of ratios and crossovers hold it.

Noise is skewed, as that of timings is: nothing makes a run faster than its machine allows, and
much makes it slower.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dashboard.hardware.crossover import crossover
from dashboard.hardware.ratio import speed_up

SIZES = (1_000, 10_000, 100_000)
REPEATS = 5
SPEED_UP = 3.0
Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]


def _exponential(spread: float) -> Noise:
    return lambda random, count: 1 + spread * random.exponential(size=count)


def _lognormal(spread: float) -> Noise:
    return lambda random, count: np.exp(spread * random.standard_normal(count))


def _tailed(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Now and then a run takes up to several times as long."""
    slow = np.where(random.random(count) < 0.1, 1 + random.exponential(size=count), 1)
    return np.exp(0.03 * random.standard_normal(count)) * slow


NOISES: dict[str, Noise] = {
    "exponential, 10 %": _exponential(0.1),
    "exponential, 50 %": _exponential(0.5),
    "lognormal, 10 %": _lognormal(0.1),
    "lognormal, 50 %": _lognormal(0.5),
    "one in ten runs slow": _tailed,
}
PAIRS = [*((name, name) for name in NOISES), ("exponential, 50 %", "lognormal, 10 %")]


def coverage(cpu: str, gpu: str, trials: int, seed: int = 0) -> float:
    """How often the 95 % interval of five repeats on each side holds the true speed-up of 3."""
    random = np.random.default_rng(seed)
    medians = [float(np.median(NOISES[name](random, 1_000_000))) for name in (cpu, gpu)]
    truth = SPEED_UP * medians[0] / medians[1]
    held = 0
    for _ in range(trials):
        slow = SPEED_UP * NOISES[cpu](random, REPEATS)
        fast = NOISES[gpu](random, REPEATS)
        ratio = speed_up(tuple(slow), tuple(fast))
        held += ratio.low <= truth <= ratio.high
    return held / trials


def recovered(trials: int, seed: int = 0) -> tuple[float, float]:
    """How often a crossover between 1,600 and 63,000 rows is in its interval, and how often found.

    Half of the GPUs need a fixed time and one for each row, the others a power of the rows; noise
    is exponential, of 2 to 30 %. The first share is of those that were found.
    """
    random = np.random.default_rng(seed)
    held = found = 0
    for trial in range(trials):
        truth = 10 ** random.uniform(3.2, 4.8)
        gpu = _with_overhead(random, truth) if trial % 2 else _power(random, truth)
        noise = _exponential(10 ** random.uniform(math.log10(0.02), math.log10(0.3)))
        pairs = {
            rows: (
                tuple(1e-6 * rows * noise(random, REPEATS)),
                tuple(gpu(rows) * noise(random, REPEATS)),
            )
            for rows in SIZES
        }
        if (crossing := crossover(pairs)) is not None:
            found += 1
            held += crossing.low <= truth <= crossing.high
    return held / found, found / trials


def _power(random: np.random.Generator, crossing: float) -> Callable[[int], float]:
    slope = random.uniform(0.1, 0.6)
    return lambda rows: float(1e-6 * crossing * (rows / crossing) ** slope)


def _with_overhead(random: np.random.Generator, crossing: float) -> Callable[[int], float]:
    share = random.uniform(0.05, 0.5)
    return lambda rows: 1e-6 * (crossing * (1 - share) + share * rows)
