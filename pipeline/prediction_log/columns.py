"""Predictions -> columns: one a feature with its own type, the answer, and what is known of it.

The id of a prediction is no column: who knows it can open the receipt and rate the answer.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from store.errors import CellarError
from store.prediction_log.entry import Entry, Kept
from store.prediction_log.ids import milliseconds

TIME = "prediction_time"
MODEL = "prediction_model"
VERSION = "prediction_version"
SOURCE = "prediction_source"
ANSWER = "prediction"
PLAUSIBILITY = "prediction_plausibility"
MICROSECONDS = "prediction_microseconds"
RIGHT = "feedback_right"
TRUTH = "feedback_truth"
MOMENT = pa.timestamp("ms", "UTC")


class Shape(NamedTuple):
    """What the predictions of a selection have: features with their types, and class labels.

    Args:
        features: Name and type, numbers and texts, in the order of the table.
        labels: Of the classes, in the order of the table.
        answer: The type of the answer: text, or a number where all models predict one.
    """

    features: dict[str, pa.DataType]
    labels: tuple[str, ...]
    answer: pa.DataType


def shape_of(entries: Iterable[Entry]) -> Shape:
    """The shape of predictions of several versions, one of each: the first leads the order.

    A feature that is a number in one version and a word in another is text.
    """
    features: dict[str, pa.DataType] = {}
    labels: dict[str, None] = {}
    predicts_numbers = True
    for entry in entries:
        for name, value in json.loads(entry.features).items():
            kind = pa.string() if isinstance(value, str) else pa.float64()
            features[name] = kind if features.get(name, kind) == kind else pa.string()
        if entry.outputs:
            labels |= dict.fromkeys(json.loads(entry.outputs))
            predicts_numbers = False
    answer = pa.float64() if predicts_numbers else pa.string()
    return Shape(features, tuple(labels), answer)


def schema_of(shape: Shape, *, answer: str = ANSWER) -> pa.Schema:
    """The columns of a table. A column of ours gives way where a feature has its name.

    Args:
        shape: What the predictions have.
        answer: What the column of the answer is called.
    """
    taken = set(shape.features)

    def own(name: str, kind: pa.DataType) -> pa.Field:
        while name in taken:
            name += "_"
        taken.add(name)
        return pa.field(name, kind)

    return pa.schema(
        [
            own(TIME, MOMENT),
            own(MODEL, pa.string()),
            own(VERSION, pa.string()),
            own(SOURCE, pa.string()),
            *(pa.field(name, kind) for name, kind in shape.features.items()),
            own(answer, shape.answer),
            *(own(f"probability_{label}", pa.float64()) for label in shape.labels),
            own(PLAUSIBILITY, pa.float64()),
            own(MICROSECONDS, pa.int64()),
            own(RIGHT, pa.bool_()),
            own(TRUTH, pa.string()),
        ]
    )


def batch_of(kept: Sequence[Kept], shape: Shape, schema: pa.Schema) -> pa.RecordBatch:
    """Predictions as a batch of rows; what one does not have is null.

    Raises:
        CellarError: One has a feature or a class that the shape does not have.
    """
    entries = [one.entry for one in kept]
    asked = [json.loads(entry.features) for entry in entries]
    given = [json.loads(entry.outputs) if entry.outputs else {} for entry in entries]
    names, labels = set(shape.features), set(shape.labels)
    if any(row.keys() - names for row in asked) or any(row.keys() - labels for row in given):
        raise CellarError(
            "Predictions of another kind came in while the log was read. Export it again."
        )
    said = [one.feedback for one in kept]
    columns = [
        [milliseconds(entry.id) for entry in entries],
        [entry.served.name for entry in entries],
        [entry.served.version for entry in entries],
        [entry.source.name.lower() for entry in entries],
        *(
            [_value(row.get(name), text=kind == pa.string()) for row in asked]
            for name, kind in shape.features.items()
        ),
        [e.answer if shape.answer == pa.string() else float(e.answer) for e in entries],
        *([row.get(label) for row in given] for label in shape.labels),
        [entry.plausibility for entry in entries],
        [entry.microseconds for entry in entries],
        [feedback.right if feedback else None for feedback in said],
        [feedback.truth if feedback else None for feedback in said],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _value(value: Any, *, text: bool) -> Any:
    """A word as it is; a number as a double, or as text where the column has words too."""
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value) if text else float(value)
