"""Charts of what Spark did: an Application goes in, a Figure comes out; the rows say the same.

The stages that took most of the tasks' time have a colour each, the same in every chart, with a
pattern or a shape beside it; all others share a grey.
"""

from typing import Final

import plotly.graph_objects as go

from dashboard.theme import BROKEN, EDGE, NEUTRAL, SHADE, SYMBOLS
from store.application import Application, Bar, Stage
from store.quantities import counted, duration

Row = list[str | int | float | None]

LEADING: Final = 5
PATTERNS: Final = ("", "/", ".", "x", "-")
MAX_NODES: Final = 40
MAX_ROWS: Final = 30
MANY_BARS: Final = 300  # so many need no line between them: it would hide their colour
LANE_HEIGHT, NODE_HEIGHT, STAGE_HEIGHT = 26, 50, 32


def leading(application: Application) -> list[int]:
    """The ids of the stages with the most task time, most first, at most ``LEADING``."""
    spent: dict[int, float] = {}
    for stage in application.stages:
        spent[stage.id] = spent.get(stage.id, 0.0) + stage.totals.task_seconds
    return sorted((s for s in spent if spent[s]), key=lambda s: (-spent[s], s))[:LEADING]


def timeline(application: Application) -> go.Figure:
    """
    Draw who ran what when.

    Returns:
        Horizontal bars over the seconds since the start: the jobs on top, below them a row for
        each core. A trace for each leading stage in its colour, one for all others, and crosses
        where tasks failed or were killed. Stretches in which no job ran are shaded, where all jobs
        are known. Without bars: the axes alone.
    """
    fig = go.Figure()
    bars, lanes = application.timeline.bars, application.timeline.lanes
    names = {stage.id: stage.name for stage in application.stages}
    first = leading(application)
    for position, stage in enumerate(first):
        own = [bar for bar in bars if bar.stage == stage]
        _add_bars(fig, own, names, f"stage {stage}", {"pattern": _pattern(position)})
    others = [bar for bar in bars if bar.stage not in first]
    if others:
        _add_bars(fig, others, names, "other stages", {"color": NEUTRAL})
    fig.add_bar(
        base=[job.submitted for job in application.jobs],
        x=[_taken(application, job.submitted, job.seconds) for job in application.jobs],
        y=[-1] * len(application.jobs),
        orientation="h",
        width=0.5,
        name="jobs",
        marker={"color": EDGE},
        customdata=[[job.id, job.description or "no description"] for job in application.jobs],
        hovertemplate="job %{customdata[0]}: %{customdata[1]}<br>%{base:.2f} s, for %{x:.2f} s"
        "<extra></extra>",
    )
    broken = [bar for bar in bars if bar.outcome != "ok"]
    if broken:
        fig.add_scatter(
            x=[bar.end for bar in broken],
            y=[bar.lane for bar in broken],
            mode="markers",
            name="failed or killed",
            marker={"symbol": "x", "size": 9, "color": BROKEN},
            hovertext=[f"{bar.tasks} of stage {bar.stage} {bar.outcome}" for bar in broken],
            hoverinfo="text",
        )
    for begin, end in _alone(application):
        fig.add_vrect(x0=begin, x1=end, fillcolor=SHADE, line_width=0, layer="below")
    labels = ["jobs", *(_tick(application, lane) for lane in range(len(lanes)))]
    every = max(1, len([label for label in labels if label]) // MAX_ROWS)
    fig.update_yaxes(
        tickmode="array",
        tickvals=list(range(-1, len(lanes)))[::every],
        ticktext=labels[::every],
        range=[len(lanes) - 0.4, -1.6],
        showgrid=False,
    )
    fig.update_xaxes(title_text="seconds since the start", range=[0, application.seconds or 1])
    fig.update_layout(barmode="overlay", bargap=0.15, legend_traceorder="normal")
    return fig


def timeline_height(application: Application) -> int:
    """Pixels for the timeline: so many a core, within reason."""
    return min(900, 140 + LANE_HEIGHT * max(4, 1 + len(application.timeline.lanes)))


def timeline_rows(application: Application) -> list[Row]:
    """[core, stage, tasks, from, to, outcome], a row a bar."""
    return [
        [_lane(application, bar.lane), _label(bar), bar.tasks, bar.start, bar.end, bar.outcome]
        for bar in application.timeline.bars
    ]


def dag(application: Application) -> go.Figure:
    """
    Draw which stage feeds which, top down, with the time on it.

    Returns:
        A mark for each of at most ``MAX_NODES`` stages (those with the most task time), its area
        as the task time, in the colours and shapes of the leading stages; lines from a stage to
        those that read its output; beside each mark its number, its duration and its tasks.
    """
    fig = go.Figure()
    nodes = _nodes(application)
    places = _places(nodes)
    for stage in nodes:
        for parent in stage.parents:
            if parent in places:
                (x0, y0), (x1, y1) = places[parent], places[stage.id]
                # Down, across between two rows and down again: the words beside marks stay clear.
                way = f"M {x0} {y0} V {y0 + 0.5} H {x1} V {y1}"
                line = {"color": EDGE, "width": 1.6}
                fig.add_shape(type="path", path=way, line=line, layer="below")
    first = leading(application)
    most = max((stage.totals.task_seconds for stage in nodes), default=0.0) or 1.0
    groups = [([stage for stage in nodes if stage.id == lead], i) for i, lead in enumerate(first)]
    groups.append(([stage for stage in nodes if stage.id not in first], -1))
    for members, position in groups:
        marker: dict[str, object] = {
            "size": [12 + 26 * (s.totals.task_seconds / most) ** 0.5 for s in members],
            "symbol": SYMBOLS[position] if position >= 0 else "circle",
            "opacity": 1,
        }
        fig.add_scatter(
            x=[places[stage.id][0] for stage in members],
            y=[places[stage.id][1] for stage in members],
            mode="markers+text",
            text=[
                f"  <b>{stage.label}</b> {duration(stage.seconds or 0)}<br>"
                f"  {counted(stage.task_count, 'task')}"
                + (", failed" if stage.status == "failed" else "")
                for stage in members
            ],
            textposition="middle right",
            textfont={"size": 12},
            name=f"stage {first[position]}" if position >= 0 else "other stages",
            marker=marker | ({"color": NEUTRAL} if position < 0 else {}),
            customdata=[[stage.name, duration(stage.totals.task_seconds)] for stage in members],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]} in tasks<extra></extra>",
            showlegend=False,
            cliponaxis=False,
        )
    columns = max((x for x, _ in places.values()), default=0)
    rows = max((y for _, y in places.values()), default=0)
    fig.update_xaxes(visible=False, range=[-0.12, columns + 1.0])
    fig.update_yaxes(visible=False, range=[rows + 0.6, -0.6])
    return fig


