"""Receipts for programs: fetched by the id of a prediction, and checked."""

import json
from typing import Any

from flask import Blueprint, Response, request

from dashboard.api.bodies import json_body
from dashboard.api.problems import Problem
from dashboard.receipts.canonical import canonical, parsed
from dashboard.receipts.desk import Verdict
from dashboard.receipts.lookup import kept, unknown
from dashboard.receipts.receipt import read
from dashboard.receipts.signing import fingerprint
from dashboard.services import services
from store.errors import InputError, StoreError

receipts = Blueprint("receipts", __name__)


@receipts.get("/receipts/key")
def key() -> Response:
    """The public key that receipts are signed with."""
    desk = services().receipts
    public = desk.signer.public
    return _json(
        {
            "algorithm": "Ed25519",
            "key": public,
            "fingerprint": fingerprint(public),
            "lasting": desk.lasting,
        }
    )


@receipts.get("/receipts/<id>")
def receipt(id: str) -> Response:
    """The receipt of a prediction, in the spelling that is signed."""
    found = kept(services().log, id)
    if found is None:
        raise unknown()
    return _sent(canonical(services().receipts.issue(found.entry).data()))


@receipts.post("/verify")
def verify() -> Response:
    """Whether the signature of a receipt holds, and its answer comes out again."""
    data = json_body(request)
    try:
        parsed(data)
    except InputError as error:
        raise not_json() from error
    try:
        given = read(data)
    except InputError as error:
        raise not_a_receipt() from error
    door = services()
    try:
        found = door.receipts.verdict(given, door.live().opened())
    except StoreError as error:
        raise registry_away() from error
    return _json(told(found))


def told(found: Verdict) -> dict[str, Any]:
    """A verdict as the API tells it."""
    return {
        "verified": found.verified,
        "signed": found.signed,
        "replay": None if found.replay is None else found.replay._asdict(),
        "reason": found.reason,
    }


def not_json() -> Problem:
    """What is told where a body is none."""
    detail = "The body is not JSON, or a number in it is not in its shortest form."
    return Problem(400, "Not JSON", detail)


def not_a_receipt() -> Problem:
    """What is told where a body is none."""
    detail = "The body is no receipt; GET /receipts/{id} gives one, to be sent as it is."
    return Problem(422, "Not a receipt", detail)


def registry_away() -> Problem:
    """What is told while the models of the registry cannot be had."""
    return Problem(
        503,
        "The registry is away",
        "The registry of models does not answer at the moment. Try again later.",
        headers={"Retry-After": "10"},
    )


def _json(body: dict[str, Any]) -> Response:
    return _sent(json.dumps(body).encode())


def _sent(body: bytes) -> Response:
    answer = Response(body, mimetype="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer
