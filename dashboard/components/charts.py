"""A chart in its card: caption, the same as a table, CSV."""

from typing import Any

from dash import dcc, html

from dashboard.components.page import attributes, card
from dashboard.components.tables import csv_button

CONFIG: Any = {"displayModeBar": False, "responsive": True}


def chart_card(
    title: str,
    *,
    chart: str,
    table: str,
    caption: str,
    height: int,
    note: str = "",
    label: str = "",
) -> html.Section:
    """A card with a chart that callbacks fill.

    Args:
        title: What one sees.
        chart: Id of the ``dcc.Graph``.
        table: Id of the element that holds the same numbers as a table.
        caption: How to read it.
        height: Of the chart, in pixels, kept while it loads.
        note: Right of the title.
        label: What the chart shows, for who does not see it.
    """
    return card(
        title,
        [
            html.Div(
                dcc.Graph(id=chart, config=CONFIG, style={"height": f"{height}px"}),
                className="chart",
                role="img",
                style={"minHeight": f"{height}px"},
                **attributes(aria_label=label or title),
            ),
            html.Details(
                [
                    html.Summary("Show as table"),
                    html.Div(id=table),
                    csv_button(),
                ],
                className="as-table",
            ),
        ],
        caption=caption,
        note=note,
    )
