"""The operations on predictions that are kept; the example is a receipt of the live model."""

import json
from typing import Any

from dashboard.api.answering import reply_to
from dashboard.api.asked import JSON_TYPE
from dashboard.api.openapi.examples import example_rows
from dashboard.api.openapi.operations import (
    ALWAYS,
    header_refs,
    parameter_refs,
    problem_answer,
    schema_ref,
)
from dashboard.api.openapi.schemas import PLAIN_NUMBER, TEXT, Schema, closed
from dashboard.api.problems import Problem
from dashboard.feedback.said import MOST_CHARACTERS, not_a_class, not_json
from dashboard.live.snapshot import Live, LiveModel, short_hash
from dashboard.receipts.desk import Receipts
from dashboard.receipts.lookup import log_away, unknown
from dashboard.receipts.receipt import Receipt
from dashboard.receipts.routes import not_a_receipt, registry_away, told
from store.prediction_log.entry import Entry, Served, Source
from store.prediction_log.ids import id_bytes

EXAMPLE_ID = "01a22924-ac69-7728-8dea-14b334288000"
ID: Schema = {"type": "string", "format": "uuid", "description": "That of X-Prediction-Id."}
TRUTH: Schema = {
    "type": ["string", "number", "boolean", "null"],
    "maxLength": MOST_CHARACTERS,
    "description": "The true class by label or value, or the true number; null: not known.",
}
_REPLAY = closed(
    {
        "answer": TEXT,
        "probabilities": {"type": "object", "additionalProperties": PLAIN_NUMBER},
        "equal": {"type": "boolean", "description": "To the last bit."},
        "largest_difference": {"type": ["number", "null"]},
    }
)


def kept_schemas() -> dict[str, Schema]:
    """The schemas of what these operations take and give."""
    found = Receipt.model_json_schema(ref_template="#/components/schemas/{model}")
    return {
        **found.pop("$defs"),
        "Receipt": found,
        "Feedback": closed(
            {"id": ID, "right": {"type": "boolean"}, "truth": TRUTH}, optional=("truth",)
        ),
        "FeedbackKept": closed(
            {"id": ID, "right": {"type": "boolean"}, "truth": {"type": ["string", "null"]}}
        ),
        "Verdict": closed(
            {
                "verified": {"type": "boolean", "description": "Signed, and replayed as equal."},
                "signed": {"type": "boolean", "description": "By this server's key."},
                "replay": {"oneOf": [_REPLAY, {"type": "null"}]},
                "reason": TEXT,
            }
        ),
        "ReceiptKey": closed(
            {
                "algorithm": {"const": "Ed25519"},
                "key": TEXT,
                "fingerprint": TEXT,
                "lasting": {"type": "boolean", "description": "Does it outlive this server?"},
            }
        ),
    }


def kept_paths(live: Live, receipts: Receipts) -> dict[str, Any]:
    """A path for each operation, with examples of the default model where it is open."""
    receipt = receipts.issue(_entry(live.default)) if live.default else None
    paths = {
        "/feedback": {"post": _feedback(live.default)},
        "/receipts/{id}": {"get": _fetch(receipt)},
        "/receipts/key": {"get": _key()},
        "/verify": {"post": _verify(receipt, live, receipts)},
    }
    return paths


def _feedback(model: LiveModel | None) -> Schema:
    said: dict[str, Any] = {"id": EXAMPLE_ID, "right": False}
    answered: dict[str, Any] = {**said, "truth": None}
    if model and len(classes := model.card.classes) > 1:
        answer = _entry(model).answer
        other = next(item for item in classes if str(item.value) != answer)
        said["truth"], answered["truth"] = other.label, str(other.value)
    return {
        "operationId": "feedback",
        "summary": "Was a prediction right?",
        "description": "By the id of the prediction, as often as one likes: the last word counts.",
        "parameters": parameter_refs("request_id"),
        "requestBody": _takes("Feedback", said),
        "responses": {
            "200": _gives("What is kept.", "FeedbackKept", answered),
            "404": _refused(unknown()),
            **_post(not_json(), not_a_class(), log_away()),
        },
    }


def _fetch(receipt: Receipt | None) -> Schema:
    return {
        "operationId": "receipt",
        "summary": "The signed receipt of a prediction",
        "description": "Signed with Ed25519 over `cellar-lab receipt 1` and a line break, then all "
        "but `signature` as JSON with sorted keys, no spaces and shortest numbers (RFC 8785).",
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": ID},
            *parameter_refs("request_id"),
        ],
        "responses": {
            "200": _gives("The receipt.", "Receipt", receipt.data() if receipt else None),
            "404": _refused(unknown()),
            "503": _refused(log_away(), "Retry-After"),
        },
    }


def _key() -> Schema:
    return {
        "operationId": "receipt_key",
        "summary": "The public key of the receipts",
        "parameters": parameter_refs("request_id"),
        "responses": {"200": _gives("32 bytes in base64.", "ReceiptKey", None)},
    }


def _verify(receipt: Receipt | None, live: Live, receipts: Receipts) -> Schema:
    verdict = told(receipts.verdict(receipt, live.opened())) if receipt else None
    return {
        "operationId": "verify",
        "summary": "Is a receipt signed by this server, and does its answer come out again?",
        "description": "Of any version in the registry. Spaces and the order of names are free; "
        "numbers have their shortest form. A model is asked only where the signature holds.",
        "parameters": parameter_refs("request_id"),
        "requestBody": _takes("Receipt", receipt.data() if receipt else None),
        "responses": {
            "200": _gives("What came of it.", "Verdict", verdict),
            **_post(not_json(), not_a_receipt(), registry_away()),
        },
    }


def _entry(model: LiveModel) -> Entry:
    """What the model answers to a row of medians, as it would be kept."""
    row = example_rows(model.card)[0]
    answer = json.loads(reply_to(model, json.dumps(row).encode(), JSON_TYPE).body)
    card, shares = model.card, answer.get("probabilities")
    said = answer["prediction"]
    return Entry(
        id=id_bytes(EXAMPLE_ID),
        served=Served(card.name, card.version, short_hash(card), model.predictor.engine),
        source=Source.API,
        features=json.dumps(row),
        answer=str(said) if card.classes else repr(said),
        outputs=json.dumps(shares) if shares else "",
        microseconds=212,
        plausibility=None,
    )


def _takes(schema: str, example: Any) -> Schema:
    return {"required": True, "content": {JSON_TYPE: _content(schema, example)}}


def _gives(description: str, schema: str, example: Any) -> Schema:
    content = {JSON_TYPE: _content(schema, example)}
    return {"description": description, "headers": header_refs(*ALWAYS), "content": content}


def _content(schema: str, example: Any) -> Schema:
    shown = {} if example is None else {"example": example}
    return {"schema": schema_ref(schema), **shown}


def _post(malformed: Problem, wrong: Problem, away: Problem) -> Schema:
    shared = {str(s): {"$ref": f"#/components/responses/{s}"} for s in (411, 413, 429, 500)}
    return {
        "400": _refused(malformed),
        "415": problem_answer("Unsupported media type", {}, "Accept-Post"),
        "422": _refused(wrong),
        "503": _refused(away, "Retry-After"),
        **shared,
    }


def _refused(problem: Problem, *headers: str) -> Schema:
    title = problem.body["title"]
    shown = {"problem": {"summary": title, "value": problem.body}}
    return problem_answer(title, shown, *headers)
