"""How far sliders go, where presets put them, and what a link says of their values."""

import math
from collections.abc import Mapping, Sequence

from store.descriptor import Preset
from store.schema import CardFeature, ModelCard, Profile

MARGIN = 0.12  # of the training range, on each side: so far one may extrapolate, and see it


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
    """Where a preset puts the sliders, in the card's order; None where that is up to real rows.

    A value that is unknown is the median.
    """
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
