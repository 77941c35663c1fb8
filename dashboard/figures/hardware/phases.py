"""Where the time of a script goes that trains once, and what that leaves of a speed-up."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from dashboard.figures.chart import Chart, Trace
from dashboard.figures.hardware.shapes import line_at
from dashboard.figures.hardware.wording import on_axis, said_seconds, three
from dashboard.figures.traces import Row, dash_of, or_nothing
from dashboard.hardware.pairs import Series, Workload, cells_of, comparable, series, workloads
from dashboard.hardware.phases import PHASES, amdahl, phases, training_share
from dashboard.theme import EDGE
from store.benchmark_run import BenchmarkRun, Cell, Timings

NOTHING = "Nothing was measured"
ROOM = {"r": 18}  # for the last number of the axis
# Not beside the names: a phone has no room there.
LEFT = {"xref": "container", "yref": "container", "y": 1, "yanchor": "top"}
PATTERNS = ("", "/", ".", "", "x", "\\")
BAR_HEIGHT = 36  # of a name in two lines
MARGIN = 0.06  # of a power of ten
CURVE = [float(s) for s in np.geomspace(0.1, 1000, 41)]


class Script(NamedTuple):
    """A workload on a device at the most rows measured on both CPU and it, else on it alone."""

    workload: Workload
    rows: int
    one: Series
    cell: Cell
    timings: Timings

    @property
    def seconds(self) -> float:
        """All of its phases."""
        return sum(phases(self.timings))

    @property
    def name(self) -> str:
        """For an axis: the work, where, and how long."""
        where = "CPU" if self.one.device == "cpu" else "GPU"
        return on_axis(self.workload.short, f"{where}: {said_seconds(self.seconds)}")


def scripts(run: BenchmarkRun) -> list[Script]:
    """What was measured on the most rows that the CPU and each GPU have in common.

    The second baseline is left out: it would be a third bar of the same machine.
    """
    found = []
    for workload in workloads(run):
        cells = {one: cells_of(run, workload, one) for one in series(run) if not one.second}
        sizes = [{cell.rows for cell in own} for own in cells.values() if own]
        common = set.intersection(*sizes) if sizes else set()
        for one, own in cells.items():
            at = max(common or {cell.rows for cell in own}, default=0)
            found += [
                Script(workload, at, one, cell, cell.timings)
                for cell in own
                if cell.rows == at and cell.timings is not None
            ]
    return found


def where_time_goes(run: BenchmarkRun) -> Chart:
    """
    Draw the share of each phase in a script that trains once.

    Returns:
        One horizontal bar of 100 % for each workload and device, the first on top; a trace a
        phase, in the order of time, with its own pattern. Where nothing was measured: a sentence.
    """
    found = scripts(run)
    names = [script.name for script in found]
    layout = {
        "barmode": "stack",
        "bargap": 0.4,
        "legend": LEFT | {"traceorder": "normal"},
        "margin": ROOM,
        "xaxis": {"title": {"text": "% of the whole"}, "range": [0, 100], "showgrid": True},
        "yaxis": {"showgrid": False, "categoryorder": "array", "categoryarray": names[::-1]},
    }
    bars = [_phase(place, found, names) for place in range(len(PHASES))]
    return or_nothing(Chart(bars, layout), NOTHING)


def phase_rows(run: BenchmarkRun) -> list[Row]:
    """[workload, device, rows, seconds of each of ``PHASES``, their sum]."""
    return [
        [s.workload.title, s.one.label, s.rows, *phases(s.timings), s.seconds] for s in scripts(run)
    ]


def phases_height(run: BenchmarkRun) -> int:
    """In pixels, for ``where_time_goes``."""
    return 190 + BAR_HEIGHT * max(len(scripts(run)), 3)


def left_of_it(run: BenchmarkRun) -> Chart:
    """
    Draw what a speed-up of the training alone leaves for a whole script: Amdahl's law.

    Returns:
        A curve a workload from the share of training in its script on the CPU; on it nothing else
        gets faster. A mark is what was measured on the GPU: it lies below where the GPU brings
        work of its own, and is hollow where the two may not be compared. Both axes are
        logarithmic. Where nothing was measured: a sentence.
    """
    curves = [_curve(place, *together) for place, together in enumerate(_together(run))]
    heights = [y for curve in curves for y in curve["y"] if y is not None]
    span = [0.1, 10.0, *heights]  # so that there are marks on the axis however flat curves are
    ends = [math.log10(min(span)) - MARGIN, math.log10(max(span)) + MARGIN]
    axis = {"type": "log", "dtick": 1, "showgrid": True}
    layout = {
        "xaxis": axis | {"title": {"text": "training, times as fast"}, "range": [-1, 3]},
        "yaxis": axis | {"title": {"text": "whole script, times as fast"}, "range": ends},
        "shapes": [line_at("y", 1, color=EDGE, width=1)],
        "legend": LEFT,
        "margin": ROOM,
    }
    return or_nothing(Chart(curves, layout), NOTHING)


def left_rows(run: BenchmarkRun) -> list[Row]:
    """[workload, rows, % of training in the CPU's script, then what was measured or None].

    Measured are the speed-up of the training, that of the script, and Amdahl's for the first.
    """
    rows: list[Row] = []
    for cpu, gpus in _together(run):
        share = training_share(cpu.timings)
        base: Row = [cpu.workload.title, cpu.rows, 100 * share]
        rows += [[*base, x, y, amdahl(share, x)] for x, y in (_measured(cpu, g) for g in gpus)] or [
            [*base, None, None, None]
        ]
    return rows


def _phase(place: int, found: Sequence[Script], names: Sequence[str]) -> Trace:
    """The bars of one phase."""
    spent = [phases(script.timings)[place] for script in found]
    return {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": [100 * s / script.seconds for s, script in zip(spent, found, strict=True)],
        "name": PHASES[place],
        "marker": {"pattern": {"shape": PATTERNS[place], "size": 6, "solidity": 0.25}},
        "customdata": [[said_seconds(s) if s else "0 s"] for s in spent],
        "hovertemplate": "%{y}<br>%{customdata[0]}, %{x:.1f} %",
    }


def _curve(place: int, cpu: Script, gpus: Sequence[Script]) -> Trace:
    """Amdahl's law for the script of a workload, and after a gap what its GPUs measured."""
    marks = [_measured(cpu, gpu) for gpu in gpus]
    share = training_share(cpu.timings)
    unmarked = len(CURVE) + 1
    return {
        "type": "scatter",
        "x": [*CURVE, None, *(x for x, _ in marks)],
        "y": [*(amdahl(share, s) for s in CURVE), None, *(y for _, y in marks)],
        "mode": "lines+markers",
        "name": cpu.workload.short,
        "line": {"dash": dash_of(place), "width": 1.8},
        "marker": {
            "size": [0] * unmarked + [12] * len(marks),
            "opacity": 1,
            "symbol": ["circle"] * unmarked + [_symbol(cpu, gpu) for gpu in gpus],
            "line": {"width": [0] * unmarked + [_edge(cpu, gpu) for gpu in gpus]},
        },
        "text": [
            *(_hover(s, amdahl(share, s)) for s in CURVE),
            "",
            *(f"measured: {_hover(x, y)}" for x, y in marks),
        ],
        "hovertemplate": "%{text}",
    }


def _together(run: BenchmarkRun) -> list[tuple[Script, list[Script]]]:
    """The CPU's script of each workload, with those of the GPUs on as many rows."""
    found = scripts(run)
    return [
        (cpu, [s for s in found if s.one.device != "cpu" and s[:2] == cpu[:2]])
        for cpu in found
        if cpu.one.device == "cpu"
    ]


def _measured(cpu: Script, gpu: Script) -> tuple[float, float]:
    """How many times as fast the GPU trains, and how many times as fast its script is."""
    training = PHASES.index("Training")
    fit = phases(cpu.timings)[training] / phases(gpu.timings)[training]
    return fit, cpu.seconds / gpu.seconds


def _edge(cpu: Script, gpu: Script) -> int:
    return 0 if comparable(cpu.cell, gpu.cell) else 2


def _symbol(cpu: Script, gpu: Script) -> str:
    return "circle" if comparable(cpu.cell, gpu.cell) else "circle-open"


def _hover(training: float, script: float) -> str:
    return f"training {three(training)}×, script {three(script)}×"
