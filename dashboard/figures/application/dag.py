"""Which stage feeds which, as a chart and as rows."""

from typing import Final

from dashboard.figures.application.stages import leading
from dashboard.figures.chart import Chart
from dashboard.figures.traces import Row
from dashboard.theme import EDGE, NEUTRAL, SYMBOLS
from store.application import Application, Stage
from store.quantities import counted, duration

MAX_NODES: Final = 40
NODE_HEIGHT = 50


def dag(application: Application) -> Chart:
    """
    Draw which stage feeds which, top down, with the time on it.

    Returns:
        A mark for each of at most ``MAX_NODES`` stages (those with the most task time), its area
        as the task time, in the colours and shapes of the leading stages; lines from a stage to
        those that read its output; beside each mark its number, its duration and its tasks.
    """
    fig = Chart()
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
        fig.add(
            "scatter",
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
