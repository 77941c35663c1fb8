"""What a figure rests on: where it came from, and how it compares with the rows."""

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.components.answer import notice
from dashboard.components.page import Children, attributes, command, facts
from dashboard.components.tables import csv_button, table
from store.evidence import Check

HEADS = ("Figure", "In the profile", "Recomputed", "Agrees", "Difference", "Has to be within")
MAX_CHECKS = 60  # rows that are shown; further ones are counted


def panel(
    title: str, pairs: list[tuple[str, Children]], action: Sequence[Any], *, close: html.Button
) -> html.Section:
    """A card with the facts behind a figure, and what can be done about it."""
    return html.Section(
        [
            html.Div([html.H2(title), close], className="card-heading"),
            facts(pairs),
            html.Div(list(action), className="evidence-action"),
        ],
        className="card-box evidence",
        **attributes(aria_label="Evidence"),
    )


def unreachable(why: str, verb: str) -> list[Any]:
    """Why the rows are not looked at here, and the command that does it."""
    return [
        html.P([html.B("Not recomputed here. "), why, " Where the rows are, run:"]),
        command(verb),
    ]


def verdict(
    checks: Sequence[Check], *, decimals: int, caption: str, name: str, seconds: float
) -> html.Div:
    """Every figure beside the same from the rows, and one sentence about all of them."""
    wrong = [check for check in checks if not check.agrees]
    took = f"recomputed in {1000 * seconds:,.0f} ms with plain Python"
    if wrong:
        names = ", ".join(check.name for check in wrong[:5])
        said = notice(f"{len(wrong)} of {len(checks)} figures differ:", f"{names}.", kind="bad")
    else:
        said = notice(f"All {len(checks)} figures agree,", f"{took}.", kind="ok")
    shown = [*wrong, *(check for check in checks if check.agrees)] if wrong else list(checks)
    rows = [
        [c.name, c.stored, c.recomputed, "yes" if c.agrees else "no", _difference(c), c.within]
        for c in shown[:MAX_CHECKS]
    ]
    more = len(shown) - len(rows)
    return html.Div(
        [
            said,
            table(HEADS, rows, caption=caption, decimals=decimals, name=name),
            html.P(f"And {more:,} more, alike.", className="card-caption") if more else None,
            csv_button(),
        ]
    )


def _difference(check: Check) -> str:
    found = check.difference
    if found is None:
        return "–"
    return "0" if not found else f"{found:.1e}".replace("-", "−")
