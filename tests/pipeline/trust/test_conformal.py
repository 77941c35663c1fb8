"""Thresholds by rank, sets from them, and what an empty or a rare one means."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.trust.conformal import at, conformal_of, coverage, sets_of, thresholds_of, upward
from pipeline.trust.predictions import Unseen


def unseen(answers: list, true: list) -> Unseen:
    return Unseen(np.array(answers, float), np.array(true), np.arange(len(true)) % 2)


def numbers(misses: list[float]) -> Unseen:
    """Answers of 0 to numbers, which are therefore by how much each was missed."""
    return unseen([0.0] * len(misses), misses)


@given(n=st.integers(1, 400), k=st.integers(1, 199))
def test_a_threshold_is_the_score_of_the_rank_that_few_rows_need(n: int, k: int) -> None:
    known = thresholds_of(numbers([float(i) for i in range(1, n + 1)]))[0]

    rank = -int(-(Fraction(n + 1) * k / 200) // 1)
    assert known[k - 1] == (float(rank) if rank <= n else None)


def test_a_confidence_that_rows_do_not_carry_leaves_nothing_out() -> None:
    found = unseen([[0.9, 0.1]] * 20, [0, 1] * 10)

    known = thresholds_of(found)

    assert at(known[0], 0.95) < np.inf  # 20 rows carry 20 / 21
    assert at(known[0], 0.99) == np.inf
    assert sets_of(np.array([[1.0, 0.0]]), known, 0.99).tolist() == [[True, True]]


@pytest.mark.parametrize(("confidence", "place"), [(0.8, 159), (0.55, 109), (0.801, 160)])
def test_a_confidence_between_two_levels_takes_the_higher(confidence: float, place: int) -> None:
    known = tuple(float(i) for i in range(199))

    assert at(known, confidence) == place


@given(st.floats(1e-12, 1e12))
def test_a_threshold_is_rounded_up_by_a_millionth_at_most(value: float) -> None:
    assert value <= upward(value) <= value * (1 + 1e-5)


def test_a_rare_class_has_thresholds_of_its_own_and_a_very_rare_one_is_never_left_out() -> None:
    even = unseen([[0.7, 0.3]] * 40, [0] * 20 + [1] * 20)
    rare = unseen([[0.7, 0.3]] * 40, [0] * 37 + [1] * 3)

    assert len(thresholds_of(even)) == 1
    common, seldom = thresholds_of(rare)
    assert (at(common, 0.9), at(seldom, 0.9)) == (upward(1 - 0.7), np.inf)
    assert at(seldom, 0.75) == upward(1 - 0.3)  # three rows carry 3 / 4


def test_an_empty_set_is_counted_and_shown_with_the_most_probable_class() -> None:
    strict = (tuple([0.25] * 199),)
    rows = unseen([[0.9, 0.1, 0.0], [0.4, 0.35, 0.25], [0.4, 0.35, 0.25]], [0, 0, 1])

    found = coverage([(strict, rows)], 0.8)

    assert (found.rows, found.covered, found.shown, found.empty) == (3, 1, 2, 2)
    assert found.size == 1.0


def test_an_interval_without_an_end_has_no_width() -> None:
    found = conformal_of(numbers([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), None)

    assert [item.size for item in found.coverage] == [None] * 4
    assert [item.covered for item in found.coverage] == [6] * 4
