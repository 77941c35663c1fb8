"""The rows of the benchmark: the same to the bit everywhere, and worth learning from."""

import hashlib

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from store.benchmark_data import BLOCK, data_hash, make_data

PINNED = "7e8af969f9801cfbc3aaab78677d4657f5079020006acc97b10c5f05d7957e8d"


def test_the_rows_are_the_same_to_the_bit_on_every_machine():
    # Written down once. Another value means that old files of results can no longer be checked.
    assert data_hash(0, 1_000) == PINNED


def test_the_hash_is_that_of_the_rows_as_they_are_given():
    data = make_data(5, 1_000)

    digest = hashlib.sha256()
    for part in (data.train, data.held_out):
        digest.update(part.x.astype("<f4").tobytes())
        digest.update(part.y.astype("<i4").tobytes())
    assert data.sha256 == data_hash(5, 1_000) == digest.hexdigest()


@pytest.mark.parametrize("other", [(6, 1_000), (5, 1_001)])
def test_another_seed_or_size_has_another_hash(other):
    assert data_hash(5, 1_000) != data_hash(*other)


def test_the_first_rows_do_not_depend_on_how_many_follow():
    few, many = make_data(1, 500).train, make_data(1, BLOCK + 7).train

    np.testing.assert_array_equal(few.x, many.x[:500])
    np.testing.assert_array_equal(few.y, many.y[:500])


def test_features_are_standard_and_labels_balanced():
    x, y = make_data(1, 100_000).train

    assert x.dtype == np.float32
    assert x.shape == (100_000, 13)
    np.testing.assert_allclose(x.mean(axis=0), 0, atol=0.02)
    np.testing.assert_allclose(x.std(axis=0), 1, atol=0.02)
    assert abs(y.mean() - 0.5) < 0.01


def test_no_row_is_both_learned_from_and_held_out():
    data = make_data(1, 10_000)

    assert not {*map(bytes, data.train.x)} & {*map(bytes, data.held_out.x)}


def test_trees_learn_more_from_it_than_guessing_and_less_than_everything():
    data = make_data(1, 10_000)

    model = HistGradientBoostingClassifier(random_state=0).fit(*data.train)

    assert 0.8 < model.score(*data.held_out) < 0.95
