"""The OpenAPI 3.1 description of the API, made from the models that are live."""

from typing import Any

from dashboard.live import Live
from store.schema import ModelCard

PROBLEM = {
    "description": "What is wrong, by field; no value is repeated (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def document(live: Live) -> dict[str, Any]:
    """The description as a JSON object; a path for every model of the release."""
    paths: dict[str, Any] = {
        "/healthz": {"get": _plain("The process answers.", "200")},
        "/readyz": {"get": _plain("The default model answers.", "200", "503")},
    }
    cards = {name: model.card for name, model in live.models.items()}
    default = live.release.default if live.release else ""
    if default in cards:
        paths["/predict"] = {"post": _operation(cards[default], "Predict with the default model")}
    for name, card in cards.items():
        paths[f"/models/{name}/predict"] = {"post": _operation(card, f"Predict with {name}")}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Cellar Lab", "version": live.release.id if live.release else "none"},
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["title", "status", "detail"],
                    "properties": {
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "errors": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "properties": {
                                    "field": {"type": "string"},
                                    "reason": {"type": "string"},
                                },
                            },
                        },
                    },
                }
            }
        },
    }


def _plain(summary: str, *statuses: str) -> dict[str, Any]:
    return {"summary": summary, "responses": {s: {"description": summary} for s in statuses}}


def _operation(card: ModelCard, summary: str) -> dict[str, Any]:
    labels = [item.label for item in card.classes]
    values = [item.value for item in card.classes]
    features = {
        feature.name: {
            "type": "number",
            "title": feature.label,
            "description": f"{feature.unit or 'no unit'}; also known as "
            f"{', '.join(feature.aliases) or 'nothing else'}; in training "
            f"{feature.minimum:g} to {feature.maximum:g}",
        }
        for feature in card.features
    }
    answered = {
        "type": "object",
        "properties": {
            "prediction": {"enum": values},
            "predicted_class": {"enum": values},
            "label": {"enum": labels},
            "probabilities": {
                "type": "object",
                "properties": {label: {"type": "number"} for label in labels},
            },
            "model": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
            },
        },
    }
    return {
        "summary": summary,
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": features},
                    "example": {f.name: f.median for f in card.features},
                }
            },
        },
        "responses": {
            "200": {
                "description": "The predicted class and the probability of each.",
                "content": {"application/json": {"schema": answered}},
            },
            **dict.fromkeys(("400", "413", "415", "422", "503"), PROBLEM),
        },
    }
