"""Predictions are kept once and as they were, whatever is written twice, at once, or by force."""

import threading
from datetime import timedelta

import pytest

from store.errors import InputError
from store.prediction_log import ids
from store.prediction_log.database import Engine
from store.prediction_log.entry import Source
from store.prediction_log.reading import (
    drift_state,
    feedback_counts,
    find,
    labelled,
    predictions,
    tallies,
)
from store.prediction_log.writing import give_feedback, save_drift_state, write
from tests.store.prediction_log.made import ALWAYS, CHEESE, WINE, entry

INJECTION = "'; DROP TABLE predictions; -- \" \\ %s ? :x $1"


def counted(engine: Engine) -> int:
    """How many predictions the tallies of a day tell of."""
    return sum(tally.n for tally in tallies(engine, *ALWAYS, 86_400) if tally.measure == "latency")


def test_what_was_written_is_found_as_it_was(log_engine: Engine) -> None:
    one = entry(plausibility=None, source=Source.PAGE)
    other = entry(served=CHEESE, answer="12.5", outputs="", source=Source.BATCH)

    assert write(log_engine, [other, one]) == 2

    assert find(log_engine, one.id).entry == one
    assert find(log_engine, other.id).entry == other
    assert find(log_engine, ids.new_id()) is None
    assert predictions(log_engine) == [one, other]


def test_a_batch_without_any_plausibility_is_kept(log_engine: Engine) -> None:
    entries = [entry(plausibility=None, outputs="", answer=repr(0.1 * i)) for i in range(3)]

    assert write(log_engine, entries) == 3
    assert predictions(log_engine) == entries


def test_nothing_to_write_writes_nothing(log_engine: Engine) -> None:
    assert write(log_engine, []) == 0
    assert predictions(log_engine) == []


def test_what_is_written_twice_is_kept_once_and_counted_once(log_engine: Engine) -> None:
    entries = [entry() for _ in range(10)]

    assert write(log_engine, entries) == 10
    assert write(log_engine, entries) == 0
    assert write(log_engine, [*entries[5:], entry(), entry()]) == 2
    twice = entry()
    assert write(log_engine, [twice, twice]) == 1

    assert len(predictions(log_engine)) == 13
    assert counted(log_engine) == 13


def test_writers_at_once_with_the_same_predictions_keep_each_once(log_engine: Engine) -> None:
    entries = [entry(served=[WINE, CHEESE][i % 2], microseconds=i) for i in range(600)]
    new: list[int] = []
    failed: list[Exception] = []

    def work(shift: int) -> None:
        try:
            for start in range(0, 400, 50):
                batch = entries[start + shift : start + shift + 100]
                new.append(write(log_engine, batch[::-1] if shift % 2 else batch))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(shift,)) for shift in (0, 25, 50, 101)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert sum(new) == len(predictions(log_engine)) == counted(log_engine) > 400


@pytest.mark.parametrize(
    "text",
    [
        INJECTION,
        "tab\t line\r\n bell\x07 escape\x1b delete\x7f next line\x85",
        "\ufeff wide 🍷 right-to-left \u202e combining e\u0301",
        "x" * 3_000_000,
    ],
    ids=["injection", "control characters", "unicode", "huge"],
)
def test_any_text_comes_back_exactly(log_engine: Engine, text: str) -> None:
    odd = entry(features=text, answer=text[:200], served=WINE._replace(version=text[:200]))

    write(log_engine, [odd], {(0, text[:200]): 3})
    assert give_feedback(log_engine, odd.id, False, text[:200])

    assert find(log_engine, odd.id).entry == odd
    assert find(log_engine, odd.id).feedback.truth == text[:200]
    assert predictions(log_engine, version=text[:200]) == [odd]
    assert {t.answer for t in tallies(log_engine, *ALWAYS, 60)} == {text[:200]}
    assert predictions(log_engine, name=INJECTION) == []


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b"], ids=["NUL", "half a character"])
def test_text_that_no_database_keeps_is_refused_and_nothing_is_written(
    log_engine: Engine, text: str
) -> None:
    write(log_engine, [entry()])

    for odd in (
        entry(features=text),
        entry(answer=text),
        entry(served=WINE._replace(version=text)),
    ):
        with pytest.raises(InputError):
            write(log_engine, [entry(), odd])
    with pytest.raises(InputError):
        write(log_engine, [entry()], {(0, text): 1})
    with pytest.raises(InputError):
        give_feedback(log_engine, predictions(log_engine)[0].id, False, text)

    assert len(predictions(log_engine)) == counted(log_engine) == 1


