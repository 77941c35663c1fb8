"""Counting the values of a categorical column in bounded memory."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernel.tally import HASHES, TOP, Tally, hashed

Values = Sequence[str | None]


def tallied(*tasks: Values, room: int = 1_000, batch: int = 7) -> Tally:
    """The state after tasks that count in batches, sent as bytes would be, merged in order."""
    whole = Tally(room)
    for values in tasks:
        task = Tally(room)
        for start in range(0, len(values), batch):
            counted = Counter(values[start : start + batch])
            task.add(np.array(list(counted.values())), list(counted))
        whole.merge(Tally.of(room, task.note(), task.arrays()))
    return whole


@given(
    st.lists(st.sampled_from([None, "a", "b", "ä", "日本", ""]), max_size=60), st.integers(0, 60)
)
def test_few_values_are_counted_exactly_however_they_are_dealt_out(
    values: list[str | None], cut: int
) -> None:
    found = tallied(values[:cut], values[cut:]).values()

    present = Counter(value for value in values if value is not None)
    assert dict(found.top) == present
    assert (found.count, found.missing) == (present.total(), values.count(None))
    assert (found.distinct, found.distinct_error, found.count_error) == (len(present), 0.0, 0)


def test_the_most_frequent_come_first_and_equal_ones_by_name() -> None:
    found = tallied(["b", "c", "a", "c", *(f"x{i:02}" for i in range(30))]).values()

    assert found.top[:4] == (("c", 2), ("a", 1), ("b", 1), ("x00", 1))
    assert len(found.top) == TOP


@pytest.fixture(scope="module")
def many() -> list[str]:
    """Two frequent values among 200,000 that are there once, in no order."""
    random = np.random.default_rng(1)
    values = [*(f"order {i}" for i in range(200_000)), *["often"] * 30_000, *["also"] * 9_000]
    return [values[i] for i in random.permutation(len(values))]


def test_of_very_many_values_the_errors_are_stated_and_kept(many: list[str]) -> None:
    found = tallied(many[:100_000], many[100_000:], room=500, batch=5_000).values()

    counts = Counter(many)
    assert [value for value, _ in found.top[:2]] == ["often", "also"]
    for value, count in found.top:
        assert 0 <= counts[value] - count <= found.count_error
    assert found.count_error <= len(many) / 500
    assert found.count == len(many)
    assert found.distinct == pytest.approx(200_002, rel=5 * found.distinct_error)
    assert 0.0 < found.distinct_error < 0.02


def test_the_state_does_not_grow_with_the_values(many: list[str]) -> None:
    tally = tallied(many[:100_000], many[100_000:], room=500, batch=5_000)

    assert len(tally.counts) <= 2 * 500
    assert tally.hashes is not None
    assert len(tally.hashes) == HASHES


def test_the_number_of_values_is_the_same_however_they_are_dealt_out(many: list[str]) -> None:
    whole = tallied(many[:60_000], room=500, batch=9_000).values()
    parts = tallied(many[:3], many[3:40_000], many[40_000:60_000], room=500, batch=4_000).values()

    assert whole.distinct == parts.distinct


def test_a_hash_is_the_same_on_every_machine() -> None:
    assert hashed(["Barolo", "日本"]).tolist() == [17576786957126050317, 4223062404410717160]
