"""What the database adds up is what the tallies add up to; the newest predictions come first."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from store.prediction_log.database import Engine
from store.prediction_log.entry import Source
from store.prediction_log.newest import newest
from store.prediction_log.reading import tallies
from store.prediction_log.summing import by_bin, by_time
from store.prediction_log.writing import write
from tests.store.prediction_log.made import CHEESE, WINE, entry, id_at

BEGIN = datetime(2026, 11, 29, 20, tzinfo=UTC)
HOUR = BEGIN, BEGIN + timedelta(hours=1)


def written(log_engine: Engine) -> None:
    """Predictions of two models and sources over an hour and a minute more, and an error."""
    some = [
        entry(
            id=id_at(BEGIN + timedelta(minutes=minute), minute),
            served=CHEESE if minute % 5 == 0 else WINE,
            source=Source.PAGE if minute % 3 == 0 else Source.API,
            microseconds=100 + 40 * minute,
            answer=str(minute % 2),
        )
        for minute in range(61)
    ]
    write(log_engine, some, {(int(1000 * BEGIN.timestamp()), "malformed"): 2})


def test_both_sums_are_those_of_the_tallies(log_engine: Engine) -> None:
    written(log_engine)
    kept = tallies(log_engine, *HOUR, 60)

    times, bins = by_time(log_engine, *HOUR, 60), by_bin(log_engine, *HOUR, 60)

    def sums(found, *names):
        counts: Counter = Counter()
        for tally in found:
            counts[tuple(getattr(tally, name) for name in names)] += tally.n
        return counts

    of_time = "at", "served", "source", "answer", "measure"
    of_bin = "bin", "served", "source", "answer", "measure"
    assert sums(times, *of_time) == sums([t for t in kept if t.measure != "confidence"], *of_time)
    assert sums(bins, *of_bin) == sums([t for t in kept if t.measure != "error"], *of_bin)
    assert sum(tally.n for tally in times) == 60 + 2
    assert all(type(tally.n) is int for tally in (*times, *bins))


def test_the_newest_are_those_of_the_model_and_the_sources_alone(log_engine: Engine) -> None:
    written(log_engine)

    found = newest(log_engine, "wine", "1", [Source.PAGE], limit=3)

    assert [one.id for one in found] == [
        id_at(BEGIN + timedelta(minutes=minute), minute) for minute in (57, 54, 51)
    ]
    assert newest(log_engine, "wine", "another", [Source.PAGE], limit=3) == []
