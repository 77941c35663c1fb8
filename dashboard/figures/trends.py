"""Charts of a date column: rows by day, month or year, and what a number did meanwhile."""

from collections.abc import Sequence
from datetime import date, timedelta

from dashboard.figures.chart import Chart
from dashboard.figures.labels import label_of, parts, short, trend
from dashboard.figures.traces import Row, dash_of, keep_colour, or_nothing, short_axis
from store.schema import Profile, Section, Trend

ROWS_SHARE = (0.46, 1.0)  # of the height, for the rows
MEAN_SHARE = (0.0, 0.34)


def trends(profile: Profile, column: str, groups: Sequence[str], measure: str | None) -> Chart:
    """
    Draw how many rows each period has, and the mean of a number in it.

    Args:
        profile: What the Spark job found.
        column: A date column of it.
        groups: The values of the groups to draw; of a profile without groups all rows are drawn.
        measure: A numeric column whose mean over all rows is drawn below, or None.

    Returns:
        One line per group of the profile, in its order: rows by period, over the first days of
        the periods. Where periods without rows lie between, the line is broken. Then one line
        with the mean of ``measure`` on an axis of its own, where the profile has it. A group that
        is not asked for keeps its colour with an empty trace. Where all are empty: a sentence.
    """
    fig = Chart()
    overall = trend(profile.overall, column)
    means = overall.means.get(measure or "") if overall else None
    for position, group in enumerate(parts(profile)):
        found = trend(group, column)
        asked = group.value in groups or not profile.groups
        if not asked or found is None or not found.starts:
            keep_colour(fig)
            continue
        x, y = with_gaps(found, found.counts)
        fig.add(
            "scatter",
            x=x,
            y=y,
            name=short(group.label),
            mode="lines+markers",
            marker={"size": 4},
            line={"width": 1.8, "dash": dash_of(position)},
            hovertemplate="%{y:,}",
        )
    fig.update_layout(hovermode="x unified", clickmode="event", showlegend=True)
    fig.update_yaxes(title={"text": "rows"}, rangemode="tozero")
    fig.update_xaxes(type="date", title={"text": short_axis(label_of(profile, column))})
    if overall and measure and means and any(value is not None for value in means):
        x, y = with_gaps(overall, means)
        fig.add(
            "scatter",
            x=x,
            y=y,
            yaxis="y2",
            mode="lines+markers",
            marker={"size": 4, "symbol": "diamond"},
            line={"width": 1.8},
            name=f"mean of {short(label_of(profile, measure, unit=False))}, all rows",
            hovertemplate="%{y:.4g}",
        )
        fig.update_layout(
            yaxis={"domain": ROWS_SHARE},
            yaxis2={
                "domain": MEAN_SHARE,
                "anchor": "x",
                "title": {"text": "mean"},
                "showgrid": True,
            },
        )
        fig.update_xaxes(anchor="y2")
    return or_nothing(fig)


def with_gaps(
    found: Trend, values: Sequence[float | int | None]
) -> tuple[list[str], list[float | int | None]]:
    """The periods and their values, with None at the first of the periods that are left out."""
    x: list[str] = []
    y: list[float | int | None] = []
    for start, value in zip(found.starts, values, strict=True):
        if x and (after := next_start(x[-1], found.step)) is not None and after != start:
            x.append(after)
            y.append(None)
        x.append(start)
        y.append(value)
    return x, y


def next_start(start: str, step: str) -> str | None:
    """The first day of the period after the one that begins then; None after the year 9999."""
    day = date.fromisoformat(start)
    try:
        if step == "day":
            return (day + timedelta(days=1)).isoformat()
        if step == "month":
            return day.replace(
                year=day.year + day.month // 12, month=day.month % 12 + 1
            ).isoformat()
        return day.replace(year=day.year + 1).isoformat()
    except (OverflowError, ValueError):
        return None


def trend_heads(
    profile: Profile, column: str, groups: Sequence[str], measure: str | None
) -> list[str]:
    """What stands above ``trend_rows``."""
    overall = trend(profile.overall, column)
    labels = [g.label for g in parts(profile) if g.value in groups or not profile.groups]
    step = overall.step.capitalize() if overall else "Period"
    mean = [f"Mean of {label_of(profile, measure)}, all rows"] if measure else []
    return [step, *labels, *mean]


def trend_rows(
    profile: Profile, column: str, groups: Sequence[str], measure: str | None
) -> list[Row]:
    """[first day of the period, rows of each group in turn, the mean if there is a measure]."""
    overall = trend(profile.overall, column)
    if overall is None:
        return []
    chosen = [g for g in parts(profile) if g.value in groups or not profile.groups]
    counts = [dict(zip(t.starts, t.counts, strict=True)) if t else {} for t in _of(chosen, column)]
    means = overall.means.get(measure or "", (None,) * len(overall.starts))
    return [
        [
            start,
            *(count.get(start, 0) for count in counts),
            *([mean] if measure else []),
        ]
        for start, mean in zip(overall.starts, means, strict=True)
    ]


def _of(groups: Sequence[Section], column: str) -> list[Trend | None]:
    return [trend(group, column) for group in groups]
