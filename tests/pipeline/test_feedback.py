"""What people said of answers, as rows to train on."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from pipeline.feedback import (
    AGAIN,
    AT_ODDS,
    FOREIGN,
    IN_TABLE,
    OLDER,
    REMEMBERED,
    Feedback,
    Saying,
    feedback_of,
)
from pipeline.rows import Rows
from pipeline.train import train
from store.descriptor import Descriptor, ModelSpec, Step, Target
from store.errors import InputError
from store.schema import ModelCard, decode, encode
from tests import builders

TREE = Step(estimator="sklearn.tree.DecisionTreeClassifier")


def drinks(*, labels: tuple[Any, Any] = (0, 1)) -> Rows:
    """Twenty dry drinks, then twenty sweet ones."""
    draw = np.random.default_rng(5)
    sugar = np.repeat([0.0, 1.0], 20) + draw.normal(0, 0.2, 40)
    features = pd.DataFrame({"acidity": draw.normal(3, 1, 40), "sugar": sugar})
    return Rows(features, np.repeat(np.array(labels), 20), dropped=0)


def described(**said: Any) -> Descriptor:
    return builders.descriptor(model=ModelSpec(steps=(TREE,), folds=2, repeats=2), **said)


def told(*labelled: Saying, rows: Rows | None = None, most: int = 30) -> Feedback:
    return feedback_of(labelled, rows or drinks(), described(), most=most)


def drink(acidity: Any, sugar: Any, kind: str = "1") -> Saying:
    return {"acidity": acidity, "sugar": sugar}, kind


def test_a_row_that_the_table_lacks_is_taken_as_it_is() -> None:
    found = told(drink(0.1 + 0.2, 5e-324), drink(3, 7, "0"))

    assert found.features.to_numpy().tolist() == [[0.1 + 0.2, 5e-324], [3.0, 7.0]]
    assert found.target.tolist() == [1, 0]
    assert (found.told.rows, found.told.left_out) == (2, {})


def test_a_row_of_the_table_is_left_out_so_that_no_held_out_row_is_trained_on() -> None:
    rows = drinks()
    known = rows.features.iloc[7]

    found = told(drink(known["acidity"], known["sugar"], "0"), drink(1, 2), rows=rows)

    assert (found.told.rows, found.told.left_out) == (1, {IN_TABLE: 1})


def test_what_is_said_again_counts_once_and_two_classes_of_one_row_cancel() -> None:
    found = told(
        drink(1, 1), drink(1, 1), drink(2, 2, "0"), drink(2, 2, "1"), drink(2, 2, "1"), drink(3, 3)
    )

    assert found.features["sugar"].tolist() == [1, 3]
    assert found.told.left_out == {AGAIN: 3, AT_ODDS: 1}


@pytest.mark.parametrize(
    "saying",
    [
        drink("much", 1),
        drink(True, 1),
        drink(float("inf"), 1),
        drink(1, 1, "2"),
        ({"acidity": 1.0}, "1"),
        ({"acidity": 1.0, "sugar": 1.0, "colour": 1.0}, "1"),
    ],
)
def test_what_this_table_cannot_have_is_left_out(saying: Saying) -> None:
    assert told(saying).told.left_out == {FOREIGN: 1}


def test_a_category_has_to_be_one_of_the_table() -> None:
    rows = Rows(
        pd.DataFrame({"acidity": [1.0, 2.0], "shop": np.array(["here", "there"], dtype=object)}),
        np.array(["dry", "sweet"]),
        dropped=0,
    )

    found = told(
        ({"acidity": 3.0, "shop": "there"}, "sweet"),
        ({"acidity": 3.0, "shop": "elsewhere"}, "sweet"),
        ({"acidity": 3.0, "shop": 1}, "sweet"),
        rows=rows,
    )

    assert found.features.to_dict("list") == {"acidity": [3.0], "shop": ["there"]}
    assert found.target.tolist() == ["sweet"]
    assert found.told.left_out == {FOREIGN: 2}


def test_the_newest_are_taken_where_there_are_more_than_the_table_gives() -> None:
    found = told(*(drink(i, i) for i in range(10)), drink(0, 0), most=3)

    assert found.features["sugar"].tolist() == [8, 9, 0]
    assert found.told.left_out == {AGAIN: 1, OLDER: 7}


def test_a_flood_of_feedback_does_not_fill_the_memory() -> None:
    found = told(*(drink(i, i) for i in range(REMEMBERED + 5)), most=2)

    assert found.told.left_out == {OLDER: REMEMBERED + 3}


def test_a_number_that_is_predicted_has_no_feedback_to_learn_from() -> None:
    spec = ModelSpec(steps=(Step(estimator="sklearn.tree.DecisionTreeRegressor"),))
    regressor = builders.descriptor(target=Target(column="sugar"), model=spec)

    with pytest.raises(InputError, match=r"predicts a number\. Train it without --with-feedback"):
        feedback_of([], drinks(), regressor, most=1)


def test_feedback_is_trained_on_and_the_scores_stay_comparable() -> None:
    rows = drinks()
    # Sweet drinks with more acid than any in the table: it has nothing to say of them.
    labelled = [drink(20.0 + i, 0.0) for i in range(12)]

    plain = train(rows, described(), builders.profile()).card
    taught = train(rows, described(), builders.profile(), labelled=labelled).card

    assert (plain.data.train_rows, plain.data.feedback) == (30, None)
    assert (taught.data.train_rows, taught.data.rows) == (30, 40)
    assert taught.data.feedback is not None
    assert taught.data.feedback.rows == 12
    assert taught.cross_validation == plain.cross_validation
    assert taught.held_out is not None
    assert taught.held_out.rows == plain.held_out.rows == 10
    assert taught.file.sha256 != plain.file.sha256


def test_a_card_without_feedback_is_written_as_before() -> None:
    card = builders.model_card()

    assert b"feedback" not in encode(card)
    assert decode(ModelCard, encode(card), name="card") == card
