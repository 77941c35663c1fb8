"""API: how does a program ask the model?"""

import json
from collections.abc import Mapping
from itertools import product

import dash
from dash import html
from flask import request

from dashboard.api.answering import Reply, reply_to
from dashboard.api.explaining import training_profile
from dashboard.components.asking import choice, code, endpoints
from dashboard.components.page import attributes, card, command, empty, page
from dashboard.components.tables import table
from dashboard.live.snapshot import LiveModel
from dashboard.services import services
from dashboard.snippets import LANGUAGES, Request, requests
from dashboard.what_if.values import values_of
from store.schema import ModelCard

HEADING = "How does a program ask?"
LEAD = "What Predict shows to people, in JSON or CSV: one request, to the last bit the same answer."

dash.register_page(
    __name__,
    path="/api",
    name="API",
    title="API - Cellar Lab",
    description="Ask the model from a terminal, Python or JavaScript.",
    order=3.5,
    in_navigation=True,
    heading=HEADING,
    lead=LEAD,
)

ENDPOINTS = (
    ("POST", "/predict", "The default model's answer to a row, or to a table of up to 1,000."),
    (
        "POST",
        "/models/{name}/predict",
        "The same of another model; ?alias=candidate asks the one that may become live.",
    ),
    ("GET", "/models", "Every model with version, hash, kind and headline figures."),
    ("GET", "/models/{name}", "What is public of a model's card: features, classes, metrics."),
    (
        "POST",
        "/feedback",
        "Was a prediction right? By the id in X-Prediction-Id, with the true class.",
    ),
    ("GET", "/receipts/{id}", "The signed receipt of a prediction; /receipts/key has the key."),
    ("POST", "/verify", "Whether a receipt is genuine, and its answer comes out again."),
    ("GET", "/readyz", "Whether the default model can be asked, and what is missing if not."),
    ("GET", "/healthz", "Whether the process answers."),
)
PROBLEMS = (
    ("400", "The body is no JSON, or no CSV."),
    ("404", "There is no such path, no model of this name and alias, or no prediction of this id."),
    ("405", "The path takes other methods; Allow names them."),
    ("406", "An explanation was asked for as CSV; it is JSON."),
    ("411", "The body came in chunks, without a Content-Length."),
    ("413", "The body is larger than the server takes."),
    ("415", "The body is neither application/json nor text/csv; Accept-Post names them."),
    (
        "422",
        "A field is missing, unknown, given twice or no finite number, a table has no row or "
        "too many, or the model has no exact explanation: errors names rows and fields.",
    ),
    ("429", "Too many requests from one address; Retry-After says how long to wait."),
    ("500", "Something failed here; X-Error-Id names the entry in the log."),
    (
        "503",
        "No model is open yet, or the prediction log or the registry is away; Retry-After and "
        "GET /readyz help.",
    ),
)


def layout(**query: str) -> html.Main:
    door = services()
    shown = door.card()
    if shown is None:
        why = door.problem(f"model {door.default()}")
        nothing = empty("There is no model to ask.", command("python -m pipeline run"), why=why)
        return page(HEADING, LEAD, [card("No model", nothing), _endpoints()], name="api")
    asked, model = _requests(shown, query), door.model()
    replies = {kind: _reply(one, model) for kind, (_, one) in asked.items()} if model else {}
    if "explained" in replies and replies["explained"].status != 200:
        del asked["explained"]
    body = [
        html.Div([_request(asked, shown, query), _answer(asked, replies)], className="api-columns"),
        html.Div([_endpoints(), _problems()], className="two-columns"),
    ]
    return page(HEADING, LEAD, body, name="api")


def _requests(shown: ModelCard, query: Mapping[str, str]) -> dict[str, tuple[str, Request]]:
    keys = ("label", "probabilities") if shown.classes else ("prediction",)
    row, medians = values_of(shown.features, query), values_of(shown.features, {})
    return requests("/predict", row, medians, shown=keys)


def _request(
    asked: Mapping[str, tuple[str, Request]], shown: ModelCard, query: Mapping[str, str]
) -> html.Section:
    given = any(feature.name in query for feature in shown.features)
    origin = request.host_url.rstrip("/")
    listings = [
        code(
            write(origin, one),
            f"{name}, {language}",
            hidden=(kind, language) != ("row", "curl"),
            kind=kind,
            language=language,
        )
        for (kind, (name, one)), (language, write) in product(asked.items(), LANGUAGES.items())
    ]
    return card(
        "The request",
        [
            choice("kind", "What to ask", {kind: name for kind, (name, _) in asked.items()}, "row"),
            choice("language", "Language", {name: name for name in LANGUAGES}, "curl"),
            *listings,
            html.Button("Try it", id="api-try", type="button", className="main-button"),
            html.Span("sends it from this page to this server", className="card-note api-try-note"),
        ],
        caption=[
            "The values of the sliders on "
            if given
            else "The median of every measurement; move the sliders on ",
            html.A("Predict", href="/predict"),
            "." if given else ", and its link brings their values here.",
        ],
        name="api-request",
    )


def _answer(asked: Mapping[str, tuple[str, Request]], replies: Mapping[str, Reply]) -> html.Section:
    sent = {
        kind: {"path": one.path, "headers": one.headers, "body": one.body}
        for kind, (_, one) in asked.items()
    }
    listings = [
        code(_text(replies.get(kind)), f"Answer: {name}", hidden=kind != "row", kind=kind)
        for kind, (name, _) in asked.items()
    ]
    status = "As this server answers it now" if replies else "The model is being opened"
    return card(
        "The answer",
        [
            html.P(
                status,
                id="api-status",
                className="api-status",
                role="status",
                **attributes(data_requests=json.dumps(sent)),
            ),
            *listings,
        ],
        caption="Every number with all of its digits. The headers X-Model-Version and "
        "X-Model-Hash say which model it was.",
        name="api-answer",
    )


def _reply(one: Request, model: LiveModel) -> Reply:
    explain = "explain=1" in one.path
    profile = training_profile(model.card, services().live().profiles) if explain else None
    return reply_to(
        model,
        one.body.encode(),
        one.content_type,
        explain=explain,
        accept=one.accept,
        profile=profile,
    )


def _text(reply: Reply | None) -> str:
    """A reply as people read it: JSON with a field a line."""
    if reply is None:
        return "Opening the model takes a few seconds once."
    text = reply.body.decode()
    if reply.content_type.startswith("text/csv"):
        return text
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)


def _endpoints() -> html.Section:
    return card(
        "Where to ask",
        [
            endpoints(ENDPOINTS),
            html.A(
                "OpenAPI description",
                href="/openapi.json",
                className="quiet-link",
                **attributes(data_outside=""),
            ),
        ],
        caption="OpenAPI 3.1, made from the models that are live, with examples they answered.",
    )


def _problems() -> html.Section:
    return card(
        "When there is no answer",
        table(("Status", "When"), PROBLEMS, caption="Status codes of errors and when they come"),
        caption="application/problem+json (RFC 9457): title, status, detail, and errors with row, "
        "field and reason. No value of a request is repeated.",
    )
