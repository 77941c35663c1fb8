"""Predict: what does the model say about these values?"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

import dash
from dash import (
    ALL,
    ClientsideFunction,
    Input,
    Output,
    callback,
    clientside_callback,
    ctx,
    dcc,
    html,
)

from dashboard.api.prediction import Answer, answer, drivers, number_text, outside_range, rank_of
from dashboard.components.answer import (
    driver_bars,
    headline,
    notice,
    number_headline,
    percent,
    place_among,
    points,
    probability_bars,
)
from dashboard.components.landscape import map_of_rows
from dashboard.components.page import attributes, card, command, empty, page
from dashboard.components.sliders import Slider, choice_input, feature_input
from dashboard.figures.density import density_image
from dashboard.figures.labels import category, parts, whole
from dashboard.figures.landscape import landscape
from dashboard.live.snapshot import LiveModel
from dashboard.services import services
from dashboard.what_if.values import slider_range, text_of, values_at
from store.errors import FieldErrors
from store.schema import CardFeature, ColumnProfile, ModelCard, PredictedNumber, Profile

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
)

VALUES = "predict-values"
START = "predict-start"
RESULT = "predict-result"
BAR = "predict-bar"
PRESET = "predict-preset"
DRIVERS = 5


def layout(**_query: str) -> html.Main:
    door = services()
    shown, profile = door.card(), door.profile()
    if shown is None:
        return page(HEADING, LEAD, [_no_model()], name="predict")
    model = door.model()
    values = _first_values(shown, model, profile)
    found = answer(model.card, model.predictor, values) if model else None
    start = {f.name: _told(f, value) for f, value in zip(shown.features, values, strict=True)}
    body = [
        _presets(profile),
        html.Div(
            [
                html.Form(_groups(shown, values, profile), className="feature-groups"),
                html.Aside(
                    [_answer_card(found, model), _map(shown, values, profile), _link(start)],
                    className="answer-column",
                    **attributes(aria_label="Answer"),
                ),
            ],
            className="predict-columns",
        ),
        html.Div(_bar(found), id=BAR, className="answer-bar", **attributes(aria_hidden="true")),
        html.P(id="predict-announcement", className="visually-hidden", role="status"),
        dcc.Store(id=VALUES, data=None if found else start),
        dcc.Store(id=START),
    ]
    return page(HEADING, LEAD, body, name="predict")


@callback(
    Output(RESULT, "children"),
    Output(BAR, "children"),
    Input(VALUES, "data"),
    prevent_initial_call=False,
)
def show_answer(values: dict[str, Any] | None) -> tuple[Any, Any]:
    if values is None:
        raise dash.exceptions.PreventUpdate
    model = services().model(wait=True)
    if model is None:
        return _no_model(), _bar(None)
    try:
        found = answer(model.card, model.predictor, model.fields.values(values.items()))
    except FieldErrors as error:
        return _incomplete(model.card, error), _bar(None)
    return _result(found, model), _bar(found)


@callback(
    Output(START, "data"),
    Input({"type": PRESET, "index": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def start_from(_clicks: list[int | None]) -> dict[str, str]:
    door = services()
    model, profile = door.model(wait=True), door.profile()
    if model is None or profile is None or not any(_clicks):
        raise dash.exceptions.PreventUpdate
    preset = profile.descriptor.presets[ctx.triggered_id["index"]]
    pairs = zip(model.card.features, values_at(preset, model, profile), strict=True)
    return {feature.name: text_of(feature, value) for feature, value in pairs}


clientside_callback(
    ClientsideFunction("predict", "apply"),
    Input(START, "data"),
    prevent_initial_call=True,
)


def _link(start: Mapping[str, float | str]) -> html.A:
    """To the API with the values of the sliders; assets/predict.js keeps them up."""
    return html.A(
        "Ask this from a program",
        id="predict-link",
        href=f"/api?{urlencode(start)}",
        className="pill",
    )


def _presets(profile: Profile | None) -> html.Div | None:
    if profile is None or not profile.descriptor.presets:
        return None
    groups = [group.value for group in profile.groups]
    buttons = [
        html.Button(
            preset.label,
            id={"type": PRESET, "index": i},
            type="button",
            className=f"pill marked class-{groups.index(preset.of)}"
            if preset.of in groups
            else "pill",
        )
        for i, preset in enumerate(profile.descriptor.presets)
    ]
    return html.Div(
        buttons, className="pills", role="group", **attributes(aria_label="Starting points")
    )


def _first_values(
    shown: ModelCard, model: LiveModel | None, profile: Profile | None
) -> tuple[float, ...]:
    """Where the sliders stand at first: at the first preset, else at the medians."""
    if model is not None and profile is not None and profile.descriptor.presets:
        return values_at(profile.descriptor.presets[0], model, profile)
    return tuple(feature.median for feature in shown.features)


def _groups(
    shown: ModelCard, values: Sequence[float], profile: Profile | None
) -> list[html.Fieldset]:
    # What a slider stands under are the rows of each class; a number has no classes.
    groups = () if profile is None else parts(profile) if shown.classes else (whole(profile),)
    columns = {
        f.name: [group.column(f.name) for group in groups]
        for f in shown.features
        if not f.categories
    }
    by_group: dict[str, list[tuple[CardFeature, float]]] = {}
    for feature, value in zip(shown.features, values, strict=True):
        by_group.setdefault(feature.group, []).append((feature, value))
    return [
        html.Fieldset(
            [
                html.Legend(group),
                html.Span(_count(features), className="card-note"),
                html.Div(
                    [
                        _choice(feature, value, profile)
                        if feature.categories
                        else feature_input(_slider(feature, value, columns))
                        for feature, value in features
                    ],
                    className="feature-grid",
                ),
            ],
            className="card-box",
        )
        for group, features in by_group.items()
    ]


def _count(features: list[tuple[CardFeature, float]]) -> str:
    what = "choice" if all(feature.categories for feature, _ in features) else "measurement"
    return f"{len(features)} {what}{'' if len(features) == 1 else 's'}"


def _told(feature: CardFeature, value: float) -> float | str:
    """A value as the fields of a request have it."""
    return feature.categories[int(value)] if feature.categories else value


def _choice(feature: CardFeature, value: float, profile: Profile | None) -> html.Div:
    texts = feature.categories or ()
    found = category(profile.overall, feature.name) if profile else None
    counts = {item.value: item.count for item in found.top} if found else {}
    return choice_input(
        feature.name,
        feature.label,
        texts,
        texts[int(value)],
        shares=[counts[t] / found.count if found and t in counts else None for t in texts],
    )


def _slider(
    feature: CardFeature, value: float, columns: Mapping[str, Sequence[ColumnProfile]]
) -> Slider:
    low, high = slider_range(feature)
    places = feature.decimals
    return Slider(
        name=feature.name,
        label=feature.label,
        unit=feature.unit,
        low=low,
        high=high,
        step=feature.step,
        minimum=feature.minimum,
        maximum=feature.maximum,
        range_text=(f"{feature.minimum:.{places}f}", f"{feature.maximum:.{places}f}"),
        value=value,
        value_text=text_of(feature, value),
        density=density_image(columns[feature.name], low, high),
    )


def _answer_card(found: Answer | None, model: LiveModel | None) -> html.Section:
    shown = _result(found, model) if found and model else _opening()
    return html.Section(shown, id=RESULT, className="card-box answer")


def _map(shown: ModelCard, values: Sequence[float], profile: Profile | None) -> html.Section | None:
    placed = [i for i, feature in enumerate(shown.features) if not feature.categories]
    names = [shown.features[i].name for i in placed]
    drawn = landscape(profile, names) if profile else None
    if profile is None or drawn is None:
        return None
    return card(
        "Where it sits",
        map_of_rows(
            drawn.image,
            drawn.place([values[i] for i in placed]),
            drawn.origin,
            dict(zip(names, drawn.weights, strict=True)),
            [group.label for group in profile.groups],
        ),
        caption=f"Principal components of {drawn.rows:,} {profile.descriptor.rows}: the two keep "
        f"{100 * drawn.explained:.0f} % of their variance. The star is the "
        f"{profile.descriptor.row} of the sliders.",
    )


def _result(found: Answer, model: LiveModel) -> list[Any]:
    shown, number = found.card, found.card.number
    what = f"the probability of {found.label}" if number is None else shown.target.lower()
    unit = "percentage points" if number is None else number.unit or "its own unit"
    moved = drivers(found, model.predictor, limit=DRIVERS)
    text = points if number is None else partial(number_text, shown, signed=True)
    return [
        *(_classes(found) if number is None else _number(found, number)),
        _warning(found),
        html.Hr(),
        html.H2("What drives it"),
        html.P(
            f"Change in {what} against the median value, each measurement alone, in {unit}.",
            className="card-caption",
        ),
        driver_bars([(driver.feature.label, driver.change) for driver in moved], text)
        if moved
        else html.P("No single measurement moves this answer.", className="card-caption"),
    ]


def _classes(found: Answer) -> list[html.Div]:
    labels = [item.label for item in found.card.classes]
    return [
        headline(found.label, found.index, found.probability, target=found.card.target),
        probability_bars(labels, found.probabilities),
    ]


def _number(found: Answer, number: PredictedNumber) -> list[html.Div | None]:
    shown, value, values = found.card, found.probabilities[0], number.values
    rank = _where(rank_of(values, value))
    top = number_headline(found.label, number.unit, target=shown.target, rank=rank)
    if values.histogram is None or values.minimum is None or values.maximum is None:
        return [top]
    low, high = min(values.minimum, value), max(values.maximum, value)
    return [
        top,
        place_among(
            density_image([values], low, high),
            (value - low) / (high - low or 1.0),
            (number_text(shown, low), number_text(shown, high)),
            label=f"How {shown.target.lower()} is spread in the rows; the mark is the prediction.",
        ),
    ]


def _where(rank: float) -> str:
    """Where a number stands among others, as people say it."""
    if rank <= 0:
        return "Lower than any row of the table"
    if rank >= 1:
        return "Higher than any row of the table"
    return f"Higher than {100 * rank:.0f} % of the rows in the table"


def _warning(found: Answer) -> html.Div | None:
    outside = outside_range(found)
    if not outside:
        return None
    names = ", ".join(feature.label for feature, _ in outside)
    return notice(
        "Outside the training range:",
        f"{names}. The model is extrapolating; treat the result with care.",
    )


def _incomplete(shown: ModelCard, error: FieldErrors) -> list[Any]:
    labels = {feature.name: feature.label for feature in shown.features}
    names = ", ".join(labels.get(name, name) for name in error.fields)
    return [
        html.P(f"Predicted {shown.target.lower()}", className="eyebrow"),
        html.P("A value is missing", className="answer-name answer-none"),
        notice("To answer, the model needs a value for:", f"{names}."),
    ]


def _opening() -> list[Any]:
    return [
        html.P("Opening the model", className="answer-name answer-none"),
        html.P("It is being fetched and checked; this takes a few seconds once.", role="status"),
        html.Div(className="skeleton-lines"),
    ]


def _no_model() -> html.Section:
    door = services()
    why = door.problem(f"model {door.default()}")
    return card(
        "No model",
        empty("There is no model to ask.", command("python -m pipeline run"), why=why),
    )


def _bar(found: Answer | None) -> list[html.Span]:
    if found is None:
        return [html.Span("–", className="answer-name")]
    if found.card.number is not None:
        number = f"{found.label} {found.card.number.unit}".strip()
        name = html.Span(found.card.target, className="answer-bar-target")
        return [name, html.Span(number, className="answer-name answer-number")]
    return [
        html.Span(found.label, className=f"answer-name class-{found.index}"),
        html.Span(percent(found.probability), className="answer-bar-value"),
    ]
