"""The operation that asks a model, with what it replied to every example."""

from dashboard.api.asked import CSV_TYPE, JSON_TYPE
from dashboard.api.openapi.examples import PROBLEMS, Example, examples
from dashboard.api.openapi.operations import (
    ALWAYS,
    OF_A_MODEL,
    header_refs,
    parameter_refs,
    problem_answer,
    schema_ref,
)
from dashboard.api.openapi.schemas import Schema
from dashboard.live.snapshot import LiveModel
from store.schema import Profile


def prediction(key: str, model: LiveModel, profile: Profile | None, name: str) -> Schema:
    """The operation that asks a model, with what it replied to every example."""
    made = examples(model, profile)
    good = [example for example in made if example.reply.status == 200]
    explain = ["explain"] if any(example.name == "explained" for example in good) else []
    takes = {
        JSON_TYPE: [schema_ref(f"{key}.row"), schema_ref(f"{key}.table")],
        CSV_TYPE: [
            {
                "type": "string",
                "format": "csv",
                "description": "A header that names every feature once, by its name or an alias; "
                "then 1 to 1,000 rows of numbers. UTF-8, comma-separated (RFC 4180).",
            }
        ],
    }
    asked = {
        content_type: {
            "schema": {"oneOf": schemas} if len(schemas) > 1 else schemas[0],
            "examples": {
                example.name: {"summary": example.summary, "value": example.asked}
                for example in good
                if example.content_type == content_type
            },
        }
        for content_type, schemas in takes.items()
    }
    return {
        "operationId": name,
        "summary": f"What {model.card.title} predicts for a row, or for up to 1,000",
        "description": "With `Accept: text/csv` the answer is CSV: prediction, label, and the "
        "probability of each class. A table with a wrong row is refused whole.",
        "parameters": parameter_refs(*explain, "alias", "request_id"),
        "requestBody": {"required": True, "content": asked},
        "responses": {
            "200": _answered(key, good),
            **{
                str(status): _refused(status, made)
                for status in sorted({e.reply.status for e in made} - {200})
            },
            **{str(status): {"$ref": f"#/components/responses/{status}"} for status in PROBLEMS},
        },
    }


def _answered(key: str, good: list[Example]) -> Schema:
    shown = {
        example.name: {"summary": example.summary, "value": example.answered}
        for example in good
        if example.reply.content_type == JSON_TYPE
    }
    lines = {
        example.name: {"summary": example.summary, "value": example.answered}
        for example in good
        if example.reply.content_type != JSON_TYPE
    }
    either = [schema_ref(f"{key}.answer"), schema_ref(f"{key}.answers")]
    return {
        "description": "The prediction; of a classifier with its label and all probabilities.",
        "headers": header_refs("X-Prediction-Id", *ALWAYS),
        "content": {
            JSON_TYPE: {"schema": {"oneOf": either}, "examples": shown},
            CSV_TYPE: {"schema": {"type": "string", "format": "csv"}, "examples": lines},
        },
    }


def _refused(status: int, made: list[Example]) -> Schema:
    found = [example for example in made if example.reply.status == status]
    shown = {e.name: {"summary": e.summary, "value": e.answered} for e in found}
    more = ("Accept-Post",) if status == 415 else ()
    return problem_answer(str(found[0].answered["title"]), shown, *more, *OF_A_MODEL)
