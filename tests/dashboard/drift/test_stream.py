"""A stream in the database is folded once, in order, by whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest

from dashboard.drift import stream as streams
from dashboard.drift.baseline import baseline
from dashboard.drift.e_process import fold
from dashboard.drift.state import fresh
from dashboard.drift.stream import Group, Stream, advance, state_of
from store.prediction_log.database import Engine
from store.prediction_log.entry import Source
from store.prediction_log.reading import drift_state
from store.prediction_log.writing import save_drift_state, write
from tests.dashboard.drift import made

STREAM = Stream("drinks", "1", Group.PROGRAMS)
LATER = made.BEGIN + timedelta(days=1)


@pytest.fixture
def known():
    return baseline(made.card(), made.profile())


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "AT_ONCE", 64)


def whole(known, entries):
    ids, values = known.table(entries)
    return fold(fresh(known.reference), known.reference, ids, values[:, known.tested])


def test_a_stream_is_folded_to_the_end_and_then_on(log_engine: Engine, known):
    entries = made.entries(made.drinks(1, 300))
    write(log_engine, entries[:200])

    assert advance(log_engine, STREAM, known, LATER) == 200
    assert advance(log_engine, STREAM, known, LATER) == 0
    write(log_engine, entries[200:])
    assert advance(log_engine, STREAM, known, LATER) == 100

    found = state_of(log_engine, STREAM, known)
    assert found.rows == 300
    assert found.highest == pytest.approx(whole(known, entries).highest, rel=1e-9)
    assert drift_state(log_engine, STREAM.key).position == entries[-1].id


def test_what_is_newer_waits(log_engine: Engine, known):
    write(log_engine, made.entries(made.drinks(1, 50)))

    assert advance(log_engine, STREAM, known, made.BEGIN + timedelta(seconds=30)) == 30
    assert advance(log_engine, STREAM, known, LATER) == 20


def test_people_and_programs_are_streams_of_their_own(log_engine: Engine, known):
    entries = made.entries(made.drinks(1, 30))
    sources = [Source.PAGE, Source.API, Source.BATCH]
    write(log_engine, [one._replace(source=sources[i % 3]) for i, one in enumerate(entries)])

    assert advance(log_engine, STREAM, known, LATER) == 20
    assert advance(log_engine, STREAM._replace(group=Group.PAGE), known, LATER) == 10


def test_another_version_is_a_stream_of_its_own(log_engine: Engine, known):
    other = made.SERVED._replace(version="2")
    write(log_engine, made.entries(made.drinks(1, 10), served=other))

    assert advance(log_engine, STREAM, known, LATER) == 0
    assert state_of(log_engine, STREAM, known) is None


def test_many_who_fold_at_once_fold_each_row_once(log_engine: Engine, known):
    entries = made.entries(made.drinks(1, 640))
    write(log_engine, entries)

    with ThreadPoolExecutor(4) as threads:
        turns = [threads.submit(advance, log_engine, STREAM, known, LATER) for _ in range(8)]
        folded = sum(turn.result() for turn in turns)

    # Whoever lost a race stopped; one more turn finds what nobody was left to fold.
    folded += advance(log_engine, STREAM, known, LATER)
    assert folded == 640
    found = state_of(log_engine, STREAM, known)
    assert found.rows == 640
    assert np.array_equal(found.counts, whole(known, entries).counts)


def test_against_other_references_all_is_folded_again(log_engine: Engine, known):
    write(log_engine, made.entries(made.drinks(1, 100)))
    advance(log_engine, STREAM, known, LATER)
    other = baseline(made.card(), made.profile(rows=90))

    assert state_of(log_engine, STREAM, other) is None
    assert advance(log_engine, STREAM, other, LATER) == 100
    assert state_of(log_engine, STREAM, other).rows == 100


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"reference":"x","counts":1}'])
def test_a_state_that_cannot_be_read_is_begun_anew(log_engine: Engine, known, text: str):
    entries = made.entries(made.drinks(1, 10))
    write(log_engine, entries)
    save_drift_state(log_engine, STREAM.key, None, entries[5].id, text)

    assert advance(log_engine, STREAM, known, LATER) == 10


def test_rows_that_do_not_fit_are_passed_over(log_engine: Engine, known):
    entries = made.entries(made.drinks(1, 10))
    write(log_engine, [one._replace(features="{}") for one in entries])

    assert advance(log_engine, STREAM, known, LATER) == 0
    assert drift_state(log_engine, STREAM.key).position == entries[-1].id


def test_folding_ends_when_it_is_told_to(log_engine: Engine, known):
    write(log_engine, made.entries(made.drinks(1, 300)))
    left = iter([False, False, True])

    # Two steps, each without its last table, which might go on.
    assert advance(log_engine, STREAM, known, LATER, lambda: next(left)) == 2 * 63


def table(entries):
    """The entries as rows of one table."""
    start = int.from_bytes(entries[0].id, "big")
    return [one._replace(id=(start + i).to_bytes(16, "big")) for i, one in enumerate(entries)]


def test_a_sorted_table_of_rows_like_the_reference_raises_no_alarm(
    log_engine: Engine, known, monkeypatch: pytest.MonkeyPatch
):
    entries = made.entries(sorted(made.drinks(3, 600), key=lambda one: one["sugar"]))
    write(log_engine, [one._replace(source=Source.BATCH) for one in table(entries)])
    monkeypatch.setattr(streams, "AT_ONCE", 1_000)

    advance(log_engine, STREAM, known, LATER)

    assert state_of(log_engine, STREAM, known).alarmed is None
    assert whole(known, entries).alarmed is not None  # one by one, in that order, they do drift


def test_a_table_is_not_cut_where_others_come_before_it():
    entries = made.entries(made.drinks(1, 20))
    rows = [*entries[:5], *table(entries[5:])]

    assert streams.whole_tables(rows) == rows[:5]
    assert streams.whole_tables(rows[5:]) == rows[5:]


def test_the_rows_of_a_table_change_places_with_each_other_only_and_always_alike():
    entries = made.entries(made.drinks(1, 300))
    rows = [*table(entries[:140]), *table(entries[150:]), *entries[140:150]]
    rows = sorted(rows, key=lambda one: one.id)

    found = streams.shuffled(rows)

    assert found == streams.shuffled(rows)
    assert set(found[:140]) == set(rows[:140])
    assert found[:140] != rows[:140]
    assert found[140:150] == rows[140:150]
