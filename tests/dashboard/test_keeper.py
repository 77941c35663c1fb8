"""The keeper folds what has settled, deletes what is old, and outlives a database that is away."""

import multiprocessing
import threading
import time
from datetime import timedelta

import pytest

from dashboard.api.prediction import FieldNames
from dashboard.drift import stream
from dashboard.drift.baseline import baseline
from dashboard.drift.stream import Group, Stream, state_of
from dashboard.keeper import SETTLED, Keeper
from dashboard.live.snapshot import Live, LiveModel
from store.errors import DatabaseAway
from store.prediction_log.database import Engine
from store.prediction_log.reading import predictions
from store.prediction_log.writing import write
from tests.dashboard.conftest import FakePredictor
from tests.dashboard.drift import made

PROGRAMS = Stream("drinks", "1", Group.PROGRAMS)
CARD, PROFILE = made.card(), made.profile()
MODEL = LiveModel(CARD, FieldNames(CARD), FakePredictor(), microseconds=9.0)
LIVE = Live(profiles={"drinks": PROFILE}, cards={"drinks": CARD}, models={"drinks": MODEL})


def keeper(engine: Engine, **options) -> Keeper:
    return Keeper(lambda: engine, lambda: LIVE, **{"retention_days": 0} | options)


def rows(engine: Engine) -> int:
    state = state_of(engine, PROGRAMS, baseline(CARD, PROFILE))
    return state.rows if state else 0


def wait_for(condition, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_a_turn_folds_what_was_predicted_until_shortly_before(log_engine: Engine):
    write(log_engine, made.entries(made.drinks(1, 60)))
    kept = keeper(log_engine)

    assert kept.turn(made.BEGIN + SETTLED + timedelta(seconds=40)) == 40
    assert kept.turn(made.BEGIN + SETTLED + timedelta(seconds=60)) == 20
    assert rows(log_engine) == 60


def test_nothing_is_folded_while_older_predictions_wait_for_the_database(log_engine: Engine):
    write(log_engine, made.entries(made.drinks(1, 10)))

    assert keeper(log_engine, is_waiting=lambda: True).turn(made.BEGIN + timedelta(days=1)) == 0
    assert rows(log_engine) == 0


def test_a_process_that_does_not_lead_leaves_the_log_alone(log_engine: Engine):
    write(log_engine, made.entries(made.drinks(1, 10)))
    asked = threading.Event()

    def leads() -> bool:
        asked.set()
        return False

    kept = keeper(log_engine, leads=leads, seconds=0.01)
    kept.start()
    assert asked.wait(20)
    kept.stop()

    assert rows(log_engine) == 0


def test_requests_go_first(log_engine: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream, "AT_ONCE", 100)
    write(log_engine, made.entries(made.drinks(1, 400)))
    kept = keeper(log_engine)

    begin, worked = time.monotonic(), time.thread_time()
    assert kept.turn(made.BEGIN + timedelta(days=1)) == 400
    took, worked = time.monotonic() - begin, time.thread_time() - worked

    assert took > 4 * worked


def test_a_candidate_has_a_test_of_its_own(log_engine: Engine):
    other = CARD.model_copy(update={"version": "2"})
    model = LiveModel(other, FieldNames(other), FakePredictor(), microseconds=9.0)
    live = Live(profiles=LIVE.profiles, models=LIVE.models, candidates={"drinks": model})
    write(log_engine, made.entries(made.drinks(1, 10), served=made.SERVED._replace(version="2")))

    kept = Keeper(lambda: log_engine, lambda: live, retention_days=0)

    assert kept.turn(made.BEGIN + timedelta(days=1)) == 10
    assert rows(log_engine) == 0


def test_a_model_named_otherwise_than_its_table_is_compared_with_that_table(log_engine: Engine):
    card = CARD.model_copy(update={"name": "tasting"})
    model = LiveModel(card, FieldNames(card), FakePredictor(), microseconds=9.0)
    other = made.profile(rows=60).model_copy(update={"name": "tasting", "run_id": "of-another"})
    live = Live(profiles={"tasting": other, "drinks": PROFILE}, models={"tasting": model})
    write(log_engine, made.entries(made.drinks(1, 10), served=made.SERVED._replace(name="tasting")))

    Keeper(lambda: log_engine, lambda: live, retention_days=0).turn(made.BEGIN + timedelta(days=1))

    stream = Stream("tasting", "1", Group.PROGRAMS)
    assert state_of(log_engine, stream, baseline(card, other)) is None
    assert state_of(log_engine, stream, baseline(card, PROFILE)).rows == 10


def test_predictions_that_are_too_old_are_deleted_after_they_were_folded(log_engine: Engine):
    entries = made.entries(made.drinks(1, 60))
    write(log_engine, entries)

    keeper(log_engine, retention_days=1).turn(made.BEGIN + timedelta(days=1, seconds=40))

    assert [one.id for one in predictions(log_engine)] == [one.id for one in entries[40:]]
    assert rows(log_engine) == 60


def test_old_predictions_are_looked_for_once_an_hour(log_engine: Engine):
    kept = keeper(log_engine, retention_days=1)
    kept.turn(made.BEGIN)
    write(log_engine, made.entries(made.drinks(1, 10)))

    kept.turn(made.BEGIN + timedelta(days=9))

    assert len(predictions(log_engine)) == 10


def test_without_a_retention_everything_stays(log_engine: Engine):
    write(log_engine, made.entries(made.drinks(1, 10)))

    keeper(log_engine).turn(made.BEGIN + timedelta(days=9_999))

    assert len(predictions(log_engine)) == 10


def test_its_thread_goes_on_after_the_database_was_away_and_ends_when_told(log_engine: Engine):
    write(log_engine, made.entries(made.drinks(1, 30)))
    away = iter([DatabaseAway("It is away."), RuntimeError("And worse.")])

    def engine() -> Engine:
        for error in away:
            raise error
        return log_engine

    kept = Keeper(engine, lambda: LIVE, retention_days=0, seconds=0.01)
    kept.start()
    kept.start()
    threads = [one for one in threading.enumerate() if one.name == "keeper"]

    assert wait_for(lambda: rows(log_engine) == 30)
    kept.stop()
    assert len(threads) == 1
    assert not threads[0].is_alive()


@pytest.mark.parametrize("workers", [3])
def test_forked_workers_share_the_work(log_url: str, log_engine: Engine, workers: int):
    entries = made.entries(made.drinks(1, 500))
    write(log_engine, entries)
    fork = multiprocessing.get_context("fork")
    running = [fork.Process(target=_keep, args=(log_url,)) for _ in range(workers)]

    for process in running:
        process.start()
    folded = wait_for(lambda: rows(log_engine) == 500)
    for process in running:
        process.join(20)

    assert folded
    assert [process.exitcode for process in running] == [0] * workers


def _keep(url: str) -> None:
    from store.prediction_log.database import open_database

    engine = open_database(url)
    kept = Keeper(lambda: engine, lambda: LIVE, retention_days=0, seconds=0.01)
    kept.start()
    done = wait_for(lambda: rows(engine) == 500)
    kept.stop()
    raise SystemExit(0 if done else 1)
