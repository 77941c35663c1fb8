"""What the traces of a chart keep to, and the sentence where there is none."""

from collections.abc import Mapping

from dashboard.figures.chart import Chart, Trace

Row = list[str | int | float | None]
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
NOTHING = "No values in this selection"
EMPTY: Trace = {"type": "scatter", "x": [], "y": [], "showlegend": False, "hoverinfo": "skip"}


def dash_of(position: int) -> str:
    """The dash of the group at this place; with its colour it is told from 24 others."""
    return DASHES[(position + position // len(DASHES)) % len(DASHES)]


def keep_colour(fig: Chart) -> None:
    """An empty trace, so that the traces after it keep the colours of their groups."""
    fig.data.append(EMPTY)


def placed(traces: Mapping[int, Trace]) -> list[Trace]:
    """Traces by the place that gives each its colour, as a list: empty ones stand between."""
    return [traces.get(place, EMPTY) for place in range(max(traces, default=-1) + 1)]


def or_nothing(fig: Chart, said: str = NOTHING) -> Chart:
    """The figure itself, or a sentence where no trace has a point."""
    if not any(trace.get("x") for trace in fig.data):
        fig.update_xaxes(visible=False)
        fig.update_yaxes(visible=False)
        place = {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        fig.update_layout(annotations=[{"text": said, "showarrow": False, **place}])
    return fig


def short_axis(title: str) -> str:
    """The title of an axis, cut where it would not fit on a phone."""
    return title if len(title) <= 44 else f"{title[:43].rstrip()}…"
