"""The Predict page's arithmetic: how far sliders go, and where they start."""

import math
import random
from collections.abc import Mapping, Sequence

from dashboard.live.snapshot import LiveModel
from store.descriptor import Preset
from store.schema import CardFeature, ModelCard, Profile

MARGIN = 0.12  # of the training range, on each side: so far one may extrapolate, and see it
BORDERLINE_ROWS = 500


def slider_range(feature: CardFeature) -> tuple[float, float]:
    """A slider's ends: the training range, widened, on whole steps; not below 0 for amounts."""
    span = (feature.maximum - feature.minimum) or max(abs(feature.minimum), 1.0)
    low = math.floor((feature.minimum - MARGIN * span) / feature.step) * feature.step
    high = math.ceil((feature.maximum + MARGIN * span) / feature.step) * feature.step
    if feature.minimum >= 0:
        low = max(low, 0.0)
    return round(low, 10), round(high, 10)


def text_of(feature: CardFeature, value: float) -> str:
    """A value as its field shows it: the category, or a number of at most six digits more than
    people write.
    """
    if feature.categories:
        return feature.categories[int(value)]
    return f"{value:.{feature.decimals + 6}f}".rstrip("0").rstrip(".")


def values_of(features: Sequence[CardFeature], query: Mapping[str, str]) -> dict[str, float | str]:
    """The values of a link such as Predict's to API, by feature in the card's order.

    Where it says none that can be used, it is the median, or the most frequent category.
    """
    return {feature.name: _value(feature, query.get(feature.name, "")) for feature in features}


def _value(feature: CardFeature, text: str) -> float | str:
    """A value as a request has it."""
    usual = text_of(feature, feature.median)
    if feature.categories:
        return text if text in feature.categories else usual
    try:
        value = float(text)
    except ValueError:
        return float(usual)
    return value if math.isfinite(value) else float(usual)


def preset_values(preset: Preset, card: ModelCard, profile: Profile) -> tuple[float, ...] | None:
    """Where a preset puts the sliders, in the card's order; None where that is up to real rows."""
    medians = tuple(feature.median for feature in card.features)
    match preset.kind:
        case "class_median":
            return _class_medians(preset.of, card, profile, medians)
        case "values":
            names = (feature.name for feature in card.features)
            pairs = zip(names, medians, strict=True)
            return tuple(preset.values.get(name, median) for name, median in pairs)
        case "median":
            return medians
        case "random_row" | "borderline":
            return None


def values_at(preset: Preset, model: LiveModel, profile: Profile) -> tuple[float, ...]:
    """The feature values where a preset puts the sliders, in the card's order.

    Presets that need real rows take them from the profile's sample, or from the golden rows where
    the model takes categories, which no sample has. Without a usable row, and wherever a value is
    unknown, it is the median.
    """
    medians = tuple(feature.median for feature in model.card.features)
    match preset.kind:
        case "class_median":
            return _class_medians(preset.of, model.card, profile, medians)
        case "values":
            names = (feature.name for feature in model.card.features)
            pairs = zip(names, medians, strict=True)
            return tuple(preset.values.get(name, median) for name, median in pairs)
        case "random_row":
            rows = _real_rows(model, profile)
            return random.choice(rows) if rows else medians
        case "borderline":
            return _borderline(model, _real_rows(model, profile)) or medians
        case "median":
            return medians


def _class_medians(
    value: str | None, card: ModelCard, profile: Profile, medians: Sequence[float]
) -> tuple[float, ...]:
    group = next((group for group in profile.groups if group.value == value), None)
    if group is None:
        return tuple(medians)
    columns = {column.name: column.quantiles["0.5"] for column in group.columns}
    found = (columns.get(feature.name) for feature in card.features)
    pairs = zip(found, card.features, strict=True)
    return tuple(f.median if x is None else round(x, f.decimals + 1) for x, f in pairs)


def _real_rows(model: LiveModel, profile: Profile) -> list[tuple[float, ...]]:
    """The sampled rows that have every feature, in the card's order."""
    if any(feature.categories for feature in model.card.features):
        return list(model.card.golden.rows)
    position = {name: i for i, name in enumerate(profile.sample.columns)}
    order = [position[feature.name] for feature in model.card.features]
    rows = ([row[i] for i in order] for row in profile.sample.values)
    return [tuple(x for x in row if x is not None) for row in rows if None not in row]


def _borderline(model: LiveModel, rows: list[tuple[float, ...]]) -> tuple[float, ...] | None:
    """The row whose most probable class is least probable, among the first of them."""
    if not model.card.classes:
        return None
    candidates = rows[:BORDERLINE_ROWS]
    return min(candidates, key=lambda row: max(model.predictor.predict_proba(row)), default=None)
