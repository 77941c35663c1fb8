"""Charts of a profile's numbers: a Profile goes in, a Figure comes out; the rows say the same."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboard.figures.labels import label_of, parts, short
from dashboard.theme import SYMBOLS
from store.schema import ColumnProfile, Histogram, Profile, Section

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
NOTHING = "No values in this selection"
FEW_ROWS = 2_000  # below, bins are drawn two by two: finer ones would show noise
MAX_MEANS = 20  # columns in the chart of the means
MAX_CORRELATIONS = 30  # columns in the heat map
Row = list[str | int | float | None]


def dash_of(position: int) -> str:
    """The dash of the group at this place; with its colour it is told from 24 others."""
    return DASHES[(position + position // len(DASHES)) % len(DASHES)]


def bins_together(profile: Profile) -> int:
    """How many neighbouring bins are drawn as one."""
    return 2 if profile.rows < FEW_ROWS else 1


def distribution(profile: Profile, column: str, groups: Sequence[str]) -> go.Figure:
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
    fig = go.Figure()
    fig.update_xaxes(title_text=short_axis(label_of(profile, column)))
    whose = "the group" if profile.groups else "all values"
    fig.update_yaxes(title_text=f"share of {whose}", ticksuffix=" %", rangemode="tozero")
    fig.update_layout(hovermode="x unified", clickmode="event", showlegend=True)
    for position, group in enumerate(parts(profile)):
        found = group.column(column)
        asked = group.value in groups or not profile.groups
        if not asked or not found.histogram or not found.count:
            keep_colour(fig)
            continue
        edges, counts = bins_of(found.histogram, together=bins_together(profile))
        shares = [100 * count / found.count for count in counts]
        fig.add_scatter(
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
    return [[group.label, *_summary(group.column(column))] for group in chosen]


def most_different(profile: Profile, limit: int = MAX_MEANS) -> tuple[ColumnProfile, ...]:
    """The columns that vary whose groups differ most, in the order of the profile.

    They are ranked by eta squared, the share of a column's variance that lies between the groups
    (Cohen 1988): sum of n (group mean - mean)^2 over (N - 1) sd^2.
    """
    columns = [column for column in profile.overall.columns if column.sd]
    if len(columns) <= limit:
        return tuple(columns)
    between = dict.fromkeys((column.name for column in columns), 0.0)
    for group in profile.groups:
        for own, all_rows in zip(group.columns, profile.overall.columns, strict=True):
            if own.mean is not None and all_rows.sd:
                between[own.name] += own.count * _distance(all_rows, own) ** 2
    ranked = sorted(columns, key=lambda c: -between[c.name] / max(1, c.count - 1))
    chosen = {column.name for column in ranked[:limit]}
    return tuple(column for column in columns if column.name in chosen)


def group_means(profile: Profile, groups: Sequence[str]) -> go.Figure:
    """
    Draw where each group's mean lies, column by column, in the table's own standard deviations.

    Returns:
        One marker trace per group of the profile, a point per column of ``most_different``:
        (group mean - overall mean) / overall sd, with the group's sd on the same scale as its bar.
        Columns from top to bottom in the order of the profile. A group that is not asked for keeps
        its colour with an empty trace. Where all are empty: a sentence.
    """
    columns = most_different(profile)
    fig = go.Figure()
    fig.update_xaxes(title_text="sd from the overall mean", zeroline=True, showgrid=True)
    fig.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(columns))),
        ticktext=[short(label_of(profile, column.name, unit=False)) for column in columns],
        range=[len(columns) - 0.4, -0.6],
    )
    ordered = parts(profile) if profile.groups else ()
    drawn = [i for i, group in enumerate(ordered) if group.value in groups]
    step = min(0.2, 0.7 / max(1, len(drawn)))
    for position, group in enumerate(ordered):
        own = {column.name: column for column in group.columns}
        found = [(i, all_rows, own[all_rows.name]) for i, all_rows in enumerate(columns)]
        points = [(i, all_rows, mine) for i, all_rows, mine in found if mine.mean is not None]
        if position not in drawn or not points:
            keep_colour(fig)
            continue
        offset = (drawn.index(position) - (len(drawn) - 1) / 2) * step
        fig.add_scatter(
            x=[round(_distance(all_rows, mine), 4) for _, all_rows, mine in points],
            y=[i + offset for i, _, _ in points],
            error_x={
                "array": [round((m.sd or 0) / (w.sd or 1), 4) for _, w, m in points],
                "thickness": 1.2,
                "width": 0,
            },
            mode="markers",
            name=short(group.label),
            marker={"symbol": SYMBOLS[position % len(SYMBOLS)], "size": 9},
            customdata=[
                [short(label_of(profile, m.name)), f"{m.mean:.4g}", f"{m.sd or 0:.3g}"]
                for _, _, m in points
            ],
            hovertemplate="%{customdata[0]}<br>mean %{customdata[1]}, sd %{customdata[2]}",
        )
    return or_nothing(fig)


def group_means_rows(profile: Profile, groups: Sequence[str]) -> list[Row]:
    """[column, then mean and sd of each group in turn], a row per column of the chart."""
    chosen = [
        {column.name: column for column in group.columns}
        for group in (parts(profile) if profile.groups else ())
        if group.value in groups
    ]
    shown = most_different(profile)
    columns = shown if len(shown) == MAX_MEANS else profile.overall.columns
    rows: list[Row] = []
    for column in columns:
        found = [own[column.name] for own in chosen]
        rows.append([label_of(profile, column.name), *(v for c in found for v in (c.mean, c.sd))])
    return rows


def most_correlated(section: Section, limit: int = MAX_CORRELATIONS) -> list[int]:
    """Which columns of the correlation matrix are shown: those whose r is farthest from 0."""
    matrix = section.correlation
    if len(matrix) <= limit:
        return list(range(len(matrix)))

    def strongest(i: int) -> float:
        return max((abs(r) for j, r in enumerate(matrix[i]) if j != i and r is not None), default=0)

    ranked = sorted(range(len(matrix)), key=lambda i: -strongest(i))
    return sorted(ranked[:limit])


def correlation(profile: Profile, section: Section) -> go.Figure:
    """
    Draw Pearson's correlation between every two columns of ``most_correlated``.

    Returns:
        One heat map from -1 to 1, the first column at the top left; a gap where a column does
        not vary. Without columns: no trace, and a sentence.
    """
    fig = go.Figure()
    shown = most_correlated(section)
    if not shown or not section.rows:
        return or_nothing(fig)
    labels = [label_of(profile, section.columns[i].name, unit=False) for i in shown]
    places = list(range(len(shown)))
    fig.add_heatmap(
        x=places,
        y=places,
        z=[
            [None if (r := section.correlation[i][j]) is None else round(r, 3) for j in shown]
            for i in shown
        ],
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
        customdata=[[f"{one} and {other}" for other in labels] for one in labels],
        hovertemplate="%{customdata}<br>r = %{z:.2f}<extra></extra>",
    )
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": [short(name) for name in labels]}
    fig.update_yaxes(autorange="reversed", showgrid=False, **ticks)
    fig.update_xaxes(tickangle=-45, **ticks)
    return fig


def correlation_rows(profile: Profile, section: Section) -> list[Row]:
    """[column, then r with each column of ``most_correlated`` in order]."""
    shown = most_correlated(section)
    return [
        [
            label_of(profile, section.columns[i].name, unit=False),
            *(section.correlation[i][j] for j in shown),
        ]
        for i in shown
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


def statistics_rows(
    profile: Profile, section: Section, columns: Sequence[ColumnProfile] | None = None
) -> list[Row]:
    """[column, then ``STATISTICS`` in order], a row per numeric column, or per one of those."""
    shown = section.columns if columns is None else columns
    return [[label_of(profile, column.name), *_summary(column)] for column in shown]


def exactness(columns: Sequence[ColumnProfile]) -> str:
    """How good the quantiles of these columns are, as a sentence without its full stop."""
    bound = max((column.rank_error for column in columns), default=0.0)
    if not bound:
        return "Quantiles are exact"
    return f"Quantiles are within {100 * bound:.2g} % of their rank"


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


def bins_of(histogram: Histogram, *, together: int) -> tuple[list[float], list[int]]:
    """Edges and counts with so many neighbouring bins taken as one."""
    counts = histogram.counts
    starts = range(0, len(counts), together)
    edges = [histogram.edges[start] for start in starts]
    return [*edges, histogram.edges[-1]], [sum(counts[i : i + together]) for i in starts]


def short_axis(title: str) -> str:
    """The title of an axis, cut where it would not fit on a phone."""
    return title if len(title) <= 44 else f"{title[:43].rstrip()}…"


def _distance(whole: ColumnProfile, own: ColumnProfile) -> float:
    return ((own.mean or 0.0) - (whole.mean or 0.0)) / (whole.sd or 1.0)


def keep_colour(fig: go.Figure) -> None:
    """An empty trace, so that the traces after it keep the colours of their groups."""
    fig.add_scatter(x=[], y=[], showlegend=False, hoverinfo="skip")


def or_nothing(fig: go.Figure) -> go.Figure:
    """The figure itself, or a sentence where no trace has a point."""
    if any(trace.x is not None and len(trace.x) for trace in fig.data):
        return fig
    fig.update_xaxes(visible=False)
    fig.update_yaxes(visible=False)
    return fig.add_annotation(
        text=NOTHING, showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5
    )