def dag_height(application: Application) -> int:
    """Pixels for the stages: so many a row."""
    places = _places(_nodes(application))
    return 30 + NODE_HEIGHT * (1 + int(max((y for _, y in places.values()), default=0)))


def dag_rows(application: Application) -> list[Row]:
    """[stage, reads the output of, seconds, seconds in tasks, tasks], a row a stage drawn."""
    return [
        [
            stage.label,
            ", ".join(map(str, stage.parents)) or None,
            stage.seconds,
            stage.totals.task_seconds,
            stage.task_count,
        ]
        for stage in _nodes(application)
    ]


def task_times(application: Application) -> go.Figure:
    """
    Draw how long the tasks of each stage took, on a logarithmic axis.

    Returns:
        For each of at most ``MAX_ROWS`` stages with successful tasks (those with the most task
        time, in order of their ids) a box from the 25 % to the 75 % quantile with the median,
        whiskers to 5 % and 95 %, and marks at the shortest and the longest task. Seconds; below a
        millisecond a task is drawn at one.
    """
    stages = _timed(application)
    labels = [f"stage {stage.label}" for stage in stages]

    def at(quantile: float) -> list[float]:
        return [max(0.001, stage.quantiles[str(quantile)]) for stage in stages]

    fig = go.Figure()
    fig.add_box(
        orientation="h",
        y=labels,
        q1=at(0.25),
        median=at(0.5),
        q3=at(0.75),
        lowerfence=at(0.05),
        upperfence=at(0.95),
        name="5, 25, 50, 75, 95 % of the tasks",
        line={"width": 1.6},
        hoverinfo="x",
    )
    for name, quantile, symbol in (("shortest", 0.0, "line-ns"), ("longest", 1.0, "diamond")):
        fig.add_scatter(
            x=at(quantile),
            y=labels,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 8, "line": {"width": 1.6}},
            hovertemplate=f"{name}: %{{x:.3f}} s<extra></extra>",
        )
    fig.update_xaxes(type="log", dtick=1, title_text="seconds of a task", showgrid=True)
    fig.update_yaxes(autorange="reversed", showgrid=False, type="category")
    return fig


