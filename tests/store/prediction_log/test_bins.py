"""Every time and every probability has one bin."""

from hypothesis import given
from hypothesis import strategies as st

from store.prediction_log.bins import (
    CONFIDENCE_BINS,
    LATENCY_EDGES,
    confidence_bin,
    latency_bin,
)


@given(st.integers(1, 10**9 - 1))
def test_a_time_lies_in_its_bin(microseconds: int) -> None:
    bin = latency_bin(microseconds)

    assert LATENCY_EDGES[bin] <= microseconds < LATENCY_EDGES[bin + 1]


def test_times_beyond_the_edges_are_in_the_outer_bins() -> None:
    assert latency_bin(0) == latency_bin(1) == 0
    assert latency_bin(10**12) == len(LATENCY_EDGES) - 1


def test_a_decade_has_ten_bins() -> None:
    assert [latency_bin(10**power) for power in range(10)] == list(range(0, 100, 10))


def test_probabilities_have_twenty_bins_and_the_last_includes_one() -> None:
    assert [confidence_bin(p) for p in (0.0, 0.049, 0.05, 0.5, 0.999, 1.0)] == [0, 0, 1, 10, 19, 19]
    assert CONFIDENCE_BINS == 20
