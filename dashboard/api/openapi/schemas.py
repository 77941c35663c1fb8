"""The JSON schemas of what the API takes and gives."""

from typing import Any

from dashboard.api.asked import INSTANCES
from dashboard.api.explaining import MAX_BACKGROUND_ROWS
from dashboard.api.problems import LISTED_ERRORS
from dashboard.api.rows import LARGEST, MAX_ROWS
from store.schema import CardFeature, ModelCard

Schema = dict[str, Any]
NUMBER: Schema = {"type": "number", "minimum": -LARGEST, "maximum": LARGEST}
PLAIN_NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}


def closed(properties: Schema, *, optional: tuple[str, ...] = (), **more: Any) -> Schema:
    """An object of exactly these properties; those not named as optional are required."""
    required = [name for name in properties if name not in optional]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": required,
        "properties": properties,
        **more,
    }


def row(card: ModelCard) -> Schema:
    """One object of features."""
    return closed(
        {feature.name: _feature(feature) for feature in card.features},
        description="Every feature once, under its own name; its aliases are understood too.",
    )


def table(card: ModelCard, row_reference: Schema) -> Schema:
    """The object that holds rows."""
    width = len(card.features)
    as_list = {
        "type": "array",
        "description": "The features in the order of the card.",
        "prefixItems": [_feature(feature) for feature in card.features],
        "items": False,
        "minItems": width,
        "maxItems": width,
    }
    rows = {
        "type": "array",
        "minItems": 1,
        "maxItems": MAX_ROWS,
        "items": {"anyOf": [row_reference, as_list]},
    }
    return closed({INSTANCES: rows}, description="Rows, answered together or not at all.")


def _feature(feature: CardFeature) -> Schema:
    if feature.categories:
        return {"title": feature.label, "enum": list(feature.categories)}
    aliases = f"; also named {', '.join(feature.aliases)}" if feature.aliases else ""
    span = f"in training {feature.minimum:g} to {feature.maximum:g}"
    return {
        **NUMBER,
        "title": feature.label,
        "description": f"{feature.unit or 'no unit'}; {span}{aliases}",
    }


def answers(card: ModelCard) -> tuple[Schema, Schema]:
    """What is said of one row, and of a table."""
    said = _said(card)
    shared = {
        "model": {"$ref": "#/components/schemas/ModelIdentity"},
        "explanation": _explanation(card),
    }
    one = closed({**said, **shared}, optional=("contributions", "explanation"))
    listed = {"type": "array", "items": closed(said, optional=("contributions",))}
    return one, closed({"predictions": listed, **shared}, optional=("explanation",))


def _said(card: ModelCard) -> Schema:
    by_feature = closed({feature.name: PLAIN_NUMBER for feature in card.features})
    if not card.classes:
        return {"prediction": PLAIN_NUMBER, "contributions": by_feature}
    value = {"enum": [item.value for item in card.classes]}
    labels = [item.label for item in card.classes]
    return {
        "prediction": value,
        "predicted_class": value,
        "label": {"enum": labels},
        "probabilities": closed(
            {label: {"type": "number", "minimum": 0, "maximum": 1} for label in labels}
        ),
        "contributions": closed(dict.fromkeys(labels, by_feature)),
    }


def _explanation(card: ModelCard) -> Schema:
    labels = [item.label for item in card.classes]
    base = closed(dict.fromkeys(labels, PLAIN_NUMBER)) if labels else PLAIN_NUMBER
    return closed(
        {
            "scale": {"enum": ["probability", "log-odds", "prediction"]},
            "background_rows": {"type": "integer", "minimum": 1, "maximum": MAX_BACKGROUND_ROWS},
            "base_value": base,
        },
        description="With ?explain=1: on which scale base value and contributions add up to the "
        "answer, with how many training rows it was compared, and their mean answer.",
    )


_INTERVAL = closed(dict.fromkeys(("value", "low", "high"), PLAIN_NUMBER))
_ENTRY: Schema = {
    "name": TEXT,
    "version": TEXT,
    "hash": {"type": "string", "pattern": "^[0-9a-f]{12}$"},
    "kind": {"enum": ["classifier", "regressor"]},
    "alias": {"enum": ["live", "candidate"]},
    "created": {"type": "string", "format": "date-time"},
    "engine": {
        "enum": ["flat", "scikit-learn", None],
        "description": "Who computes; null while the model is being opened.",
    },
    "metrics": {
        "type": "object",
        "additionalProperties": _INTERVAL,
        "description": "Cross-validated, with 95 % intervals.",
    },
    "links": closed({"self": TEXT, "predict": TEXT}),
}
# Of these the parts are those of the model card.
_CARD: Schema = {
    "title": TEXT,
    "target": TEXT,
    "steps": {"type": "array", "items": {"type": "object"}},
    "features": {"type": "array", "items": {"type": "object"}},
    "classes": {"type": "array", "items": {"type": "object"}},
    "number": {"type": ["object", "null"]},
    "held_out": {"type": ["object", "null"]},
    "on_given": {"type": ["object", "null"]},
    "cross_validation": {"type": ["object", "null"]},
    "importances": {"type": "array", "items": {"type": "object"}},
    "software": {"type": "object", "additionalProperties": TEXT},
    "data": {"type": "object"},
    "file": {"type": "object"},
}

SCHEMAS: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "description": "What is wrong, by field and row; no value is repeated (RFC 9457).",
        "required": ["title", "status", "detail"],
        "properties": {
            "title": TEXT,
            "status": {"type": "integer"},
            "detail": TEXT,
            "errors": {
                "type": "array",
                "maxItems": LISTED_ERRORS,
                "items": closed(
                    {
                        "row": {"type": "integer", "minimum": 1, "description": "From 1 on."},
                        "field": TEXT,
                        "reason": TEXT,
                    },
                    optional=("row", "field"),
                ),
            },
            "error_count": {
                "type": "integer",
                "description": f"All of them; the first {LISTED_ERRORS} are listed.",
            },
        },
    },
    "ModelIdentity": closed(dict.fromkeys(("name", "version", "hash"), TEXT)),
    "Models": closed(
        {
            "release": {"type": ["string", "null"]},
            "default": {"type": ["string", "null"], "description": "Who answers /predict."},
            "models": {"type": "array", "items": {"$ref": "#/components/schemas/ModelEntry"}},
        }
    ),
    "ModelEntry": closed(_ENTRY),
    "ModelCard": {
        "type": "object",
        "required": [*_ENTRY, *_CARD],
        "properties": {**_ENTRY, **_CARD},
    },
    "Health": closed({"status": {"const": "ok"}}),
    "Readiness": {
        "type": "object",
        "required": ["status", "release", "models", "reasons"],
        "properties": {
            "status": {"enum": ["ready", "not ready"]},
            "release": {"type": ["string", "null"]},
            "models": {"type": "object"},
            "reasons": {"type": "object", "additionalProperties": TEXT},
        },
    },
}
