"""How many times as fast the GPU is than the CPU of its machine, with intervals."""

import math
from collections.abc import Mapping
from typing import Any

from dashboard.figures.chart import Chart, Trace
from dashboard.figures.hardware.shapes import line_at
from dashboard.figures.hardware.wording import VERDICTS, on_axis, three
from dashboard.figures.traces import Row, or_nothing, placed
from dashboard.hardware.pairs import Pair
from dashboard.theme import EDGE

NOTHING = "No pair of CPU and GPU was measured"
# In the colour of the device that wins, which is that of its line on the panels.
CLAIMS = {"slower": 0, "faster": 2}
NO_CLAIM = 3
CLAIM = {"opacity": 0.55}
HOLLOW = {"color": "rgba(0,0,0,0)", "line": {"color": EDGE, "width": 1.5}}
TICKS = tuple(digit * 10**power for power in range(-4, 5) for digit in (1, 2, 5))
MANY_TICKS = 6
BAR, MARGIN = 0.5, 1.35
BAR_HEIGHT = 27
SPEED_UP_COLUMNS = ("Workload", "Rows", "Times as fast", "From", "To", "What it says")


def speed_ups(pairs: list[Pair]) -> Chart:
    """
    Draw the speed-up of each pair as a bar from 1, on a logarithmic axis.

    Returns:
        A trace for pairs where the GPU is slower, one where it is faster, and a hollow one for
        those that allow no claim: the interval covers 1, others used the machine, or the models
        are not equally good. Whiskers are the 95 % interval. The first pair is on top. Without a
        pair: a sentence.
    """
    if not pairs:
        return or_nothing(Chart(), NOTHING)
    low = min(0.9, *(pair.ratio.low for pair in pairs)) / MARGIN
    high = max(1.1, *(pair.ratio.high for pair in pairs)) * MARGIN
    ticks = [tick for tick in TICKS if low <= tick <= high]
    if len(ticks) > MANY_TICKS:  # they have to fit on a phone
        ticks = [tick for tick in ticks if math.log10(tick).is_integer()]
    layout = {
        "barmode": "overlay",
        "bargap": 1 - BAR,
        "xaxis": {
            "type": "log",
            "range": [math.log10(low), math.log10(high)],
            "tickvals": ticks,
            "ticktext": [f"{tick:g}×" for tick in ticks],
            "title": {"text": "times as fast as the CPU"},
            "showgrid": True,
        },
        "yaxis": {
            "showgrid": False,
            "categoryorder": "array",
            "categoryarray": [_name(pair) for pair in reversed(pairs)],
        },
        "shapes": [line_at("x", 1, color=EDGE, width=2)],
    }
    bars = {
        place: _bars([p for p in pairs if p.verdict == verdict], VERDICTS[verdict], CLAIM)
        for verdict, place in CLAIMS.items()
    }
    bars[NO_CLAIM] = _bars([p for p in pairs if p.verdict not in CLAIMS], "no claim", HOLLOW)
    return Chart(placed(bars), layout)


def speed_up_rows(pairs: list[Pair]) -> list[Row]:
    """[``SPEED_UP_COLUMNS``], a row a pair."""
    return [[p.workload.title, p.rows, *p.ratio, VERDICTS[p.verdict]] for p in pairs]


def speed_ups_height(pairs: list[Pair]) -> int:
    """In pixels, for a chart with these pairs."""
    return 110 + BAR_HEIGHT * max(len(pairs), 3)


def _bars(pairs: list[Pair], name: str, marker: Mapping[str, Any]) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "base": 1,
        "y": [_name(pair) for pair in pairs],
        "x": [pair.ratio.value - 1 for pair in pairs],
        "error_x": {
            "array": [pair.ratio.high - pair.ratio.value for pair in pairs],
            "arrayminus": [pair.ratio.value - pair.ratio.low for pair in pairs],
            "thickness": 2,
            "width": 5,
            "color": EDGE,
        },
        "name": name,
        "marker": marker,
        "showlegend": bool(pairs),
        "customdata": [
            [three(p.ratio.value), three(p.ratio.low), three(p.ratio.high), VERDICTS[p.verdict]]
            for p in pairs
        ],
        "hovertemplate": "%{y}<br>%{customdata[0]}×, 95 % from %{customdata[1]} to "
        "%{customdata[2]}<br>%{customdata[3]}<extra></extra>",
    }


def _name(pair: Pair) -> str:
    return on_axis(pair.workload.short, f"{pair.rows:,}")
