"""The drift test: its ranks are uniform, its sums are those of the definition, its alarms rare."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats  # type: ignore[import-untyped]

from dashboard.drift.bets import BETS, FIRST_STAKE, factors, waiting
from dashboard.drift.e_process import MOST, THRESHOLD, fold, folded
from dashboard.drift.ranks import Reference, counted, marks, mixed, row_hashes, uniforms
from dashboard.drift.state import State, fresh
from tests.vineyard import COLUMNS, Vineyard, ids

VINEYARD = Vineyard()
POPULATIONS = {
    "normal": lambda random, shape: random.normal(size=shape),
    "heavy-tailed": lambda random, shape: random.standard_cauchy(size=shape),
    "rounded": lambda random, shape: random.normal(size=shape).round(),
    "two values": lambda random, shape: (random.random(shape) < 0.1).astype(float),
    "one value": lambda random, shape: np.zeros(shape),
    "half of it zero": lambda random, shape: np.maximum(random.normal(size=shape), 0.0),
}


def ranks_of(reference, names, values):
    """The ranks of a stream's rows, as the test bets on them."""
    ties, places = uniforms(row_hashes(names)[:, None], np.arange(values.shape[1]))
    columns = enumerate(reference.columns)
    cells = np.stack([one.cells(values[:, i], ties[:, i]) for i, one in columns], axis=1)
    nothing = np.zeros_like(reference.inside)
    below, inside, _ = counted(nothing, reference.inside, cells)
    in_all = reference.rows + np.arange(len(values))[:, None]
    return (below + places * (inside + 1)) / (in_all + 1)


# Ranks


@pytest.mark.parametrize("population", POPULATIONS.values(), ids=POPULATIONS)
@pytest.mark.parametrize("rows", [2, 10, 178])
def test_ranks_of_a_stream_like_its_reference_are_uniform_and_independent(rows, population):
    random = np.random.default_rng(rows)
    streams = 2_000  # side by side, as columns
    known = population(random, (streams, rows)).tolist()
    reference = Reference([marks(values, i) for i, values in enumerate(known)])

    ranks = ranks_of(reference, ids(random, 6), population(random, (6, streams)))

    for rank in ranks:
        assert stats.kstest(rank, "uniform").pvalue > 1e-4
    for i in range(5):  # also given the rank before it, in a grid of 4 x 4
        pairs = np.histogram2d(ranks[i], ranks[5], bins=4, range=[(0, 1), (0, 1)])[0]
        assert stats.chisquare(pairs.ravel()).pvalue > 1e-4


def test_a_column_knows_few_of_many_values_and_counts_them_all():
    values = np.random.default_rng(0).normal(size=2_000).round(1)

    found = marks(values.tolist(), 0)

    assert len(found.keys) == 63
    assert found.inside.sum() + len(found.keys) == found.rows == 2_000
    assert np.all(np.diff(found.keys) > 0)


def test_values_beyond_the_reference_are_in_the_outer_cells():
    found = marks([1.0, 2.0, 3.0], 0)

    cells = found.cells(np.array([-1e300, 1.5, 1e300]), np.full(3, 0.5))

    assert cells.tolist() == [0, 1, 3]


def test_random_numbers_of_a_row_are_its_own_and_the_same_again():
    names = ids(np.random.default_rng(1), 4_000)

    first, second = uniforms(row_hashes(names)[:, None], np.arange(3))

    again, _ = uniforms(row_hashes(names)[:, None], np.arange(3))
    assert np.array_equal(first, again)
    every = np.column_stack([first, second])
    assert all(stats.kstest(one, "uniform").pvalue > 1e-4 for one in every.T)
    assert np.abs(np.corrcoef(every.T) - np.eye(6)).max() < 0.07


def test_rows_of_one_table_have_random_numbers_that_are_not_alike():
    first = 0x0198_0000_0000_7000_8000_0000_0000_0000
    names = [(first + row).to_bytes(16, "big") for row in range(2_000)]

    numbers, _ = uniforms(row_hashes(names)[:, None], np.arange(1))

    assert stats.kstest(numbers[:, 0], "uniform").pvalue > 1e-4
    assert abs(np.corrcoef(numbers[1:, 0], numbers[:-1, 0])[0, 1]) < 0.1


# Bets


@pytest.mark.parametrize("fading", [1.0, 0.3, 0.001])
def test_no_bet_gains_on_average_while_ranks_are_uniform(fading):
    for bet in range(2 * BETS):

        def density(u, bet=bet):
            return factors(np.array([[u]]), np.array([[fading]]))[0, 0, bet]

        assert integrate.quad(density, 0, 1)[0] == pytest.approx(1, abs=1e-10)
        assert min(density(u) for u in np.linspace(0, 1, 101)) > 0


def test_stakes_that_wait_never_run_out():
    left = waiting(np.array([0.0, 1.0, 1e3, 1e9]))

    assert left[0] == 1
    assert np.all(np.diff(left) < 0)
    assert left[-1] > 0.05


# The sums


def by_definition(known, values, ties, places, known_ties):
    """The e-value of one column after each row: all starts one by one, ranks by comparing."""
    chosen = sorted(zip(known, known_ties, strict=True))  # so few that each is a mark
    left = waiting(np.arange(len(values) + 1.0))
    factor, found = [], []
    inside = [0] * (len(chosen) + 1)
    for t, row in enumerate(zip(values, ties, strict=True)):
        cell = sum(mark < row for mark in chosen)
        below = cell + sum(inside[:cell])
        n = len(chosen) + t
        u = (below + places[t] * (inside[cell] + 1)) / (n + 1)
        inside[cell] += 1
        factor.append(factors(np.array([[u]]), np.array([[len(chosen) / n]]))[0, 0])
        total = 0.0
        for bet in range(2 * BETS):
            if bet < BETS:
                total += FIRST_STAKE * math.prod(f[bet] for f in factor) / BETS
                continue
            for start in range(t + 1):
                stake = left[start] - left[start + 1]
                worth = math.prod(f[bet] for f in factor[start:])
                total += (1 - FIRST_STAKE) * stake * worth / BETS
        found.append(total + (1 - FIRST_STAKE) * left[t + 1])
    return found


