"""What is forgotten is gone everywhere: row, feedback and tallies."""

import json
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.prediction_log import forgetting, ids
from store.prediction_log.bins import confidence_bin, latency_bin
from store.prediction_log.database import Engine, open_database
from store.prediction_log.entry import Entry, Period, Source
from store.prediction_log.forgetting import forget, forget_before
from store.prediction_log.migrations import upgrade
from store.prediction_log.reading import feedback_counts, find, predictions, tallies
from store.prediction_log.writing import give_feedback, write
from tests.store.prediction_log.made import ALWAYS, CHEESE, WINE, entry, id_at

START = datetime(2026, 11, 29, 22, 58, 30, tzinfo=UTC)
PERIODS: tuple[Period, ...] = (60, 3_600, 86_400)


def brute_force(entries: list[Entry]) -> Counter:
    """The tallies of these predictions, counted one by one."""
    found: Counter = Counter()
    for one in entries:
        outputs = json.loads(one.outputs or "{}")
        answer = one.answer if outputs else ""
        for period in PERIODS:
            begins = ids.moment(one.id).timestamp() // period * period
            key = period, datetime.fromtimestamp(begins, UTC), one.served, one.source, answer
            found[*key, "latency", latency_bin(one.microseconds)] += 1
            if outputs:
                found[*key, "confidence", confidence_bin(max(outputs.values()))] += 1
    return found


def kept_tallies(engine: Engine) -> Counter:
    """All tallies that are kept, but for errors."""
    return Counter(
        {
            (period, t.at, t.served, t.source, t.answer, t.measure, t.bin): t.n
            for period in PERIODS
            for t in tallies(engine, *ALWAYS, period)
            if t.measure != "error"
        }
    )


def test_one_prediction_is_forgotten_with_its_feedback(log_engine: Engine) -> None:
    one, other = entry(), entry()
    write(log_engine, [one, other])
    give_feedback(log_engine, one.id, True)

    assert forget(log_engine, one.id)
    assert not forget(log_engine, one.id)

    assert find(log_engine, one.id) is None
    assert predictions(log_engine) == [other]
    assert feedback_counts(log_engine, *ALWAYS) == []
    assert kept_tallies(log_engine) == brute_force([other])


def test_nothing_of_what_is_forgotten_stays_in_the_file(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'log.db'}")
    upgrade(engine)
    others = [entry() for _ in range(50)]
    one = entry(features='{"Name":"Rumpelstiltskin"}')
    write(engine, [*others[:25], one, *others[25:]])

    assert forget(engine, one.id)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()

    assert [b"Rumpelstiltskin" in file.read_bytes() for file in tmp_path.iterdir()] == [False]


def test_predictions_and_errors_before_a_moment_go(
    log_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 7)
    entries = [entry(id=id_at(START + timedelta(seconds=10 * i))) for i in range(30)]
    minute = ids.since_1970(START.replace(second=0))
    write(log_engine, entries, {(minute, "malformed"): 2, (minute + 120_000, "malformed"): 5})
    give_feedback(log_engine, entries[0].id, True)
    give_feedback(log_engine, entries[29].id, True)

    assert forget_before(log_engine, START + timedelta(seconds=145)) == 15
    assert forget_before(log_engine, START + timedelta(seconds=145)) == 0

    assert predictions(log_engine) == entries[15:]
    assert kept_tallies(log_engine) == brute_force(entries[15:])
    assert sum(count.n for count in feedback_counts(log_engine, *ALWAYS)) == 1
    errors = [t.n for t in tallies(log_engine, *ALWAYS, 86_400) if t.measure == "error"]
    assert errors == [5]


def test_forgetting_while_others_write_and_forget_keeps_the_tallies_true(
    log_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", 20)
    old = [entry(id=id_at(START + timedelta(milliseconds=i))) for i in range(300)]
    new = [entry(id=id_at(START + timedelta(minutes=9, milliseconds=i))) for i in range(300)]
    write(log_engine, old)
    removed: list[int] = []
    failed: list[Exception] = []

    def work(what: int) -> None:
        try:
            if what == 0:
                for start in range(0, 300, 30):
                    write(log_engine, new[start : start + 30])
            else:
                removed.append(forget_before(log_engine, START + timedelta(minutes=5)))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(what,)) for what in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert sum(removed) == 300
    assert predictions(log_engine) == new
    assert kept_tallies(log_engine) == brute_force(new)


ENTRIES = st.builds(
    lambda ms, low, served, source, answer, outputs, microseconds: entry(
        id=id_at(START + timedelta(milliseconds=ms), low),
        served=served,
        source=source,
        answer=answer,
        outputs=json.dumps(outputs) if outputs else "",
        microseconds=microseconds,
    ),
    st.integers(0, 7_200_000),
    st.integers(0, 3),
    st.sampled_from([WINE, CHEESE]),
    st.sampled_from(Source),
    st.sampled_from("012"),
    st.none() | st.fixed_dictionaries({"a": st.floats(0, 1), "b": st.floats(0, 1)}),
    st.integers(0, 10**10),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ENTRIES, max_size=40, unique_by=lambda one: one.id), st.data())
def test_tallies_equal_a_count_of_what_is_kept(
    log_engine: Engine, entries: list[Entry], data: st.DataObject
) -> None:
    middle = data.draw(st.integers(0, len(entries)))
    forgotten = [one for one in entries if data.draw(st.booleans())]
    moment = START + timedelta(milliseconds=data.draw(st.integers(0, 7_200_000)))
    forget_before(log_engine, ALWAYS[1])

    for batch in (entries[:middle], entries[::2], entries[middle:], entries):
        write(log_engine, batch)
    assert kept_tallies(log_engine) == brute_force(entries)

    for one in forgotten:
        assert forget(log_engine, one.id)
    kept = sorted({*entries} - {*forgotten})
    assert kept_tallies(log_engine) == brute_force(kept)

    forget_before(log_engine, moment)
    kept = [one for one in kept if ids.moment(one.id) >= moment]
    assert predictions(log_engine) == kept
    assert kept_tallies(log_engine) == brute_force(kept)
