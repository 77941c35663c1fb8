"""Charts of a profile: a Profile goes in, a Figure comes out; the table rows say the same."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.theme import SYMBOLS
from store.schema import ColumnProfile, Histogram, Profile, Section

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
NOTHING = "No values in this selection"
FEW_ROWS = 2_000  # below, bins are drawn two by two: finer ones would show noise
Row = list[str | int | float | None]


def label_of(profile: Profile, column: str, *, unit: bool = True) -> str:
    """The column's label, with its unit in parentheses."""
    feature = profile.descriptor.feature(column)
    return f"{feature.title} ({feature.unit})" if unit and feature.unit else feature.title


def decimals_of(profile: Profile, column: str) -> int:
    """How many decimals this column is shown with: those described, else three digits of its sd."""
    described = profile.descriptor.feature(column).decimals
    if described is not None:
        return described
    sd = profile.overall.column(column).sd
    return 2 if not sd else min(6, max(0, 2 - math.floor(math.log10(sd))))


def distribution(profile: Profile, column: str, groups: Sequence[str]) -> go.Figure:
    """
    Draw how the values of a column are distributed in each group.

    Args:
        profile: What the Spark job found.
        column: A numeric column of it.
        groups: The values of the groups to draw.

    Returns:
        One stepped area per group of the profile, in its order: the share of the group's values
        in each bin (percent), over the bins' edges; below ``FEW_ROWS`` rows two bins are drawn as
        one. A group that is not asked for, or has no values, keeps its colour with an empty
        trace. Where all are empty: a sentence.
    """
    fig = go.Figure()
    fig.update_xaxes(title_text=label_of(profile, column))
    fig.update_yaxes(title_text="share of the group", ticksuffix=" %", rangemode="tozero")
    fig.update_layout(hovermode="x unified")
    for position, group in enumerate(profile.groups):
        found = group.column(column)
        if group.value not in groups or not found.histogram or not found.count:
            _keep_colour(fig)
            continue
        edges, counts = _bins(found.histogram, together=2 if profile.rows < FEW_ROWS else 1)
        shares = [100 * count / found.count for count in counts]
        fig.add_scatter(
            x=edges,
            y=[*(round(share, 3) for share in shares), round(shares[-1], 3)],
            name=group.label,
            mode="lines",
            fill="tozeroy",
            line={"shape": "hv", "width": 1.8, "dash": DASHES[position % len(DASHES)]},
            hovertemplate="%{y:.1f} %",
        )
    return _or_nothing(fig)


def distribution_rows(profile: Profile, column: str, groups: Sequence[str]) -> list[Row]:
    """[group, values, missing, mean, sd, minimum, 5 %, 25 %, median, 75 %, 95 %, maximum]."""
    chosen = [group for group in profile.groups if group.value in groups]
    return [[group.label, *_summary(group.column(column))] for group in chosen]


def group_means(profile: Profile, groups: Sequence[str]) -> go.Figure:
    """
    Draw where each group's mean lies, column by column, in the table's own standard deviations.

    Returns:
        One marker trace per group of the profile, a point per column that varies: (group mean -
        overall mean) / overall sd, with the group's sd on the same scale as its bar. Columns from
        top to bottom in the order of the profile. A group that is not asked for keeps its colour
        with an empty trace. Where all are empty: a sentence.
    """
    columns = [column for column in profile.overall.columns if column.sd]
    fig = go.Figure()
    fig.update_xaxes(title_text="sd from the overall mean", zeroline=True, showgrid=True)
    fig.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(columns))),
        ticktext=[label_of(profile, column.name, unit=False) for column in columns],
        range=[len(columns) - 0.4, -0.6],
        showgrid=False,
    )
    for position, group in enumerate(profile.groups):
        found = [(i, whole, group.column(whole.name)) for i, whole in enumerate(columns)]
        points = [(i, whole, own) for i, whole, own in found if own.mean is not None]
        if group.value not in groups or not points:
            _keep_colour(fig)
            continue
        offset = (position - (len(profile.groups) - 1) / 2) * 0.2
        fig.add_scatter(
            x=[round(_distance(whole, own), 4) for _, whole, own in points],
            y=[i + offset for i, _, _ in points],
            error_x={
                "array": [round((own.sd or 0) / (whole.sd or 1), 4) for _, whole, own in points],
                "thickness": 1.2,
                "width": 0,
            },
            mode="markers",
            name=group.label,
            marker={"symbol": SYMBOLS[position % len(SYMBOLS)], "size": 9},
            customdata=[
                [label_of(profile, own.name), f"{own.mean:.4g}", f"{own.sd or 0:.3g}"]
                for _, _, own in points
            ],
            hovertemplate="%{customdata[0]}<br>mean %{customdata[1]}, sd %{customdata[2]}",
        )
    return _or_nothing(fig)


