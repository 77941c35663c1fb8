"""Speed-ups and their intervals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.hardware.ratio import Ratio, geometric_mean, speed_up
from tests.hardware_simulation import PAIRS, coverage

REPEATS = (1.0, 1.01, 1.02, 1.04, 1.11)
seconds = st.floats(1e-6, 1e5)
repeats = st.lists(seconds, min_size=5, max_size=12).map(tuple)


@pytest.mark.parametrize(("cpu", "gpu"), PAIRS)
def test_the_interval_holds_the_truth_as_often_as_it_says(cpu, gpu):
    assert 0.93 <= coverage(cpu, gpu, trials=1_500) <= 0.975  # a standard error is 0.5 %


def test_a_plain_resampling_would_not_hold_where_one_side_is_much_noisier():
    # Why it is smoothed: seven repeats, nearly all the noise on one side.
    random = np.random.default_rng(0)
    truth = 1 + 0.5 * math.log(2)
    held = {"smoothed": 0, "plain": 0}
    for _ in range(1_000):
        slow = tuple(1 + 0.5 * random.exponential(size=7))
        ratio = speed_up(slow, (1.0,) * 7)
        held["smoothed"] += ratio.low <= truth <= ratio.high
        drawn = np.median(random.choice(slow, (400, 7)), axis=1)
        low, high = np.quantile(drawn, (0.025, 0.975))
        held["plain"] += low <= truth <= high
    assert held["smoothed"] >= 930 > 910 > held["plain"]


def test_the_ratio_is_that_of_the_medians():
    ratio = speed_up(tuple(3 * x for x in REPEATS), REPEATS)

    assert ratio.value == pytest.approx(3)
    assert ratio.low < 3 < ratio.high


@given(repeats, repeats)
def test_the_other_way_round_it_is_the_inverse(slow, fast):
    there, back = speed_up(slow, fast), speed_up(fast, slow)

    assert back.value == pytest.approx(1 / there.value, rel=1e-6)
    # The same draws fall on other sides, so the ends agree as far as 4,000 draws do.
    width = math.log(there.high / there.low)
    assert math.log(back.high) == pytest.approx(-math.log(there.low), abs=0.5 * width + 1e-9)


@given(repeats, repeats, st.floats(0.01, 100))
def test_a_unit_of_time_changes_nothing(slow, fast, unit):
    scaled = speed_up(tuple(unit * x for x in slow), tuple(unit * x for x in fast))

    assert scaled == pytest.approx(speed_up(slow, fast), rel=1e-6)


@given(repeats, repeats)
def test_the_interval_lies_within_what_was_measured(slow, fast):
    ratio = speed_up(slow, fast)

    assert min(slow) / max(fast) <= ratio.low * (1 + 1e-9)
    assert ratio.high <= max(slow) / min(fast) * (1 + 1e-9)
    assert ratio.low <= ratio.high


def test_the_same_repeats_always_give_the_same_interval():
    speed_up.cache_clear()
    first = speed_up((2.0, 2.1, 2.2, 2.3, 2.9), REPEATS)
    speed_up.cache_clear()

    assert speed_up((2.0, 2.1, 2.2, 2.3, 2.9), REPEATS) == first


def test_without_noise_the_interval_is_the_ratio():
    assert speed_up((4.0,) * 5, (2.0,) * 5) == pytest.approx((2, 2, 2))


def test_fewer_than_five_repeats_have_no_interval():
    with pytest.raises(ValueError, match="4 repeats are fewer than 5"):
        speed_up((1.0,) * 4, (1.0,) * 5)


@pytest.mark.parametrize(
    ("ratio", "clear"),
    [(Ratio(2, 1.1, 3), True), (Ratio(0.5, 0.4, 0.9), True), (Ratio(1.1, 0.9, 1.3), False)],
)
def test_a_difference_is_clear_where_the_interval_leaves_out_1(ratio, clear):
    assert ratio.clear == clear


def test_a_geometric_mean_of_a_ratio_and_its_inverse_is_1():
    slow = tuple(4 * x for x in REPEATS)

    mean = geometric_mean(((slow, REPEATS), (REPEATS, slow)))

    assert mean.value == pytest.approx(1)
    assert not mean.clear
