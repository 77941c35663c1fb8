"""The cards that show a profile: distribution, group means, correlation and statistics."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.columns import matching
from dashboard.components.charts import chart_card
from dashboard.components.page import card
from dashboard.components.pickers import search, select
from dashboard.components.tables import table
from dashboard.figures.correlation import MAX_CORRELATIONS, correlation_rows, most_correlated
from dashboard.figures.labels import decimals_of, label_of, parts, trend
from dashboard.figures.means import MAX_MEANS, group_means_rows
from dashboard.figures.statistics import STATISTICS, exactness, statistics_rows
from dashboard.view import View
from store.schema import Group, Profile

DISTRIBUTION, DISTRIBUTION_TABLE = "explore-distribution", "explore-distribution-table"
CAPTION = "explore-distribution-caption"
MEASURE, MEASURE_PICKER = "explore-measure", "explore-measure-picker"
SUBJECT, BAR, OPEN = "explore-subject", "explore-bar", "explore-open"
MEANS, MEANS_TABLE = "explore-means", "explore-means-table"
CORRELATION, CORRELATION_TABLE = "explore-correlation", "explore-correlation-table"
FOUND, SEARCH, SAVE, SAVED = (f"explore-{n}" for n in ("statistics", "search", "save", "csv"))
CHART_HEIGHT, ROW_HEIGHT = 400, 34
PAGE_ROWS = 50  # of the statistics; further ones are found by searching


def distribution_card(found: View) -> html.Section:
    """A column's values by group, and the way to the evidence of a bar."""
    shown = found.profile
    measured = trend(shown.overall, next((t.name for t in shown.overall.trends), ""))
    measures = [(name, label_of(shown, name)) for name in (measured.means if measured else {})]
    subjects = [(group.value, group.label) for group in parts(shown)]
    return chart_card(
        "Distribution",
        chart=DISTRIBUTION,
        table=DISTRIBUTION_TABLE,
        caption=html.Span(id=CAPTION),
        height=_height(shown),
        note=f"{shown.rows:,} {shown.descriptor.rows}",
        above=html.Div(
            select(MEASURE, "Mean of", measures, measures[0][0] if measures else ""),
            id=MEASURE_PICKER,
            hidden=True,
            className="chart-picker",
        ),
        below=html.Div(
            [
                select(SUBJECT, "A bar's evidence", subjects, subjects[0][0]),
                html.Button("Show the evidence", id=OPEN, type="button", className="pill"),
                dcc.Store(id=BAR),
            ],
            className="evidence-picker",
        ),
    )


def means_card(profile: Profile) -> html.Section:
    """The means of the groups; hidden where rows are not grouped."""
    varied = sum(1 for column in profile.overall.columns if column.sd)
    limited = (
        f" The {MAX_MEANS} of {varied:,} columns whose groups differ most: by eta squared, "
        "the share of the variance that lies between the groups."
    )
    return chart_card(
        "Group means",
        chart=MEANS,
        table=MEANS_TABLE,
        caption="How far each group's mean lies from the overall mean; bars span one standard "
        "deviation of the group each way." + limited * (varied > MAX_MEANS),
        height=_height(profile) + 60,
        hidden=not profile.groups,
    )


def means_table(profile: Profile, groups: Sequence[str]) -> html.Div:
    """What the chart of the means draws."""
    labels = [g.label for g in parts(profile) if g.value in groups and profile.groups]
    return table(
        ["Column", *(f"{label} {what}" for label in labels for what in ("mean", "sd"))],
        group_means_rows(profile, groups),
        caption="Mean and standard deviation of each column by group",
        decimals=3,
        name=f"{profile.name}-group-means",
    )


def correlation_card(profile: Profile) -> html.Section:
    """Pearson's r of every two columns."""
    total = len(profile.overall.correlation)
    limited = f" The {MAX_CORRELATIONS} of {total:,} columns with the strongest correlations."
    return chart_card(
        "Correlation",
        chart=CORRELATION,
        table=CORRELATION_TABLE,
        caption="Pearson's r: +1 where two columns rise together, −1 where one falls as the other "
        "rises, 0 where they share no line." + limited * (total > MAX_CORRELATIONS),
        height=max(CHART_HEIGHT, 150 + 30 * min(total, MAX_CORRELATIONS)),
    )


def correlation_table(profile: Profile, section: Group) -> html.Div:
    """What the heat map draws."""
    columns = [section.columns[i].name for i in most_correlated(section)]
    return table(
        ["Column", *(label_of(profile, column, unit=False) for column in columns)],
        correlation_rows(profile, section),
        caption=f"Correlation, {section.label}",
        name=f"{profile.name}-correlation-{section.label}",
    )


def statistics_card(profile: Profile) -> html.Section:
    """Every numeric column; where there are many, those that are searched for."""
    columns = profile.overall.columns
    sections = (profile.overall, *profile.groups)
    exact = exactness([column for section in sections for column in section.columns])
    is_wide = len(columns) > PAGE_ROWS
    field = html.Div(
        [
            html.Label("Find columns", htmlFor=SEARCH),
            search(SEARCH, hint="part of a name"),
        ],
        className="picker chart-picker",
        hidden=not is_wide,
    )
    return card(
        "Statistics",
        [
            field,
            html.Div(id=FOUND),
            html.Button("Download CSV", id=SAVE, type="button", className="quiet-button"),
            dcc.Download(id=SAVED),
        ],
        caption=f"Every numeric column, over the rows chosen above. {exact}.",
    )


def statistics_table(profile: Profile, section: Group, wanted: str) -> Any:
    """The columns whose names have the words that are wanted, and how many are left out."""
    found = matching(profile, section, wanted)
    columns = found[:PAGE_ROWS]
    described = table(
        ["Column", *STATISTICS],
        statistics_rows(profile, section, columns),
        caption=f"Statistics, {section.label}",
        decimals=[decimals_of(profile, column.name) + 1 for column in columns],
    )
    if len(columns) == len(section.columns):
        return described
    said = f"{len(columns):,} of {len(found):,} columns found, of {len(section.columns):,} in all."
    return [described, html.P(said, className="card-caption", role="status")]


def statistics_file(profile: Profile, section: Group) -> dict[str, Any]:
    """All columns as a CSV file to download, however many of them are shown."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["Column", *STATISTICS])
    writer.writerows(statistics_rows(profile, section))
    return {
        "content": lines.getvalue(),
        "filename": f"{profile.name}-statistics-{section.label}.csv",
        "type": "text/csv",
    }


def _height(profile: Profile) -> int:
    """Room for a row a column, so that charts beside each other end together."""
    columns = min(len(profile.overall.columns), MAX_MEANS)
    return max(CHART_HEIGHT, 70 + ROW_HEIGHT * columns)