def test_errors_are_counted_by_minute_and_kind(log_engine: Engine) -> None:
    minute = 1_790_000_040_000

    write(log_engine, [], {(minute, "malformed"): 2, (minute, "too large"): 1})
    write(log_engine, [], {(minute, "malformed"): 3, (minute + 3_600_000, "malformed"): 4})

    of_day = tallies(log_engine, *ALWAYS, 86_400)
    assert [(t.answer, t.measure, t.n) for t in of_day] == [
        ("malformed", "error", 9),
        ("too large", "error", 1),
    ]
    assert {(t.served, t.source) for t in of_day} == {(None, None)}
    assert [t.n for t in tallies(log_engine, *ALWAYS, 60)] == [5, 1, 4]


def test_feedback_is_of_a_prediction_and_its_last_word_counts(log_engine: Engine) -> None:
    one, other = entry(answer="2"), entry(answer="1")
    write(log_engine, [one, other])

    assert give_feedback(log_engine, one.id, True)
    assert give_feedback(log_engine, one.id, False, "0")
    assert give_feedback(log_engine, one.id, False, "0")
    assert give_feedback(log_engine, other.id, True)
    assert not give_feedback(log_engine, ids.new_id(), True)

    said = find(log_engine, one.id).feedback
    assert (said.right, said.truth) == (False, "0")
    assert abs(said.at - ids.moment(one.id)) < timedelta(minutes=1)
    assert [count[1:] for count in feedback_counts(log_engine, *ALWAYS)] == [
        ("1", None, True, 1),
        ("2", "0", False, 1),
    ]
    assert list(labelled(log_engine, "wine")) == [
        ({"Alcohol": 12.82, "Colour": "deep"}, "0"),
        ({"Alcohol": 12.82, "Colour": "deep"}, "1"),
    ]


def test_feedback_is_counted_by_the_source_of_its_prediction(log_engine: Engine) -> None:
    sources = [Source.PAGE, Source.API, Source.API, Source.BATCH]
    entries = [entry(source=source) for source in sources]
    write(log_engine, entries)
    for one in entries:
        give_feedback(log_engine, one.id, True)

    def said(source: Source | None) -> int:
        return sum(count.n for count in feedback_counts(log_engine, *ALWAYS, source=source))

    assert {source: said(source) for source in (*Source, None)} == {
        Source.PAGE: 1,
        Source.API: 2,
        Source.BATCH: 1,
        None: 4,
    }


def test_a_wrong_answer_without_its_truth_is_no_label(log_engine: Engine) -> None:
    one = entry()
    write(log_engine, [one])
    give_feedback(log_engine, one.id, False)

    assert list(labelled(log_engine, "wine")) == []
    assert list(labelled(log_engine, "cheese")) == []


def test_the_state_of_drift_is_saved_by_whoever_read_it_last(log_engine: Engine) -> None:
    a, b = ids.new_id(), ids.new_id()

    assert drift_state(log_engine, "wine 1") is None
    assert save_drift_state(log_engine, "wine 1", None, a, "{}")
    assert not save_drift_state(log_engine, "wine 1", None, b, '{"b": 1}')
    assert not save_drift_state(log_engine, "wine 1", b, b, '{"b": 1}')
    assert drift_state(log_engine, "wine 1") == (a, "{}")
    assert save_drift_state(log_engine, "wine 1", a, b, '{"b": 1}')
    assert drift_state(log_engine, "wine 1") == (b, '{"b": 1}')
    assert drift_state(log_engine, "wine 2") is None
