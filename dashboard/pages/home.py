"""Home: what is this, and is it alive?"""

import dash
from dash import html

from dashboard.components.page import command, empty, figure_of, page
from dashboard.services import services
from store.schema import ModelCard, Profile

HEADING = "From a table to a live model"
LEAD = (
    "A Spark job condenses the data, a scikit-learn model learns from it, and both are shown "
    "here the moment they are published."
)

dash.register_page(
    __name__,
    path="/",
    name="Home",
    title="Cellar Lab - from a table to a live model",
    description="A dashboard for the life of a small machine-learning product.",
    order=0,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

ROOMS = (
    ("/explore", "Explore", "What the Spark job found", "Distributions, group means and correlations, computed once and shown from a small file."),
    ("/predict", "Predict", "What the model says", "Move the measurements and watch the probabilities, and what drives them."),
    ("/model", "Model", "How good it is", "Held-out metrics, cross-validation, importances, and the hash of the file that serves."),
    ("/hardware", "Hardware", "What training costs", "CPU and GPU timings, compared on equal work."),
)


def layout(**_query: str) -> html.Main:
    door = services()
    profile, card = door.profile(), door.card()
    if profile is None and card is None:
        figures = empty(
            "Nothing is published yet.",
            command("python -m pipeline run"),
            why=door.problem("release"),
        )
    else:
        figures = html.Div(
            [_rows(profile), _accuracy(card), _speed(), _machines()], className="figures"
        )
    return page(HEADING, LEAD, [figures, _rooms()], name="home")


def _rows(profile: Profile | None) -> html.Div:
    if profile is None:
        return figure_of("Rows profiled", "none", "no profile in this release")
    parts = f"{len(profile.overall.columns)} columns, {len(profile.groups)} groups"
    return figure_of("Rows profiled", f"{profile.rows:,}", f"{parts}, by Spark {profile.run.engine_version}")


def _accuracy(card: ModelCard | None) -> html.Div:
    if card is None:
        return figure_of("Model accuracy", "none", "no model in this release")
    found = card.cross_validation
    interval = f"{100 * found.accuracy.low:.1f} to {min(100, 100 * found.accuracy.high):.1f} %"
    return figure_of(
        "Model accuracy",
        f"{100 * found.accuracy.value:.1f} %",
        f"95 % interval {interval}; {found.repeats} × {found.folds}-fold cross-validation",
    )


def _speed() -> html.Div:
    model = services().model()
    if model is None:
        return figure_of("One prediction", "not yet", "the model is being opened and checked")
    return figure_of(
        "One prediction",
        f"{model.microseconds:.0f} µs",
        "median in this server's process, measured when the model was loaded",
    )


def _machines() -> html.Div:
    return figure_of("Machines compared", "none yet", "no training timings in this release")


def _rooms() -> html.Nav:
    links = [
        html.A(
            [
                html.Span(name, className="room-name"),
                html.Span(title, className="room-title"),
                html.Span(text, className="room-text"),
            ],
            href=href,
            className="room",
        )
        for href, name, title, text in ROOMS
    ]
    return html.Nav(links, className="rooms", **{"aria-label": "The way through the house"})
