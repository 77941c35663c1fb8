"""A model of drinks with a hundred rows behind it, and predictions of it, for tests of drift.

Acidity is normal, sugar too, and every fourth drink is of the kind Red; half of all answers are 0.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from store.prediction_log.entry import Entry, Served, Source
from store.schema import HeldOut, Histogram, ModelCard, Profile, Sample
from tests import builders

ROWS = 100
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SERVED = Served("drinks", "1", "0123456789ab", "flat")


def drinks(seed: int, rows: int) -> list[dict[str, Any]]:
    """The features of so many drinks from the population."""
    random = np.random.default_rng(seed)
    return [
        {"acidity": float(acidity), "sugar": float(sugar), "kind": "Red" if i % 4 == 0 else "White"}
        for i, (acidity, sugar) in enumerate(random.normal(size=(rows, 2)).round(3))
    ]


def entries(features: list[dict[str, Any]], **changes: Any) -> list[Entry]:
    """Predictions for these features, one a second from ``BEGIN`` on, 0 and 1 in turn."""
    found = []
    for i, one in enumerate(features):
        moment = int((BEGIN + timedelta(seconds=i)).timestamp() * 1000)
        usual: dict[str, Any] = {
            "id": (moment << 80 | 7 << 76 | 2 << 62 | (i * 7919 % 9973) << 14).to_bytes(16, "big"),
            "served": SERVED,
            "source": Source.API,
            "features": json.dumps(one),
            "answer": str(i % 2),
            "outputs": '{"Dry":0.5,"Sweet":0.5}',
            "microseconds": 400,
            "plausibility": None,
        }
        found.append(Entry(**usual | changes))
    return found


def card(**changes: Any) -> ModelCard:
    """The card of the model: 40 rows were held out."""
    usual: dict[str, Any] = {
        "name": "drinks",
        "version": "1",
        "target": "taste",
        "features": (
            builders.card_feature("acidity"),
            builders.card_feature("sugar"),
            builders.category_feature("kind", "White", "Red"),
        ),
        "golden": builders.model_card().golden.model_copy(
            update={"rows": ((1.0, 2.0, 0.0), (3.0, 4.0, 1.0))}
        ),
        "held_out": held_out((20, 0), (0, 20)),
        "trust": None,
    }
    return builders.model_card(**usual | changes)


def held_out(*confusion: tuple[int, ...]) -> HeldOut:
    """What was measured with this confusion."""
    rows = sum(sum(row) for row in confusion)
    return builders.held_out(rows=rows, confusion=confusion)


def profile(rows: int = ROWS) -> Profile:
    """The profile of the rows behind the model."""
    known = drinks(0, rows)
    values = np.array([[one["acidity"], one["sugar"]] for one in known])
    columns = [_column(name, values[:, i]) for i, name in enumerate(("acidity", "sugar"))]
    reds = -(-rows // 4)
    section = builders.section(
        rows=rows,
        columns=tuple(columns),
        categories=(builders.category("kind", {"White": rows - reds, "Red": reds}),),
    )
    sample = Sample(
        columns=("acidity", "sugar"),
        groups=(None,) * rows,
        values=tuple(map(tuple, values.tolist())),
    )
    return builders.profile(rows=rows, overall=section, sample=sample)


def _column(name: str, values: np.ndarray) -> Any:
    counts, edges = np.histogram(values, bins=8)
    histogram = Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))
    return builders.column(name, count=len(values), histogram=histogram)
