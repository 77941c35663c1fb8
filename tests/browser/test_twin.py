"""The browser's model answers as scikit-learn does: the shipped script, run in Chromium."""

import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_digits, load_wine
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from dashboard.model.arrays import Floats
from dashboard.model.asking import Asking
from dashboard.model.boosting import Boosting
from dashboard.model.flat import FlatModel, Step
from dashboard.model.flatten import flatten
from dashboard.model.linear import Linear, Regression
from dashboard.model.recipes import predictor_of, steps_of
from dashboard.model.trees import LEAF, Trees

ANSWERS = """([flat, rows, avx512]) => {
  const model = openModel(flat, { avx512: avx512 });
  return JSON.stringify(JSON.parse(rows).map((row) => model.predict(row)));
}"""
REFUSAL = """([flat, row]) => {
  const numbers = row.map((text) => Number(text));
  try { return openModel(flat).predict(numbers).join(); }
  catch (error) { return `${error.name}: ${error.message}`; }
}"""
RANDOM_ROWS = 10_000
BEYOND = 0.1  # of each feature's range, on both sides

WINE = load_wine(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
DIGITS = (load_digits().data[:600, 18:30], load_digits().target[:600])
TWO_CLASSES = (DIABETES[0], DIABETES[1] > 140)
EXPONENTIALS = np.random.default_rng(0).uniform(-40, 40, 100_000)
HAS_AVX512 = bool((np.exp(EXPONENTIALS) != [math.exp(x) for x in EXPONENTIALS]).any())

EXACT: dict[str, tuple[Any, Any]] = {
    "tree": (DecisionTreeClassifier(random_state=0), WINE),
    "forest of depth 2": (RandomForestClassifier(100, max_depth=2, random_state=0), WINE),
    "forest of full depth": (RandomForestClassifier(60, random_state=0), WINE),
    "extra trees": (ExtraTreesClassifier(60, random_state=0), WINE),
    "gradient boosting": (GradientBoostingClassifier(n_estimators=40, random_state=0), WINE),
    "gradient boosting of two classes": (
        GradientBoostingClassifier(n_estimators=40, random_state=0),
        TWO_CLASSES,
    ),
    "exponential boosting": (
        GradientBoostingClassifier(loss="exponential", n_estimators=40, random_state=0),
        TWO_CLASSES,
    ),
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=15), WINE),
    "histogram boosting of two classes": (HistGradientBoostingClassifier(max_iter=15), TWO_CLASSES),
    "gradient boosting of ten classes": (
        GradientBoostingClassifier(n_estimators=3, max_depth=2, random_state=0),
        DIGITS,
    ),
    "scaled forest": (
        make_pipeline(StandardScaler(), RandomForestClassifier(50, random_state=0)),
        WINE,
    ),
    "clipped extra trees": (
        make_pipeline(MinMaxScaler(clip=True), ExtraTreesClassifier(20, random_state=0)),
        WINE,
    ),
    "tree regressor": (DecisionTreeRegressor(max_depth=6, random_state=0), DIABETES),
    "forest regressor": (RandomForestRegressor(20, max_depth=6, random_state=0), DIABETES),
    "extra trees regressor": (ExtraTreesRegressor(20, max_depth=6, random_state=0), DIABETES),
    "boosting regressor": (GradientBoostingRegressor(n_estimators=40, random_state=0), DIABETES),
    "histogram boosting regressor": (HistGradientBoostingRegressor(max_iter=15), DIABETES),
}
LINEAR: dict[str, tuple[Any, Any]] = {
    "logistic regression": (LogisticRegression(solver="liblinear"), TWO_CLASSES),
    "scaled logistic regression": (make_pipeline(StandardScaler(), LogisticRegression()), WINE),
    "linear regression": (LinearRegression(), DIABETES),
    "scaled ridge": (make_pipeline(MinMaxScaler(), Ridge()), DIABETES),
}


@pytest.fixture
def twin(scripts: Callable[..., Page]) -> Callable[[FlatModel, Floats], Floats]:
    """Gives the answers of the browser's model to rows: (n, n_features) -> (n, outputs)."""
    page = scripts("model", "openModel")

    def answers(flat: FlatModel, rows: Floats) -> Floats:
        told = page.evaluate(ANSWERS, [flat.to_data(), json.dumps(rows.tolist()), HAS_AVX512])
        return np.array(json.loads(told), dtype=float)

    return answers


def flat_form(estimator: Any, width: int) -> FlatModel:
    """As ``flatten`` makes it, without its proof: the tests compare the browser's answers."""
    *scalers, last = estimator if isinstance(estimator, Pipeline) else [estimator]
    steps = tuple(step for scaler in scalers for step in steps_of(scaler))
    return FlatModel(width, steps, predictor_of(last, width))


