"""The classes that were answered beside those of the training rows."""

from collections.abc import Mapping

from dash import html

from dashboard.components.tables import Cell, table
from dashboard.monitoring.traffic import Traffic

CAPTION = "Share of the answers with each class, and of the rows that the model was trained on."


def class_mix(found: Traffic, trained: Mapping[str, float]) -> html.Div:
    """Two bars a class.

    Args:
        found: What was answered.
        trained: The share of each class among the training rows, by label; empty where unknown.
    """
    shares = _shares(found)
    widest = max([*shares.values(), *trained.values()], default=0) or 1.0
    groups = [
        html.Div(
            [
                html.Div(label, className=f"mix-label marked class-{position}"),
                _bar("answered", share, widest, position),
                _bar("trained on", trained.get(label), widest, position),
            ],
            className="mix-class",
        )
        for position, (label, share) in enumerate(shares.items())
    ]
    return html.Div(groups, className="mix")


def mix_table(found: Traffic, trained: Mapping[str, float], name: str) -> html.Div:
    """The same as a table; ``name`` is that of the model."""
    shares = _shares(found)
    rows: list[list[Cell]] = [
        [one.label, one.total, 100 * shares[one.label], _percent(trained.get(one.label))]
        for one in found.answers
    ]
    return table(
        ["Class", "Answers", "Share of answers (%)", "Share of training rows (%)"],
        rows,
        caption="Classes answered and trained on",
        decimals=1,
        name=f"{name}-classes-answered",
    )


def _shares(found: Traffic) -> dict[str, float]:
    """The share of each class among the answers, by label."""
    return {one.label: one.total / max(found.total, 1) for one in found.answers}


def _bar(what: str, share: float | None, widest: float, position: int) -> html.Div:
    scale = 0 if share is None else share / widest
    fill = html.Span(className="bar-fill", style={"transform": f"scaleX({scale:.4f})"})
    return html.Div(
        [
            html.Span(what, className="bar-label"),
            html.Span(fill, className="bar-track"),
            html.Span("–" if share is None else f"{100 * share:.1f} %", className="bar-value"),
        ],
        className=f"bar-row mix-{what.partition(' ')[0]} class-{position}",
    )


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share
