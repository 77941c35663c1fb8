"""Every classifier and regressor of scikit-learn is served as scikit-learn answers, or refused."""

import pytest
from sklearn.utils import all_estimators

from scripts.estimators import FILE, Served, document, survey

# As good as nothing else may they become: these are what people train most.
FLAT = {
    "DecisionTreeClassifier",
    "GradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "LogisticRegression",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "Ridge",
}


@pytest.fixture(scope="module")
def found() -> list[Served]:
    return list(survey())


@pytest.mark.slow
def test_the_table_in_the_docs_is_that_of_the_installed_scikit_learn(found: list[Served]) -> None:
    assert FILE.read_text(encoding="utf-8") == document(found)


@pytest.mark.slow
def test_no_estimator_is_left_out_and_every_refusal_has_a_reason(found: list[Served]) -> None:
    for kind in ("classifier", "regressor"):
        names = {name for name, _ in all_estimators(type_filter=kind)}
        assert {served.name for served in found if served.kind == kind} == names
    assert all(served.reason for served in found if served.how in ("refused", "signed only"))


@pytest.mark.slow
def test_none_answers_differently_from_scikit_learn(found: list[Served]) -> None:
    assert not [served for served in found if "differently" in served.reason]


@pytest.mark.slow
def test_the_usual_ones_are_flat(found: list[Served]) -> None:
    assert {served.name for served in found if served.how == "flat"} >= FLAT
