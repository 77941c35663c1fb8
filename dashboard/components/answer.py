"""The answer of a model: the class, how sure, what drives it, and when to doubt it."""

from collections.abc import Callable, Sequence
from typing import Any

from dash import html

from dashboard.components.page import Children, attributes

CLEAR, LIKELY = 0.85, 0.60


def percent(share: float) -> str:
    """A probability as people read it: one decimal, percent."""
    return f"{100 * share:.1f} %"


def certainty(probability: float) -> html.Span:
    """A chip that says how clear the call is."""
    if probability > CLEAR:
        return html.Span("Clear call", className="chip chip-ok")
    if probability > LIKELY:
        return html.Span("Likely", className="chip chip-caution")
    return html.Span("Borderline", className="chip chip-bad")


def headline(label: str, index: int, probability: float, *, target: str) -> html.Div:
    """The predicted class in its colour, with its chip and its probability."""
    return html.Div(
        [
            html.P(f"Predicted {target.lower()}", className="eyebrow"),
            html.Div(
                [html.Span(label, className=f"answer-name class-{index}"), certainty(probability)],
                className="answer-line",
            ),
            html.P([html.B(percent(probability)), " probability"], className="answer-probability"),
        ]
    )


def number_headline(text: str, unit: str, *, target: str, rank: str) -> html.Div:
    """The predicted number with its unit, and where it stands among the rows."""
    return html.Div(
        [
            html.P(f"Predicted {target.lower()}", className="eyebrow"),
            html.Div(
                [
                    html.Span(text, className="answer-name answer-number"),
                    html.Span(unit, className="answer-unit") if unit else None,
                ],
                className="answer-line",
            ),
            html.P(rank, className="answer-probability"),
        ]
    )


def place_among(image: str, share: float, ends: tuple[str, str], *, label: str) -> html.Div:
    """A picture of what the target was in the rows, with the prediction marked on it.

    Args:
        image: Address of the picture.
        share: How far along it the prediction lies, 0 to 1.
        ends: The numbers at its two ends.
        label: What the picture shows, for who does not see it.
    """
    return html.Div(
        [
            html.Div(
                [
                    html.Img(src=image, alt=label),
                    html.Span(className="place-mark", style={"left": f"{100 * share:.2f}%"}),
                ],
                className="place",
            ),
            html.Div([html.Span(ends[0]), html.Span(ends[1])], className="place-scale"),
        ]
    )


def probability_bars(labels: Sequence[str], probabilities: Sequence[float]) -> html.Div:
    """A bar a class, in class order; ``data-probability`` holds the exact number."""
    return html.Div(
        [
            html.Div(
                [
                    html.Span(label, className=f"bar-label marked class-{i}"),
                    html.Span(
                        html.Span(
                            className=f"bar-fill class-{i}",
                            style={"transform": f"scaleX({probability:.4f})"},
                        ),
                        className="bar-track",
                    ),
                    html.Span(
                        percent(probability),
                        className="bar-value",
                        **attributes(data_probability=repr(probability), data_class=label),
                    ),
                ],
                className="bar-row",
            )
            for i, (label, probability) in enumerate(zip(labels, probabilities, strict=True))
        ],
        className="bars",
    )


def points(change: float) -> str:
    """A change of a probability, in percentage points."""
    return f"{100 * change:+.1f} pp".replace("-", "−")


def driver_bars(
    changes: Sequence[tuple[str, float]], text: Callable[[float], str] = points
) -> html.Div:
    """Diverging bars: filled where the value speaks for the class, or for a larger number."""
    widest = max((abs(change) for _, change in changes), default=1.0)
    return html.Div(
        [
            html.Div(
                [
                    html.Span(label, className="bar-label"),
                    html.Span(
                        html.Span(
                            className=f"driver-fill {'for' if change > 0 else 'against'}",
                            style={"width": f"{50 * abs(change) / widest:.1f}%"},
                        ),
                        className="driver-track",
                    ),
                    html.Span(text(change), className="bar-value"),
                ],
                className="bar-row driver-row",
            )
            for label, change in changes
        ],
        className="bars drivers",
    )


def notice(strong: str, text: str, *, kind: str = "caution") -> html.Div:
    """A calm box in the page; ``kind`` is ok, caution or bad."""
    return html.Div([html.Strong(strong), " ", text], className=f"notice notice-{kind}")


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
