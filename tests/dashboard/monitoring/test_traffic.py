"""Tallies come out as series: by class, by step, by bin, by version."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.monitoring import traffic as folding
from dashboard.monitoring.traffic import MOST_ANSWERS, OTHERS, latency_edges, latency_quantile
from dashboard.monitoring.windows import window
from store.prediction_log.bins import latency_bin
from store.prediction_log.entry import Served, Source, Tally
from store.schema import CardClass
from tests import builders

NOW = datetime(2026, 11, 29, 20, 50, 17, tzinfo=UTC)
HOUR = window("hour", NOW)
OLD, NEW = Served("drinks", "1", "a" * 12, "flat"), Served("drinks", "2", "b" * 12, "flat")


def traffic(tallies, window, card):
    """The tallies as they are kept serve for both: what is not asked of them is left out."""
    return folding.traffic(tallies, tallies, window, card)


def tally(answer="0", measure="latency", bin=20, n=1, minute=0, served=NEW, source=Source.API):
    at = HOUR.since + timedelta(minutes=minute)
    return Tally(at, served, source, answer, measure, bin, n)


def test_classes_come_in_the_order_of_the_card_with_their_labels():
    found = traffic([tally("1", n=3), tally("0", n=2, minute=59)], HOUR, builders.model_card())

    assert [(one.label, one.total) for one in found.answers] == [("Dry", 2), ("Sweet", 3)]
    assert found.answers[0].steps[-1] == 2
    assert found.answers[1].steps[0] == 3
    assert found.total == 5


def test_a_prediction_is_counted_once_though_two_measures_tell_of_it():
    both = [tally("1", n=3), tally("1", "confidence", 19, n=3)]

    found = traffic(both, HOUR, builders.model_card())

    assert found.total == 3
    assert found.answers[1].confidence[19] == 3


def test_errors_are_told_by_kind_the_most_frequent_first():
    errors = [
        tally("malformed", "error", 0, n=1, served=None, source=None),
        tally("wrong fields", "error", 0, n=4, minute=7, served=None, source=None),
    ]

    found = traffic(errors, HOUR, builders.model_card())

    assert list(found.errors) == ["wrong fields", "malformed"]
    assert found.errors["wrong fields"][7] == 4
    assert (found.failed, found.total) == (5, 0)


def test_versions_come_with_the_times_between_which_they_answered():
    tallies = [
        tally(served=OLD, minute=1),
        tally(served=OLD, minute=30, n=2),
        tally(served=NEW, minute=31, n=4),
    ]

    newest, oldest = traffic(tallies, HOUR, builders.model_card()).versions

    assert (newest.served, newest.total) == (NEW, 4)
    assert (oldest.served, oldest.total) == (OLD, 3)
    assert oldest.last - oldest.first == timedelta(minutes=29)


def test_a_class_that_the_card_does_not_know_follows_under_its_own_name():
    found = traffic([tally("7", n=2)], HOUR, builders.model_card())

    assert [one.label for one in found.answers] == ["Dry", "Sweet", "7"]


def test_very_many_classes_are_told_by_the_most_frequent_and_the_rest_together():
    classes = tuple(CardClass(value=i, label=f"kind {i}") for i in range(12))
    card = builders.model_card().model_copy(update={"classes": classes})

    found = traffic([tally(str(i), n=i + 1) for i in range(12)], HOUR, card)

    assert len(found.answers) == MOST_ANSWERS
    assert [one.label for one in found.answers] == [
        "kind 8",
        "kind 9",
        "kind 10",
        "kind 11",
        OTHERS,
    ]
    assert sum(one.total for one in found.answers) == found.total == 78


def test_a_regressor_has_one_answer_called_as_its_target():
    card = builders.model_card().model_copy(update={"kind": "regressor", "classes": ()})

    found = traffic([tally("", n=4)], HOUR, card)

    assert [(one.label, one.total) for one in found.answers] == [(card.target, 4)]


def test_without_tallies_everything_is_there_and_zero():
    found = traffic([], HOUR, builders.model_card())

    assert (found.total, found.failed, found.versions) == (0, 0, ())
    assert [len(one.steps) for one in found.answers] == [60, 60]
    assert latency_quantile(found.latency, 0.5) is None


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_lies_in_the_bin_of_the_exact_one(times, share):
    counts: dict[int, int] = {}
    for time in times:
        counts[latency_bin(time)] = counts.get(latency_bin(time), 0) + 1
    exact = sorted(times)[max(0, -(-int(share * len(times) * 1e9) // 10**9) - 1)]

    found = latency_quantile(counts, share)

    low, high = latency_edges(latency_bin(exact))
    assert low * 0.79 <= found <= high * 1.26  # rounding may choose the next one


@pytest.mark.parametrize("bin", [0, 20, 89])
def test_the_edges_of_a_bin_are_those_that_times_were_sorted_by(bin):
    low, high = latency_edges(bin)

    assert latency_bin(round(low * 1.01)) == bin
    assert high / low == pytest.approx(10**0.1)