def test_the_fold_is_the_sum_over_all_starts_and_bets():
    random = np.random.default_rng(7)
    known = random.normal(size=12).round(1).tolist()
    values = (random.normal(0.5, size=(150, 1)) * 1.5).round(1)  # more than a chunk, with ties
    names = ids(random, 150)
    reference = Reference([marks(known, 0)])

    found = np.concatenate([e for _, e in folded(fresh(reference), reference, names, values)])

    ties, places = uniforms(row_hashes(names)[:, None], np.arange(1))
    own, _ = uniforms(mixed(np.arange(12, dtype=np.uint64)), 0)
    wanted = by_definition(known, values[:, 0], ties[:, 0], places[:, 0], own)
    assert found[:, 0] == pytest.approx(wanted, rel=1e-9)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 299), max_size=6), st.integers(0, 2**32))
def test_it_does_not_matter_where_a_stream_is_cut(cuts, seed):
    random = np.random.default_rng(seed)
    reference = VINEYARD.reference(random)
    values, names = VINEYARD.wines(random, 300), ids(random, 300)
    values[200:, 3] += 5.0

    once = fold(fresh(reference), reference, names, values)
    state = fresh(reference)
    for a, b in zip([0, *sorted(cuts)], [*sorted(cuts), 300], strict=True):
        state = fold(State.from_json(state.to_json()), reference, names[a:b], values[a:b])

    assert state.rows == once.rows == 300
    assert np.array_equal(state.counts, once.counts)
    assert state.wealth == pytest.approx(once.wealth, rel=1e-9)
    assert state.highest == pytest.approx(once.highest, rel=1e-9)
    assert state.alarmed == once.alarmed


def test_a_state_is_the_same_after_text():
    random = np.random.default_rng(3)
    reference = VINEYARD.reference(random)
    state = fold(fresh(reference), reference, ids(random, 100), VINEYARD.wines(random, 100))

    again = State.from_json(state.to_json())

    assert again.to_json() == state.to_json()
    assert np.array_equal(again.wealth, state.wealth)
    assert again.counts.dtype == state.counts.dtype


def test_a_state_of_other_references_is_refused():
    random = np.random.default_rng(4)
    one, other = VINEYARD.reference(random), VINEYARD.reference(random)

    with pytest.raises(ValueError, match="another reference"):
        fold(fresh(one), other, ids(random, 1), VINEYARD.wines(random, 1))


def test_overwhelming_evidence_stays_a_number():
    random = np.random.default_rng(5)
    reference = Reference([marks(random.normal(size=2_000).tolist(), 0)])
    values = random.normal(100.0, size=(3_000, 1))

    state = fold(fresh(reference), reference, ids(random, 3_000), values)

    assert np.isfinite(state.highest).all()
    assert state.wealth.max() <= MOST
    assert state.evidence > 1e50
    assert State.from_json(state.to_json()).evidence == state.evidence


# The promises, as tests/bench/drift.py measures them in full


def test_streams_without_drift_hardly_ever_alarm():
    alarms, passed, streams = 0, 0, 60
    for seed in range(streams):
        random = np.random.default_rng([10, seed])
        reference = VINEYARD.reference(random)
        names, values = ids(random, 1_500), VINEYARD.wines(random, 1_500)
        state = fold(fresh(reference), reference, names, values)
        alarms += state.evidence >= THRESHOLD
        passed += int((state.highest >= 5).sum())

    # At most 5 % of streams, and 1 / 5 of columns: with 99.99 % of samples from exactly so many.
    assert alarms <= stats.binom.ppf(0.9999, streams, 0.05)
    assert passed <= stats.binom.ppf(0.9999, streams * COLUMNS, 1 / 5)
    assert passed > 0


@pytest.mark.parametrize("before", [0, 2_000])
@pytest.mark.parametrize("features", [(2,), (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)])
def test_half_a_standard_deviation_is_found_within_300_predictions(before, features):
    delays, begun = [], []
    for seed in range(11):
        random = np.random.default_rng([11, seed, before, len(features)])
        reference = VINEYARD.reference(random)
        values = VINEYARD.wines(random, before + 1_000)
        values[before:, features] += 0.5 * VINEYARD.sd[list(features)]
        state = fold(fresh(reference), reference, ids(random, len(values)), values)
        delays.append((state.alarmed or 10**9) - before)
        begun.append(int(state.since[state.highest.argmax()]) - before)

    assert np.median(delays) <= 300
    assert abs(np.median(begun)) <= 60  # and since when is told well


def test_the_column_that_moved_has_the_evidence():
    random = np.random.default_rng(12)
    reference = VINEYARD.reference(random)
    values = VINEYARD.wines(random, 400)
    values[:, 8] += VINEYARD.sd[8]

    state = fold(fresh(reference), reference, ids(random, 400), values)

    assert state.highest.argmax() == 8


def test_values_that_spread_more_or_less_are_found():
    random = np.random.default_rng(13)
    reference = Reference([marks(random.normal(size=500).tolist(), i) for i in range(2)])
    values = random.normal(size=(600, 2)) * [1.8, 0.5]

    state = fold(fresh(reference), reference, ids(random, 600), values)

    assert (state.highest > 1_000).all()
