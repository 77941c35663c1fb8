"""What the what-if page fetches: its script, its documents, and itself as one file."""

import json
from functools import cache
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, request

from dashboard.api.problems import Problem, unavailable
from dashboard.edge.kept import Kept, sent
from dashboard.live.snapshot import Live, LiveModel
from dashboard.services import services
from dashboard.what_if.bundle import bundle, without_comments
from dashboard.what_if.documents import address, kept_document, others
from dashboard.what_if.exported import html_of

# A page that starts early begins with its document; assets/predict.js attaches the script later.
STARTS = "\nexport { attach, begin };\n"

SCRIPT = "text/javascript"

what_if = Blueprint("what-if", __name__)


@cache
def script() -> Kept:
    """All scripts of the page as one module."""
    return Kept((without_comments(bundle("site")) + STARTS).encode())


def script_address() -> str:
    """Where browsers find the script."""
    return f"/assets/what-if/{script().digest}.js"


def start(model: LiveModel, live: Live) -> dict[str, str]:
    """The ``data-`` attributes of the element that the page of a model is drawn into."""
    return {
        "script": script_address(),
        "document": (where := address(model, live)),
        "start": f"{where.removesuffix('.json')}-{script().digest}.js",
        "others": json.dumps(others(model, live)),
    }


@what_if.get("/assets/what-if/<digest>.js")
def send_script(digest: str) -> Response:
    """The script of this version of the program; no other is here."""
    if digest != script().digest:
        raise _gone("script")
    return sent(script(), SCRIPT)


@what_if.get("/assets/what-if/<name>/<digest>.json")
def send_document(name: str, digest: str) -> Response:
    """The document of the live model of this name, if it is the one that was linked."""
    return sent(_linked(name, digest), "application/json")


@what_if.get("/assets/what-if/<name>/<digest>-<script_digest>.js")
def send_start(name: str, digest: str, script_digest: str) -> Response:
    """The same as a module that lets the script begin: then there is nothing more to wait for."""
    if script_digest != script().digest:
        raise _gone("script")
    address = json.dumps(script_address()).encode()
    document = _linked(name, digest).body
    return sent(Kept(b"import { begin } from %b;\nbegin(%b);\n" % (address, document)), SCRIPT)


def _linked(name: str, digest: str) -> Kept:
    """The document under an address. Raises Problem where it is not served any more."""
    live = services().live()
    model = live.models.get(name)
    if model is None or kept_document(model, live).digest != digest:
        raise _gone("version of the model")
    return kept_document(model, live)


@what_if.get("/predict/export")
def export() -> Response:
    """The page as one HTML file that needs no server, for the state that its address holds."""
    door = services()
    name = request.args.get("model") or door.default()
    model = door.model(name, wait=True)
    if model is None:
        if name in door.live().cards or door.live().release is None:
            raise unavailable()
        raise Problem(404, "No such model", "The live release has no model of this name.")
    found: dict[str, Any] = json.loads(kept_document(model, door.live()).body)
    if found["flat"] is None:
        detail = "This kind of model cannot run in a browser; its page needs the server."
        raise Problem(422, "Not as a file", detail)
    answer = Response(html_of(found, search=request.args.get("state", "")), mimetype="text/html")
    file = quote(f"{model.card.name}-{model.card.version}.html")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{file}"
    return answer


def _gone(what: str) -> Problem:
    detail = f"This {what} is not served any more. Load the page again."
    return Problem(404, "Not here any more", detail)
