"""How far the means of the groups lie apart, column by column, as a chart and as rows."""

from collections.abc import Sequence

from dashboard.figures.chart import Chart
from dashboard.figures.labels import label_of, parts, short
from dashboard.figures.traces import Row, keep_colour, or_nothing
from dashboard.theme import SYMBOLS
from store.schema import ColumnProfile, Profile

MAX_MEANS = 20  # columns in the chart of the means


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


def group_means(profile: Profile, groups: Sequence[str]) -> Chart:
    """
    Draw where each group's mean lies, column by column, in the table's own standard deviations.

    Returns:
        One marker trace per group of the profile, a point per column of ``most_different``:
        (group mean - overall mean) / overall sd, with the group's sd on the same scale as its bar.
        Columns from top to bottom in the order of the profile. A group that is not asked for keeps
        its colour with an empty trace. Where all are empty: a sentence.
    """
    columns = most_different(profile)
    fig = Chart()
    fig.update_xaxes(title={"text": "sd from the overall mean"}, zeroline=True, showgrid=True)
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
        fig.add(
            "scatter",
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


def _distance(whole: ColumnProfile, own: ColumnProfile) -> float:
    return ((own.mean or 0.0) - (whole.mean or 0.0)) / (whole.sd or 1.0)
