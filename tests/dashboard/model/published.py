"""Small fitted models with the files and cards that belong to them."""

import io
import warnings
from dataclasses import dataclass
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier

from store.releases import stored
from store.schema import CardClass, CardStep, Golden, ModelCard, software
from tests.builders import card_feature, category_feature, model_card, regressor_card

SETS = {"wine": load_wine, "iris": load_iris}
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Published:
    """A fitted estimator, its file, its card, and the rows it was fitted on."""

    estimator: Any
    data: bytes
    card: ModelCard
    rows: Floats

    @property
    def ranges(self) -> Floats:
        """The smallest and the largest value of each feature: (n_features, 2)."""
        return np.stack([self.rows.min(axis=0), self.rows.max(axis=0)], axis=1)


def publish(estimator: Any, data_set: str = "wine", *, classes: int | None = None) -> Published:
    """Fit the estimator to the first classes of a data set, and write file and card."""
    bunch = SETS[data_set]()
    kept = bunch.target < (classes or 99)
    rows: Floats = bunch.data[kept]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # convergence is not what these tests are about
        estimator.fit(rows, bunch.target[kept])
    data = dumped(estimator)
    golden = rows[::25]
    card = model_card(
        software=software("scikit-learn", "numpy", "joblib"),
        steps=steps(estimator),
        features=tuple(
            card_feature(name, minimum=low, maximum=high)
            for name, low, high in zip(
                bunch.feature_names, rows.min(axis=0), rows.max(axis=0), strict=True
            )
        ),
        classes=tuple(CardClass(value=int(c), label=f"Class {c}") for c in estimator.classes_),
        golden=Golden(rows=golden, probabilities=one_by_one(estimator, golden)),
        file=stored("models/small/1/model.joblib", data),
    )
    return Published(estimator, data, card, rows)


def publish_regressor(estimator: Any) -> Published:
    """Fit a regressor to some rows of the diabetes data, and write file and card."""
    bunch = load_diabetes()
    rows: Floats = bunch.data[:120]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(rows, bunch.target[:120])
    data, golden = dumped(estimator), rows[::15]
    card = regressor_card(
        software=software("scikit-learn", "numpy", "joblib"),
        steps=steps(estimator),
        features=tuple(
            card_feature(name, minimum=low, maximum=high)
            for name, low, high in zip(
                bunch.feature_names, rows.min(axis=0), rows.max(axis=0), strict=True
            )
        ),
        golden=Golden(rows=golden, probabilities=estimator.predict(golden)[:, None]),
        file=stored("models/small/1/model.joblib", data),
    )
    return Published(estimator, data, card, rows)


def publish_shop(estimator: Any) -> Published:
    """Fit to a table with a number and two texts, as a classifier of 0 and 1; write the rest."""
    shops, days = ("north", "south", "east"), ("weekday", "sunday")
    rng = np.random.default_rng(0)
    rows = np.stack([rng.normal(size=90), rng.integers(3, size=90), rng.integers(2, size=90)], 1)
    frame = pd.DataFrame({"price": rows[:, 0]})
    frame["shop"] = [shops[int(place)] for place in rows[:, 1]]
    frame["day"] = [days[int(place)] for place in rows[:, 2]]
    estimator.fit(frame, (rows[:, 0] + rows[:, 1] > 1).astype(int))
    data, golden = dumped(estimator), rows[:12]
    card = model_card(
        software=software("scikit-learn", "numpy", "joblib"),
        steps=steps(estimator),
        features=(
            card_feature("price", minimum=-4.0, maximum=4.0),
            category_feature("shop", *shops),
            category_feature("day", *days),
        ),
        classes=(CardClass(value=0, label="Stays"), CardClass(value=1, label="Sells")),
        golden=Golden(rows=golden, probabilities=estimator.predict_proba(frame[:12])),
        file=stored("models/small/1/model.joblib", data),
    )
    return Published(estimator, data, card, rows)


def steps(estimator: Any) -> tuple[CardStep, ...]:
    """What the card says of the estimator's steps."""
    return tuple(
        CardStep(estimator=f"sklearn.{type(step).__name__}", parameters={})
        for _, step in getattr(estimator, "steps", [("", estimator)])
    )


def one_by_one(estimator: Any, rows: Floats) -> Floats:
    """scikit-learn's answers as requests get them: a row a call."""
    return np.concatenate([estimator.predict_proba(row[None, :]) for row in rows])


def dumped(estimator: Any, **options: Any) -> bytes:
    """The file joblib writes."""
    file = io.BytesIO()
    joblib.dump(estimator, file, **options)
    return file.getvalue()


def forest(**options: Any) -> RandomForestClassifier:
    """The wine example's kind of model."""
    return RandomForestClassifier(
        **{"max_depth": 2, "n_estimators": 100, "random_state": 0} | options
    )


def pinning(card: ModelCard, data: bytes) -> ModelCard:
    """The card as if this were its file."""
    return card.model_copy(update={"file": stored(card.file.key, data)})
