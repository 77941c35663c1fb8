"""Training time against rows: a panel a workload, a line a device of the same machine."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from dashboard.figures.chart import Chart, Trace
from dashboard.figures.hardware.shapes import Shape, band, line_at
from dashboard.figures.hardware.wording import DEVICES, result_of, said_seconds
from dashboard.figures.traces import Row, or_nothing, placed
from dashboard.hardware.pairs import Series, Workload, cells_of, crossover_of, gpus, series
from dashboard.hardware.phases import Kind, repeats
from dashboard.theme import EDGE, SYMBOLS
from store.benchmark_run import BenchmarkRun, Cell

NOTHING = "Not measured"
DASHES = ("solid", "dot", "dash", "dashdot")
MARGIN = 0.15  # of a power of ten
TIME_COLUMNS = (
    "Workload",
    "Device",
    "Rows",
    "Median (s)",
    "25 % (s)",
    "75 % (s)",
    "Repeats",
    "Quality",
    "Held-out rows",
    "Library",
    "Result",
)


class Quartiles(NamedTuple):
    """Of the seconds of the repeats."""

    low: float
    median: float
    high: float


def quartiles(seconds: Sequence[float]) -> Quartiles:
    """The quarter, the half and three quarters."""
    return Quartiles(*(float(q) for q in np.quantile(seconds, (0.25, 0.5, 0.75))))


def panel(run: BenchmarkRun, workload: Workload, kind: Kind) -> Chart:
    """
    Draw the seconds of one workload against the rows, both on logarithmic axes.

    Args:
        run: What was measured.
        workload: Of this run.
        kind: Which time of a training.

    Returns:
        A trace a device, in its own colour, symbol and dash on every panel: medians, with bars
        from the first to the third quartile; a point is hollow where others used the machine.
        Both axes span the whole run, so that panels compare. Where a GPU passes the CPU between
        two measured sizes, a dashed line stands there, and its interval is shaded. Where nothing
        was measured: a sentence.
    """
    rows, seconds = _spans(run, kind)
    axis = {"type": "log", "dtick": 1}
    layout = {
        "xaxis": axis
        | {"tickformat": "~s", "range": rows, "title": {"text": "rows"}, "showgrid": True},
        "yaxis": axis | {"range": seconds, "title": {"text": "seconds"}},
        "showlegend": False,
        "shapes": [] if kind == "first" else list(_crossings(run, workload, kind)),
    }
    lines = {one.place: _line(one, cells_of(run, workload, one), kind) for one in series(run)}
    return or_nothing(Chart(placed(lines), layout), NOTHING)


def time_rows(run: BenchmarkRun, kind: Kind) -> list[Row]:
    """A row of ``TIME_COLUMNS`` for each cell of the run, measured or not, in its order."""
    return [_row(cell, kind) for cell in run.cells]


def _row(cell: Cell, kind: Kind) -> Row:
    times = repeats(cell.timings, kind) if cell.timings else ()
    found = quartiles(times) if times else None
    device = DEVICES[cell.device_requested] + (" (second)" if cell.second_baseline else "")
    return [
        cell.title,
        device,
        cell.rows,
        found.median if found else None,
        found.low if found else None,
        found.high if found else None,
        len(times) or None,
        f"{cell.quality.metric.replace('_', ' ')} {cell.quality.value:.4g}"
        if cell.quality
        else None,
        cell.quality.rows if cell.quality else None,
        f"{cell.library} {cell.library_version or ''}".strip(),
        result_of(cell),
    ]


def _crossings(run: BenchmarkRun, workload: Workload, kind: Kind) -> Iterator[Shape]:
    for one in gpus(run):
        if (found := crossover_of(run, workload, one, kind)) is not None:
            yield band("x", found.low, found.high)
            yield line_at("x", found.rows, color=EDGE, dash="dash", width=1)


def _line(one: Series, cells: Sequence[Cell], kind: Kind) -> Trace:
    found = [quartiles(repeats(cell.timings, kind)) for cell in cells if cell.timings]
    symbol = SYMBOLS[one.place]
    return {
        "type": "scatter",
        "x": [cell.rows for cell in cells],
        "y": [q.median for q in found],
        "error_y": {
            "array": [q.high - q.median for q in found],
            "arrayminus": [q.median - q.low for q in found],
            "thickness": 1.5,
            "width": 4,
        },
        "name": one.label,
        "mode": "lines+markers",
        "line": {"dash": DASHES[one.place], "width": 2},
        "marker": {
            "size": 9,
            "symbol": [f"{symbol}-open" if cell.noisy else symbol for cell in cells],
        },
        "customdata": [
            [said_seconds(q.median), said_seconds(q.low), said_seconds(q.high)] for q in found
        ],
        "hovertemplate": "%{x:,} rows: %{customdata[0]}<br>middle half %{customdata[1]} to "
        "%{customdata[2]}",
    }


def _spans(run: BenchmarkRun, kind: Kind) -> tuple[list[float], list[float]]:
    """The ranges of both axes in powers of ten, over all that was measured."""
    cells = [cell for cell in run.cells if cell.timings]
    times = [t for cell in cells if cell.timings for t in repeats(cell.timings, kind)]
    return _around([float(cell.rows) for cell in cells]), _around(times)


def _around(values: Sequence[float]) -> list[float]:
    if not values:
        return [0.0, 1.0]
    return [math.log10(min(values)) - MARGIN, math.log10(max(values)) + MARGIN]
