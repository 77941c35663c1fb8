"""The JSON API: predictions for programs, and two answers for whoever watches the server.

Errors are ``application/problem+json`` (RFC 9457). They name fields, never values.
"""

import json
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from dashboard.live import LiveModel
from dashboard.openapi import document
from dashboard.prediction import answer
from dashboard.readiness import readiness
from dashboard.services import services
from store.errors import FieldErrors

MAX_BODY_BYTES = 2**20
PROBLEM = "application/problem+json"

api = Blueprint("api", __name__)


class Problem(Exception):
    """An answer of RFC 9457: status, title, a sentence, and what is wrong with which field."""

    def __init__(
        self, status: int, title: str, detail: str, fields: dict[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        body: dict[str, Any] = {"title": title, "status": status, "detail": detail}
        if fields:
            body["errors"] = [{"field": name, "reason": why} for name, why in fields.items()]
        self.body = body

    def response(self) -> Response:
        """The problem as an HTTP answer."""
        headers = {"Retry-After": "5"} if self.status == 503 else None
        return Response(
            json.dumps(self.body), status=self.status, mimetype=PROBLEM, headers=headers
        )


@api.errorhandler(Problem)
def _problem(error: Problem) -> Response:
    return error.response()


@api.errorhandler(HTTPException)
def _http_problem(error: HTTPException) -> Response:
    answered = Problem(error.code or 500, error.name, error.description or error.name).response()
    for name, value in error.get_headers():
        if name == "Allow":
            answered.headers[name] = value
    return answered


@api.post("/predict")
def predict() -> Response:
    """The default model's answer to one JSON object of features."""
    return _predicted(None)


@api.post("/models/<name>/predict")
def predict_with(name: str) -> Response:
    """The named model's answer to one JSON object of features."""
    return _predicted(name)


@api.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return _json({"status": "ok"})


@api.get("/readyz")
def readyz() -> Response:
    """Is the default model open, and its profile read? 503 with the reasons if not."""
    ready, body = readiness(services().live())
    return _json(body, status=200 if ready else 503)


@api.get("/openapi.json")
def openapi() -> Response:
    """The description of this API, with the live models' fields."""
    return _json(document(services().live()))


def _predicted(name: str | None) -> Response:
    fields = _fields()
    model = _model(name)
    try:
        values = model.fields.values(fields)
    except FieldErrors as error:
        raise Problem(
            422,
            "Fields are wrong",
            f"{len(error.fields)} of the fields cannot be used. The model takes "
            f"{len(model.card.features)} finite numbers, each once.",
            error.fields,
        ) from error
    found = answer(model.card, model.predictor, values)
    labels = (item.label for item in model.card.classes)
    return _json(
        {
            "prediction": found.value,
            "predicted_class": found.value,
            "label": found.label,
            "probabilities": dict(zip(labels, found.probabilities, strict=True)),
            "model": {"name": model.card.name, "version": model.card.version},
        }
    )


def _fields() -> list[tuple[str, Any]]:
    """The (name, value) pairs of the request's JSON object, duplicates included."""
    if request.mimetype != "application/json":
        raise Problem(
            415, "Unsupported media type", "Send the features as Content-Type: application/json."
        )
    if "Transfer-Encoding" in request.headers:
        raise Problem(411, "Length required", "Send the body whole, with a Content-Length.")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise Problem(413, "Body too large", f"A body has at most {MAX_BODY_BYTES:,} bytes.")
    try:
        pairs = json.loads(request.get_data(), object_pairs_hook=_Pairs, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Not JSON", "The body is not valid JSON.") from error
    if not isinstance(pairs, _Pairs):
        raise Problem(400, "Not a JSON object", "The body is not a JSON object of features.")
    return list(pairs)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a name given twice is seen."""


def _refused(_constant: str) -> float:
    """NaN and Infinity are not JSON; they pass here to be refused by their field's name."""
    return float("nan")


def _model(name: str | None) -> LiveModel:
    """The open model. Raises Problem 404 for an unknown name, 503 while there is none."""
    door = services()
    model = door.model(name, wait=True)
    if model is not None:
        return model
    release = door.live().release
    if name is not None and release and name not in {m.name for m in release.models}:
        raise Problem(404, "No such model", "The live release has no model of this name.")
    raise Problem(
        503,
        "No model is loaded",
        "The model is not available at the moment; GET /readyz says why. Try again later.",
    )


def _json(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, mimetype="application/json")
