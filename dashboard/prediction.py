"""From named values to an answer: the one way, for the page and for the API."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.model.loader import Predictor
from store.errors import FieldErrors
from store.schema import CardFeature, ClassValue, ModelCard

MAX_FIELDS = 10_000


@dataclass(frozen=True)
class Answer:
    """A prediction: probabilities in the card's class order, and the index of the largest."""

    card: ModelCard
    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    index: int

    @property
    def value(self) -> ClassValue:
        """The predicted class as the estimator knows it."""
        return self.card.classes[self.index].value

    @property
    def label(self) -> str:
        """The predicted class as people call it."""
        return self.card.classes[self.index].label

    @property
    def probability(self) -> float:
        """The probability of the predicted class."""
        return self.probabilities[self.index]


@dataclass(frozen=True)
class Driver:
    """How much one feature moves the predicted class's probability against its median."""

    feature: CardFeature
    change: float


class FieldNames:
    """Which field means which feature, under its own name or any alias; built once a card."""

    def __init__(self, card: ModelCard) -> None:
        self.features = card.features
        self._index = {
            name: index
            for index, feature in enumerate(card.features)
            for name in (feature.name, *feature.aliases)
        }

    def values(self, fields: Iterable[tuple[str, object]]) -> tuple[float, ...]:
        """The feature values in the card's order.

        Args:
            fields: (name, value) pairs as they came, duplicates included.

        Raises:
            FieldErrors: Names every field that is missing, unknown, given twice, not a number
                (a boolean is none), NaN or infinite.
        """
        found: list[float | None] = [None] * len(self.features)
        wrong: dict[str, str] = {}
        for name, value in fields:
            index = self._index.get(name)
            if index is None:
                wrong[name] = "unknown field"
            elif found[index] is not None or self.features[index].name in wrong:
                wrong[self.features[index].name] = "given more than once"
            elif (problem := _problem(value)) is not None:
                wrong[self.features[index].name] = problem
            else:
                found[index] = float(value)  # type: ignore[arg-type]  # _problem saw a number
        for feature, number in zip(self.features, found, strict=True):
            if number is None and feature.name not in wrong:
                wrong[feature.name] = "missing"
        if wrong:
            raise FieldErrors(wrong)
        return tuple(number for number in found if number is not None)


def _problem(value: object) -> str | None:
    """Why this is not a usable number; None where it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "not a number"
    try:
        return None if math.isfinite(float(value)) else "not a finite number"
    except OverflowError:
        return "not a finite number"


def answer(card: ModelCard, predictor: Predictor, values: Sequence[float]) -> Answer:
    """Ask the model. The first class wins a tie, as in scikit-learn."""
    probabilities = predictor.predict_proba(values)
    index = probabilities.index(max(probabilities))
    return Answer(card, tuple(values), tuple(probabilities), index)


def drivers(answered: Answer, predictor: Predictor, *, limit: int) -> list[Driver]:
    """What drives an answer: the ``limit`` features that move it most, strongest first.

    Each feature alone is set to its median in the training data; ``change`` is how much the
    probability of the predicted class is higher with the value at hand than with the median.
    Features that change nothing are left out.
    """
    features = answered.card.features
    rows = np.tile(np.asarray(answered.values, dtype=np.float64), (len(features), 1))
    np.fill_diagonal(rows, [feature.median for feature in features])
    without = predictor.predict_proba_rows(rows)[:, answered.index]
    found = [
        Driver(feature, answered.probability - float(other))
        for feature, other in zip(features, without, strict=True)
    ]
    found = [driver for driver in found if abs(driver.change) >= 0.0005]
    return sorted(found, key=lambda driver: -abs(driver.change))[:limit]


def outside_range(answered: Answer) -> list[tuple[CardFeature, str]]:
    """The features whose value no training row had, each with "below" or "above"."""
    pairs = zip(answered.card.features, answered.values, strict=True)
    return [
        (feature, "below" if value < feature.minimum else "above")
        for feature, value in pairs
        if not feature.minimum <= value <= feature.maximum
    ]
