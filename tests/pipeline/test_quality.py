"""Figures of merit, against published numbers and hand-made cases."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.quality import calibration, held_out, importances, resampled, wilson
from store.schema import CalibrationBin, ClassMetrics

ROWS = pd.DataFrame({"useful": [0.0, 1.0] * 20, "noise": [0.5, 0.5, 0.25, 0.25] * 10})
TRUE = np.array([0, 1] * 20)


class Fixed:
    """An estimator that answers with the probabilities that its only column holds."""

    classes_ = np.array([0, 1])

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray:
        chance = rows["chance of 1"].to_numpy()
        return np.column_stack([1 - chance, chance])

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        return (rows["chance of 1"].to_numpy() > 0.5).astype(int)


def test_held_out_metrics_of_four_rows() -> None:
    rows = pd.DataFrame({"chance of 1": [0.1, 0.6, 0.8, 0.9]})

    found = held_out(Fixed(), rows, np.array([0, 0, 1, 1]), ["Dry", "Sweet"])

    assert (found.rows, found.accuracy.value) == (4, 0.75)
    assert found.confusion == ((1, 1), (0, 2))
    assert found.log_loss == pytest.approx(-sum(map(math.log, [0.9, 0.4, 0.8, 0.9])) / 4)
    assert found.classes == (
        ClassMetrics(label="Dry", precision=1.0, recall=0.5, f1=2 / 3, support=2),
        ClassMetrics(label="Sweet", precision=2 / 3, recall=1.0, f1=0.8, support=2),
    )


def test_a_probability_counts_in_the_bin_that_holds_it() -> None:
    chances = np.array([[0.0, 1.0], [0.1, 0.9], [0.62, 0.38]])
    outcomes = np.array([[False, True], [False, True], [True, False]])

    bins = calibration(chances, outcomes)

    assert [(round(b.low, 1), b.count) for b in bins if b.count] == [
        (0.0, 1),
        (0.1, 1),
        (0.3, 1),
        (0.6, 1),
        (0.9, 2),
    ]
    assert bins[9] == CalibrationBin(low=0.9, high=1.0, count=2, mean_predicted=0.95, observed=1.0)
    assert bins[5] == CalibrationBin(low=0.5, high=0.6, count=0, mean_predicted=None, observed=None)


def test_wilsons_interval_agrees_with_newcombes_published_table() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3
    for right, rows, low, high in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ]:
        found = wilson(right, rows)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_interval_holds_its_value_within_0_and_1(pair: tuple[int, int]) -> None:
    found = wilson(*pair)

    assert 0 <= found.low <= found.value <= found.high <= 1


def test_the_resampled_interval_is_wider_by_the_overlap_of_the_folds() -> None:
    scores = np.array([0.8, 0.9, 0.85, 0.95, 0.9])

    found = resampled(scores, 5, highest=1.0)

    half = 2.7764451052 * math.sqrt((1 / 5 + 1 / 4) * np.var(scores, ddof=1))
    assert found.value == pytest.approx(0.88)
    assert found.low == pytest.approx(0.88 - half)
    assert found.high == pytest.approx(0.88 + half)
    assert resampled(scores, 5, highest=0.9).high == 0.9


def test_a_feature_that_decides_is_worth_more_than_noise() -> None:
    forest = RandomForestClassifier(10, random_state=0).fit(ROWS, TRUE)

    useful, noise = importances(forest, ROWS, TRUE, seed=0)

    assert (useful.feature, noise.feature) == ("useful", "noise")
    assert useful.permutation > 0.3 > abs(noise.permutation)
    assert useful.impurity is not None
    assert noise.impurity is not None
    assert useful.impurity > noise.impurity


def test_impurity_is_told_only_where_it_belongs_to_a_column() -> None:
    forest = RandomForestClassifier(5, random_state=0)
    scaled = make_pipeline(StandardScaler(), forest).fit(ROWS, TRUE)
    mixed = make_pipeline(PCA(), forest).fit(ROWS, TRUE)
    linear = LogisticRegression().fit(ROWS, TRUE)

    told = [
        importances(model, ROWS, TRUE, seed=0)[0].impurity is not None
        for model in (scaled, mixed, linear)
    ]
    assert told == [True, False, False]
