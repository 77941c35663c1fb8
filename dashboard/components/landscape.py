"""A map of rows with a star that ``assets/predict.js`` moves as the sliders move."""

import json
from collections.abc import Mapping, Sequence

from dash import html

from dashboard.components.page import attributes


def map_of_rows(
    image: str,
    place: tuple[float, float],
    origin: tuple[float, float],
    weights: Mapping[str, tuple[float, float]],
    labels: Sequence[str],
) -> html.Div:
    """A picture of rows, a star on it, and what the marks mean.

    Args:
        image: Address of the picture.
        place: The star's, in percent from the left and the top.
        origin, weights: The place is the origin plus each feature's value times its weights.
        labels: Of the groups, in the order of their colours and shapes.
    """
    left, top = place
    picture = html.Div(
        [
            html.Img(src=image, alt="Each mark is one of the sampled rows."),
            html.Span(className="map-star", style={"left": f"{left:.2f}%", "top": f"{top:.2f}%"}),
        ],
        className="map",
        **attributes(data_origin=json.dumps(origin), data_weights=json.dumps(dict(weights))),
    )
    legend = [
        html.Span(label, className=f"marked class-{index}") for index, label in enumerate(labels)
    ]
    return html.Div([picture, html.Div(legend, className="map-legend")])
