"""The description as a whole: a path for every model, and what all paths share."""

from typing import Any
from urllib.parse import quote

from dashboard.api.asked import JSON_TYPE
from dashboard.api.catalogue import catalogue, entries
from dashboard.api.explaining import training_profile
from dashboard.api.openapi.examples import PROBLEMS
from dashboard.api.openapi.kept import kept_paths, kept_schemas
from dashboard.api.openapi.operations import (
    HEADERS,
    PARAMETERS,
    header_refs,
    kept,
    plain,
    problem_answer,
    problem_response,
    schema_ref,
)
from dashboard.api.openapi.prediction import prediction
from dashboard.api.openapi.schemas import SCHEMAS, TEXT, Schema, answers, row, table
from dashboard.live.snapshot import Live, LiveModel, identity
from dashboard.receipts.desk import Receipts

INTRODUCTION = """\
Predictions of the models that are live, with explanations, and the models' cards.

Every number goes out with all its digits. Errors are `application/problem+json` and name fields
and rows, never values. A paths' other methods are a 405 with `Allow`, unknown paths a 404.
"""


def document(live: Live, receipts: Receipts | None = None) -> dict[str, Any]:
    """The description as a JSON object; a path for every model of the release.

    With ``receipts`` also what there is for predictions that are kept.
    """
    schemas = dict(SCHEMAS)
    paths: dict[str, Any] = {
        "/models": {"get": _models(live)},
        "/healthz": {"get": plain("healthz", "Does the process answer?", "Health")},
        "/readyz": {"get": plain("readyz", "Can the default model be asked?", "Readiness", "503")},
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
            "post": prediction(*about, f"predict_{key}")
        }
        if name == default:
            paths["/predict"] = {"post": prediction(*about, "predict"), "get": _page()}
    if receipts is not None:
        schemas |= kept_schemas()
        paths |= kept_paths(live, receipts)
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
            "responses": {str(status): problem_response(status) for status in PROBLEMS},
        },
    }


def _key(name: str, position: int) -> str:
    """A model's name where it may be a part of a reference, else a number."""
    fits = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if fits else f"model{position}"


def _add_schemas(schemas: dict[str, Schema], key: str, model: LiveModel) -> None:
    schemas[f"{key}.row"] = row(model.card)
    schemas[f"{key}.table"] = table(model.card, schema_ref(f"{key}.row"))
    schemas[f"{key}.answer"], schemas[f"{key}.answers"] = answers(model.card)


def _models(live: Live) -> Schema:
    return kept("models", "Every model of the release", "Models", catalogue(live))


def _model(live: Live) -> Schema:
    found = list(entries(live))
    operation = kept(
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
        "422": problem_answer("Parameter is wrong", {}),
        "503": {"$ref": "#/components/responses/503"},
    }
    operation["responses"]["200"]["headers"] |= header_refs(*dict(identity(found[0].card)))
    return operation


def _description() -> Schema:
    operation = kept("description", "This description", "", None)
    operation["responses"]["200"]["content"][JSON_TYPE] = {"schema": {"type": "object"}}
    return operation


def _page() -> Schema:
    return {
        "operationId": "page",
        "summary": "The page for people, with a slider for every feature",
        "responses": {"200": {"description": "A page.", "content": {"text/html": {}}}},
    }
