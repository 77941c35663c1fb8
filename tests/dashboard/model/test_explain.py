"""Exact Shapley values: the law of additivity, and every coalition asked one by one."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.datasets import load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from dashboard.model.explain import explainer_of
from dashboard.model.explain import trees as explain
from dashboard.model.flat import FlatModel
from dashboard.model.flatten import flatten
from store.errors import NoExplanation
from tests.dashboard.model.explained import KINDS, by_coalitions, explained
from tests.dashboard.model.shap_values import FILE

Floats = NDArray[np.float64]
DIGITS = 1e-12
SHAP = json.loads(FILE.read_text(encoding="utf-8"))


def scores(model: FlatModel) -> Any:
    """The log-odds of a linear model's classes, but for what they share."""

    def ask(rows: Floats) -> Floats:
        odds = np.log(model.predict_proba_rows(rows))
        if odds.shape[1] == 2:
            return odds - odds[:, ::-1]
        centred: Floats = odds - odds.mean(axis=1, keepdims=True)
        return centred

    return ask


@pytest.fixture(scope="module")
def wine() -> tuple[Floats, NDArray[np.int64]]:
    found = load_wine()
    return found.data, found.target


def flat(estimator: Any, rows: Floats, target: Any) -> FlatModel:
    ranges = np.stack([rows.min(axis=0), rows.max(axis=0)], axis=1)
    fitted = estimator.fit(rows, target)
    if is_classifier(fitted):
        return flatten(fitted, rows[:5], ranges)
    return flatten(fitted, rows[:5], ranges, ask=lambda asked: fitted.predict(asked)[:, None])


FORESTS = [
    DecisionTreeClassifier(max_depth=4, random_state=0),
    RandomForestClassifier(n_estimators=8, max_depth=2, random_state=0),
    RandomForestClassifier(n_estimators=8, random_state=0),
    ExtraTreesClassifier(n_estimators=5, random_state=0),
    make_pipeline(StandardScaler(), MinMaxScaler(), RandomForestClassifier(5, random_state=0)),
]


@pytest.mark.parametrize("forest", FORESTS, ids=lambda estimator: str(estimator)[:40])
def test_the_closed_form_of_trees_is_what_every_coalition_together_says(forest, wine):
    rows, target = wine
    model = flat(forest, rows[:, :6], target)
    background = rows[::11, :6]

    found = explainer_of(model, background).contributions(rows[:3, :6])

    for row, contributions in zip(rows[:3, :6], found, strict=True):
        expected = by_coalitions(model.predict_proba_rows, row, background)
        assert np.abs(contributions - expected).max() < DIGITS


@pytest.mark.parametrize("forest", FORESTS, ids=lambda estimator: str(estimator)[:40])
def test_base_value_and_contributions_add_up_to_the_answer(forest, wine):
    rows, target = wine
    model = flat(forest, rows, target)
    explainer = explainer_of(model, rows)

    total = explainer.base + explainer.contributions(rows).sum(axis=1)

    assert explainer.scale == "probability"
    assert np.abs(total - model.predict_proba_rows(rows)).max() < DIGITS


@given(
    st.lists(st.lists(st.floats(-3, 3, width=32), min_size=4, max_size=4), min_size=1, max_size=5),
    st.lists(st.floats(-3, 3), min_size=4, max_size=4),
    st.integers(1, 6),
    st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_any_row_and_any_background_are_explained_exactly(background, row, depth, seed):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(60, 4)).round(1)  # so that values meet thresholds
    forest = ExtraTreesClassifier(n_estimators=3, max_depth=depth, random_state=seed)
    model = flat(forest, rows, rng_classes(random))

    found = explainer_of(model, background).contributions([row])[0]

    table = np.array(background, dtype=np.float64)
    expected = by_coalitions(model.predict_proba_rows, np.array(row), table)
    assert np.abs(found - expected).max() < DIGITS


def rng_classes(random: np.random.Generator) -> NDArray[np.int64]:
    """Sixty labels of three classes, each at least once."""
    return np.concatenate([[0, 1, 2], random.integers(0, 3, size=57)])


def test_a_feature_that_no_tree_asks_for_contributes_exactly_nothing(wine):
    rows, target = wine
    model = flat(DecisionTreeClassifier(max_depth=2, random_state=0), rows, target)
    asked = set(np.asarray(model.predictor.feature).tolist())

    found = explainer_of(model, rows).contributions(rows[:20])

    unasked = [feature for feature in range(13) if feature not in asked]
    assert unasked
    assert (found[:, unasked] == 0).all()


def test_a_forest_of_bare_leaves_has_nothing_to_explain():
    data = {
        "format": 1,
        "n_features": 2,
        "steps": [],
        "predictor": {
            "kind": "trees",
            "trees": 2,
            "feature": [-1, -1],
            "threshold": [],
            "probabilities": [[1.0, 0.0], [0.5, 0.5]],
        },
    }

    explainer = explainer_of(FlatModel.from_data(data), [[1.0, 2.0]])

    assert explainer.base.tolist() == [0.75, 0.25]
    assert (explainer.contributions([[3.0, 4.0]]) == 0).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_a_linear_model_is_explained_exactly_on_its_scores(classes, wine):
    rows, target = wine[0][:, :5], np.minimum(wine[1], classes - 1)
    model = flat(make_pipeline(StandardScaler(), LogisticRegression()), rows, target)
    background = rows[::11]
    explainer = explainer_of(model, background)

    found = explainer.contributions(rows[:2])

    assert explainer.scale == "log-odds"
    for row, contributions in zip(rows[:2], found, strict=True):
        expected = by_coalitions(scores(model), row, background)
        if classes > 2:  # a number that all classes share is no part of a score
            contributions = contributions - contributions.mean(axis=1, keepdims=True)
        assert np.abs(contributions - expected).max() < DIGITS


