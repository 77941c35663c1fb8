"""Every choice is a span of whole steps, few enough for a chart."""

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.monitoring.windows import CUSTOM, EARLIEST, LABELS, SPANS, window
from store.errors import InputError

NOW = datetime(2026, 11, 29, 20, 50, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "steps", "period"),
    [("hour", 60, 60), ("day", 24, 3_600), ("week", 168, 3_600), ("month", 30, 86_400)],
)
def test_a_choice_ends_with_the_step_that_runs_now(choice, steps, period):
    found = window(choice, NOW)

    assert (len(found.starts), found.period, found.step) == (steps, period, period)
    assert found.starts[-1] <= NOW < found.until
    assert found.until - found.since == SPANS[choice]
    assert found.since.timestamp() % period == 0


def test_an_unknown_choice_is_the_hour():
    assert window("fortnight", NOW) == window("hour", NOW)


def test_every_label_is_of_a_choice():
    assert set(LABELS) == {*SPANS, CUSTOM}


def test_a_custom_span_has_the_step_of_its_length_and_holds_both_ends():
    found = window(CUSTOM, NOW, since="2026-11-29T10:00:30", until="2026-11-29T11:00")

    assert found.since == datetime(2026, 11, 29, 10, 0, tzinfo=UTC)
    assert found.until == datetime(2026, 11, 29, 11, 0, tzinfo=UTC)
    assert found.step == 60


def test_a_custom_span_never_reaches_beyond_now():
    found = window(CUSTOM, NOW, since="2026-11-29T20:00", until="2030-01-01T00:00")

    assert found.until == datetime(2026, 11, 29, 20, 51, tzinfo=UTC)


def test_years_are_told_in_steps_of_several_days():
    found = window(CUSTOM, NOW, since="0001-01-01T00:00", until="2026-11-29T20:50")

    assert len(found.starts) <= 202
    assert found.step % 86_400 == 0
    assert found.since <= EARLIEST
    assert found.word.endswith(" days")


def test_a_time_with_a_zone_is_taken_as_it_says():
    found = window(CUSTOM, NOW, since="2026-11-29T12:00+02:00", until="2026-11-29T11:00+00:00")

    assert found.until - found.since == timedelta(hours=1)


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        ("", "2026-11-29T11:00", "The beginning has to be a day and a time"),
        ("2026-11-29T11:00", "soon", "The end has to be a day and a time"),
        ("2026-11-29T11:00", "2026-11-29T10:00", "before the end"),
        ("2030-01-01T00:00", "2030-01-02T00:00", "before now"),
    ],
)
def test_a_span_that_is_none_says_what_is_wrong(since, until, said):
    with pytest.raises(InputError, match=said):
        window(CUSTOM, NOW, since=since, until=until)
