"""Why a live model answers so: the contribution of every feature, as programs are told it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import ArrayLike

from dashboard.live.snapshot import LiveModel
from dashboard.model.arrays import Floats
from dashboard.model.explain import Explainer, explainer_of
from dashboard.model.flat import FlatModel
from dashboard.model.predictor import FlatPredictor
from store.errors import NoExplanation
from store.schema import CardFeature, ModelCard, Profile, Sample

MAX_BACKGROUND_ROWS = 200

T = TypeVar("T")

# To prepare an explainer, or to find that there is none, costs as much as a hundred explanations.
# What was found goes when its model goes.
_PREPARED: WeakKeyDictionary[FlatModel, tuple[Profile, Explainer | NoExplanation, int]] = (
    WeakKeyDictionary()
)


def training_profile(card: ModelCard, profiles: Mapping[str, Profile]) -> Profile | None:
    """The profile of the rows that the model was trained on, where it is live."""
    return next((p for p in profiles.values() if p.run_id == card.data.profile), None)


def explained(
    model: LiveModel, profile: Profile | None, rows: ArrayLike
) -> tuple[dict[str, Any], list[Any]]:
    """What all explanations share, and the contributions of the features to each answer.

    Contributions are by label and feature; of a model without classes, by feature.

    Raises:
        NoExplanation: The model has no exact one, or its training rows are not here.
    """
    explainer, background = _prepared(model, profile)
    names = [feature.name for feature in model.card.features]
    labels = [item.label for item in model.card.classes]
    shared = {
        "scale": explainer.scale,
        "background_rows": background,
        "base_value": _named(labels, explainer.base.tolist()),
    }
    found = explainer.contributions(rows).transpose(0, 2, 1).tolist()
    by_feature = ([dict(zip(names, one, strict=True)) for one in row] for row in found)
    return shared, [_named(labels, row) for row in by_feature]


def _named(labels: Sequence[str], outputs: Sequence[Any]) -> Any:
    return dict(zip(labels, outputs, strict=True)) if labels else outputs[0]


def _prepared(model: LiveModel, profile: Profile | None) -> tuple[Explainer, int]:
    if not isinstance(model.predictor, FlatPredictor):
        raise NoExplanation(
            "There is no exact explanation for this kind of model. Ask without explain."
        )
    if profile is None:
        raise NoExplanation(
            "The profile of the model's training rows is not live, and an explanation compares "
            "with them. Ask without explain."
        )
    flat = model.predictor.model
    known = _PREPARED.get(flat)
    if known is None or known[0] is not profile:
        known = _PREPARED[flat] = profile, *_explainer(flat, background_of(model.card, profile))
    _, found, rows = known
    if isinstance(found, NoExplanation):
        raise NoExplanation(str(found))
    return found, rows


def _explainer(flat: FlatModel, background: Floats) -> tuple[Explainer | NoExplanation, int]:
    try:
        return explainer_of(flat, background), len(background)
    except NoExplanation as error:
        return error.with_traceback(None), 0


def background_of(card: ModelCard, profile: Profile) -> Floats:
    """At most ``MAX_BACKGROUND_ROWS`` sampled rows, evenly chosen, in the card's order.

    Raises:
        NoExplanation: No row of the sample has every feature.
    """
    rows = [row for row, _ in evenly(complete_rows(card, profile), MAX_BACKGROUND_ROWS)]
    if not rows:
        raise NoExplanation(
            "The profile has no sampled row with every feature, and an explanation compares with "
            "them. Ask without explain."
        )
    return np.array(rows, dtype=np.float64)


def complete_rows(card: ModelCard, profile: Profile) -> list[tuple[list[float], str | None]]:
    """The sampled rows that have every feature, in the card's order, each with its group; none
    where the sample does not have every feature. A category is its place on the card.
    """
    sample = profile.sample
    columns = [_column(feature, sample) for feature in card.features]
    if not all(columns):
        return []
    found: list[tuple[list[float], str | None]] = []
    for row, group in zip(zip(*columns, strict=True), sample.groups, strict=True):
        values = [value for value in row if value is not None]
        if len(values) == len(columns):
            found.append((values, group))
    return found


def _column(feature: CardFeature, sample: Sample) -> list[float | None]:
    """A feature's values in the sampled rows; None where one is missing or not on the card."""
    if feature.categories is None and feature.name in sample.columns:
        place = sample.columns.index(feature.name)
        return [row[place] for row in sample.values]
    if feature.categories is not None and feature.name in sample.categories:
        place = sample.categories.index(feature.name)
        places = {text: float(i) for i, text in enumerate(feature.categories)}
        return [places.get(row[place] or "") for row in sample.texts]
    return []


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most so many of the items, at even distances, the first and the last among them."""
    if not items:
        return []
    places = np.linspace(0, len(items) - 1, min(len(items), most)).round().astype(np.intp)
    return [items[place] for place in places]
