"""What the what-if page needs to answer without a server: model, inputs, real rows, as JSON.

The scripts in ``assets/what_if`` read it; its shape is their contract with the server.
"""

import json
from collections.abc import Sequence
from typing import Any

from dashboard.api.explaining import background_of, complete_rows, evenly
from dashboard.figures.labels import category, parts, whole
from dashboard.figures.landscape import landscape
from dashboard.live.snapshot import LiveModel, short_hash
from dashboard.model.predictor import FlatPredictor
from dashboard.what_if.about import about
from dashboard.what_if.values import preset_values, slider_range
from store.errors import NoExplanation
from store.schema import CardFeature, ColumnProfile, Group, ModelCard, Profile

FORMAT = 1
MAX_CELLS = 10_000  # of real rows: about 35 kB on their way


def document(model: LiveModel, profile: Profile | None) -> dict[str, Any]:
    """Everything that the what-if page of one model shows and computes with.

    Args:
        model: Open.
        profile: Of the rows that it was trained on, where that is live.
    """
    card = model.card
    rows, groups = _real_rows(card, profile)
    flat = model.predictor.model if isinstance(model.predictor, FlatPredictor) else None
    return {
        "format": FORMAT,
        "name": card.name,
        "version": card.version,
        "hash": short_hash(card),
        "title": card.title,
        "kind": card.kind,
        "target": card.target,
        "row": profile.descriptor.row if profile else "row",
        "rows": profile.descriptor.rows if profile else "rows",
        "features": _features(card, profile),
        "classes": [{"value": c.value, "label": c.label} for c in card.classes],
        "number": card.number.model_dump(mode="json") if card.number else None,
        "flat": flat.to_data() if flat is not None else None,
        "sample": {"rows": rows, "groups": groups},
        "background": _background(card, profile),
        "presets": _presets(model, profile),
        "map": _map(card, profile) if rows else None,
        "trust": _trust(card),
        "about": [list(fact) for fact in about(card)],
    }


def encoded(found: dict[str, Any]) -> bytes:
    """A document as compact JSON; floats come back exactly."""
    return json.dumps(found, separators=(",", ":"), allow_nan=False).encode()


def _features(card: ModelCard, profile: Profile | None) -> list[dict[str, Any]]:
    # What a slider stands under are the rows of each class; a number has no classes.
    sections = () if profile is None else parts(profile) if card.classes else (whole(profile),)
    weight = {item.feature: item.permutation for item in card.importances}
    return [
        {
            **feature.model_dump(mode="json", exclude={"aliases"}),
            "low": slider_range(feature)[0],
            "high": slider_range(feature)[1],
            "importance": weight.get(feature.name),
            **_spread(feature, profile, sections),
        }
        for feature in card.features
    ]


def _spread(
    feature: CardFeature, profile: Profile | None, sections: Sequence[Group]
) -> dict[str, Any]:
    """Where the rows lie: counts a class between edges, and quantiles; or shares of categories."""
    if profile is None:
        return {"quantiles": None, "density": None, "shares": None}
    if feature.categories:
        found = category(profile.overall, feature.name)
        counts = {item.value: item.count for item in found.top} if found else {}
        shares = [
            counts[t] / found.count if found and t in counts else None for t in feature.categories
        ]
        return {"quantiles": None, "density": None, "shares": shares}
    columns = [section.column(feature.name) for section in sections]
    return {
        "quantiles": profile.overall.column(feature.name).quantiles,
        "density": _density(columns),
        "shares": None,
    }


def _density(columns: Sequence[ColumnProfile]) -> dict[str, Any] | None:
    """The histograms of a column, one a class, which all have the same edges."""
    edges = next((c.histogram.edges for c in columns if c.histogram is not None), None)
    if edges is None:
        return None
    counts = [c.histogram.counts if c.histogram is not None else [] for c in columns]
    return {"edges": edges, "counts": counts}


def _real_rows(
    card: ModelCard, profile: Profile | None
) -> tuple[list[list[float]], list[int | None]]:
    """Rows of the table that have every input, in the card's order, and the class of each; none
    where the profile has none, such as an older one of a table with categories.
    """
    values = [str(known.value) for known in card.classes]
    rows = complete_rows(card, profile) if profile is not None else []
    kept = evenly(rows, max(1, MAX_CELLS // len(card.features)))
    groups = [values.index(group) if group in values else None for _, group in kept]
    return [row for row, _ in kept], groups


def _background(card: ModelCard, profile: Profile | None) -> list[list[float]] | None:
    """The rows that an explanation compares with, the same as in answers of the API."""
    if profile is None:
        return None
    try:
        return background_of(card, profile).tolist()  # type: ignore[no-any-return]
    except NoExplanation:
        return None


def _presets(model: LiveModel, profile: Profile | None) -> list[dict[str, Any]]:
    """Starting points; those without values choose among the real rows, in the browser."""
    if profile is None:
        return []
    values = [str(known.value) for known in model.card.classes]
    return [
        {
            "label": preset.label,
            "kind": preset.kind,
            "of": values.index(preset.of) if preset.of in values else None,
            "row": preset_values(preset, model.card, profile),
        }
        for preset in profile.descriptor.presets
    ]


def _map(card: ModelCard, profile: Profile | None) -> dict[str, Any] | None:
    """How to find the place of a row on its first two principal components, in percent."""
    places = [i for i, feature in enumerate(card.features) if not feature.categories]
    drawn = landscape(profile, [card.features[i].name for i in places]) if profile else None
    if drawn is None:
        return None
    weights = [[0.0, 0.0] for _ in card.features]
    for place, (left, top) in zip(places, drawn.weights, strict=True):
        weights[place] = [left, top]
    return {
        "origin": list(drawn.origin),
        "weights": weights,
        "rows": drawn.rows,
        "explained": drawn.explained,
    }


def _trust(card: ModelCard) -> dict[str, Any] | None:
    """What judges an answer, without what only the Model page draws."""
    bins = {"calibration": {"before", "after"}}
    return card.trust.model_dump(mode="json", exclude=bins) if card.trust else None
