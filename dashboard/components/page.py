"""What every page is made of: its heading, its cards, its states."""

from typing import Any

from dash import html
from dash.development.base_component import Component

Children = Component | str | list[Any] | None


def attributes(**values: str) -> dict[str, Any]:
    """HTML attributes with a dash in their names: ``attributes(aria_label="Pages")``."""
    return {name.replace("_", "-"): value for name, value in values.items()}


def page(heading: str, lead: str, children: list[Any], *, name: str) -> html.Main:
    """A page's ``main``: one h1, one sentence, then what it shows."""
    intro = html.Div(
        [html.H1(heading), html.P(lead, className="lead")],
        className="page-intro",
    )
    return html.Main([intro, *children], id="main", className=f"page page-{name}")


def card(
    title: str,
    children: Children,
    *,
    note: str = "",
    caption: Children = None,
    name: str = "",
    hidden: bool = False,
) -> html.Section:
    """A titled card; ``note`` stands right of the title, ``caption`` below it."""
    heading = html.Div(
        [html.H2(title), html.Span(note, className="card-note") if note else None],
        className="card-heading",
    )
    # A component without children is false, and may be filled later.
    has_caption = isinstance(caption, Component) or bool(caption)
    intro = html.P(caption, className="card-caption") if has_caption else None
    return html.Section(
        [heading, intro, html.Div(children)], className=f"card-box {name}".strip(), hidden=hidden
    )


def figure_of(label: str, value: str, detail: str) -> html.Div:
    """One figure of a page: what it is, the number, and where it came from."""
    return html.Div(
        [
            html.Div(label, className="figure-label"),
            html.Div(value, className="figure-value"),
            html.Div(detail, className="figure-detail"),
        ],
        className="figure-box",
    )


def empty(what: str, how: Children, *, why: str | None = None) -> html.Div:
    """An empty state: what is missing, why if known, and what fills it."""
    return html.Div(
        [
            html.P(what, className="empty-what"),
            html.P(why, className="empty-why") if why else None,
            html.Div(how, className="empty-how"),
        ],
        className="empty-state",
    )


def command(text: str) -> html.Pre:
    """A command to copy into a terminal."""
    return html.Pre(html.Code(text), className="command", tabIndex="0")


def facts(pairs: list[tuple[str, Children]]) -> html.Dl:
    """Names and values, two columns."""
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in pairs], className="facts"
    )
