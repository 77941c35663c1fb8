"""What the child makes of a file and a card; here without a process around it."""

import io
import json
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from dashboard.model.asking import Asking
from dashboard.model.flat import FlatModel
from dashboard.model.frames import read_frame, write_frame
from dashboard.model.opener import opened, serve
from store.schema import ModelCard, encode
from tests.dashboard.model.published import Published, dumped, forest, publish


def described(card: ModelCard, **changes: Any) -> dict[str, Any]:
    """A card as the child gets it."""
    return json.loads(encode(card)) | changes


def answer(data: bytes, card: ModelCard, **changes: Any) -> dict[str, Any]:
    """The child's answer about a file and a card with some parts replaced."""
    return opened(data, json.loads(encode(card)) | changes)[1]


def test_a_forest_becomes_data(wine: Published) -> None:
    said = answer(wine.data, wine.card)

    flat = FlatModel.from_data(json.loads(json.dumps(said))["flat"])
    assert np.array_equal(
        flat.predict_proba_rows(wine.rows), wine.estimator.predict_proba(wine.rows)
    )


def test_a_model_of_another_feature_count_is_refused(wine: Published) -> None:
    iris = publish(forest(n_estimators=3), "iris")

    said = answer(iris.data, wine.card)

    assert said == {"refused": "The RandomForestClassifier takes 4 features; its card lists 13."}


def test_features_in_another_order_are_refused(wine: Published) -> None:
    pandas = pytest.importorskip("pandas")
    names = [feature.name for feature in wine.card.features]
    frame = pandas.DataFrame(wine.rows, columns=names)
    target = wine.estimator.predict(wine.rows)

    right = forest(n_estimators=2).fit(frame, target)
    wrong = forest(n_estimators=2).fit(frame[names[::-1]], target)

    assert "golden rows" in answer(dumped(right), wine.card)["refused"]
    assert "in another order" in answer(dumped(wrong), wine.card)["refused"]


def test_other_classes_than_the_cards_are_refused(wine: Published) -> None:
    classes = [{"value": value, "label": "-"} for value in (1, 0, 2)]

    assert "classes that are not the 3" in answer(wine.data, wine.card, classes=classes)["refused"]


def test_golden_rows_that_do_not_reproduce_name_the_versions(wine: Published) -> None:
    other = forest(random_state=1).fit(wine.rows, wine.estimator.predict(wine.rows))

    said = answer(dumped(other), wine.card, software={"scikit-learn": "1.3.0"})
    same = answer(dumped(other), wine.card)

    assert "made with scikit-learn 1.3.0 (here " in said["refused"]
    assert said["versions"] is True
    assert "with the versions that it was made with" in same["refused"]
    assert "versions" not in same


@pytest.mark.parametrize(
    ("estimator", "words"),
    [
        (StandardScaler().fit([[1.0], [2.0]]), "has no predict_proba"),
        (SVC().fit([[1.0], [2.0]], [0, 1]), "has no predict_proba"),
        (RandomForestClassifier(), "never fitted"),
        (LogisticRegression(), "never fitted"),
    ],
)
def test_what_cannot_predict_probabilities_is_refused(
    wine: Published, estimator: Any, words: str
) -> None:
    assert words in answer(dumped(estimator), wine.card)["refused"]


def test_whatever_a_forged_model_makes_scikit_learn_raise_is_a_refusal(wine: Published) -> None:
    model = publish(LogisticRegression(max_iter=5)).estimator
    model.coef_ = model.coef_[:, :2]

    said = answer(dumped(model), wine.card, steps=[])

    assert "does not open: ValueError" in said["refused"]


def test_a_served_model_answers_until_the_questions_end(wine: Published) -> None:
    questions, answers = io.BytesIO(), io.BytesIO()
    for rows in (wine.rows[:2].tolist(), [[1.0]]):
        write_frame(questions, json.dumps({"rows": rows}).encode())
    questions.seek(0)

    serve(Asking(wine.estimator, json.loads(encode(wine.card))), questions, answers)

    answers.seek(0)
    expected = wine.estimator.predict_proba(wine.rows[:2]).tolist()
    assert json.loads(read_frame(answers)) == {"probabilities": expected}
    assert json.loads(read_frame(answers))["problem"].startswith("ValueError")
