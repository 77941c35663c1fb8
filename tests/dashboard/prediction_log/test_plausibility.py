"""The share of a row is that of the Predict page's badge."""

import time

import numpy as np

from dashboard.prediction_log.plausibility import shares_of
from pipeline.trust.plausibility import scores
from scripts.servers import ROOT
from store.artifacts import open_store
from store.releases import read_card, read_pointer


def wine():
    store = open_store(str(ROOT / "data" / "artifacts"))
    release = read_pointer(store).release
    [released] = [model for model in release.models if model.name == release.default]
    return read_card(store, released)


def test_the_share_is_of_the_scores_that_lie_as_far_out_or_farther():
    card = wine()
    known = card.trust.plausibility
    golden = np.array(card.golden.rows)
    rows = np.vstack([golden, golden[::-1] * 1.3, np.zeros((1, golden.shape[1]))])

    found = shares_of(known)(rows)

    distances = scores(known, rows)
    expected = [np.mean([s >= d for s in known.scores]) for d in distances]
    assert found == expected
    assert min(found) == 0 < max(found)


def test_numbers_beyond_any_use_lie_farther_out_than_all():
    card = wine()

    found = shares_of(card.trust.plausibility)(np.full((1, len(card.features)), 1e30))

    assert found == [0.0]


def test_a_batch_takes_microseconds_a_row():
    card = wine()
    rows = np.tile(np.array(card.golden.rows[:1]), (500, 1))
    shares = shares_of(card.trust.plausibility)
    times = []
    for _ in range(20):
        begin = time.thread_time()
        shares(rows)
        times.append(time.thread_time() - begin)

    assert min(times) / 500 < 10e-6
