"""What every operation of the description is put together from: parameters, headers, answers."""

from typing import Any

from dashboard.api.asked import JSON_TYPE
from dashboard.api.openapi.examples import PROBLEMS
from dashboard.api.openapi.schemas import TEXT, Schema
from dashboard.api.problems import PROBLEM_TYPE

HEADERS: dict[str, str] = {
    "X-Model-Version": "The version of the model that answered, else of the default one.",
    "X-Model-Hash": "The first 12 digits of its file's sha256.",
    "X-Prediction-Id": "Under which the prediction is kept, a UUID; of a table that of its first "
    "row. There is none where predictions are not kept.",
    "X-Request-Id": "The id of the request, its own or a new one; the log has it too.",
    "Server-Timing": "Where the time went.",
    "Cache-Control": "`no-store` for answers of a model; `no-cache` for what has an ETag.",
    "ETag": "Changes with the content.",
    "Retry-After": "Seconds to wait.",
    "Allow": "The methods that the path takes.",
    "Accept-Post": "The content types that the path takes.",
    "X-Error-Id": "The entry in the server's log.",
}
OF_A_MODEL = ("X-Model-Version", "X-Model-Hash")
ALWAYS = (*OF_A_MODEL, "X-Request-Id", "Server-Timing", "Cache-Control")
PARAMETERS: dict[str, Schema] = {
    "explain": {
        "name": "explain",
        "in": "query",
        "description": "1 asks for each feature's contribution to each answer, and the base value "
        "that they start from: exact Shapley values against the training rows.",
        "schema": {"type": "string", "enum": ["1", "0", "true", "false"], "default": "0"},
    },
    "alias": {
        "name": "alias",
        "in": "query",
        "description": "The model that is live, or the one that may become it.",
        "schema": {"type": "string", "enum": ["live", "candidate"], "default": "live"},
    },
    "request_id": {
        "name": "X-Request-Id",
        "in": "header",
        "description": "An id of the caller's, 8 to 128 of `A-Za-z0-9._-`; another is replaced.",
        "schema": TEXT,
    },
    "known": {
        "name": "If-None-Match",
        "in": "header",
        "description": "The ETag of what the caller has.",
        "schema": TEXT,
    },
}


def kept(name: str, summary: str, schema: str, example: Any, *parameters: str) -> Schema:
    """A GET that answers 304 to who has it already."""
    headers = header_refs("ETag", *ALWAYS)
    content = {"schema": schema_ref(schema), "example": example}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameter_refs(*parameters, "known", "request_id"),
        "responses": {
            "200": {"description": summary, "headers": headers, "content": {JSON_TYPE: content}},
            "304": {"description": "The caller has it already.", "headers": headers},
        },
    }


def plain(name: str, summary: str, schema: str, *more: str) -> Schema:
    """A GET that answers the same with 200 and with every other of these statuses."""
    content = {JSON_TYPE: {"schema": schema_ref(schema)}}
    answer = {"description": summary, "headers": header_refs(*ALWAYS), "content": content}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameter_refs("request_id"),
        "responses": dict.fromkeys(("200", *more), answer),
    }


def problem_response(status: int) -> Schema:
    """What any path may answer with this status."""
    problem = PROBLEMS[status]
    shown = {"problem": {"summary": problem.body["title"], "value": problem.body}}
    more = {429: ("Retry-After",), 503: ("Retry-After",), 500: ("X-Error-Id",)}.get(status, ())
    return problem_answer(problem.body["title"], shown, *more)


def problem_answer(description: str, shown: Schema, *headers: str) -> Schema:
    """A problem, with the examples that are shown of it."""
    return {
        "description": description,
        "headers": header_refs(*headers, *ALWAYS),
        "content": {PROBLEM_TYPE: {"schema": schema_ref("Problem"), "examples": shown}},
    }


def schema_ref(name: str) -> Schema:
    """A reference to a schema of the description."""
    return {"$ref": f"#/components/schemas/{name}"}


def parameter_refs(*names: str) -> list[Schema]:
    """References to some of ``PARAMETERS``."""
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def header_refs(*names: str) -> Schema:
    """References to some of ``HEADERS``."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