def group_means_rows(profile: Profile, groups: Sequence[str]) -> list[Row]:
    """[column, then mean and sd of each group in turn]."""
    chosen = [group for group in profile.groups if group.value in groups]
    rows: list[Row] = []
    for column in profile.overall.columns:
        found = [group.column(column.name) for group in chosen]
        rows.append([label_of(profile, column.name), *(v for c in found for v in (c.mean, c.sd))])
    return rows


def correlation(profile: Profile, section: Section) -> go.Figure:
    """
    Draw Pearson's correlation between every two columns of a section.

    Returns:
        One heat map from -1 to 1, the first column at the top left; a gap where a column does
        not vary. Without columns: no trace, and a sentence.
    """
    fig = go.Figure()
    if not section.columns or not section.rows:
        return _or_nothing(fig)
    labels = [label_of(profile, c.name, unit=False) for c in section.columns]
    fig.add_heatmap(
        x=labels,
        y=labels,
        z=[[None if r is None else round(r, 3) for r in row] for row in section.correlation],
        zmin=-1,
        zmax=1,
        xgap=2,
        ygap=2,
        autocolorscale=True,
        colorbar={
            "orientation": "h",
            "x": 0,
            "xanchor": "left",
            "y": 1.01,
            "yanchor": "bottom",
            "len": 0.5,
            "thickness": 8,
            "outlinewidth": 0,
            "tickvals": [-1, 0, 1],
        },
        hovertemplate="%{y} and %{x}<br>r = %{z:.2f}<extra></extra>",
    )
    fig.update_yaxes(autorange="reversed", showgrid=False)
    fig.update_xaxes(tickangle=-45)
    return fig


def correlation_rows(profile: Profile, section: Section) -> list[Row]:
    """[column, then r with each column in order]."""
    return [
        [label_of(profile, column.name, unit=False), *row]
        for column, row in zip(section.columns, section.correlation, strict=True)
    ]


STATISTICS = (
    "Rows with a value",
    "Missing",
    "Mean",
    "Standard deviation",
    "Minimum",
    "5 %",
    "25 %",
    "Median",
    "75 %",
    "95 %",
    "Maximum",
)


def statistics_rows(profile: Profile, section: Section) -> list[Row]:
    """[column, then ``STATISTICS`` in order], a row per numeric column."""
    return [[label_of(profile, column.name), *_summary(column)] for column in section.columns]


def _summary(column: ColumnProfile) -> Row:
    quantiles = [column.quantiles[q] for q in ("0.05", "0.25", "0.5", "0.75", "0.95")]
    return [
        column.count,
        column.missing,
        column.mean,
        column.sd,
        column.minimum,
        *quantiles,
        column.maximum,
    ]


def _bins(histogram: Histogram, *, together: int) -> tuple[list[float], list[int]]:
    """Edges and counts with so many neighbouring bins drawn as one."""
    counts = histogram.counts
    starts = range(0, len(counts), together)
    edges = [histogram.edges[start] for start in starts]
    return [*edges, histogram.edges[-1]], [sum(counts[i : i + together]) for i in starts]


def _distance(whole: ColumnProfile, own: ColumnProfile) -> float:
    return ((own.mean or 0.0) - (whole.mean or 0.0)) / (whole.sd or 1.0)


def _keep_colour(fig: go.Figure) -> None:
    """An empty trace, so that the traces after it keep the colours of their groups."""
    fig.add_scatter(x=[], y=[], showlegend=False, hoverinfo="skip")


def _or_nothing(fig: go.Figure) -> go.Figure:
    """The figure itself, or a sentence where no trace has a point."""
    if any(trace.x is not None and len(trace.x) for trace in fig.data):
        return fig
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    return fig.add_annotation(
        text=NOTHING, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5
    )
