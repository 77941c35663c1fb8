"""One input of a model: a slider and a number field that always agree.

``assets/predict.js`` keeps the two in step and tells the page.
"""

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import html

from dashboard.components.page import attributes


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

    @property
    def id(self) -> str:
        """The name as a part of an element id: Dash allows neither dots nor braces there."""
        return "".join(c if c.isalnum() or c in "-_" else "_" for c in self.name)

    def share(self, value: float) -> str:
        """How far along the track a value lies, in percent."""
        return f"{100 * (value - self.low) / (self.high - self.low):.2f}%"


def feature_input(slider: Slider) -> html.Div:
    """The label, the number field, the slider under its densities, and the range seen."""
    number, track = f"number-{slider.id}", f"slider-{slider.id}"
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
