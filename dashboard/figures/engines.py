"""The same aggregation on many engines: an EngineRun goes in, a Figure or a sentence comes out.

Times are wall seconds. A cold run is the whole command, from the start of Python to the answer; a
warm one is a repeat in the process that has answered already. A point is the median of the runs
of its cell, and a bar goes from the fastest to the slowest. Only right answers count: a cell whose
answer was wrong, or that did not run, has no point.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import Any, Literal, NamedTuple

import plotly.graph_objects as go

from dashboard.theme import SYMBOLS
from store.engine_run import EngineAbout, EngineCell, EngineProcess, EngineRun, Timing

Run = Literal["cold", "warm"]
Row = list[str | int | float | None]

NOTHING = "Nothing was measured"
DASHES = ("solid", "dash", "dot")
SPARK_WIDTH, WIDTH = 3.0, 1.8
PREDICTED = "not run: extrapolated from smaller tables"
FORMATS = {"csv": "CSV", "parquet": "Parquet"}
STATUS = {
    "ok": "measured",
    "wrong": "wrong answer",
    "skipped_budget": "not run: beyond the budget",
    "over_budget": "beyond the budget",
    "not_installed": "not installed",
    "failed": "failed",
}


class Crossover(NamedTuple):
    """``later`` is slower than ``earlier`` on ``below`` rows and faster on ``above``, both
    measured; between them the lines cross at about ``rows``."""

    later: EngineAbout
    earlier: EngineAbout
    rows: float
    below: int
    above: int


def time_by_rows(run: EngineRun, kind: Run = "cold") -> go.Figure:
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
            for c in _right(run, engine)
            if (walls := _walls(c, kind))
        ]
        if points and kind == "cold":
            points += _predicted(run, engine)
        fig.add_scatter(
            x=[point.rows for point in points],
            y=[_three(point.seconds) for point in points],
            error_y={
                "array": [_three(point.slowest - point.seconds) for point in points],
                "arrayminus": [_three(point.seconds - point.fastest) for point in points],
                "thickness": 1,
                "width": 3,
            },
            name=engine.label,
            mode="lines+markers",
            customdata=[[_duration(point.seconds), point.said] for point in points],
            hovertemplate="%{x:,} rows: %{customdata[0]}<br>%{customdata[1]}",
            **_style(position, engine, hollow=[point.said == PREDICTED for point in points]),
        )
    return _or_nothing(fig)


def memory_by_rows(run: EngineRun) -> go.Figure:
    """
    Draw the peak memory of each engine with all its processes (MiB) against the rows, log-log.

    Returns:
        One trace for each engine of the run, in its order: the greatest peak of its processes. An
        engine without a point keeps its colour with an empty trace. Where all are: a sentence.
    """
    fig = _log_log("rows", "MiB")
    fig.update_yaxes(dtick="D2")
    for position, engine in enumerate(run.engines):
        cells = _right(run, engine)
        fig.add_scatter(
            x=[cell.rows for cell in cells],
            y=[_three(_peak_mib(cell)) for cell in cells],
            name=engine.label,
            mode="lines+markers",
            hovertemplate="%{x:,} rows: %{y:,.0f} MiB",
            **_style(position, engine),
        )
    return _or_nothing(fig)


def start_up(run: EngineRun) -> go.Figure:
    """
    Draw where the first run's time goes on the smallest table that each engine answered on.

    Returns:
        One horizontal bar an engine, the slowest on top; one trace a phase, in the order of time,
        with the median seconds of the phase. Where nothing was measured: a sentence.
    """
    found = _phases(run)
    fig = go.Figure()
    fig.update_xaxes(title_text="seconds", showgrid=True)
    fig.update_yaxes(showgrid=False, automargin=True)
    fig.update_layout(barmode="stack", bargap=0.4, legend_traceorder="normal")
    names = _phase_names(found)
    for name in names:
        fig.add_bar(
            y=[engine.label for engine, _ in found],
            x=[_three(phases.get(name, 0.0)) for _, phases in found],
            name=name,
            orientation="h",
            hovertemplate="%{y}<br>%{x:.2f} s",
        )
    return _or_nothing(fig)


def crossovers(run: EngineRun) -> list[Crossover]:
    """Where each engine on Spark passes each other one in cold runs; by rows.

    Both must have been measured on the table before and the table after, which are neighbours
    among the sizes; the place between is where straight lines on the logarithmic axes meet. The
    last crossing counts.
    """
    found = []
    sizes = _sizes(run)
    for later in (engine for engine in run.engines if engine.spark):
        for earlier in (engine for engine in run.engines if not engine.spark):
            one, two = _medians(run, later), _medians(run, earlier)
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


TIME_COLUMNS = (
    "Engine",
    "Rows",
    "Cold (s)",
    "Fastest (s)",
    "Slowest (s)",
    "Warm (s)",
    "CPU (s)",
    "Peak memory (MiB)",
    "Threads",
    "Processes",
    "Noisy runs",
    "Greatest difference",
    "Result",
)


def time_rows(run: EngineRun) -> list[Row]:
    """A row of ``TIME_COLUMNS`` for each cell, engine by engine; CPU is that of the cold run."""
    order = {engine.name: place for place, engine in enumerate(run.engines)}
    labels = {engine.name: engine.label for engine in run.engines}
    rows: list[Row] = []
    for cell in sorted(run.cells, key=lambda cell: (order[cell.engine], cell.rows)):
        cold, warm = _walls(cell, "cold"), _walls(cell, "warm")
        each = cell.processes
        difference = cell.max_relative_difference
        rows.append(
            [
                labels[cell.engine],
                cell.rows,
                median(cold) if cold else None,
                min(cold, default=None),
                max(cold, default=None),
                median(warm) if warm else None,
                median(process.cold.cpu_seconds for process in each) if each else None,
                _peak_mib(cell) if each else None,
                max((process.threads for process in each), default=None),
                len(each),
                sum(timing.noisy for timing in _timings(each)),
                None if difference is None else f"{difference:.1e}",
                _result(cell),
            ]
        )
    return rows


def memory_rows(run: EngineRun) -> list[Row]:
    """[engine, then peak MiB at each size in order]."""
    return [
        [
            engine.label,
            *(
                _peak_mib(cell)
                if (cell := run.cell(engine.name, rows)) and cell.processes
                else None
                for rows in _sizes(run)
            ),
        ]
        for engine in run.engines
    ]


def warm_rows(run: EngineRun) -> list[Row]:
    """[engine, then the median seconds of a warm run at each size in order]."""
    return [
        [
            engine.label,
            *(
                median(walls)
                if (c := run.cell(engine.name, n)) and (walls := _walls(c, "warm"))
                else None
                for n in _sizes(run)
            ),
        ]
        for engine in run.engines
    ]


def covered(run: EngineRun) -> tuple[str, list[Row]]:
    """What all engines compute; then [engine, how, reads, computes besides, packages]."""
    each = [engine.covers.split(", ") for engine in run.engines]
    common = [name for name in (each[0] if each else []) if all(name in own for own in each)]
    rows: list[Row] = [
        [
            engine.label,
            engine.kind,
            FORMATS[engine.format],
            ", ".join(name for name in own if name not in common) or "nothing",
            ", ".join(f"{name} {version}" for name, version in engine.versions.items()) or "none",
        ]
        for engine, own in zip(run.engines, each, strict=True)
    ]
    return ", ".join(common), rows


def size_labels(run: EngineRun) -> list[str]:
    """The headings of a table with a column for each size."""
    return [f"{rows:,} rows" for rows in _sizes(run)]


def start_up_rows(run: EngineRun) -> tuple[list[str], list[Row]]:
    """The header and the rows of ``start_up``: [engine, seconds of each phase, their sum]."""
    found = _phases(run)[::-1]
    names = _phase_names(found)
    return (
        ["Engine", *(f"{name} (s)" for name in names), "Sum (s)"],
        [
            [engine.label, *(phases.get(name) for name in names), sum(phases.values())]
            for engine, phases in found
        ],
    )


def headline(run: EngineRun) -> str:
    """What the cold runs say of Spark, in two sentences; from the data alone.

    On each table the fastest engine on Spark is held against the fastest of the others.
    """
    pairs = [(rows, best) for rows in _sizes(run) if (best := _best(run, rows)) is not None]
    if not pairs:
        return (
            "Nothing was measured on Spark and on another engine, so there is nothing to compare."
        )
    behind = [(rows, best) for rows, best in pairs if best.spark_seconds >= best.other_seconds]
    rows, best = pairs[-1]
    if not behind:
        return (
            f"Spark was the fastest on every table measured, {pairs[0][0]:,} to {rows:,} rows: "
            f"{_compared(rows, best)}"
        )
    if behind[-1][0] == rows:
        return (
            f"Up to {rows:,} rows, the largest table measured, Spark is not the best tool on "
            f"this machine: {_compared(rows, best)}"
        )
    low, worst = behind[-1]
    first = min(size for size, _ in pairs if size > low)
    return (
        f"Up to {low:,} rows, Spark is not the best tool on this machine: {_compared(low, worst)} "
        f"From {first:,} rows on it is the fastest: {_compared(rows, best)}"
    )


def caution(run: EngineRun) -> str:
    """A warning where most runs shared the machine with other work, or ""."""
    timings = [t for cell in run.cells for t in _timings(cell.processes)]
    noisy = sum(timing.noisy for timing in timings)
    if 2 * noisy <= len(timings):
        return ""
    return (
        f"{noisy:,} of {len(timings):,} runs shared the machine with other work. Their times are "
        "too long, unevenly so: take no comparison from them that is not a matter of several times."
    )


def not_run(run: EngineRun) -> str:
    """A sentence about hollow points and other cells without a measurement, or ""."""
    hollow = sum(cell.predicted_seconds is not None for cell in run.cells)
    missing = sum(not cell.processes for cell in run.cells) - hollow
    wrong = sum(cell.status == "wrong" for cell in run.cells)
    said = []
    if hollow:
        said.append(
            f"{hollow} hollow point{'s were' if hollow > 1 else ' was'} not run: beyond the "
            "budget, extrapolated from smaller tables."
        )
    if missing:
        said.append(
            f"{missing} more {'have' if missing > 1 else 'has'} no time; the table says why."
        )
    if wrong:
        said.append(f"{wrong} wrong answer{'s are' if wrong > 1 else ' is'} left out.")
    return " ".join(said)


def tables_said(run: EngineRun) -> str:
    """The shape of the tables, and the bytes of the largest."""
    if not run.tables:
        return "no table"
    last = max(run.tables, key=lambda table: table.rows)
    sizes = ", ".join(
        f"{count / 2**20:,.0f} MiB as {FORMATS[name]}" for name, count in last.bytes.items()
    )
    return f"{last.columns} numeric columns in {last.groups} groups; {last.rows:,} rows are {sizes}"


def conditions(run: EngineRun) -> str:
    """On what it was measured, how often, and how quiet the machine was."""
    machine, cells = run.machine, [cell for cell in run.cells if cell.processes]
    timings = [t for cell in cells for t in _timings(cell.processes)]
    noisy = sum(timing.noisy for timing in timings)
    processes = sum(len(cell.processes) for cell in cells)
    quiet = (
        "none of them noisy"
        if not noisy
        else f"{noisy:,} of them while others kept more than {run.noisy_share:.0%} of it busy"
    )
    unfinished = "" if run.complete else " The run was cut off before its end."
    return (
        f"{machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GiB, {machine.system} "
        f"({machine.architecture}), Python {run.software.get('python', 'of unknown version')}: "
        f"{processes:,} processes, {len(timings):,} runs, {quiet}.{unfinished}"
    )


# -- Points ------------------------------------------------------------------------------------


class _Point(NamedTuple):
    rows: int
    seconds: float
    slowest: float
    fastest: float
    said: str


class _Best(NamedTuple):
    spark: EngineAbout
    spark_seconds: float
    other: EngineAbout
    other_seconds: float


def _right(run: EngineRun, engine: EngineAbout) -> list[EngineCell]:
    """The cells of an engine with a right answer, by rows."""
    cells = [c for c in run.cells if c.engine == engine.name and c.status == "ok"]
    return sorted(cells, key=lambda cell: cell.rows)


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


def _walls(cell: EngineCell, kind: Run) -> list[float]:
    timings = (
        [process.cold for process in cell.processes]
        if kind == "cold"
        else [timing for process in cell.processes for timing in process.warm]
    )
    return [timing.wall_seconds for timing in timings]


def _timings(processes: Iterable[EngineProcess]) -> list[Timing]:
    return [timing for process in processes for timing in (process.cold, *process.warm)]


def _medians(run: EngineRun, engine: EngineAbout) -> dict[int, float]:
    return {cell.rows: median(_walls(cell, "cold")) for cell in _right(run, engine)}


def _sizes(run: EngineRun) -> list[int]:
    return sorted({cell.rows for cell in run.cells})


def _best(run: EngineRun, rows: int) -> _Best | None:
    """The fastest engine on Spark and the fastest other one on so many rows."""
    times = [
        (found[rows], engine) for engine in run.engines if rows in (found := _medians(run, engine))
    ]
    spark = min((t for t in times if t[1].spark), key=lambda t: t[0], default=None)
    other = min((t for t in times if not t[1].spark), key=lambda t: t[0], default=None)
    return _Best(spark[1], spark[0], other[1], other[0]) if spark and other else None


def _peak_mib(cell: EngineCell) -> float:
    return max(process.peak_memory_bytes for process in cell.processes) / 2**20


def _phases(run: EngineRun) -> list[tuple[EngineAbout, dict[str, float]]]:
    """Each engine with the median seconds of its phases on its smallest table; slowest last."""
    found = []
    for engine in run.engines:
        if cells := _right(run, engine):
            each = [process.phases for process in cells[0].processes]
            names = list(each[0])
            found.append((engine, {name: median(p[name] for p in each) for name in names}))
    return sorted(found, key=lambda item: sum(item[1].values()))


def _phase_names(found: Sequence[tuple[EngineAbout, dict[str, float]]]) -> list[str]:
    """All phases in the order of time: those of the engine with the most, then any others."""
    longest_first = sorted((phases for _, phases in found), key=len, reverse=True)
    return list(dict.fromkeys(name for phases in longest_first for name in phases))


def _meet(a: int, b: int, one: dict[int, float], two: dict[int, float]) -> float:
    """Where the two lines through both tables cross, on logarithmic axes."""
    before, after = (math.log(one[n] / two[n]) for n in (a, b))
    return math.exp(math.log(a) + (math.log(b) - math.log(a)) * before / (before - after))


# -- Words -------------------------------------------------------------------------------------


def _compared(rows: int, best: _Best) -> str:
    return (
        f"on {rows:,} rows the fastest without it, {best.other.label}, takes "
        f"{_duration(best.other_seconds)}, and the fastest with it, {best.spark.label}, "
        f"{_duration(best.spark_seconds)}."
    )


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{_three(seconds):g} s"


def _result(cell: EngineCell) -> str:
    seconds = cell.predicted_seconds
    about = "" if seconds is None else f" (about {_duration(seconds)}, extrapolated)"
    return STATUS[cell.status] + about + (f": {cell.note}" if cell.note else "")


def _three(value: float) -> float:
    """Three significant digits: all that such a measurement has."""
    return float(f"{value:.3g}")


def _two(value: float) -> int:
    return int(float(f"{value:.2g}"))


# -- Drawing -----------------------------------------------------------------------------------


def _log_log(x: str, y: str) -> go.Figure:
    fig = go.Figure()
    fig.update_xaxes(type="log", title_text=x, dtick=1, showgrid=True)
    fig.update_yaxes(type="log", title_text=y, dtick=1)
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


def _or_nothing(fig: go.Figure) -> go.Figure:
    """The figure itself, or a sentence where no trace has a point."""
    if any(trace.x is not None and len(trace.x) for trace in fig.data):
        return fig
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    return fig.add_annotation(
        text=NOTHING, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5
    )
