"""One input of a model: a slider and a number field that always agree, or a choice of texts.

``assets/predict.js`` keeps the two in step and tells the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html

from dashboard.components.page import attributes

MOST_BARS = 24


@dataclass(frozen=True)
class Slider:
    """What one slider shows.

    ``low`` and ``high`` are its ends; ``minimum`` and ``maximum`` are what the training rows
    span, as numbers and as texts; ``density`` is the address of the picture above the track.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    minimum: float
    maximum: float
    range_text: tuple[str, str]
    value: float
    value_text: str
    density: str

    def share(self, value: float) -> str:
        """How far along the track a value lies, in percent."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"


def feature_input(slider: Slider) -> html.Div:
    """The label, the number field, the slider under its densities, and the range seen."""
    number, track = f"number-{_id(slider.name)}", f"slider-{_id(slider.name)}"
    return html.Div(
        [
            html.Label([slider.label, " ", html.Small(slider.unit)], htmlFor=number),
            html.Label(f"{slider.label}, slider", htmlFor=track, className="visually-hidden"),
            dbc.Input(id=number, type="number", step="any", value=slider.value_text),
            html.Div(
                dbc.Input(
                    id=track,
                    type="range",
                    min=slider.low,
                    max=slider.high,
                    step=slider.step,
                    value=slider.value,
                ),
                className="feature-track",
            ),
            html.Div(
                [
                    html.Span(slider.range_text[0]),
                    html.Span(className="feature-warning"),
                    html.Span(slider.range_text[1]),
                ],
                className="feature-scale",
            ),
        ],
        className="feature",
        style={
            "--from": slider.share(slider.minimum),
            "--to": slider.share(slider.maximum),
            "--density": f'url("{slider.density}")',
        },
        **attributes(
            data_feature=slider.name,
            data_minimum=repr(slider.minimum),
            data_maximum=repr(slider.maximum),
        ),
    )


def choice_input(
    name: str, label: str, texts: Sequence[str], chosen: str, *, shares: Sequence[float | None]
) -> html.Div:
    """The label, a list to choose from, and how often each text is in the table.

    Args:
        name: Of the feature.
        label: What people call it.
        texts: What one may choose.
        chosen: What is chosen at first.
        shares: The share of the rows that have each text, None where that is not known.
    """
    field = f"choice-{_id(name)}"
    widest = max((share for share in shares if share), default=1.0)
    bars = [
        html.Span(
            className="chosen" if text == chosen else None,
            style={"--height": f"{(share or 0) / widest:.3f}"},
            title=f"{text}: {100 * share:.0f} %" if share is not None else text,
        )
        for text, share in list(zip(texts, shares, strict=True))[:MOST_BARS]
    ]
    options = [{"label": text, "value": text} for text in texts]
    return html.Div(
        [
            html.Label(label, htmlFor=field),
            html.Div(bars, className="choice-bars", **attributes(aria_hidden="true")),
            dbc.Select(id=field, options=options, value=chosen),
            html.Div(_spread(texts, shares), className="choice-note"),
        ],
        className="feature feature-choice",
        **attributes(data_feature=name),
    )


def _spread(texts: Sequence[str], shares: Sequence[float | None]) -> str:
    """How many texts there are, and how often the first one is."""
    count = f"{len(texts)} choices" if len(texts) > 1 else "no other"
    return count if shares[0] is None else f"{count}; {texts[0]} in {100 * shares[0]:.0f} % of rows"


def _id(name: str) -> str:
    """A name as a part of an element id: Dash allows neither dots nor braces there."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
