"""What a fitted estimator is asked, in the form in which it was fitted: in the child only.

A row comes as numbers. An estimator with text among its features, or one that picks its columns
by name, gets a table with the card's names; any other gets the numbers as they are, which saves
the second that importing pandas takes.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model.arrays import Floats


@dataclass(frozen=True)
class Asking:
    """A fitted estimator that is asked with rows of numbers and answers with numbers.

    Args:
        estimator: A fitted classifier, regressor, or Pipeline of one.
        card: Its card, as JSON gives it.
    """

    estimator: Any
    card: Mapping[str, Any]

    def __call__(self, rows: ArrayLike) -> Floats:
        """One probability a class, or the one number predicted: (n, n_features) -> (n, outputs).

        Raises:
            ValueError: A category is none of its feature; or whatever the estimator raises.
        """
        x = self.given(np.asarray(rows, dtype=np.float64))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as for columns without names
            if self.card.get("kind") == "regressor":
                found = np.asarray(self.estimator.predict(x), dtype=np.float64)
                return found[:, None] if found.ndim == 1 else found
            return np.asarray(self.estimator.predict_proba(x), dtype=np.float64)

    def given(self, rows: Floats) -> Any:
        """The rows as the estimator takes them: an array, or a table with the card's names."""
        features = self.card["features"]
        texts = {f["name"]: f["categories"] for f in features if f.get("categories")}
        if not texts and not picks_columns(self.estimator):
            return rows
        import pandas as pd

        frame = pd.DataFrame(rows, columns=[feature["name"] for feature in features])
        for name, categories in texts.items():
            frame[name] = pd.Series(_named(frame[name].to_numpy(), categories), dtype=object)
        return frame


def _named(places: Floats, categories: list[str]) -> list[str]:
    """The categories at these places. Raises ValueError."""
    if not np.isin(places, np.arange(len(categories))).all():
        raise ValueError("A category is not one of its feature.")
    return [categories[int(place)] for place in places]


def picks_columns(estimator: Any) -> bool:
    """Whether any part of the estimator takes columns by their names."""
    seen, parts = set(), [estimator]
    while parts:  # parts may be shared, so that a walk down every way would not end
        part = parts.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if type(part).__name__ == "ColumnTransformer":
            return True
        if isinstance(part, dict):
            parts += part.values()
        elif isinstance(part, (list, tuple)):
            parts += part
        elif type(part).__module__.startswith("sklearn.") and hasattr(part, "__dict__"):
            parts += vars(part).values()
    return False
