"""What Monitor shows where there was no traffic, or nothing is known of it."""

from datetime import datetime
from typing import Any

from dash import html

from dashboard.components.answer import notice
from dashboard.components.asking import code
from dashboard.components.monitor.sources import ORIGINS
from dashboard.components.page import attributes, card, command, empty
from store.prediction_log.entry import Source

BARS = (18, 30, 24, 44, 38, 62, 52, 78, 66, 88, 72, 96)  # an outline of what will be here, percent


def no_traffic(
    request: str,
    *,
    source: Source | None,
    last: datetime | None,
    link: str,
    failed: str | None,
) -> html.Section:
    """The page before its first prediction, or with none in the window.

    Args:
        request: The command that makes a prediction.
        source: The one that is chosen; None shows all.
        last: When the last prediction was, None where there never was one.
        link: Of Monitor with a window that holds it.
        failed: How many requests failed in the window; None where none did.
    """
    return _outlined(
        "No traffic yet" if last is None else "No traffic in this window",
        [
            html.P(_words(last, link, source), className="no-traffic-lead"),
            html.P(f"{failed}.", className="calm") if failed else None,
            code(request, "A request for a prediction, with curl") if source is None else None,
            html.P(
                [
                    html.Span(className="pulse", **attributes(aria_hidden="true")),
                    html.Span(
                        [
                            "This page is watching: what is asked appears by itself. Without a "
                            "terminal, move a slider on ",
                            html.A("Predict", href="/predict"),
                            ".",
                        ]
                    ),
                ],
                className="no-traffic-watch",
            ),
        ],
    )


def not_kept(*, off: bool, why: str | None) -> dict[str, Any]:
    """What fills the slots where predictions are not kept, or there is no model to ask."""
    if off:
        said = _outlined(
            "Nothing is kept here",
            [
                html.P(
                    [
                        "This server runs with ",
                        html.Code("LOG_PREDICTIONS=off"),
                        ": it answers, and keeps nothing. No database is opened, and no answer "
                        "has an id or a receipt.",
                    ],
                    className="no-traffic-lead",
                ),
                html.P("Without that setting, what is asked appears here.", className="calm"),
            ],
        )
    else:
        run = command("python -m pipeline run")
        said = card("No model", empty("There is no model to ask.", run, why=why))
    return {"nothing": said, "is_empty": True}


def unreadable(reason: str, *, is_first: bool) -> dict[str, Any]:
    """What fills them while the log cannot be read; what was shown before stays."""
    if not is_first:
        what = "What you see is from before; this page tries again by itself."
        return {"said": notice("The prediction log cannot be read.", what)}
    how = html.P("Predictions are answered all the same. This page tries again by itself.")
    said = card("No figures", empty("The prediction log cannot be read.", how, why=reason))
    return {"nothing": said, "is_empty": True}


def _outlined(title: str, children: list[Any]) -> html.Section:
    """A card with the outline of bars that are not there."""
    bars = [html.Span(style={"height": f"{height}%"}) for height in BARS]
    outline = html.Div(bars, className="outline", **attributes(aria_hidden="true"))
    return html.Section([outline, html.H2(title), *children], className="card-box no-traffic")


def _words(last: datetime | None, link: str, source: Source | None) -> list[str | html.A]:
    origin = f" {ORIGINS[source]}" if source else ""
    others = "Choose “All sources” to see the others." if source else ""
    if last is None:
        then = others or "Make the first prediction:"
        return [f"Nobody has asked this model{origin} since its log was begun. {then}"]
    return [
        f"The last prediction{origin} was on ",
        html.A(f"{last:%d %B %Y}", href=link),
        f". {others or 'Make the next one:'}",
    ]
