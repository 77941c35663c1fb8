"""Predict: what does the model say about these values?"""

from typing import Any

import dash
from dash import Input, Output, callback, dcc, html

from dashboard.components.page import card, command, empty, page
from dashboard.components.what_if import application, opening
from dashboard.services import services
from dashboard.what_if.routes import start

HEADING = "What does the model say?"
LEAD = "Move any measurement. The model answers as you drag."

dash.register_page(
    __name__,
    path="/predict",
    name="Predict",
    title="Predict - Cellar Lab",
    description="Move the features and see what the model answers.",
    order=2,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
    starts_early=True,
)

PLACE = "what-if"
OPENING, WAITING = "predict-opening", "predict-waiting"
VALUES = "predict-values"


def layout(**_query: str) -> html.Main:
    door = services()
    model = door.model()
    if model is not None:
        body: list[Any] = [application(PLACE, start(model, door.live()))]
    elif door.card() is not None:
        body = [html.Div(opening(), id=OPENING), dcc.Store(id=WAITING, data=True)]
    else:
        body = [_no_model()]
    return page(HEADING, LEAD, [*body, dcc.Store(id=VALUES)], name="predict")


@callback(Output(OPENING, "children"), Input(WAITING, "data"))
def open_model(_waiting: bool) -> Any:
    """The application once the model is open, or why there is none."""
    door = services()
    model = door.model(wait=True)
    return _no_model() if model is None else application(PLACE, start(model, door.live()))


def _no_model() -> html.Section:
    door = services()
    why = door.problem(f"model {door.default()}")
    return card(
        "No model",
        empty("There is no model to ask.", command("python -m pipeline run"), why=why),
    )
