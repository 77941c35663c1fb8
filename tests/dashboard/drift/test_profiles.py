"""Drift laws: nothing moved is nothing, both ways are the same, and bounds hold on raw data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from dashboard.drift.profiles import (
    category_drift,
    decile_cuts,
    drift,
    ks_distance,
    number_drift,
    psi,
    psi_noise,
)
from store.schema import Histogram
from tests import builders

COUNTS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=12)
VALUES = st.lists(
    st.floats(-1e6, 1e6).map(lambda x: round(x, 6)) | st.integers(-3, 3).map(float),
    min_size=1,
    max_size=80,
).map(np.array)


def histogram(values, bins=40):
    low, high = values.min(), values.max()
    around = (low, high) if low < high else (low - 0.5, high + 0.5)
    counts, edges = np.histogram(values, bins=bins, range=around)
    return Histogram(edges=tuple(edges.tolist()), counts=tuple(counts.tolist()))


def column(values, **changes):
    found = {"count": len(values), "histogram": histogram(values)}
    return builders.column("sugar", **found | changes)


@given(COUNTS)
def test_psi_is_never_negative_and_the_same_both_ways(counts):
    one, other = ([pair[i] for pair in counts] for i in (0, 1))

    assert psi(one, other) >= 0
    assert psi(one, other) == pytest.approx(psi(other, one))


@given(COUNTS)
def test_what_did_not_move_has_no_psi(counts):
    one = [pair[0] for pair in counts]

    assert psi(one, one) == 0


def test_psi_is_the_sum_over_the_smoothed_shares():
    # (4 + 1) / (5 + 2) and (1 + 1) / (5 + 2), and the other way round
    e, a = (5 / 7, 2 / 7), (2 / 7, 5 / 7)

    expected = sum((y - x) * np.log(y / x) for x, y in zip(e, a, strict=True))

    assert psi([4, 1], [1, 4]) == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of the p-value, which nobody asks for
@given(VALUES, VALUES)
def test_the_ks_distance_of_the_rows_lies_in_the_interval(one, other):
    found = ks_distance(histogram(one), histogram(other))

    exact = stats.ks_2samp(one, other, method="asymp").statistic

    assert 0 <= found.low <= found.guess <= found.high <= 1
    assert found.low - 1e-9 <= exact <= found.high + 1e-9


@given(VALUES)
def test_the_ks_distance_of_a_histogram_to_itself_may_be_zero(values):
    found = ks_distance(histogram(values), histogram(values))

    assert (found.guess, found.low) == (0, 0)


def test_the_ks_distance_of_ranges_that_do_not_meet_is_one():
    found = ks_distance(histogram(np.arange(10.0)), histogram(np.arange(20.0, 30.0)))

    assert found == (1, 1, 1)


@given(VALUES)
def test_deciles_are_cut_at_inner_edges_with_rows_on_both_sides(values):
    found = histogram(values)

    cuts = decile_cuts(found)

    assert len(cuts) <= 9
    assert cuts == sorted(set(cuts))
    assert set(cuts) <= set(found.edges[1:-1])


def test_noise_is_what_samples_of_one_distribution_have():
    random = np.random.default_rng(5)
    found = []
    for _ in range(300):
        one, other = random.normal(size=(2, 800))
        found.append(number_drift(column(one), column(other), (800, 800)))

    mean = np.mean([one.psi for one in found])
    below = np.mean([one.psi <= one.limit for one in found])

    assert mean == pytest.approx(found[0].noise, rel=0.15)
    assert 0.9 < below < 0.99


@pytest.mark.parametrize("bins", [2, 5, 10, 21])
def test_the_limit_of_noise_is_the_percentile_of_chi_squared(bins):
    _, limit = psi_noise(bins, 1_000, 500)

    assert limit == pytest.approx(stats.chi2.ppf(0.95, bins - 1) * (1 / 1_000 + 1 / 500), rel=0.03)


def test_few_rows_do_not_cry_wolf_and_many_do():
    random = np.random.default_rng(1)
    rows = random.normal(size=20_000), random.normal(0.6, size=20_000)

    few = number_drift(column(rows[0][:20]), column(rows[1][:20]), (20, 20))
    many = number_drift(column(rows[0]), column(rows[1]), (20_000, 20_000))

    assert few.psi > 0.1
    assert few.verdict == "noise"
    assert many.verdict == "large"


def test_a_category_is_compared_by_its_values_and_all_others():
    then = builders.category("colour", {"red": 60, "white": 30}, count=100, missing=10)
    now = builders.category("colour", {"white": 50, "red": 40}, missing=60)

    found = category_drift(then, now, (110, 150))

    assert found.bins == 3
    assert found.psi == pytest.approx(psi([60, 30, 10], [40, 50, 0]))
    assert found.missing == pytest.approx((10 / 110, 60 / 150))


def test_a_column_without_values_has_no_psi_and_comes_last():
    empty = builders.column("acidity", count=0, missing=4, histogram=None)
    other = builders.profile(overall=builders.section(columns=(empty, builders.column("sugar"))))

    found = drift(builders.profile(), other)

    assert [one.column for one in found] == ["sugar", "acidity"]
    assert (found[1].psi, found[1].verdict, found[1].missing) == (None, "unknown", (0.0, 1.0))
