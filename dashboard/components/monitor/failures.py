"""Requests that were not answered as asked."""

from dash import html

from dashboard.components.answer import share_bars
from dashboard.components.page import Children
from dashboard.components.tables import Cell, table
from dashboard.monitoring.traffic import Traffic

CAPTION = (
    "Requests for a prediction that were refused or failed, of every model and source, by kind. "
    "The API's page says what each means."
)


def failures(found: Traffic) -> Children:
    """A bar a kind, the most frequent first."""
    counts = _counts(found)
    if not counts:
        return html.P("No request failed in this window.", className="calm")
    widest = max(counts.values())
    return share_bars([(kind.capitalize(), n / widest, f"{n:,}") for kind, n in counts.items()])


def failures_table(found: Traffic) -> html.Div:
    """The same as a table."""
    asked = found.total + found.failed
    rows: list[list[Cell]] = [[kind, n, 100 * n / asked] for kind, n in _counts(found).items()]
    heads = ["Kind", "Requests", "Share (%)"]
    return table(heads, rows, caption="Errors by kind", decimals=2, name="errors")


def _counts(found: Traffic) -> dict[str, int]:
    return {kind: sum(steps) for kind, steps in found.errors.items()}
