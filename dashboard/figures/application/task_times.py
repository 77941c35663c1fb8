"""How long the tasks of each stage took, as a chart and as rows."""

from typing import Final

from dashboard.figures.chart import Chart
from dashboard.figures.traces import Row
from store.application import Application, Stage

MAX_ROWS: Final = 30
STAGE_HEIGHT = 32


def task_times(application: Application) -> Chart:
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

    fig = Chart()
    fig.add(
        "box",
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
        fig.add(
            "scatter",
            x=at(quantile),
            y=labels,
            mode="markers",
            name=name,
            marker={"symbol": symbol, "size": 8, "line": {"width": 1.6}},
            hovertemplate=f"{name}: %{{x:.3f}} s<extra></extra>",
        )
    fig.update_xaxes(type="log", dtick=1, title={"text": "seconds of a task"}, showgrid=True)
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


def _timed(application: Application) -> list[Stage]:
    """The stages with task times that took most of them, by id."""
    timed = [stage for stage in application.stages if stage.quantiles]
    most = sorted(timed, key=lambda s: -s.totals.task_seconds)[:MAX_ROWS]
    return sorted(most, key=lambda stage: (stage.id, stage.attempt))
