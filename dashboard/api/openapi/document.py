"""The description as a whole: paths, parameters, headers, problems."""

from typing import Any
from urllib.parse import quote

from dashboard.api.asked import CSV_TYPE, JSON_TYPE
from dashboard.api.catalogue import catalogue, entries
from dashboard.api.explaining import training_profile
from dashboard.api.openapi.examples import PROBLEMS, Example, examples
from dashboard.api.openapi.schemas import SCHEMAS, TEXT, Schema, answers, row, table
from dashboard.api.problems import PROBLEM_TYPE
from dashboard.live.snapshot import Live, LiveModel, identity
from store.schema import Profile

INTRODUCTION = """\
Predictions of the models that are live, with explanations, and the models' cards.

Every number goes out with all its digits. Errors are `application/problem+json` and name fields
and rows, never values. A paths' other methods are a 405 with `Allow`, unknown paths a 404.
"""
HEADERS: dict[str, str] = {
    "X-Model-Version": "The version of the model that answered, else of the default one.",
    "X-Model-Hash": "The first 12 digits of its file's sha256.",
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


def document(live: Live) -> dict[str, Any]:
    """The description as a JSON object; a path for every model of the release."""
    schemas = dict(SCHEMAS)
    paths: dict[str, Any] = {
        "/models": {"get": _models(live)},
        "/healthz": {"get": _plain("healthz", "Does the process answer?", "Health")},
        "/readyz": {"get": _plain("readyz", "Can the default model be asked?", "Readiness", "503")},
        "/openapi.json": {"get": _description()},
    }
    if any(True for _ in entries(live)):
        paths["/models/{name}"] = {"get": _model(live)}
    default = live.release.default if live.release else ""
    for name, model in live.models.items():
        key = _key(name, len(schemas))
        _add_schemas(schemas, key, model)
        about = key, model, training_profile(model.card, live.profiles)
        paths[f"/models/{quote(name, safe='')}/predict"] = {
            "post": _predict(*about, f"predict_{key}")
        }
        if name == default:
            paths["/predict"] = {"post": _predict(*about, "predict"), "get": _page()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Cellar Lab",
            "version": live.release.id if live.release else "none",
            "description": INTRODUCTION,
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": PARAMETERS,
            "headers": {
                name: {"description": text, "schema": TEXT} for name, text in HEADERS.items()
            },
            "responses": {str(status): _problem_response(status) for status in PROBLEMS},
        },
    }


def _key(name: str, position: int) -> str:
    """A model's name where it may be a part of a reference, else a number."""
    fits = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if fits else f"model{position}"


def _add_schemas(schemas: dict[str, Schema], key: str, model: LiveModel) -> None:
    schemas[f"{key}.row"] = row(model.card)
    schemas[f"{key}.table"] = table(model.card, _schema(f"{key}.row"))
    schemas[f"{key}.answer"], schemas[f"{key}.answers"] = answers(model.card)


def _predict(key: str, model: LiveModel, profile: Profile | None, name: str) -> Schema:
    """The operation that asks a model, with what it replied to every example."""
    made = examples(model, profile)
    good = [example for example in made if example.reply.status == 200]
    explain = ["explain"] if any(example.name == "explained" for example in good) else []
    takes = {
        JSON_TYPE: [_schema(f"{key}.row"), _schema(f"{key}.table")],
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
        "parameters": _parameters(*explain, "alias", "request_id"),
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
    either = [_schema(f"{key}.answer"), _schema(f"{key}.answers")]
    return {
        "description": "The prediction; of a classifier with its label and all probabilities.",
        "headers": _headers(*ALWAYS),
        "content": {
            JSON_TYPE: {"schema": {"oneOf": either}, "examples": shown},
            CSV_TYPE: {"schema": {"type": "string", "format": "csv"}, "examples": lines},
        },
    }


def _refused(status: int, made: list[Example]) -> Schema:
    found = [example for example in made if example.reply.status == status]
    shown = {e.name: {"summary": e.summary, "value": e.answered} for e in found}
    more = ("Accept-Post",) if status == 415 else ()
    return _problem(str(found[0].answered["title"]), shown, *more, *OF_A_MODEL)


def _problem_response(status: int) -> Schema:
    problem = PROBLEMS[status]
    shown = {"problem": {"summary": problem.body["title"], "value": problem.body}}
    more = {429: ("Retry-After",), 503: ("Retry-After",), 500: ("X-Error-Id",)}.get(status, ())
    return _problem(problem.body["title"], shown, *more)


def _problem(description: str, shown: Schema, *headers: str) -> Schema:
    return {
        "description": description,
        "headers": _headers(*headers, *ALWAYS),
        "content": {PROBLEM_TYPE: {"schema": _schema("Problem"), "examples": shown}},
    }


def _models(live: Live) -> Schema:
    return _kept("models", "Every model of the release", "Models", catalogue(live))


def _model(live: Live) -> Schema:
    found = list(entries(live))
    operation = _kept(
        "model",
        "What is public of a model's card",
        "ModelCard",
        found[0].described(),
        "alias",
    )
    names = sorted({one.card.name for one in found})
    operation["parameters"].append(
        {"name": "name", "in": "path", "required": True, "schema": TEXT | {"enum": names}}
    )
    operation["responses"] |= {
        "404": {"$ref": "#/components/responses/404"},
        "422": _problem("Parameter is wrong", {}),
        "503": {"$ref": "#/components/responses/503"},
    }
    operation["responses"]["200"]["headers"] |= _headers(*dict(identity(found[0].card)))
    return operation


def _description() -> Schema:
    operation = _kept("description", "This description", "", None)
    operation["responses"]["200"]["content"][JSON_TYPE] = {"schema": {"type": "object"}}
    return operation


def _kept(name: str, summary: str, schema: str, example: Any, *parameters: str) -> Schema:
    """A GET that answers 304 to who has it already."""
    headers = _headers("ETag", *ALWAYS)
    content = {"schema": _schema(schema), "example": example}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": _parameters(*parameters, "known", "request_id"),
        "responses": {
            "200": {"description": summary, "headers": headers, "content": {JSON_TYPE: content}},
            "304": {"description": "The caller has it already.", "headers": headers},
        },
    }


def _plain(name: str, summary: str, schema: str, *more: str) -> Schema:
    content = {JSON_TYPE: {"schema": _schema(schema)}}
    answer = {"description": summary, "headers": _headers(*ALWAYS), "content": content}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": _parameters("request_id"),
        "responses": dict.fromkeys(("200", *more), answer),
    }


def _page() -> Schema:
    return {
        "operationId": "page",
        "summary": "The page for people, with a slider for every feature",
        "responses": {"200": {"description": "A page.", "content": {"text/html": {}}}},
    }


def _schema(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _parameters(*names: str) -> list[Schema]:
    return [{"$ref": f"#/components/parameters/{name}"} for name in names]


def _headers(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
