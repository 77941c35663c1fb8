"""Boxes that say something about an answer or a page, and bars of shares."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.page import Children


def notice(strong: str, text: str, *, kind: str = "caution") -> html.Div:
    """A calm box in the page; ``kind`` is ok, caution or bad."""
    return html.Div([html.Strong(strong), " ", text], className=f"notice notice-{kind}")


def shown_alone(what: str) -> html.Div:
    """Above what a visitor brought, such as their log: nobody else sees it."""
    return notice(
        f"Your {what}, shown to you alone.",
        "It was read from the file you chose and is kept nowhere; reload the page to leave it.",
        kind="ok",
    )


def share_bars(rows: Sequence[tuple[str, float, str]]) -> html.Div:
    """Horizontal bars: label, share of the widest (0 to 1), and the value as text."""
    return html.Div([_share_bar(*row) for row in rows], className="bars")


def _share_bar(label: str, share: float, text: Children) -> html.Div:
    fill = html.Span(className="bar-fill", style={"transform": f"scaleX({max(share, 0):.4f})"})
    parts: list[Any] = [
        html.Span(label, className="bar-label"),
        html.Span(fill, className="bar-track"),
        html.Span(text, className="bar-value"),
    ]
    return html.Div(parts, className="bar-row")
