"""Flat models answer bit for bit what scikit-learn answers, or they do not exist."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
)
from sklearn.linear_model import HuberRegressor, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from dashboard.model.asking import Asking
from dashboard.model.flat import FlatModel
from dashboard.model.flatten import CannotFlatten, flatten, probes
from dashboard.model.linear import Linear
from tests.dashboard.model.published import Floats, Published, forest, one_by_one, publish

DIABETES_X, DIABETES_Y = load_diabetes(return_X_y=True)
TREES: dict[str, Any] = {
    "forest of depth 2": lambda: forest(),
    "forest of full depth": lambda: forest(max_depth=None, n_estimators=60),
    "extra trees": lambda: ExtraTreesClassifier(n_estimators=60, random_state=0),
    "one tree": lambda: DecisionTreeClassifier(random_state=0),
    "one leaf": lambda: DecisionTreeClassifier(min_samples_split=10_000),
    "standardised forest": lambda: make_pipeline(StandardScaler(), forest(n_estimators=20)),
    "clipped extra trees": lambda: make_pipeline(
        MinMaxScaler(clip=True), ExtraTreesClassifier(n_estimators=20, random_state=0)
    ),
}
BOOSTING: dict[str, Any] = {
    "boosting": lambda: GradientBoostingClassifier(n_estimators=20, random_state=0),
    "boosting from zero": lambda: GradientBoostingClassifier(n_estimators=9, init="zero"),
    "histogram boosting": lambda: HistGradientBoostingClassifier(max_iter=20),
}
REGRESSORS: dict[str, Any] = {
    "forest": lambda: RandomForestRegressor(n_estimators=20, random_state=0),
    "extra trees": lambda: ExtraTreesRegressor(n_estimators=20, random_state=0),
    "one tree": lambda: DecisionTreeRegressor(random_state=0),
    "boosting": lambda: GradientBoostingRegressor(n_estimators=20, random_state=0),
    "histogram boosting": lambda: HistGradientBoostingRegressor(max_iter=20),
    "linear": LinearRegression,
    "ridge": lambda: make_pipeline(StandardScaler(), Ridge()),
    "lasso": lambda: Lasso(alpha=0.1),
    "huber": lambda: HuberRegressor(max_iter=1_000),
}
LINEAR: dict[str, Any] = {
    "logistic regression": lambda: LogisticRegression(max_iter=50),
    "standardised": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "robust": lambda: make_pipeline(RobustScaler(), LogisticRegression()),
    "between 0 and 1": lambda: make_pipeline(MinMaxScaler(), LogisticRegression()),
    "by the largest": lambda: make_pipeline(MaxAbsScaler(), "passthrough", LogisticRegression()),
}


def flattened(published: Published) -> FlatModel:
    """The flat form, proven on every fiftieth row."""
    return flatten(published.estimator, published.rows[::50], published.ranges)


def random_rows(published: Published, count: int) -> Floats:
    """Rows in the ranges of the features and somewhat beyond."""
    low, high = published.ranges.T
    margin = 0.2 * (high - low)
    return np.random.default_rng(1).uniform(low - margin, high + margin, (count, len(low)))


@pytest.mark.parametrize("make", [*TREES.values(), *BOOSTING.values()], ids=[*TREES, *BOOSTING])
@pytest.mark.parametrize("classes", [2, 3])
def test_flat_trees_are_bit_identical_on_training_random_and_threshold_rows(
    make: Any, classes: int
) -> None:
    published = publish(make(), classes=classes)
    flat = flattened(published)
    near = probes(flat, published.rows, published.ranges)
    rows = np.concatenate([published.rows, random_rows(published, 2_000), near])

    batch = flat.predict_proba_rows(rows)

    assert np.array_equal(batch, published.estimator.predict_proba(rows))
    assert batch.tolist() == [flat.predict_proba(row) for row in rows.tolist()]


@pytest.mark.parametrize("make", LINEAR.values(), ids=LINEAR.keys())
@pytest.mark.parametrize("classes", [2, 3])
def test_flat_linear_models_are_bit_identical_row_by_row(make: Any, classes: int) -> None:
    published = publish(make(), classes=classes)
    flat = flattened(published)
    rows = np.concatenate([published.rows, random_rows(published, 200), published.rows * 1e3])

    answers = [flat.predict_proba(row) for row in rows.tolist()]

    assert answers == one_by_one(published.estimator, rows).tolist()
    assert answers == flat.predict_proba_rows(rows).tolist()


@pytest.mark.parametrize("make", REGRESSORS.values(), ids=REGRESSORS.keys())
def test_flat_regressors_predict_bit_for_bit_what_scikit_learn_predicts(make: Any) -> None:
    model = make().fit(DIABETES_X, DIABETES_Y)
    ask = Asking(model, {"kind": "regressor", "features": []})
    ranges = np.stack([DIABETES_X.min(axis=0), DIABETES_X.max(axis=0)], axis=1)

    flat = flatten(model, DIABETES_X[::40], ranges, ask=ask)

    rows = DIABETES_X[1::3] * 1.1
    expected = [model.predict(row[None, :]).tolist() for row in rows]
    assert [flat.predict_proba(row) for row in rows.tolist()] == expected
    assert flat.predict_proba_rows(rows).tolist() == expected


@pytest.mark.parametrize("encoder", [OneHotEncoder(drop="first"), OrdinalEncoder()], ids=repr)
@pytest.mark.parametrize(
    "last", [Ridge(), RandomForestRegressor(n_estimators=9, random_state=0)], ids=repr
)
def test_encoders_are_flat_too(encoder: Any, last: Any) -> None:
    draw = np.random.default_rng(2)
    places = np.stack([draw.uniform(0, 9, 90), draw.integers(0, 3, 90)], axis=1)
    texts = ["north", "east", "south"]
    table = pd.DataFrame({"size": places[:, 0], "side": [texts[int(p)] for p in places[:, 1]]})
    scaled = make_column_transformer((encoder, ["side"]), (StandardScaler(), ["size"]))
    model = make_pipeline(scaled, last).fit(table, places @ [1.0, 2.0])
    features = [{"name": "size"}, {"name": "side", "categories": texts}]
    ask = Asking(model, {"kind": "regressor", "features": features})

    flat = flatten(
        model, places[:9], np.array([[0, 9], [0, 2.0]]), ask=ask, categories=[None, texts]
    )

    again = FlatModel.from_json(flat.to_json())
    for row in places:
        expected = model.predict(table.iloc[[0]].assign(size=row[0], side=texts[int(row[1])]))
        assert again.predict_proba(row.tolist()) == expected.tolist()
    with pytest.raises(ValueError, match="not finite, or too large"):
        again.predict_proba([1.0, 3.0])


SMALL = publish(forest(n_estimators=10))
SMALL_FLAT = flattened(SMALL)
THRESHOLDS = np.asarray(SMALL_FLAT.predictor.to_data()["threshold"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.floats(-1e30, 1e30),
            st.sampled_from(THRESHOLDS.tolist()),
            st.sampled_from(np.nextafter(THRESHOLDS, np.inf).tolist()),
            st.sampled_from(THRESHOLDS.astype(np.float32).astype(float).tolist()),
        ),
        min_size=13,
        max_size=13,
    )
)
def test_for_any_row_the_flat_forest_answers_what_the_forest_answers(row: list[float]) -> None:
    expected = SMALL.estimator.predict_proba(np.array([row]))[0].tolist()

    assert SMALL_FLAT.predict_proba(row) == expected


def test_probes_hold_every_threshold_with_its_float64_and_float32_neighbours() -> None:
    found = set(probes(SMALL_FLAT, SMALL.rows[:3], SMALL.ranges).ravel().tolist())
    single = THRESHOLDS.astype(np.float32)

    for wanted in (
        THRESHOLDS,
        np.nextafter(THRESHOLDS, -np.inf),
        np.nextafter(THRESHOLDS, np.inf),
        np.nextafter(single, np.float32(-np.inf)),
        np.nextafter(single, np.float32(np.inf)),
    ):
        assert found.issuperset(wanted.astype(float).tolist())


def test_weights_keep_the_memory_layout_their_sums_depend_on() -> None:
    flat = flattened(publish(LogisticRegression(max_iter=50)))

    assert isinstance(flat.predictor, Linear)
    assert flat.predictor.layout == "F"


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (GaussianNB(), "GaussianNB has no flat form"),
        (AdaBoostClassifier(n_estimators=2), "AdaBoostClassifier has no flat"),
        (make_pipeline(StandardScaler(), GaussianNB()), "GaussianNB has no flat form"),
    ],
)
def test_a_family_without_a_flat_form_is_named(estimator: Any, words: str) -> None:
    with pytest.raises(CannotFlatten, match=words):
        flattened(publish(estimator))


def test_a_difference_in_the_last_bit_of_one_answer_prevents_a_flat_form() -> None:
    published = publish(forest(n_estimators=10))
    honest = published.estimator.predict_proba
    most = published.rows[:, 0].max()

    def almost(rows: Floats) -> Floats:
        answers: Floats = honest(rows)
        answers[rows[:, 0] > most] = np.nextafter(answers[rows[:, 0] > most], 2)
        return answers

    published.estimator.predict_proba = almost

    with pytest.raises(CannotFlatten, match="bit for bit"):
        flattened(published)
