"""The page for an address that leads nowhere."""

import dash
from dash import html

from dashboard.components.page import page

HEADING = "There is no such page"
LEAD = "The address may be old, or mistyped."

dash.register_page(
    __name__,
    path="/not-found",
    name="Not found",
    title="Not found - Cellar Lab",
    description=LEAD,
    heading=HEADING,
    lead=LEAD,
)


def layout(**_query: str) -> html.Main:
    return page(HEADING, LEAD, [html.P(html.A("Go home", href="/"))], name="not-found")
