"""What a benchmark run measured, drawn, said, and as tables."""

from typing import Any

from dash import dcc, html

from dashboard.components.answer import notice
from dashboard.components.charts import CONFIG, as_table, described, drawn_card, styled
from dashboard.components.page import card, facts
from dashboard.components.tables import large_table, table
from dashboard.figures.hardware.phases import (
    left_of_it,
    left_rows,
    phase_rows,
    phases_height,
    where_time_goes,
)
from dashboard.figures.hardware.published import Count
from dashboard.figures.hardware.sentences import headline, summary, verdict_on
from dashboard.figures.hardware.speed_ups import (
    SPEED_UP_COLUMNS,
    speed_up_rows,
    speed_ups,
    speed_ups_height,
)
from dashboard.figures.hardware.times import TIME_COLUMNS, panel, time_rows
from dashboard.figures.hardware.wording import KINDS
from dashboard.hardware.pairs import Workload, gpu_name, gpus, pairs, series, workloads
from dashboard.hardware.phases import PHASES, Kind
from dashboard.theme import Mode
from store.benchmark_run import BenchmarkRun
from store.quantities import counted, size

PANEL_HEIGHT, TALL = 250, 430


def in_short(run: BenchmarkRun, published: Count) -> list[Any]:
    """The headline where the run allows one, what it leaves out, and the machine."""
    unfinished = run.finished is None
    claim = headline(run)
    said = summary(run, published)
    return [
        notice("This run was cut off before its end.", "What it measured is here.")
        if unfinished
        else None,
        card(
            "In short",
            [
                html.P(claim or said, className="verdict"),
                html.P(said, className="verdict-more") if claim else None,
                _machine(run),
            ],
            note=f"measured {run.created:%d %B %Y}",
        ),
    ]


def times_and_speed_ups(run: BenchmarkRun, kind: Kind, mode: Mode) -> list[Any]:
    """Time against rows for each workload, and the GPU against the CPU."""
    return [_times(run, kind, mode), _speed_ups(run, kind, mode)]


def where_it_goes(run: BenchmarkRun, mode: Mode) -> html.Div:
    """The phases of a script, and what they leave of a speed-up."""
    return html.Div([_phases(run, mode), _amdahl(run, mode)], className="two-columns")


def _machine(run: BenchmarkRun) -> html.Dl:
    machine = run.machine
    found = ", ".join(accelerator.name for accelerator in machine.accelerators)
    share = f", {machine.cpu_quota:g} of them allowed" if machine.cpu_quota else ""
    cells = [cell for cell in run.cells if cell.timings]
    noisy = sum(cell.noisy for cell in cells)
    pairs: list[tuple[str, Any]] = [
        (
            "CPU",
            f"{machine.cpu}, {counted(machine.cores, 'core')}{share}, "
            f"{counted(machine.threads, 'thread')} used, {size(machine.memory_bytes)}",
        ),
        ("GPU", found or f"Not measured. {machine.accelerators_note}"),
        (
            "Measured",
            f"{len(cells)} of {counted(len(run.cells), 'cell')}"
            + (f", {noisy} of them noisy" if noisy else ", none of them noisy")
            + ". The machine describes itself; nobody else checked it.",
        ),
    ]
    return facts(pairs)


def _times(run: BenchmarkRun, kind: Kind, mode: Mode) -> html.Section:
    rows = large_table(
        TIME_COLUMNS,
        time_rows(run, kind),
        caption="Every workload, size and device",
        name="hardware-times",
    )
    legend = [html.Li(one.label, className=f"marked class-{one.place}") for one in series(run)]
    if not gpus(run):
        legend.append(html.Li("GPU: not measured"))
    return card(
        "Time against rows",
        [
            html.Ul(legend, className="legend", role="list"),
            html.Div(
                [_panel(run, workload, kind, mode) for workload in workloads(run)],
                className="panels",
            ),
            as_table(rows),
        ],
        caption=f"{KINDS[kind]}. A mark is the median of the repeats, its bar the middle half; "
        "hollow where others used the machine. A dashed line is where the GPU passes the CPU, "
        "its 95 % interval shaded; there is one only between two measured sizes.",
        note="seconds, lower is better",
    )


def _panel(run: BenchmarkRun, workload: Workload, kind: Kind, mode: Mode) -> html.Div:
    graph = dcc.Graph(
        figure=styled(panel(run, workload, kind), mode),
        config=CONFIG,
        style={"height": f"{PANEL_HEIGHT}px"},
    )
    return html.Div(
        [
            html.H3(workload.title),
            described(graph, PANEL_HEIGHT, f"{workload.title}: seconds by rows"),
            html.P(verdict_on(run, workload, kind), className="panel-said"),
        ],
        className="panel",
    )


def _speed_ups(run: BenchmarkRun, kind: Kind, mode: Mode) -> html.Section | None:
    if not gpus(run):
        return None
    shown: Kind = "whole" if kind == "first" else kind
    found = pairs(run, shown)
    rows = table(
        SPEED_UP_COLUMNS,
        speed_up_rows(found),
        caption="The GPU against the CPU of the same machine",
        decimals=2,
        name="hardware-speed-ups",
    )
    first = " A first time is one run, without an interval, so it is not here."
    return drawn_card(
        "How many times as fast",
        styled(speed_ups(found), mode),
        rows,
        caption=f"{gpu_name(run, gpus(run)[0].device)} against the CPU of the same machine. "
        f"{KINDS[shown]}.{first * (kind == 'first')} Whiskers are the 95 % interval of the ratio "
        "of medians. A hollow bar is no claim: the interval covers 1, others used the machine, or "
        "the models are not equally good.",
        height=speed_ups_height(found),
        note="rows behind each name",
    )


def _phases(run: BenchmarkRun, mode: Mode) -> html.Section:
    rows = table(
        ["Workload", "Device", "Rows", *(f"{phase} (s)" for phase in PHASES), "Sum (s)"],
        phase_rows(run),
        caption="Seconds of each phase",
        decimals=4,
        name="hardware-phases",
    )
    return drawn_card(
        "Where the time goes",
        styled(where_time_goes(run), mode),
        rows,
        caption="A script that imports its library, trains once and has the model back, on the "
        "most rows that all devices have. Its length stands behind its name.",
        height=phases_height(run),
    )


def _amdahl(run: BenchmarkRun, mode: Mode) -> html.Section:
    rows = table(
        ["Workload", "Rows", "Training (%)", "Training ×", "Script ×", "Amdahl's ×"],
        left_rows(run),
        caption="What is left of a speed-up",
        decimals=2,
        name="hardware-amdahl",
    )
    measured = (
        "A mark is what was measured: it lies below its curve where the GPU brings work of its "
        "own, such as its start; a hollow one may not be compared."
        if gpus(run)
        else "No GPU was measured, so there is no mark."
    )
    return drawn_card(
        "What is left of a speed-up",
        styled(left_of_it(run), mode),
        rows,
        caption="Amdahl's law: where training is a share p of a script, making it s times as fast "
        f"makes the script 1 / ((1 - p) + p / s) times as fast. {measured}",
        height=TALL,
    )
