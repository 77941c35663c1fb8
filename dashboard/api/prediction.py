"""From named values to a row of a model: the one way, for every front of the API."""

import math
from collections.abc import Iterable

from store.errors import FieldErrors
from store.schema import ModelCard

MAX_FIELDS = 10_000
MOST_LISTED = 10


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
