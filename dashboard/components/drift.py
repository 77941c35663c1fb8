"""How far the columns of two tables have moved apart."""

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.components.charts import CONFIG, as_table
from dashboard.components.page import attributes, card
from dashboard.components.tables import Cell, table
from dashboard.drift.profiles import LARGE, SOME
from dashboard.figures.chart import Chart

MAX_LISTED = 200  # columns in the table
ROW_HEIGHT = 34
METHOD = (
    "PSI is the sum of (a − e) ln(a / e) over bins, e and a being the shares of the first and of "
    "the second table, Laplace-smoothed. A number has at most ten bins, cut at the edges of the "
    "first table's histogram nearest to its deciles; a category has its most frequent values and "
    "all others. Of two samples without drift PSI / (1/n + 1/m) is about chi-squared with bins − 1 "
    "degrees of freedom (Yurdakul and Naranjo 2020): the mark is its 95th percentile. The "
    "Kolmogorov-Smirnov distance in the table is an interval, since histograms tell it no better."
)


def drift_card(
    names: tuple[str, str],
    words: tuple[str, str],
    rows_of: tuple[int, int],
    figure: Chart,
    ranking: dict[str, Any],
    overlay: html.Div,
    *,
    heads: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    drawn: int,
    total: int,
) -> html.Section:
    """A card with the columns ranked, and one of them of both tables beside it.

    Args:
        names: Of the two tables, the reference first.
        words: What they are called in a sentence.
        rows_of: How many rows they have.
        figure: The ranking.
        ranking: The id of its ``dcc.Graph``.
        overlay: What shows one column of both.
        heads, rows: The same as the ranking, as a table, for at most ``MAX_LISTED`` columns.
        drawn: How many columns the ranking has.
        total: How many columns both tables have.
    """
    before, after = words
    title = f"Drift from {before} to {after}"
    if not total:
        return card(title, [html.P(f"No column is in common to {before} and {after}."), overlay])
    height = f"{max(260, 110 + ROW_HEIGHT * drawn)}px"
    chart = html.Div(
        dcc.Graph(id=ranking, figure=figure, config=CONFIG, style={"height": height}),
        className="chart",
        role="img",
        style={"minHeight": height},
        **attributes(aria_label=f"How far each column drifted from {before} to {after}"),
    )
    listed = table(heads, rows, caption=title, decimals=4, name=f"drift-{'-'.join(names)}")
    method = html.Details(
        [html.Summary("How this is worked out"), html.P(METHOD, className="card-caption")],
        className="as-table",
    )
    return card(
        title,
        [
            html.Div([chart, overlay], className="two-columns"),
            as_table(listed),
            method,
        ],
        caption=f"{rows_of[0]:,} rows against {rows_of[1]:,}. {_caption(drawn, total)}",
    )


def overlay_chart(figure: Chart, label: str) -> list[Any]:
    """One column of both tables, under its heading."""
    return [
        html.H3(label),
        html.Div(
            dcc.Graph(figure=figure, config=CONFIG, style={"height": "360px"}),
            className="chart",
            role="img",
            style={"minHeight": "360px"},
            **attributes(aria_label=label),
        ),
    ]


def _caption(drawn: int, total: int) -> str:
    some = f"The {drawn} of {total:,} columns that moved most" if drawn < total else ""
    if total > MAX_LISTED:
        some += f", the table has {MAX_LISTED}"
    some += ". " * bool(some)
    return (
        f"{some}The population stability index of each column, over all rows; {SOME:g} and "
        f"{LARGE:g} are the usual thresholds (Siddiqi 2006). A bar that ends left of its mark is "
        "what sampling alone does. Click a bar to see the column."
    )
