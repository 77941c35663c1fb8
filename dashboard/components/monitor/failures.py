"""Requests that were not answered as asked."""

from dash import html

from dashboard.components.answer import share_bars
from dashboard.components.page import Children
from dashboard.components.tables import Cell, table
from dashboard.monitoring.traffic import Traffic

CAPTION = (
    "Requests for a prediction that were refused or failed, by kind. The API's page says what each "
    "means."
)
OF_ALL = "of every model and source"
WHY_ALL = f"These are {OF_ALL}, whatever is chosen above: what is refused is of none yet."


def failures(found: Traffic, *, is_part: bool) -> Children:
    """A bar a kind, the most frequent first.

    Args:
        found: The traffic of the window.
        is_part: Whether its predictions are those of one model or source among others, which
            errors are not.
    """
    counts = _counts(found)
    note = html.P(WHY_ALL, className="calm wider") if is_part else None
    if not counts:
        return [note, html.P("No request failed in this window.", className="calm")]
    widest = max(counts.values())
    bars = [(kind.capitalize(), n / widest, f"{n:,}") for kind, n in counts.items()]
    return [note, share_bars(bars)]


def failures_said(found: Traffic, *, is_part: bool) -> str | None:
    """How many requests failed, in a few words; None where none did."""
    if not found.failed:
        return None
    said = f"{found.failed:,} request{'s'[: found.failed != 1]} failed"
    return f"{said}, {OF_ALL}" if is_part else said


def failures_table(found: Traffic) -> html.Div:
    """The same as a table."""
    rows: list[list[Cell]] = [
        [kind, n, 100 * n / found.failed] for kind, n in _counts(found).items()
    ]
    heads = ["Kind", "Requests", "Share of those that failed (%)"]
    return table(heads, rows, caption="Errors by kind", decimals=2, name="errors")


def _counts(found: Traffic) -> dict[str, int]:
    return {kind: sum(steps) for kind, steps in found.errors.items()}
