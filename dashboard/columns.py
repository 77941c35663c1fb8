"""One column of a profile, of whatever kind, as a chart, a table and a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dash import html

from dashboard.components.tables import table
from dashboard.figures import categories as categorical
from dashboard.figures import trends as dated
from dashboard.figures.chart import Chart
from dashboard.figures.distributions import bins_of, bins_together, distribution, distribution_rows
from dashboard.figures.labels import (
    by_label,
    category,
    columns_of,
    decimals_of,
    label_of,
    part,
    trend,
)
from dashboard.figures.statistics import STATISTICS, exactness
from dashboard.figures.traces import or_nothing
from store.schema import ColumnProfile, Profile, Section


class Shown(NamedTuple):
    """A chart, the same as a table (None where there is no such column), and how to read it."""

    figure: Chart
    table: html.Div | None
    caption: str


def shown(profile: Profile, column: str, groups: Sequence[str], measure: str) -> Shown:
    """The values of a column in each of these groups.

    Args:
        profile: What the Spark job found.
        column: Any of its columns; of one that it does not have the caption says so.
        groups: The values of the groups.
        measure: Of a date column, the number whose mean is drawn too, or "".
    """
    match columns_of(profile).get(column):
        case "number":
            return _number(profile, column, groups)
        case "category":
            return _category(profile, column, groups)
        case "date":
            return _trend(profile, column, groups, measure)
    said = f"There is no column “{column}”. Choose one from the list."
    return Shown(or_nothing(Chart()), None, said)


def figure_of_bar(
    profile: Profile, group: Section, column: str, bar: Mapping[str, Any] | None
) -> str:
    """What the figure is that was clicked, else that all figures of the column are meant."""
    kind, label = columns_of(profile)[column], label_of(profile, column)
    if bar is None:
        return f"every figure of {label}"
    place = int(bar["place"])
    if kind == "number" and (histogram := group.column(column).histogram):
        edges, counts = bins_of(histogram, together=bins_together(profile))
        place = min(place, len(counts) - 1)
        span = f"{edges[place]:,.6g} to {edges[place + 1]:,.6g}"
        return f"{counts[place]:,} of {group.column(column).count:,} values of {label} from {span}"
    if kind == "category":
        rows = categorical.bars(profile, group, column)
        if place < len(rows):
            name, count = rows[place]
            return f"{label} is {name}: {'not told apart' if count is None else f'{count:,}'} rows"
    if kind == "date" and (found := trend(group, column)):
        counts_by = dict(zip(found.starts, found.counts, strict=True))
        start = str(bar["x"])[:10]
        return f"{counts_by.get(start, 0):,} rows in the {found.step} that begins {start}"
    return f"every figure of {label}"


def matching(profile: Profile, section: Section, wanted: str) -> list[ColumnProfile]:
    """The columns whose name or label has these words in it."""
    words = wanted.casefold().strip()
    if not words:
        return list(section.columns)
    labels = {f.column: f.title for f in profile.descriptor.features}
    return [
        column
        for column in section.columns
        if words in column.name.casefold() or words in labels.get(column.name, "").casefold()
    ]


def _number(profile: Profile, column: str, groups: Sequence[str]) -> Shown:
    found = [part(profile, value).column(column) for value in groups]
    exact = exactness([*found, profile.overall.column(column)])
    rows = table(
        [by_label(profile), *STATISTICS],
        distribution_rows(profile, column, groups),
        caption=f"{label_of(profile, column)} by group",
        decimals=decimals_of(profile, column) + 1,
        name=f"{profile.name}-{column}",
    )
    caption = f"Share of the values, bin by bin; every group has the same bins. {exact}."
    return Shown(distribution(profile, column, groups), rows, caption)


def _category(profile: Profile, column: str, groups: Sequence[str]) -> Shown:
    found = category(profile.overall, column)
    assert found is not None
    rows = table(
        categorical.category_heads(profile, column, groups),
        categorical.category_rows(profile, column, groups),
        caption=f"Rows by {label_of(profile, column)} and group",
        name=f"{profile.name}-{column}",
    )
    caption = f"Share of each group's rows. {categorical.category_exactness(found)}."
    return Shown(categorical.categories(profile, column, groups), rows, caption)


def _trend(profile: Profile, column: str, groups: Sequence[str], measure: str) -> Shown:
    found = trend(profile.overall, column)
    assert found is not None
    asked = measure if measure in found.means else None
    rows = table(
        dated.trend_heads(profile, column, groups, asked),
        dated.trend_rows(profile, column, groups, asked),
        caption=f"Rows by {found.step} and group",
        decimals=decimals_of(profile, asked) + 1 if asked else 2,
        name=f"{profile.name}-{column}",
    )
    span = f", from {found.minimum} to {found.maximum}" if found.minimum else ""
    caption = (
        f"Rows by {found.step}{span}; {found.missing:,} without a date. "
        f"A line breaks where a {found.step} has no rows."
    )
    return Shown(dated.trends(profile, column, groups, asked), rows, caption)
