"""Seconds, ratios, devices and results of the hardware page as people read them."""

from textwrap import wrap

from dashboard.hardware.ratio import Ratio
from store.benchmark_run import Cell

WHY_NOT = {
    "fell_back": "fell back to another device",
    "skipped_budget": "beyond the time budget",
    "skipped_missing": "a package is missing",
    "failed": "failed",
}
DEVICES = {"cpu": "CPU", "cuda": "GPU", "mps": "Apple GPU"}
KINDS = {
    "whole": "Training, with the way of the rows there and of the model back",
    "fit": "Training alone, without the way there and back where that is timed apart",
    "first": "The first time in a fresh process, imports and all",
}
WAYS = {"separate": "timed apart", "inside": "inside the training", "none": "none"}
AXIS_CHARACTERS = 24
VERDICTS = {
    "faster": "GPU faster",
    "slower": "GPU slower",
    "unclear": "no clear difference",
    "noisy": "noisy: others used the machine",
    "unequal": "not comparable: the models are not equally good",
}


def three(value: float) -> str:
    """Three significant digits at most, never with an exponent.

    >>> [three(value) for value in (0.04321, 1, 12.345, 1234.5)]
    ['0.0432', '1', '12.3', '1,230']
    """
    rounded = float(f"{value:.3g}")
    if rounded >= 100:
        return f"{rounded:,.0f}"
    return f"{rounded:.10f}".rstrip("0").rstrip(".")


def said_seconds(seconds: float) -> str:
    """A time in the unit that fits.

    >>> [said_seconds(seconds) for seconds in (0.00042, 0.25, 1.254, 75, 349_838.7)]
    ['0.42 ms', '250 ms', '1.25 s', '75 s', '97.2 h']
    """
    if seconds < 1:
        return f"{three(1000 * seconds)} ms"
    return f"{three(seconds)} s" if seconds < 3600 else f"{three(seconds / 3600)} h"


def on_axis(work: str, rest: str) -> str:
    """A work and what belongs to it, in lines that leave a phone room for the chart.

    >>> on_axis("Gradient boosted trees", "CPU: 2 s"), on_axis("PCA", "1,000")
    ('Gradient boosted trees,<br>CPU:\xa02\xa0s', 'PCA, 1,000')
    """
    kept = rest.replace(" ", "\N{NO-BREAK SPACE}")
    return "<br>".join(wrap(f"{work}, {kept}", AXIS_CHARACTERS))


def two(value: float) -> str:
    """Two digits of a number of rows.

    >>> two(6288.2)
    '6,300'
    """
    return f"{float(f'{value:.2g}'):,.0f}"


def times_as(ratio: Ratio) -> str:
    """How many times as fast, or as slow.

    >>> times_as(Ratio(3.61, 3.38, 3.86)), times_as(Ratio(0.5, 0.4, 0.625))
    ('3.61 times as fast', '2 times as slow')
    """
    value = ratio.value
    return f"{three(value)} times as fast" if value >= 1 else f"{three(1 / value)} times as slow"


def ends(ratio: Ratio) -> str:
    """The interval of ``times_as``.

    >>> ends(Ratio(3.61, 3.38, 3.86)), ends(Ratio(0.5, 0.4, 0.625))
    ('3.38 to 3.86', '1.6 to 2.5')
    """
    low, high = (ratio.low, ratio.high) if ratio.value >= 1 else (1 / ratio.high, 1 / ratio.low)
    return f"{three(low)} to {three(high)}"


def result_of(cell: Cell) -> str:
    """What became of a cell, and why."""
    if cell.timings is None:
        return f"not measured, {why_not(cell)}"
    return "measured while others used the machine" if cell.noisy else "measured"


def why_not(cell: Cell) -> str:
    """Why a cell has no time."""
    return f"{WHY_NOT[cell.status]} ({cell.reason})" if cell.reason else WHY_NOT[cell.status]
