"""A chart in its card: caption, the same as a table, CSV."""

from typing import Any

from dash import dcc, html

from dashboard.components.page import Children, attributes, card
from dashboard.components.tables import csv_button
from dashboard.figures.chart import Chart
from dashboard.theme import Mode, template

CONFIG: Any = {"displayModeBar": False, "responsive": True}


def chart_card(
    title: str,
    *,
    chart: str,
    table: str,
    caption: Children,
    height: int,
    note: str = "",
    label: str = "",
    above: Children = None,
    below: Children = None,
    hidden: bool = False,
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
        above: A control between the caption and the chart.
        below: What follows the chart, before its table.
        hidden: Whether the card is not shown.
    """
    graph = dcc.Graph(id=chart, config=CONFIG, style={"height": f"{height}px"})
    drawn = described(graph, height, label or title)
    shown = [above, drawn, below, as_table(html.Div(id=table))]
    return card(title, shown, caption=caption, note=note, hidden=hidden)


def drawn_card(
    title: str,
    figure: Chart,
    table: html.Div,
    *,
    caption: Children,
    height: int,
    note: str = "",
    after: Children = None,
) -> html.Section:
    """A card with a chart that is drawn already; ``table`` says the same, ``after`` ends it."""
    graph = dcc.Graph(figure=figure, config=CONFIG, style={"height": f"{height}px"})
    shown = [described(graph, height, title), after, as_table(table)]
    return card(title, shown, caption=caption, note=note)


def as_table(table: html.Div) -> html.Details:
    """The same numbers as a table, folded away, with its CSV."""
    return html.Details([html.Summary("Show as table"), table, csv_button()], className="as-table")


def described(graph: dcc.Graph, height: int, label: str) -> html.Div:
    """A chart of so many pixels, kept while it loads; ``label`` says what it shows."""
    return html.Div(
        graph,
        className="chart",
        role="img",
        style={"minHeight": f"{height}px"},
        **attributes(aria_label=label),
    )


def styled(figure: Chart, mode: Mode) -> Chart:
    """The figure in a mode."""
    figure.layout["template"] = template(mode)
    return figure