def task_times_height(application: Application) -> int:
    """Pixels for the task times: so many a stage."""
    return 120 + STAGE_HEIGHT * max(4, len(_timed(application)))


def task_times_rows(application: Application) -> list[Row]:
    """[stage, tasks, minimum, 5 %, 25 %, median, 75 %, 95 %, maximum, skew], a row a stage."""
    return [
        [stage.label, stage.totals.tasks, *stage.quantiles.values(), stage.skew]
        for stage in _timed(application)
    ]


def scaling(application: Application) -> go.Figure:
    """
    Draw how long it would have taken with other numbers of cores.

    Returns:
        A line over the cores (both axes logarithmic), a star at what was measured, and the time
        that no number of cores goes below as a dashed line.
    """
    found = application.scaling
    cores = [estimate.cores for estimate in found.estimates]
    fig = go.Figure()
    fig.add_scatter(
        x=cores,
        y=[estimate.seconds for estimate in found.estimates],
        mode="lines+markers",
        name="estimate",
        hovertemplate="%{x} cores: about %{y:.1f} s<extra></extra>",
    )
    fig.add_scatter(
        x=[application.cores],
        y=[application.seconds],
        mode="markers",
        name="measured",
        marker={"symbol": "star", "size": 15},
        hovertemplate="%{x} cores: %{y:.1f} s, measured<extra></extra>",
    )
    fig.add_scatter(
        x=[cores[0], cores[-1]] if cores else [],
        y=[found.floor_seconds] * 2 if cores else [],
        mode="lines",
        name="no number of cores goes below",
        line={"dash": "dash", "width": 1.4},
        hovertemplate="%{y:.1f} s<extra></extra>",
    )
    top = max([application.seconds, *(e.seconds for e in found.estimates)])
    fig.update_xaxes(type="log", title_text="cores", tickvals=cores, ticktext=list(map(str, cores)))
    fig.update_yaxes(title_text="seconds", rangemode="tozero", range=[0, 1.08 * top or 1])
    return fig


def scaling_rows(application: Application) -> list[Row]:
    """[cores, estimated seconds, times as fast as measured], a row an estimate."""
    return [
        [
            str(estimate.cores),
            estimate.seconds,
            application.seconds / estimate.seconds if estimate.seconds else None,
        ]
        for estimate in application.scaling.estimates
    ]


IN_BYTES: Final = ("Bytes in", "Shuffle read", "Shuffle written", "Spilled to disk", "Peak memory")
STAGE_COLUMNS: Final = (
    "Stage",
    "What",
    "Status",
    "Seconds",
    "Tasks",
    "Failed",
    "Task seconds",
    "CPU seconds",
    "GC seconds",
    "Median task",
    "Longest task",
    "Skew",
    "Rows in",
    *IN_BYTES,
)


def stage_rows(application: Application) -> list[Row]:
    """A row a stage under ``STAGE_COLUMNS``; seconds, rows and bytes."""
    return [
        [
            stage.label,
            f"{stage.description}: {stage.name}" if stage.description else stage.name,
            stage.status,
            stage.seconds,
            stage.totals.tasks,
            stage.totals.failed_tasks,
            stage.totals.task_seconds,
            stage.totals.cpu_seconds,
            stage.totals.gc_seconds,
            stage.quantiles.get("0.5"),
            stage.quantiles.get("1.0"),
            stage.skew,
            stage.totals.input_rows,
            stage.totals.input_bytes,
            stage.totals.shuffle_read_bytes,
            stage.totals.shuffle_write_bytes,
            stage.totals.spill_disk_bytes,
            stage.totals.peak_execution_bytes,
        ]
        for stage in application.stages
    ]


def spent(application: Application) -> list[tuple[str, float, str]]:
    """Where the time of all cores went from start to end: (what, core-seconds, how to read it).

    CPU, garbage collection, the rest of the tasks' run time, starting and handing over, and cores
    without a task while jobs ran and while none did. Empty without tasks.
    """
    totals = application.totals
    if not totals.tasks:
        return []
    waited = max(0.0, totals.run_seconds - totals.cpu_seconds - totals.gc_seconds)
    around = max(0.0, totals.task_seconds - totals.run_seconds)
    alone = application.cores * application.driver_seconds
    idle = application.cores * application.seconds - totals.task_seconds - alone
    other = "Python, disk, network" if any(s.python for s in application.stages) else "waiting"
    parts = [
        ("computing in the JVM", totals.cpu_seconds, "CPU time of the tasks"),
        (other, waited, "the tasks' run time without CPU of the JVM and its tidying"),
        ("tidying memory", totals.gc_seconds, "garbage collection"),
        ("starting tasks", around, "launch, unpacking, handing over results"),
        ("no task for a core", max(0.0, idle), "while a job ran"),
        ("no job at all", alone, "the driver alone: start-up, planning, the program itself"),
    ]
    return [(what, seconds, how) for what, seconds, how in parts]


