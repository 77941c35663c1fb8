"""The JSON API: predictions for programs, what models there are, and whether the server is well.

Errors are ``application/problem+json`` (RFC 9457), also for paths and methods that there are not:
Dash would answer those with its page.
"""

import hashlib
import json
import re
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException

from dashboard.api.answering import Reply, problem_reply, reply_to
from dashboard.api.catalogue import Entry, catalogue, entry, is_released
from dashboard.api.explaining import training_profile
from dashboard.api.keeping import keeper
from dashboard.api.openapi.document import document
from dashboard.api.problems import Problem, Wrong, unavailable
from dashboard.live.readiness import log_readiness, readiness
from dashboard.live.snapshot import LiveModel, identity
from dashboard.services import Alias, services

READ = ("GET", "HEAD", "OPTIONS")
WRITE = ("POST", "OPTIONS")
# /predict is not here: there it is the page for people that answers a GET.
PATHS = (
    (re.compile(r"/models(/[^/]+)?|/openapi\.json|/healthz|/readyz"), READ),
    (re.compile(r"/models/[^/]+/predict|/feedback|/verify"), WRITE),
    (re.compile(r"/receipts/[^/]+"), READ),
)
OURS = re.compile(r"/(models|openapi\.json|healthz|readyz|feedback|verify|receipts)(/|$)")
FLAGS = {"1": True, "true": True, "0": False, "false": False}

api = Blueprint("api", __name__)


@api.before_app_request
def _known() -> Response | None:
    """Refuse the paths and methods below the API's that it does not have."""
    if not OURS.match(request.path):
        return None
    for path, methods in PATHS:
        if not path.fullmatch(request.path):
            continue
        allow = {"Allow": ", ".join(methods)}
        if request.method not in methods:
            detail = f"This path takes {', '.join(methods)}."
            raise Problem(405, "Method not allowed", detail, headers=allow)
        return Response(status=204, headers=allow) if request.method == "OPTIONS" else None
    raise Problem(404, "Not found", "There is nothing here; GET /openapi.json says what there is.")


@api.app_errorhandler(Problem)
def _problem(error: Problem) -> Response:
    return response_of(problem_reply(error))


@api.app_errorhandler(HTTPException)
def _http_problem(error: HTTPException) -> Response | HTTPException:
    code = error.code or 500
    if error.response is not None or code < 400:
        return error
    allowed = dict(error.get_headers()).get("Allow")
    headers = {"Allow": ", ".join(sorted(allowed.split(", ")))} if allowed else None
    return response_of(
        problem_reply(Problem(code, error.name, error.description or error.name, headers=headers))
    )


@api.post("/predict")
def predict() -> Response:
    """The default model's answer to a row, or to a table of them."""
    return _predicted(None)


@api.post("/models/<name>/predict")
def predict_with(name: str) -> Response:
    """The named model's answer to a row, or to a table of them."""
    return _predicted(name)


@api.get("/models")
def models() -> Response:
    """Every model of the release, those that are live before the candidates."""
    return _kept(catalogue(services().live()))


@api.get("/models/<name>")
def model(name: str) -> Response:
    """What a program may know of a model: its card but for where its files are."""
    alias = _alias()
    found = entry(services().live(), name, alias)
    if found is None:
        raise _missing(name, alias)
    return _kept(found.described(), found)


@api.get("/healthz")
def healthz() -> Response:
    """The process answers."""
    return _json({"status": "ok"})


@api.get("/readyz")
def readyz() -> Response:
    """Is the default model open, and its profile read? 503 with the reasons if not."""
    ready, body = readiness(services().live())
    body["prediction_log"] = log_readiness(services().log)
    return _json(body, status=200 if ready else 503)


@api.get("/openapi.json")
def openapi() -> Response:
    """The description of this API, with the live models' fields."""
    keeps = "receipts" in current_app.blueprints  # as the functions have not
    return _kept(document(services().live(), services().receipts if keeps else None))


def _predicted(name: str | None) -> Response:
    explain, alias = _flag("explain"), _alias()
    body = _body()
    found = _model(name, alias)
    return response_of(
        reply_to(
            found,
            body,
            request.headers.get("Content-Type", ""),
            explain=explain,
            accept=request.headers.get("Accept", ""),
            profile=training_profile(found.card, services().live().profiles) if explain else None,
            keep=keeper(services().log, found, request.environ),
        )
    )


def _body() -> bytes:
    if "Transfer-Encoding" in request.headers:
        raise Problem(411, "Length required", "Send the body whole, with a Content-Length.")
    return request.get_data()


def _flag(name: str) -> bool:
    given = request.args.get(name, "0")
    if given not in FLAGS:
        raise _parameter(name, "1 or 0")
    return FLAGS[given]


def _alias() -> Alias:
    match request.args.get("alias", "live"):
        case "live":
            return "live"
        case "candidate":
            return "candidate"
    raise _parameter("alias", "live or candidate")


def _parameter(name: str, takes: str) -> Problem:
    detail = f"The parameter {name} takes {takes}."
    return Problem(422, "Parameter is wrong", detail, [Wrong(f"not {takes}", name)])


def _model(name: str | None, alias: Alias) -> LiveModel:
    """The open model. Raises Problem 404 for an unknown name, 503 while there is none."""
    found = services().model(name, wait=True, alias=alias)
    if found is None:
        raise _missing(name or services().default(), alias)
    return found


def _missing(name: str, alias: Alias) -> Problem:
    live = services().live()
    if live.release is None or is_released(live, name, alias):
        return unavailable()
    return Problem(
        404,
        "No such model",
        "The live release has no model of this name and alias; GET /models lists them.",
    )


def response_of(reply: Reply) -> Response:
    return Response(reply.body, reply.status, reply.headers, content_type=reply.content_type)


def _json(body: Any, status: int = 200) -> Response:
    answer = Response(json.dumps(body), status=status, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _kept(body: Any, about: Entry | None = None) -> Response:
    """What a client may keep, and asks again whether it is still so: 304 where it is.

    The tag is that of the content and a weak one, as the same may go out packed.
    """
    answer = Response(json.dumps(body), mimetype="application/json")
    for name, value in identity(about.card) if about else ():
        answer.headers[name] = value
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:16], weak=True)
    answer.make_conditional(request)
    return answer
