"""From named values to an answer: the one way, for the page and for the API."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.model.loader import Predictor
from store.errors import FieldErrors
from store.schema import CardFeature, ClassValue, ColumnProfile, ModelCard

MAX_FIELDS = 10_000
MOST_LISTED = 10
LEAST_CHANGE = 0.0005  # of 1 for a probability, of its range for a number: less is not shown


@dataclass(frozen=True)
class Answer:
    """A prediction: probabilities in the card's class order, and the index of the largest.

    Of a regressor ``probabilities`` has one number, the predicted one, and ``index`` is 0.
    """

    card: ModelCard
    values: tuple[float, ...]
    probabilities: tuple[float, ...]
    index: int

    @property
    def value(self) -> ClassValue | float:
        """The predicted class as the estimator knows it, or the predicted number."""
        return self.card.classes[self.index].value if self.card.classes else self.probabilities[0]

    @property
    def label(self) -> str:
        """The predicted class as people call it, or the predicted number as they read it."""
        if self.card.classes:
            return self.card.classes[self.index].label
        return number_text(self.card, self.probabilities[0])

    @property
    def probability(self) -> float:
        """The probability of the predicted class; of a regressor the predicted number."""
        return self.probabilities[self.index]


def number_text(card: ModelCard, value: float, *, signed: bool = False) -> str:
    """A number of the kind that a regressor predicts, with its decimals and without its unit."""
    places = card.number.decimals if card.number else 0
    return f"{value:{'+' if signed else ''},.{places}f}".replace("-", "−")


@dataclass(frozen=True)
class Driver:
    """How much one feature moves the answer against its median: the predicted class's probability,
    or the predicted number.
    """

    feature: CardFeature
    change: float


class FieldNames:
    """Which field means which feature, under its own name or any alias; built once a card."""

    def __init__(self, card: ModelCard) -> None:
        self.features = card.features
        self._places = [
            {text: float(place) for place, text in enumerate(feature.categories)}
            if feature.categories
            else None
            for feature in card.features
        ]
        self._index = {
            name: index
            for index, feature in enumerate(card.features)
            for name in (feature.name, *feature.aliases)
        }

    def values(self, fields: Iterable[tuple[str, object]]) -> tuple[float, ...]:
        """The feature values in the card's order; of a category its place among them.

        Args:
            fields: (name, value) pairs as they came, duplicates included.

        Raises:
            FieldErrors: Names every field that is missing, unknown, given twice, not a number
                (a boolean is none), NaN or infinite, or none of its categories.
        """
        found: list[float | None] = [None] * len(self.features)
        wrong: dict[str, str] = {}
        for name, value in fields:
            index = self._index.get(name)
            if index is None:
                wrong[name] = "unknown field"
            elif found[index] is not None or self.features[index].name in wrong:
                wrong[self.features[index].name] = "given more than once"
            elif (places := self._places[index]) is not None:
                found[index] = places.get(_category(value))
                if found[index] is None:
                    wrong[self.features[index].name] = f"not one of {_listed(places)}"
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


def _category(value: object) -> str:
    """A category as its text; CSV gives a number where the text looks like one."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    is_one = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    return str(value) if is_one else ""


def _listed(texts: Iterable[str]) -> str:
    """The first of the categories that a field may have."""
    some = list(texts)
    more = f" and {len(some) - MOST_LISTED} more" if len(some) > MOST_LISTED else ""
    return ", ".join(some[:MOST_LISTED]) + more


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

    Each feature alone is set to its median in the training data (a category to the most frequent
    one); ``change`` is how much the probability of the predicted class, or the predicted number,
    is higher with the value at hand than with the median. Features that change nothing are left
    out.
    """
    features = answered.card.features
    rows = np.tile(np.asarray(answered.values, dtype=np.float64), (len(features), 1))
    np.fill_diagonal(rows, [feature.median for feature in features])
    without = predictor.predict_proba_rows(rows)[:, answered.index]
    found = [
        Driver(feature, answered.probability - float(other))
        for feature, other in zip(features, without, strict=True)
    ]
    least = LEAST_CHANGE * _range_of(answered.card)
    found = [driver for driver in found if abs(driver.change) >= least and driver.change]
    return sorted(found, key=lambda driver: -abs(driver.change))[:limit]


def _range_of(card: ModelCard) -> float:
    """How far apart answers can be: 1 for a probability, else what the target had in the rows."""
    values = card.number.values if card.number else None
    if values is None or values.minimum is None or values.maximum is None:
        return 1.0
    return values.maximum - values.minimum


def rank_of(values: ColumnProfile, value: float) -> float:
    """About which share of the rows has a smaller number: by the histogram, evenly in each bin."""
    if values.minimum is None or values.maximum is None or values.histogram is None:
        return 0.5
    if not values.minimum <= value <= values.maximum:
        return 0.0 if value < values.minimum else 1.0
    counts = np.cumsum([0, *values.histogram.counts])
    share = float(np.interp(value, values.histogram.edges, counts) / max(counts[-1], 1))
    return min(max(share, 0.001), 0.999)


def outside_range(answered: Answer) -> list[tuple[CardFeature, str]]:
    """The features whose value no training row had, each with "below" or "above"."""
    pairs = zip(answered.card.features, answered.values, strict=True)
    return [
        (feature, "below" if value < feature.minimum else "above")
        for feature, value in pairs
        if not feature.minimum <= value <= feature.maximum
    ]
