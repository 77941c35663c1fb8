"""The verdict says what moved, since when and how sure; a window is shown beside the reference."""

from datetime import timedelta

import pytest

from dashboard.drift.assessment import assess
from dashboard.drift.baseline import baseline
from dashboard.drift.e_process import THRESHOLD, fold
from dashboard.drift.power import rows_needed
from dashboard.drift.profiles import psi, psi_noise
from dashboard.drift.state import fresh
from tests.dashboard.drift import made

MOVED_AFTER = 150


def moved_drinks():
    drinks = made.drinks(5, 400)
    for one in drinks[MOVED_AFTER:]:
        one["sugar"] += 1.5
    return drinks


def state_after(known, entries):
    ids, values = known.table(entries)
    return fold(fresh(known.reference), known.reference, ids, values[:, known.tested])


def test_before_the_first_prediction_there_is_no_evidence_and_no_window():
    found = assess(baseline(made.card(), made.profile()), None)

    assert (found.rows, found.window_rows, found.reference_rows) == (0, 0, made.ROWS)
    assert not found.alarm
    assert found.e_value < 1
    assert found.false_alarm == 1
    assert all(one.psi is None and not one.moved for one in found.features)
    assert found.minimum == rows_needed(made.ROWS, 4)


def test_an_alarm_says_since_when_how_sure_and_which_feature():
    known = baseline(made.card(), made.profile())
    entries = made.entries(moved_drinks())

    found = assess(known, state_after(known, entries), entries[-200:])

    assert found.alarm
    assert found.rows == 400
    assert found.e_value >= found.threshold == THRESHOLD
    assert found.false_alarm == 1 / found.e_value
    assert [one.name for one in found.moved] == ["sugar"]
    begun = made.BEGIN + timedelta(seconds=MOVED_AFTER)
    assert abs(found.since - begun) < timedelta(seconds=30)
    assert begun < found.alarmed < made.BEGIN + timedelta(seconds=400)
    assert found.since == found.moved[0].since
    assert found.moved[0].share > 0.9
    assert sum(one.share for one in found.features) == pytest.approx(1)


def test_without_drift_nothing_is_said_to_have_moved():
    known = baseline(made.card(), made.profile())
    entries = made.entries(made.drinks(6, 400))

    found = assess(known, state_after(known, entries), entries)

    assert not found.alarm
    assert found.alarmed is found.since is None
    assert found.moved == ()


def test_the_window_has_its_psi_and_the_noise_of_it():
    known = baseline(made.card(), made.profile())
    entries = made.entries(made.drinks(7, 80))

    found = assess(known, None, entries)

    kind = found.features[2]
    assert (kind.reference, kind.window, kind.labels) == ((25, 75), (20, 60), ("Red", "White"))
    assert kind.psi == psi((25, 75), (20, 60))
    assert kind.psi_noise == psi_noise(2, 100, 80)[1]
    sugar = found.features[1]
    assert sum(sugar.window) == 80
    assert len(sugar.edges) == len(sugar.window) + 1 == len(sugar.reference) + 1


def test_a_column_that_is_not_tested_is_shown_and_says_why():
    card = made.card(held_out=None, on_given=made.held_out((20, 0), (0, 20)))

    found = assess(baseline(card, made.profile()), None, made.entries(made.drinks(8, 50)))

    answer = found.features[-1]
    assert answer.e_value is None
    assert answer.untested
    assert (answer.reference, answer.window) == ((20, 20), (25, 25))


def test_more_evidence_is_needed_for_one_feature_of_many():
    known = baseline(made.card(), made.profile())
    state = state_after(known, made.entries(made.drinks(6, 10)))
    highest = state.highest.copy()
    highest[:] = [THRESHOLD * 4, THRESHOLD * 3, THRESHOLD * 2 - 1, THRESHOLD * 1.5]

    found = assess(known, type(state)(**{**vars(state), "highest": highest}))

    # Holm: 80, 60, 40 and 20 are needed, in this order; the third misses, so the fourth is out.
    assert [one.moved for one in found.features] == [True, True, False, False]


# The smallest number of predictions


def test_a_larger_reference_and_fewer_columns_see_a_shift_sooner():
    assert rows_needed(2_000, 14) < rows_needed(178, 14)
    assert rows_needed(178, 1) < rows_needed(178, 14)
    assert 50 < rows_needed(178, 14) < 300


def test_against_a_few_rows_a_small_shift_is_never_seen():
    assert rows_needed(20, 14) is None
    assert rows_needed(20, 14, shift=3.0) is not None