def answered(estimator: Any, rows: Floats) -> Floats:
    """scikit-learn's own answers: (n, outputs)."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(rows)
    return estimator.predict(rows)[:, None]


def random_rows(known: Floats) -> Floats:
    """Rows in the range of the known ones and a little beyond."""
    low, high = known.min(axis=0), known.max(axis=0)
    beyond = BEYOND * (high - low)
    return np.random.default_rng(1).uniform(
        low - beyond, high + beyond, (RANDOM_ROWS, known.shape[1])
    )


def rows_on_thresholds(flat: FlatModel, known: Floats, scalers: Any) -> Floats:
    """Known rows, each with a value on a threshold or next to it, as float64 and as float32.

    Behind a scaler the value is scaled back, which is only about right: then also the rows that
    are up to two places above and below.
    """
    predictor = flat.predictor
    trees = predictor.trees if isinstance(predictor, Boosting) else predictor
    assert isinstance(trees, Trees)
    feature = np.asarray(trees.feature)
    pairs = np.unique(np.stack([feature[feature != LEAF], np.asarray(trees.threshold)]), axis=1)
    limit, single = pairs[1], pairs[1].astype(np.float32)
    values = [limit, *(np.nextafter(limit, end) for end in (-np.inf, np.inf)), single]
    values += [np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf)]
    column = np.tile(pairs[0].astype(int), len(values))
    seen = scalers.transform(known) if scalers else known
    rows = seen[np.arange(len(column)) % len(seen)]
    rows[np.arange(len(column)), column] = np.concatenate(values)
    if not scalers:
        return rows
    for scaler in reversed(scalers):
        rows = scaler.inverse_transform(rows)
    around = [rows]
    for end in (-np.inf, np.inf):
        near = rows
        for _ in range(2):
            around.append(near := np.nextafter(near, end))
    return np.concatenate(around)


@pytest.mark.parametrize("name", EXACT)
def test_trees_and_all_that_is_made_of_them_answer_scikit_learns_bits(
    twin: Callable[[FlatModel, Floats], Floats], name: str
) -> None:
    estimator, (known, true) = EXACT[name]
    estimator.fit(known, true)
    flat = flat_form(estimator, known.shape[1])
    scalers = estimator[:-1] if isinstance(estimator, Pipeline) else None
    edges = rows_on_thresholds(flat, known, scalers)
    rows = np.concatenate([known, random_rows(known), edges])

    found = twin(flat, rows)

    assert np.array_equal(found, answered(estimator, rows))


@pytest.mark.parametrize("name", LINEAR)
def test_linear_models_answer_within_the_bound_of_two_sums(
    twin: Callable[[FlatModel, Floats], Floats], name: str
) -> None:
    estimator, (known, true) = LINEAR[name]
    estimator.fit(known, true)
    flat = flat_form(estimator, known.shape[1])
    rows = np.concatenate([known, random_rows(known)])

    found = twin(flat, rows)

    expected = answered(estimator, rows)
    score_error = score_bound(flat, estimator, rows)
    if isinstance(flat.predictor, Linear):  # a probability p changes by at most p (1 - p) a score
        assert (np.abs(found - expected) <= 2 * score_error * expected + 2**-51).all()
    else:
        assert (np.abs(found - expected) <= score_error).all()


def score_bound(flat: FlatModel, estimator: Any, rows: Floats) -> Floats:
    """How far two sums of the same products may differ, each in any order: (n, 1)."""
    assert isinstance(flat.predictor, (Linear, Regression))
    numbers = flat.predictor.to_data()
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    x = estimator[:-1].transform(rows) if isinstance(estimator, Pipeline) else rows
    sizes = np.abs(x) @ np.abs(np.atleast_2d(last.coef_)).T + np.abs(numbers["intercept"])
    return (x.shape[1] + 2) * 2.0**-52 * sizes.max(axis=1, keepdims=True)


@pytest.mark.parametrize("encoder", [OneHotEncoder(), OneHotEncoder(drop="first"), "ordinal"])
def test_categories_are_looked_up_by_their_place(
    twin: Callable[[FlatModel, Floats], Floats], encoder: Any
) -> None:
    texts = ["north", "east", "south"]
    draw = np.random.default_rng(2)
    rows = np.stack([draw.uniform(0, 9, 500), draw.integers(0, 3, 500)], axis=1)
    table = pd.DataFrame({"size": rows[:, 0], "side": [texts[int(p)] for p in rows[:, 1]]})
    made = OrdinalEncoder(categories=[texts[::-1]]) if encoder == "ordinal" else encoder
    scaled = make_column_transformer((made, ["side"]), (StandardScaler(), ["size"]))
    estimator = make_pipeline(scaled, RandomForestRegressor(10, random_state=0))
    estimator.fit(table, rows @ [1.0, 2.0])
    features = [{"name": "size"}, {"name": "side", "categories": texts}]
    ask = Asking(estimator, {"kind": "regressor", "features": features})
    ranges = np.array([[0, 9], [0, 2.0]])
    flat = flatten(estimator, rows[:9], ranges, ask=ask, categories=[None, texts])

    found = twin(flat, rows)

    assert np.array_equal(found, estimator.predict(table)[:, None])


def small_flat(**changes: Any) -> dict[str, Any]:
    """Two features, one split between 0 and 1 on the first."""
    tree = {"kind": "trees", "trees": 1, "feature": [0, -1, -1], "threshold": [0.5]}
    model: dict[str, Any] = {"format": 1, "n_features": 2, "steps": []}
    return model | {"predictor": tree | {"probabilities": [[1.0, 0.0], [0.25, 0.75]]}} | changes


def double(flat: dict[str, Any]) -> dict[str, Any]:
    """The same, comparing float64 numbers."""
    return flat | {"predictor": flat["predictor"] | {"precision": "double"}}


CODED = small_flat(encoding={"sources": [1, 0], "tables": [[0.0, 1.0, 0.0], None]})
TOO_LARGE = "RangeError: A number in the row is not finite, or too large."
NO_CATEGORY = "RangeError: A category in the row is none of its feature."


@pytest.mark.parametrize(
    ("flat", "row", "answer"),
    [
        (small_flat(), ["1", "2"], "0.25,0.75"),
        (small_flat(), ["NaN", "2"], TOO_LARGE),
        (small_flat(), ["1", "-Infinity"], TOO_LARGE),
        (small_flat(), ["1", "1e39"], TOO_LARGE),
        (double(small_flat()), ["1", "1e39"], "0.25,0.75"),
        (small_flat(), ["1"], "RangeError: A row has 2 numbers, not 1."),
        (small_flat(), ["1", "2", "3"], "RangeError: A row has 2 numbers, not 3."),
        (
            double(small_flat(steps=[Step("multiply", [10.0, 1.0]).to_data()])),
            ["1e308", "1"],
            TOO_LARGE,
        ),
        (CODED, ["5", "1"], "0.25,0.75"),
        (CODED, ["5", "2"], "1,0"),
        (CODED, ["5", "3"], NO_CATEGORY),
        (CODED, ["5", "-1"], NO_CATEGORY),
        (CODED, ["5", "0.5"], NO_CATEGORY),
    ],
)
def test_what_the_model_cannot_answer_is_refused_with_a_reason(
    scripts: Callable[..., Page], flat: dict[str, Any], row: list[str], answer: str
) -> None:
    page = scripts("model", "openModel")

    found = page.evaluate(REFUSAL, [flat, row])

    assert found == answer


def test_the_exponential_is_the_c_librarys_in_every_bit(scripts: Callable[..., Page]) -> None:
    page = scripts("exponential", "exponential")
    powers = np.concatenate([EXPONENTIALS, EXPONENTIALS * 12, EXPONENTIALS / 1e9])

    found = mapped(page, "exponential", powers)

    assert np.array_equal(found, [math.exp(power) for power in powers])


def test_the_vectors_exponential_is_numpys_where_the_processor_has_avx_512(
    scripts: Callable[..., Page],
) -> None:
    page = scripts("exponential", "vectorExponential")
    powers = np.concatenate([EXPONENTIALS, EXPONENTIALS * 12, EXPONENTIALS / 1e9])

    found = mapped(page, "vectorExponential", powers)

    expected = np.exp(powers)
    places = np.abs(found - expected) / np.spacing(np.minimum(found, expected))
    assert places.max() <= (0 if HAS_AVX512 else 1)


def test_what_no_number_can_hold_is_nothing_or_infinite(scripts: Callable[..., Page]) -> None:
    page = scripts("exponential", "exponential", "vectorExponential")

    found = page.evaluate(
        "[exponential, vectorExponential].map((e) => [e(0), e(-800), e(800) === Infinity])"
    )

    assert found == [[1, 0, True], [1, 0, True]]


def mapped(page: Page, name: str, numbers: Floats) -> Floats:
    """What a function of the page gives for each number; floats go and come exactly as JSON."""
    map_json = f"text => JSON.stringify(JSON.parse(text).map({name}))"
    return np.array(json.loads(page.evaluate(map_json, json.dumps(numbers.tolist()))), dtype=float)
