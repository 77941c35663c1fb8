"""Who ran what when, as a chart and as rows."""

from typing import Final

from dashboard.figures.application.stages import leading
from dashboard.figures.chart import Chart
from dashboard.figures.traces import Row
from dashboard.theme import BROKEN, EDGE, NEUTRAL, SHADE
from store.application import Application, Bar

PATTERNS: Final = ("", "/", ".", "x", "-")
MANY_BARS: Final = 300  # so many need no line between them: it would hide their colour
MAX_TICKS: Final = 30
LANE_HEIGHT = 26


def timeline(application: Application) -> Chart:
    """
    Draw who ran what when.

    Returns:
        Horizontal bars over the seconds since the start: the jobs on top, below them a row for
        each core. A trace for each leading stage in its colour, one for all others, and crosses
        where tasks failed or were killed. Stretches in which no job ran are shaded, where all jobs
        are known. Without bars: the axes alone.
    """
    fig = Chart()
    bars, lanes = application.timeline.bars, application.timeline.lanes
    names = {stage.id: stage.name for stage in application.stages}
    first = leading(application)
    for position, stage in enumerate(first):
        own = [bar for bar in bars if bar.stage == stage]
        _add_bars(fig, own, names, f"stage {stage}", {"pattern": _pattern(position)})
    others = [bar for bar in bars if bar.stage not in first]
    if others:
        _add_bars(fig, others, names, "other stages", {"color": NEUTRAL})
    fig.add(
        "bar",
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
        fig.add(
            "scatter",
            x=[bar.end for bar in broken],
            y=[bar.lane for bar in broken],
            mode="markers",
            name="failed or killed",
            marker={"symbol": "x", "size": 9, "color": BROKEN},
            hovertext=[f"{bar.tasks} of stage {bar.stage} {bar.outcome}" for bar in broken],
            hoverinfo="text",
        )
    for begin, end in _alone(application):
        band = {"x0": begin, "x1": end, "fillcolor": SHADE, "line": {"width": 0}, "layer": "below"}
        fig.add_shape(type="rect", yref="y domain", y0=0, y1=1, **band)
    labels = ["jobs", *(_tick(application, lane) for lane in range(len(lanes)))]
    every = max(1, len([label for label in labels if label]) // MAX_TICKS)
    fig.update_yaxes(
        tickmode="array",
        tickvals=list(range(-1, len(lanes)))[::every],
        ticktext=labels[::every],
        range=[len(lanes) - 0.4, -1.6],
        showgrid=False,
    )
    fig.update_xaxes(title={"text": "seconds since the start"}, range=[0, application.seconds or 1])
    fig.update_layout(barmode="overlay", bargap=0.15, legend={"traceorder": "normal"})
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


def _add_bars(
    fig: Chart, bars: list[Bar], names: dict[int, str], name: str, marker: dict[str, object]
) -> None:
    fig.add(
        "bar",
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
