"""What others published of training on CPU and GPU; never drawn beside what was measured here."""

import math
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from dashboard.figures.chart import Chart, Trace
from dashboard.figures.hardware.shapes import band, line_at
from dashboard.figures.hardware.speed_ups import TICKS
from dashboard.figures.hardware.wording import said_seconds, three
from dashboard.figures.traces import or_nothing, placed
from dashboard.theme import EDGE, SYMBOLS
from store.published import PublishedTiming

NOTHING = "No published pair passes these filters"
INTERESTS = {
    "vendor": "who sells the hardware",
    "maintainer": "who writes the library",
    "independent": "others",
}
PLACES = {"maintainer": 1, "vendor": 3, "independent": 4}  # not the colours of CPU and GPU
ANY = "any"
SAID = {True: "same machine", False: "two machines", None: "not stated"}


class Filters(NamedTuple):
    """Which published figures are shown; ``ANY`` lets all through."""

    publisher: str = ANY
    interest: str = ANY
    transfer: str = ANY
    machine: str = ANY

    def let_through(self, timing: PublishedTiming) -> bool:
        """Whether a figure is shown."""
        said = (
            timing.publisher,
            timing.interest,
            timing.transfer or "not stated",
            SAID[timing.same_machine],
        )
        return all(wanted in (ANY, own) for wanted, own in zip(self, said, strict=True))


class Count(NamedTuple):
    """Published pairs of times, those where the GPU is slower, and the middle speed-up."""

    pairs: int
    slower: int
    median: float | None


def counted_pairs(timings: Sequence[PublishedTiming]) -> Count:
    """Count the pairs among published figures."""
    ratios = [timing.ratio for timing in timings if timing.ratio is not None]
    slower = sum(ratio < 1 for ratio in ratios)
    return Count(len(ratios), slower, median(ratios) if ratios else None)


def filtered(timings: Sequence[PublishedTiming], filters: Filters) -> list[PublishedTiming]:
    """Those that the filters let through, in their order."""
    return [timing for timing in timings if filters.let_through(timing)]


def published_speed_ups(timings: Sequence[PublishedTiming]) -> Chart:
    """
    Draw each published pair as a mark: times as fast on the GPU, against the rows, log-log.

    Returns:
        A trace for each kind of publisher, in its own colour and symbol; hollow where the times
        are of two machines or the models not equally good. The GPU is slower in the shaded half.
        The last item of a mark's ``customdata`` is the address of its source. Figures without
        rows or without both times are not drawn. Where there is none: a sentence.
    """
    drawn = [t for t in timings if t.ratio is not None and t.rows is not None]
    if not drawn:
        return or_nothing(Chart(), NOTHING)
    ratios = [timing.ratio or 1.0 for timing in drawn]
    low, high = min(0.5, *ratios) / 1.5, max(2.0, *ratios) * 1.5
    ticks = [tick for tick in TICKS if low <= tick <= high and math.log10(tick).is_integer()]
    layout = {
        "xaxis": {
            "type": "log",
            "dtick": 1,
            "tickformat": "~s",
            "title": {"text": "rows"},
            "showgrid": True,
        },
        "yaxis": {
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}×" for tick in ticks],
            "title": {"text": "times as fast on the GPU"},
        },
        "shapes": [band("y", low, 1), line_at("y", 1, color=EDGE, width=1.5)],
    }
    marks = {place: _marks(drawn, interest, place) for interest, place in PLACES.items()}
    return Chart(placed(marks), layout)


def _marks(drawn: Sequence[PublishedTiming], interest: str, place: int) -> Trace:
    own = [timing for timing in drawn if timing.interest == interest]
    symbol = SYMBOLS[place]
    return {
        "type": "scatter",
        "x": [timing.rows for timing in own],
        "y": [timing.ratio for timing in own],
        "name": INTERESTS[interest],
        "mode": "markers",
        "marker": {
            "size": 9,
            "symbol": [f"{symbol}-open" if _unlike(timing) else symbol for timing in own],
            "line": {"width": [1.5 if _unlike(timing) else 0 for timing in own]},
        },
        "customdata": [[_said(timing), timing.source_url] for timing in own],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
        "showlegend": bool(own),
    }


def _unlike(timing: PublishedTiming) -> bool:
    return timing.same_machine is False or timing.equal_quality is False


def _said(timing: PublishedTiming) -> str:
    cpu, gpu = timing.cpu_seconds or 0.0, timing.gpu_seconds or 0.0
    return (
        f"{timing.algorithm}, {timing.rows:,} rows<br>{three(timing.ratio or 0)}×: "
        f"CPU {said_seconds(cpu)}, GPU {said_seconds(gpu)}<br>{timing.publisher}, "
        f"{timing.source_date}: click for the source"
    )
