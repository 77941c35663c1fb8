"""The place of the what-if application in a page; the scripts in ``assets/what_if`` draw it."""

from collections.abc import Mapping

from dash import html

from dashboard.components.page import attributes


def application(name: str, start: Mapping[str, str]) -> html.Div:
    """Where the application is drawn, and what stands there until it is.

    Args:
        name: The id of the place. It has no children of its own: React leaves alone what others
            draw into such an element.
        start: Its ``data-`` attributes.
    """
    told = attributes(**{f"data_{key}": value for key, value in start.items()})
    return html.Div([html.Div(id=name, className="what-if", **told), skeleton()])


def opening() -> html.Section:
    """What is said while the model is being opened."""
    return html.Section(
        [
            html.P("Opening the model", className="answer-name answer-none"),
            html.P(
                "It is being fetched and checked; this takes a few seconds once.", role="status"
            ),
            html.Div(className="skeleton-lines"),
        ],
        className="card-box",
    )


def skeleton() -> html.Div:
    """Boxes of about the size of the application."""
    boxes = [html.Div(html.Div(), className="skeleton-cards") for _ in range(2)]
    return html.Div(boxes, className="what-if-skeleton", **attributes(aria_hidden="true"))
