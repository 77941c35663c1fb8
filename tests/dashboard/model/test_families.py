"""Families of honest estimators: each opens as joblib, skops and pickle, and answers the same."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import (
    AdaBoostRegressor,
    BaggingRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.feature_selection import SelectKBest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDRegressor,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
)
from sklearn.svm import SVR, LinearSVC, NuSVR
from sklearn.tree import DecisionTreeRegressor

from dashboard.model.allowed import ESTIMATORS
from dashboard.model.asking import Asking
from dashboard.model.loader import open_model
from dashboard.model.unpickle import open_estimator
from scripts.estimator_list import estimators
from store.errors import ModelRefused
from store.schema import encode
from tests.dashboard.model.forked import answer
from tests.dashboard.model.published import (
    Published,
    dumped,
    forest,
    publish,
    publish_regressor,
    publish_shop,
)

CLASSIFIERS = [
    HistGradientBoostingClassifier(max_iter=5),
    CalibratedClassifierCV(LinearSVC(), cv=2),
    VotingClassifier([("a", GaussianNB()), ("b", forest(n_estimators=2))], voting="soft"),
    StackingClassifier([("a", GaussianNB()), ("b", KNeighborsClassifier(algorithm="brute"))], cv=2),
    make_pipeline(StandardScaler(), PolynomialFeatures(), LogisticRegression(max_iter=20)),
    make_pipeline(
        SelectKBest(k=2),
        KBinsDiscretizer(3, encode="onehot-dense", quantile_method="averaged_inverted_cdf"),
        GaussianNB(),
    ),
]
REGRESSORS = [
    RandomForestRegressor(n_estimators=3),
    ExtraTreesRegressor(n_estimators=3),
    DecisionTreeRegressor(),
    GradientBoostingRegressor(n_estimators=3),
    HistGradientBoostingRegressor(max_iter=5),
    AdaBoostRegressor(n_estimators=3),
    BaggingRegressor(n_estimators=3),
    LinearRegression(),
    Ridge(),
    Lasso(),
    ElasticNet(),
    PoissonRegressor(),
    SGDRegressor(),
    KNeighborsRegressor(algorithm="brute"),
    MLPRegressor(max_iter=3),
    SVR(),
    NuSVR(),
    VotingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor())]),
    StackingRegressor([("a", Ridge()), ("b", DecisionTreeRegressor())], cv=2),
    TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
]
TABLES = [
    [("text", OneHotEncoder(), ["shop", "day"]), ("number", SimpleImputer(), ["price"])],
    [("text", OneHotEncoder(drop="first", min_frequency=20), [1, 2]), ("rest", "passthrough", [0])],
    [("text", OrdinalEncoder(), ["shop", "day"]), ("number", StandardScaler(), slice(0, 1))],
]
MADE: list[tuple[Callable[[Any], Published], Any]] = [
    *((lambda e: publish(e, "iris"), estimator) for estimator in CLASSIFIERS),
    *((publish_regressor, estimator) for estimator in REGRESSORS),
    *(
        (publish_shop, make_pipeline(ColumnTransformer(parts), forest(n_estimators=3)))
        for parts in TABLES
    ),
]


@pytest.mark.parametrize(("published", "estimator"), MADE, ids=lambda e: type(e).__name__)
def test_an_estimator_opens_from_every_kind_of_file_and_answers_the_same(
    published: Callable[[Any], Published], estimator: Any
) -> None:
    model = published(estimator)
    card = json.loads(encode(model.card))
    expected = Asking(model.estimator, card)(model.rows)

    pickled = [pickle.dumps(model.estimator, protocol) for protocol in (0, 2, 5)]
    for data in (model.data, skops.io.dumps(model.estimator), *pickled):
        found = Asking(open_estimator(data), card)(model.rows)
        assert np.array_equal(found, expected)

    outcome = answer(model.data, encode(model.card))
    assert outcome.how == "answered"
    assert outcome.answer.keys() & {"flat", "served_by"}


def test_a_regressor_with_categories_is_asked_through_a_child() -> None:
    shop = publish_shop(make_pipeline(ColumnTransformer(TABLES[0]), GaussianNB()))

    predictor = open_model(shop.data, shop.card)
    found = predictor.predict_proba_rows(shop.rows)
    with pytest.raises(ValueError, match="no answer to these rows"):
        predictor.predict_proba([0.0, 3.0, 0.0])  # there are three shops
    predictor.close()

    expected = Asking(shop.estimator, json.loads(encode(shop.card)))(shop.rows)
    assert np.array_equal(found, expected)


@pytest.mark.parametrize(
    ("published", "estimator"),
    [
        (publish_regressor, GaussianProcessRegressor()),
        (publish_regressor, KNeighborsRegressor(algorithm="kd_tree")),
        (publish_regressor, KNeighborsRegressor(algorithm="ball_tree")),
    ],
)
def test_a_signature_opens_the_families_without_a_check(
    published: Callable[[Any], Published], estimator: Any
) -> None:
    model = published(estimator)

    with pytest.raises(ModelRefused, match="sign"):
        open_estimator(model.data)
    opened = open_estimator(model.data, signed=True)

    assert np.array_equal(opened.predict(model.rows), model.estimator.predict(model.rows))


def test_a_card_of_another_estimator_narrows_what_opens() -> None:
    model = publish(GaussianNB(), "iris")
    other = publish(forest(n_estimators=2), "iris")

    card = model.card.model_copy(update={"steps": other.card.steps})

    assert (
        "holds GaussianNB where its card says RandomForestClassifier"
        in (answer(dumped(model.estimator), encode(card)).answer["refused"])
    )


def test_the_list_of_estimators_is_that_of_the_installed_scikit_learn() -> None:
    listed = json.loads(ESTIMATORS.read_bytes())

    assert listed == estimators(), "run scripts/estimator_list.py"
