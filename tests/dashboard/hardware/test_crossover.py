"""Where a GPU passes a CPU: only between sizes that were measured, with an interval."""

import pytest

from dashboard.hardware.crossover import crossover
from tests.hardware_runs import SKEWED
from tests.hardware_simulation import recovered


def around(seconds: float) -> tuple[float, ...]:
    return tuple(seconds * factor for factor in SKEWED)


def pairs(**times: tuple[float, float]) -> dict[int, tuple[tuple[float, ...], tuple[float, ...]]]:
    """``pairs(n1000=(cpu, gpu))``."""
    return {int(name[1:]): (around(cpu), around(gpu)) for name, (cpu, gpu) in times.items()}


def test_crossovers_are_inside_their_intervals():
    held, found = recovered(trials=200, seed=1)

    assert held >= 0.93
    assert found >= 0.9


def test_lines_cross_where_straight_ones_meet_on_logarithmic_axes():
    found = crossover(pairs(n1000=(0.01, 0.1), n100000=(1.0, 0.1)))

    assert found is not None
    assert found.rows == pytest.approx(10_000)
    assert (found.below, found.above) == (1_000, 100_000)
    assert 1_000 < found.low < 10_000 < found.high < 100_000


def test_the_interval_holds_for_a_fixed_overhead_too():
    # The GPU takes 0.1 s, and a tenth of the CPU's time for a row: equal on 11,111 rows.
    found = crossover(pairs(n1000=(0.01, 0.101), n100000=(1.0, 0.2)))

    assert found is not None
    assert found.low < 11_111 < found.high


@pytest.mark.parametrize(
    "times",
    [
        {"n1000": (1.0, 0.5), "n10000": (2.0, 0.5)},  # always faster
        {"n1000": (1.0, 2.0), "n10000": (2.0, 3.0)},  # always slower
        {"n1000": (1.0, 1.01), "n10000": (2.0, 1.0)},  # not clearly slower anywhere
        {"n1000": (1.0, 2.0), "n10000": (2.0, 1.99)},  # not clearly faster anywhere
        {"n1000": (2.0, 1.0), "n10000": (2.0, 4.0)},  # it loses with more rows
        {"n1000": (1.0, 2.0)},
        {},
    ],
)
def test_without_sizes_on_both_sides_there_is_no_crossover(times):
    assert crossover(pairs(**times)) is None


def test_an_unclear_size_in_between_is_bracketed_by_clear_ones():
    found = crossover(pairs(n1000=(1.0, 2.0), n10000=(2.0, 2.01), n100000=(8.0, 3.0)))

    assert found is not None
    assert (found.below, found.above) == (1_000, 100_000)


def test_of_several_crossovers_the_last_counts():
    times = {"n10": (1, 2), "n100": (2, 1), "n1000": (2, 4), "n10000": (9, 4)}

    found = crossover(pairs(**times))

    assert found is not None
    assert (found.below, found.above) == (1_000, 10_000)
