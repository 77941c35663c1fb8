"""How the values of a column are distributed in each group, as a chart and as rows."""

from collections.abc import Sequence

from dashboard.figures.chart import Chart
from dashboard.figures.labels import label_of, parts, short
from dashboard.figures.statistics import summary
from dashboard.figures.traces import Row, dash_of, keep_colour, or_nothing, short_axis
from store.schema import Histogram, Profile

FEW_ROWS = 2_000  # below, bins are drawn two by two: finer ones would show noise


def distribution(profile: Profile, column: str, groups: Sequence[str]) -> Chart:
    """
    Draw how the values of a column are distributed in each group.

    Args:
        profile: What the Spark job found.
        column: A numeric column of it.
        groups: The values of the groups to draw; of a profile without groups all rows are drawn.

    Returns:
        One stepped area per group of the profile, in its order: the share of the group's values
        in each bin (percent), over the bins' edges; below ``FEW_ROWS`` rows two bins are drawn as
        one. A group that is not asked for, or has no values, keeps its colour with an empty
        trace. Where all are empty: a sentence.
    """
    fig = Chart()
    fig.update_xaxes(title={"text": short_axis(label_of(profile, column))})
    whose = "the group" if profile.groups else "all values"
    fig.update_yaxes(title={"text": f"share of {whose}"}, ticksuffix=" %", rangemode="tozero")
    fig.update_layout(hovermode="x unified", clickmode="event", showlegend=True)
    for position, group in enumerate(parts(profile)):
        found = group.column(column)
        asked = group.value in groups or not profile.groups
        if not asked or not found.histogram or not found.count:
            keep_colour(fig)
            continue
        edges, counts = bins_of(found.histogram, together=bins_together(profile))
        shares = [100 * count / found.count for count in counts]
        fig.add(
            "scatter",
            x=edges,
            y=[*(round(share, 3) for share in shares), round(shares[-1], 3)],
            name=short(group.label),
            mode="lines",
            fill="tozeroy",
            line={"shape": "hv", "width": 1.8, "dash": dash_of(position)},
            hovertemplate="%{y:.1f} %",
        )
    return or_nothing(fig)


def distribution_rows(profile: Profile, column: str, groups: Sequence[str]) -> list[Row]:
    """[group, values, missing, mean, sd, minimum, 5 %, 25 %, median, 75 %, 95 %, maximum]."""
    chosen = [g for g in parts(profile) if g.value in groups or not profile.groups]
    return [[group.label, *summary(group.column(column))] for group in chosen]


def bins_together(profile: Profile) -> int:
    """How many neighbouring bins are drawn as one."""
    return 2 if profile.rows < FEW_ROWS else 1


def bins_of(histogram: Histogram, *, together: int) -> tuple[list[float], list[int]]:
    """Edges and counts with so many neighbouring bins taken as one."""
    counts = histogram.counts
    starts = range(0, len(counts), together)
    edges = [histogram.edges[start] for start in starts]
    return [*edges, histogram.edges[-1]], [sum(counts[i : i + together]) for i in starts]