def _add_bars(
    fig: go.Figure, bars: list[Bar], names: dict[int, str], name: str, marker: dict[str, object]
) -> None:
    fig.add_bar(
        base=[bar.start for bar in bars],
        x=[round(bar.end - bar.start, 3) for bar in bars],
        y=[bar.lane for bar in bars],
        orientation="h",
        width=0.8,
        name=name,
        marker={"line": {"width": 0.5 if len(bars) < MANY_BARS else 0, "color": EDGE}} | marker,
        customdata=[[bar.tasks, _label(bar), names.get(bar.stage, "")] for bar in bars],
        hovertemplate="stage %{customdata[1]}: %{customdata[2]}<br>%{customdata[0]} task(s), from "
        "%{base:.2f} s, for %{x:.3f} s<extra></extra>",
    )


def _pattern(position: int) -> dict[str, object]:
    """The pattern of a leading stage; the first is plain."""
    return {"shape": PATTERNS[position], "fillmode": "replace", "size": 6, "solidity": 0.35}


def _taken(application: Application, submitted: float, seconds: float | None) -> float:
    return seconds if seconds is not None else max(0.0, application.seconds - submitted)


def _alone(application: Application) -> list[tuple[float, float]]:
    """The stretches in which no job ran; none where not all jobs are known."""
    if application.job_count > len(application.jobs):
        return []
    found, until = [], 0.0
    for job in sorted(application.jobs, key=lambda job: job.submitted):
        if job.submitted > until:
            found.append((until, job.submitted))
        until = max(until, job.submitted + _taken(application, job.submitted, job.seconds))
    return [*found, (until, application.seconds)] if application.seconds > until else found


def _lane(application: Application, position: int) -> str:
    """The name of a lane: the core, and the executor where there are several."""
    lane = application.timeline.lanes[position]
    core = f"core {lane.slot + 1}"
    return core if application.executor_count < 2 else f"executor {lane.executor}, {core}"


def _tick(application: Application, position: int) -> str:
    """What stands at a lane: of several executors only their names, at their first lanes."""
    lane = application.timeline.lanes[position]
    if application.executor_count < 2:
        return _lane(application, position)
    return f"executor {lane.executor}" if lane.slot == 0 else ""


def _label(bar: Bar) -> str:
    return f"{bar.stage}.{bar.attempt}" if bar.attempt else str(bar.stage)


def _nodes(application: Application) -> list[Stage]:
    """The last attempt of the stages with the most task time, by id."""
    last = {stage.id: stage for stage in application.stages}
    most = sorted(last.values(), key=lambda s: -s.totals.task_seconds)[:MAX_NODES]
    return sorted(most, key=lambda stage: stage.id)


def _places(nodes: list[Stage]) -> dict[int, tuple[float, float]]:
    """A place for each stage: stages that feed each other below each other, others apart.

    Stages that hang together get the rows below those before them; in a row they stand side by
    side, at (column, row).
    """
    group = {stage.id: stage.id for stage in nodes}

    def root(stage: int) -> int:
        while group[stage] != stage:
            stage = group[stage]
        return stage

    level: dict[int, int] = {}
    for stage in nodes:
        parents = [parent for parent in stage.parents if parent in group]
        level[stage.id] = 1 + max((level[p] for p in parents if p in level), default=-1)
        for parent in parents:
            low, high = sorted((root(parent), root(stage.id)))
            group[high] = low
    places: dict[int, tuple[float, float]] = {}
    top = 0
    for head in sorted({root(stage.id) for stage in nodes}):
        members = [stage.id for stage in nodes if root(stage.id) == head]
        used: dict[int, int] = {}
        for stage_id in members:
            row = level[stage_id]
            places[stage_id] = (float(used.get(row, 0)), float(top + row))
            used[row] = used.get(row, 0) + 1
        top += 1 + max(used)
    return places


def _timed(application: Application) -> list[Stage]:
    """The stages with task times that took most of them, by id."""
    timed = [stage for stage in application.stages if stage.quantiles]
    most = sorted(timed, key=lambda s: -s.totals.task_seconds)[:MAX_ROWS]
    return sorted(most, key=lambda stage: (stage.id, stage.attempt))
