"""Times and memory of the same aggregation on many engines; an EngineRun goes in.

A point is the median of the runs of its cell, and a bar goes from the fastest to the slowest.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any, NamedTuple

from dashboard.figures.chart import Chart
from dashboard.figures.engines.measurements import (
    Run,
    peak_mib,
    phase_names,
    phases_of,
    right_cells,
    said_seconds,
    three_digits,
    wall_seconds,
)
from dashboard.figures.traces import or_nothing
from dashboard.theme import SYMBOLS
from store.engine_run import EngineAbout, EngineRun

NOTHING = "Nothing was measured"
DASHES = ("solid", "dash", "dot")
SPARK_WIDTH, WIDTH = 3.0, 1.8
PREDICTED = "not run: extrapolated from smaller tables"


def time_by_rows(run: EngineRun, kind: Run = "cold") -> Chart:
    """
    Draw the time of each engine against the rows, both on logarithmic axes.

    Args:
        run: What was measured.
        kind: Cold or warm runs.

    Returns:
        One trace for each engine of the run, in its order; Spark's are thicker. For cold runs a
        hollow point without a bar stands where an engine was not run, at the seconds that its
        smaller tables predict. An engine without a point keeps its colour with an empty trace.
        Where all are empty: a sentence.
    """
    fig = _log_log("rows", "seconds")
    for position, engine in enumerate(run.engines):
        points = [
            _Point(c.rows, median(walls), max(walls), min(walls), _median_of(len(walls)))
            for c in right_cells(run, engine)
            if (walls := wall_seconds(c, kind))
        ]
        if points and kind == "cold":
            points += _predicted(run, engine)
        fig.add(
            "scatter",
            x=[point.rows for point in points],
            y=[three_digits(point.seconds) for point in points],
            error_y={
                "array": [three_digits(point.slowest - point.seconds) for point in points],
                "arrayminus": [three_digits(point.seconds - point.fastest) for point in points],
                "thickness": 1,
                "width": 3,
            },
            name=engine.label,
            mode="lines+markers",
            customdata=[[said_seconds(point.seconds), point.said] for point in points],
            hovertemplate="%{x:,} rows: %{customdata[0]}<br>%{customdata[1]}",
            **_style(position, engine, hollow=[point.said == PREDICTED for point in points]),
        )
    return or_nothing(fig, NOTHING)


def memory_by_rows(run: EngineRun) -> Chart:
    """
    Draw the peak memory of each engine with all its processes (MiB) against the rows, log-log.

    Returns:
        One trace for each engine of the run, in its order: the greatest peak of its processes. An
        engine without a point keeps its colour with an empty trace. Where all are: a sentence.
    """
    fig = _log_log("rows", "MiB")
    fig.update_yaxes(dtick="D2")
    for position, engine in enumerate(run.engines):
        cells = right_cells(run, engine)
        fig.add(
            "scatter",
            x=[cell.rows for cell in cells],
            y=[three_digits(peak_mib(cell)) for cell in cells],
            name=engine.label,
            mode="lines+markers",
            hovertemplate="%{x:,} rows: %{y:,.0f} MiB",
            **_style(position, engine),
        )
    return or_nothing(fig, NOTHING)


def start_up(run: EngineRun) -> Chart:
    """
    Draw where the first run's time goes on the smallest table that each engine answered on.

    Returns:
        One horizontal bar an engine, the slowest on top; one trace a phase, in the order of time,
        with the median seconds of the phase. Where nothing was measured: a sentence.
    """
    found = phases_of(run)
    fig = Chart()
    fig.update_xaxes(title={"text": "seconds"}, showgrid=True)
    fig.update_yaxes(showgrid=False, automargin=True)
    fig.update_layout(barmode="stack", bargap=0.4, legend={"traceorder": "normal"})
    names = phase_names(found)
    for name in names:
        fig.add(
            "bar",
            y=[engine.label for engine, _ in found],
            x=[three_digits(phases.get(name, 0.0)) for _, phases in found],
            name=name,
            orientation="h",
            hovertemplate="%{y}<br>%{x:.2f} s",
        )
    return or_nothing(fig, NOTHING)


class _Point(NamedTuple):
    rows: int
    seconds: float
    slowest: float
    fastest: float
    said: str


def _predicted(run: EngineRun, engine: EngineAbout) -> list[_Point]:
    """Where an engine was not run, at the seconds that its smaller tables predict; by rows."""
    guessed = [
        (cell.rows, cell.predicted_seconds)
        for cell in run.cells
        if cell.engine == engine.name and cell.predicted_seconds is not None
    ]
    return [_Point(rows, s, s, s, PREDICTED) for rows, s in sorted(guessed)]


def _median_of(count: int) -> str:
    return "one run" if count == 1 else f"median of {count} runs"


def _log_log(x: str, y: str) -> Chart:
    fig = Chart()
    fig.update_xaxes(type="log", title={"text": x}, dtick=1, showgrid=True)
    fig.update_yaxes(type="log", title={"text": y}, dtick=1)
    return fig


def _style(position: int, engine: EngineAbout, *, hollow: Sequence[bool] = ()) -> dict[str, Any]:
    """A symbol and a dash that, with the colour of its place, are an engine's own."""
    symbol = SYMBOLS[position % len(SYMBOLS)]
    shown = [f"{symbol}-open" if one else symbol for one in hollow]
    return {
        "line": {
            "dash": DASHES[position // len(SYMBOLS) % len(DASHES)],
            "width": SPARK_WIDTH if engine.spark else WIDTH,
        },
        "marker": {"symbol": shown if any(hollow) else symbol, "size": 9},
    }
