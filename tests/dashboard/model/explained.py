"""Small fitted models of every flat kind, and what scikit-learn itself says of them on the scale
of their explanations: all coalitions can be asked one by one.
"""

from collections.abc import Callable
from functools import cache
from math import factorial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from dashboard.model.flat import FlatModel
from dashboard.model.flatten import flatten
from dashboard.model.recipes import encoding_of, predictor_of

Floats = NDArray[np.float64]
SHOPS, DAYS = ("north", "south", "east"), ("weekday", "sunday")
NAMES = ("price", "shop", "day", "weight")
TEXTS = (None, SHOPS, DAYS, None)


class Explained(NamedTuple):
    """A flat model, rows it was fitted on, and what its base values and contributions add up to."""

    flat: FlatModel
    rows: Floats
    scores: Callable[[Floats], Floats]
    features: list[dict[str, Any]]
    scale: str


def by_coalitions(worth: Callable[[Floats], Floats], row: Floats, background: Floats) -> Floats:
    """Shapley values by their definition: every coalition of every feature is asked."""
    width, count = len(row), len(background)
    inside = (np.arange(2**width)[:, None] >> np.arange(width)) & 1 == 1
    mixed = np.where(inside[:, None, :], row, background)
    answers = worth(mixed.reshape(-1, width))
    value = answers.reshape(2**width, count, -1).mean(axis=1)
    found = np.zeros((width, value.shape[1]))
    for feature in range(width):
        for coalition in np.flatnonzero(~inside[:, feature]).tolist():
            size = int(inside[coalition].sum())
            weight = factorial(size) * factorial(width - size - 1) / factorial(width)
            found[feature] += weight * (value[coalition | 1 << feature] - value[coalition])
    return found


def _encoded(estimator: Any, *, scaled: bool = False) -> Any:
    numbers = StandardScaler() if scaled else "passthrough"
    parts = [("n", numbers, ["price", "weight"]), ("s", OneHotEncoder(), ["shop"])]
    return make_pipeline(
        ColumnTransformer([*parts, ("d", OrdinalEncoder(), ["day"])], sparse_threshold=0), estimator
    )


def _small(cls: Any, **options: Any) -> Any:
    return cls(**{"random_state": 0} | options)


NUMBERS: dict[str, tuple[Any, int]] = {
    "tree": (_small(DecisionTreeClassifier, max_depth=4), 3),
    "forest": (_small(RandomForestClassifier, n_estimators=8, max_depth=2), 3),
    "full forest of two classes": (_small(RandomForestClassifier, n_estimators=8), 2),
    "scaled extra trees": (
        make_pipeline(
            StandardScaler(),
            MinMaxScaler(clip=True),
            _small(ExtraTreesClassifier, n_estimators=5, max_depth=5),
        ),
        3,
    ),
    "forest of regressors": (_small(RandomForestRegressor, n_estimators=5), 0),
    "boosting": (_small(GradientBoostingClassifier, n_estimators=6), 3),
    "boosting of two classes": (_small(GradientBoostingClassifier, n_estimators=6), 2),
    "exponential boosting": (
        _small(GradientBoostingClassifier, n_estimators=6, loss="exponential"),
        2,
    ),
    "boosted regressor": (_small(GradientBoostingRegressor, n_estimators=6), 0),
    "histogram boosting": (_small(HistGradientBoostingClassifier, max_iter=6), 3),
    "histogram boosting of two classes": (
        make_pipeline(StandardScaler(), _small(HistGradientBoostingClassifier, max_iter=6)),
        2,
    ),
    "histogram boosted regressor": (_small(HistGradientBoostingRegressor, max_iter=6), 0),
    "logistic regression": (make_pipeline(StandardScaler(), LogisticRegression()), 3),
    "logistic regression of two classes": (
        make_pipeline(StandardScaler(), LogisticRegression()),
        2,
    ),
    "ridge": (make_pipeline(MinMaxScaler(), Ridge()), 0),
}
CATEGORIES: dict[str, tuple[Any, int]] = {
    "forest on categories": (_encoded(_small(RandomForestClassifier, n_estimators=8)), 3),
    "boosting on categories": (
        _encoded(_small(GradientBoostingClassifier, n_estimators=6), scaled=True),
        2,
    ),
    "logistic regression on categories": (_encoded(LogisticRegression(), scaled=True), 3),
    "ridge on categories": (_encoded(Ridge()), 0),
}
KINDS = (*NUMBERS, *CATEGORIES)


@cache
def explained(kind: str) -> Explained:
    """One of ``KINDS``, fitted; of a classifier with as many classes as it has there."""
    return _of_numbers(*NUMBERS[kind]) if kind in NUMBERS else _of_shops(*CATEGORIES[kind])


def _of_numbers(estimator: Any, classes: int) -> Explained:
    wine = load_wine()
    rows: Floats = wine.data[:, 1:6]
    target = np.minimum(wine.target, classes - 1) if classes else wine.data[:, 0]
    estimator.fit(rows, target)
    features = [
        {"low": low - 1, "high": high + 1, "categories": None}
        for low, high in zip(rows.min(axis=0).tolist(), rows.max(axis=0).tolist(), strict=True)
    ]
    ranges = np.stack([rows.min(axis=0), rows.max(axis=0)], axis=1)
    ask = None if classes else lambda asked: estimator.predict(asked)[:, None]
    flat = flatten(estimator, rows[:5], ranges, ask=ask)
    return _explained(flat, estimator, rows, lambda asked: asked, features)


def _of_shops(estimator: Any, classes: int) -> Explained:
    rng = np.random.default_rng(0)
    columns = [rng.normal(size=150), rng.integers(3, size=150), rng.integers(2, size=150)]
    rows: Floats = np.stack([*columns, rng.gamma(3, size=150)], axis=1)
    number = rows[:, 0] + rows[:, 1] * (1 + rows[:, 2]) + rng.normal(size=150)
    target = np.minimum(np.floor(np.clip(number, 0, 2.5)), classes - 1) if classes else number
    estimator.fit(framed(rows), target)
    features = [
        {"low": -4.0, "high": 9.0, "categories": list(texts) if texts else None} for texts in TEXTS
    ]
    encoding, steps = encoding_of(estimator[0], TEXTS)
    # Not by flatten: it would ask scikit-learn for frames of one row, thousands of times.
    flat = FlatModel(
        len(TEXTS), tuple(steps), predictor_of(estimator[-1], encoding.width), encoding
    )
    return _explained(flat, estimator, rows, framed, features)


def framed(rows: Floats) -> pd.DataFrame:
    """The rows as people write them, with texts."""
    frame = pd.DataFrame(np.asarray(rows), columns=NAMES)
    for name, texts in zip(NAMES, TEXTS, strict=True):
        if texts:
            frame[name] = [texts[int(place)] for place in frame[name]]
    return frame


def _explained(
    flat: FlatModel,
    estimator: Any,
    rows: Floats,
    given: Callable[[Floats], Any],
    features: list[dict[str, Any]],
) -> Explained:
    factor = 2 if getattr(estimator, "loss", None) == "exponential" else 1

    def scores(asked: Floats) -> Floats:
        if not is_classifier(estimator):
            return np.asarray(estimator.predict(given(asked)))[:, None]
        if not hasattr(estimator, "decision_function"):
            return np.asarray(estimator.predict_proba(given(asked)))
        found = factor * np.asarray(estimator.decision_function(given(asked)))
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    scale = "probability" if is_classifier(estimator) else "prediction"
    if hasattr(estimator, "decision_function"):
        scale = "log-odds"
    return Explained(flat, rows, scores, features, scale)