def test_with_two_classes_base_and_contributions_add_up_to_the_log_odds(wine):
    rows, target = wine[0], np.minimum(wine[1], 1)
    model = flat(make_pipeline(StandardScaler(), LogisticRegression()), rows, target)
    explainer = explainer_of(model, rows)

    total = explainer.base + explainer.contributions(rows[60:62]).sum(axis=1)

    assert np.abs(total - scores(model)(rows[60:62])).max() < 1e-10  # the logarithm costs digits


def test_a_linear_regressor_is_explained_exactly_on_its_prediction(wine):
    rows = wine[0]
    model = flat(make_pipeline(StandardScaler(), Ridge()), rows[:, 1:6], rows[:, 0])
    background = rows[::11, 1:6]
    explainer = explainer_of(model, background)

    found = explainer.contributions(rows[:1, 1:6])[0]

    expected = by_coalitions(model.predict_proba_rows, rows[0, 1:6], background)
    assert explainer.scale == "prediction"
    assert np.abs(found - expected).max() < DIGITS


def test_a_forest_of_regressors_is_explained_exactly_on_its_prediction(wine):
    rows = wine[0]
    forest = RandomForestRegressor(n_estimators=5, random_state=0)
    model = flat(forest, rows[:, 1:6], rows[:, 0])
    explainer = explainer_of(model, rows[:, 1:6])

    total = explainer.base + explainer.contributions(rows[:, 1:6]).sum(axis=1)

    assert explainer.scale == "prediction"
    assert np.abs(total - model.predict_proba_rows(rows[:, 1:6])).max() < 1e-11


def test_trees_that_do_not_round_are_explained_as_they_compare():
    limit = 0.1  # no number of single precision
    trees = {
        "kind": "trees",
        "trees": 1,
        "feature": [0, -1, -1],
        "threshold": [limit],
        "probabilities": [[1.0], [3.0]],
        "precision": "double",
    }
    data = {"format": 1, "n_features": 1, "steps": [], "predictor": trees}
    explainer = explainer_of(FlatModel.from_data(data), [[limit]])

    assert explainer.contributions([[limit]]).tolist() == [[[0.0]]]
    assert explainer.contributions([[float(np.nextafter(limit, 1))]]).tolist() == [[[2.0]]]


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_of_any_kind_is_explained_as_every_coalition_together_says(kind):
    model = explained(kind)
    for background in (model.rows[::29], model.rows[7:8]):
        explainer = explainer_of(model.flat, background)

        found = explainer.contributions(model.rows[3:60:25])

        assert explainer.scale == model.scale
        for row, contributions in zip(model.rows[3:60:25], found, strict=True):
            expected = by_coalitions(model.scores, row, background)
            assert np.abs(contributions - expected).max() < DIGITS * np.abs(expected).max(initial=1)


@pytest.mark.parametrize("kind", KINDS)
def test_base_value_and_contributions_of_any_kind_add_up_to_what_scikit_learn_says(kind):
    model = explained(kind)
    explainer = explainer_of(model.flat, model.rows)

    total = explainer.base + explainer.contributions(model.rows).sum(axis=1)

    expected = model.scores(model.rows)
    assert np.abs(total - expected).max() < DIGITS * np.abs(expected).max(initial=1)


@pytest.mark.parametrize("name", SHAP["models"])
def test_it_says_what_the_package_shap_says(name):
    said = SHAP["models"][name]
    exact, tree = np.array(said["exact"]), np.array(said["tree"])

    explainer = explainer_of(FlatModel.from_data(said["flat"]), said["background"])
    found = explainer.contributions(said["rows"])[:, :, -exact.shape[2] :]

    assert np.abs(found - exact).max() < DIGITS
    assert np.abs(found - tree).max() < 1e-6  # of single precision


def test_a_place_that_is_no_category_is_refused():
    model = explained("forest on categories")
    explainer = explainer_of(model.flat, model.rows)

    with pytest.raises(ValueError, match="place of no category"):
        explainer.contributions([[0.0, 3.0, 0.0, 1.0]])
    with pytest.raises(ValueError, match="not finite, or too large"):
        explainer_of(model.flat, [[0.0, 3.0, 0.0, 1.0]])


def test_what_would_take_too_long_is_refused_with_its_reason(wine, monkeypatch):
    rows, target = wine
    model = flat(RandomForestClassifier(20, random_state=0), rows, target)
    explainer = explainer_of(model, rows)

    monkeypatch.setattr(explain, "MAX_ASKED", 100_000)
    with pytest.raises(NoExplanation, match="rows are too many to explain at once"):
        explainer.contributions(rows)

    monkeypatch.setattr(explain, "MAX_CELLS", 1_000)
    with pytest.raises(NoExplanation, match="too large for an exact explanation"):
        explainer_of(model, rows)

    monkeypatch.setattr(explain, "MAX_PREPARED", 1_000)
    with pytest.raises(NoExplanation, match="too large for an exact explanation"):
        explainer_of(model, rows)


def test_the_rows_that_are_given_stay_as_they_are(wine):
    rows, target = wine
    model = flat(make_pipeline(StandardScaler(), RandomForestClassifier(3)), rows, target)
    before = rows.copy()

    explainer_of(model, rows).contributions(rows[:5])

    assert (rows == before).all()
