"""Where an engine on Spark passes another one."""

import math
from itertools import pairwise
from typing import NamedTuple

from dashboard.figures.engines.measurements import cold_medians, sizes_of
from dashboard.figures.traces import Row
from store.engine_run import EngineAbout, EngineRun


class Crossover(NamedTuple):
    """``later`` is slower than ``earlier`` on ``below`` rows and faster on ``above``, both
    measured; between them the lines cross at about ``rows``."""

    later: EngineAbout
    earlier: EngineAbout
    rows: float
    below: int
    above: int


def crossovers(run: EngineRun) -> list[Crossover]:
    """Where each engine on Spark passes each other one in cold runs; by rows.

    Both must have been measured on the table before and the table after, which are neighbours
    among the sizes; the place between is where straight lines on the logarithmic axes meet. The
    last crossing counts.
    """
    found = []
    sizes = sizes_of(run)
    for later in (engine for engine in run.engines if engine.spark):
        for earlier in (engine for engine in run.engines if not engine.spark):
            one, two = cold_medians(run, later), cold_medians(run, earlier)
            crossings = [
                Crossover(later, earlier, _meet(a, b, one, two), a, b)
                for a, b in pairwise(sizes)
                if {a, b} <= one.keys() & two.keys() and one[a] >= two[a] and one[b] < two[b]
            ]
            if crossings:
                found.append(crossings[-1])
    return sorted(found, key=lambda crossing: crossing.rows)


def crossover_rows(run: EngineRun) -> list[Row]:
    """[engine on Spark, passes, at about rows, slower at, faster at]."""
    return [
        [c.later.label, c.earlier.label, _two(c.rows), c.below, c.above] for c in crossovers(run)
    ]


def _meet(a: int, b: int, one: dict[int, float], two: dict[int, float]) -> float:
    """Where the two lines through both tables cross, on logarithmic axes."""
    before, after = (math.log(one[n] / two[n]) for n in (a, b))
    return math.exp(math.log(a) + (math.log(b) - math.log(a)) * before / (before - after))


def _two(value: float) -> int:
    return int(float(f"{value:.2g}"))
