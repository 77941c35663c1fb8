"""Feedback: the share that was right with its interval, and which class was taken for which."""

import pytest

from dashboard.monitoring.opinions import opinions, wilson
from store.schema import CardClass
from tests import builders

CLASSES = builders.model_card().classes


def test_what_was_called_right_is_its_own_truth():
    said = opinions([("0", None, True, 3), ("0", "1", False, 2)], CLASSES)

    assert said.labels == ("Dry", "Sweet")
    assert said.confusion == ((3, 2), (0, 0))
    assert (said.right, said.total) == (3, 5)


def test_a_wrong_answer_without_its_truth_counts_and_is_in_no_cell():
    said = opinions([("1", None, False, 2)], CLASSES)

    assert (said.right, said.total, said.unnamed) == (0, 2, 2)
    assert said.confusion == ((0, 0), (0, 0))


def test_a_truth_that_the_model_does_not_know_has_a_column_of_its_own():
    said = opinions([("0", "9", False, 1)], CLASSES)

    assert said.labels == ("Dry", "Sweet", "9")
    assert said.confusion[0] == (0, 0, 1)


def test_a_number_has_no_confusion():
    said = opinions([("3.5", "4", False, 1)], ())

    assert (said.labels, said.confusion, said.total) == ((), (), 1)


def test_without_feedback_there_is_no_accuracy():
    assert opinions([], (CardClass(value=0, label="Dry"),)).accuracy is None


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    # Brown, Cai and DasGupta (2001), and by hand from Wilson's formula.
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (5, 10, 0.2366, 0.7634),
        (95, 100, 0.8882, 0.9785),
    ],
)
def test_the_interval_is_wilsons(right, total, low, high):
    found = wilson(right, total)

    assert found.value == right / total
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)
