"""Calibrated probabilities: still probabilities, in the same order, and no worse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.trust.predictions import Unseen
from pipeline.trust.scaling import calibrated, calibration_of, reliability
from store.trust import ReliabilityBin

rows_of_shares = st.lists(st.integers(0, 100), min_size=2, max_size=6).filter(any)


def meaning(sharpness: float, *, rows: int = 400) -> Unseen:
    """Answers of a model that says p ** sharpness / sum where the true probability is p."""
    draw = np.random.default_rng(3)
    honest = draw.dirichlet([1.0, 1.0, 1.0], size=rows)
    true = np.array([draw.choice(3, p=p) for p in honest])
    said = honest**sharpness
    return Unseen(said / said.sum(axis=1, keepdims=True), true, np.arange(rows) % 5)


@given(
    counts=rows_of_shares,
    exponent=st.floats(0.05, 20),
    floor=st.floats(1e-5, 0.05),
)
def test_the_map_keeps_the_order_and_the_sum(
    counts: list[int], exponent: float, floor: float
) -> None:
    said = np.array([counts]) / sum(counts)

    found = calibrated(said, exponent, floor)

    order = np.argsort(said[0], kind="stable")
    assert (np.diff(found[0][order]) >= 0).all()
    assert found.sum() == pytest.approx(1, abs=1e-12)
    assert (found >= 0).all()


@pytest.mark.parametrize(("sharpness", "exponent"), [(0.5, 2.0), (2.0, 0.5)])
def test_a_model_that_says_too_little_or_too_much_is_put_right(
    sharpness: float, exponent: float
) -> None:
    found = calibration_of(meaning(sharpness, rows=2_000))

    assert found.exponent == pytest.approx(exponent, rel=0.15)
    assert found.log_loss_after < found.log_loss_before


@pytest.mark.parametrize("sharpness", [0.25, 0.5, 0.9, 1.0, 1.1, 2.0, 4.0])
@pytest.mark.parametrize("rows", [30, 400])
def test_calibration_never_worsens_the_log_loss(sharpness: float, rows: int) -> None:
    found = calibration_of(meaning(sharpness, rows=rows))

    assert found.log_loss_after <= found.log_loss_before


def test_a_model_that_means_what_it_says_stays_as_it_is() -> None:
    answers = meaning(1.0, rows=60)

    found = calibration_of(answers)

    assert found.is_identity
    assert found.log_loss_after == found.log_loss_before
    assert calibrated(answers.answers, found.exponent, found.floor) is answers.answers


def test_a_true_class_that_was_called_impossible_counts_and_is_put_right() -> None:
    answers = np.array([[1.0, 0.0]] * 19 + [[0.0, 1.0]] * 20 + [[1.0, 0.0]])
    true = np.array([0] * 19 + [1] * 21)

    found = calibration_of(Unseen(answers, true, np.arange(40) % 4))

    assert found.log_loss_before > 10
    assert found.log_loss_after < 1


def test_a_bin_has_its_share_and_wilsons_interval() -> None:
    said = np.array([[0.25, 0.75]] * 20)
    true = np.array([0] * 0 + [1] * 20)

    low, high = reliability(said, true)

    assert low == ReliabilityBin(
        low=0.2,
        high=0.3,
        count=20,
        mean_predicted=0.25,
        observed=0.0,
        observed_low=0.0,
        observed_high=0.161125,  # Newcombe 1998, table I: 0 of 20
    )
    assert (high.count, high.observed, high.observed_low) == (20, 1.0, 0.838875)
