"""Monitor's charts keep what their docstrings promise."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from dashboard.figures.monitor.confidence import confidence, confidence_rows
from dashboard.figures.monitor.latency import latency, latency_rows, time_text
from dashboard.figures.monitor.over_time import over_time, over_time_heads, over_time_rows
from dashboard.monitoring.traffic import Traffic, traffic
from dashboard.monitoring.windows import window
from store.prediction_log.entry import Served, Source, Tally
from tests import builders
from tests.charts import checked

HOUR = window("hour", datetime(2026, 11, 29, 20, 50, 17, tzinfo=UTC))
SERVED = Served("drinks", "1", "a" * 12, "flat")


def tally(measure, answer, bin, n, minute=0, served=SERVED):
    at = HOUR.since + timedelta(minutes=minute)
    return Tally(at, served, Source.API if served else None, answer, measure, bin, n)


def found(*tallies) -> Traffic:
    return traffic(tallies, tallies, HOUR, builders.model_card())


@pytest.fixture
def some() -> Traffic:
    """Three dry ones in the first minute, one sweet in the last, and an error."""
    return found(
        tally("latency", "0", 20, 3),
        tally("latency", "1", 24, 1, minute=59),
        tally("confidence", "0", 19, 3),
        tally("confidence", "1", 12, 1, minute=59),
        tally("error", "malformed", 0, 2, minute=5, served=None),
    )


def test_over_time_every_class_has_a_bar_a_minute_and_a_pattern_of_its_own(some):
    figure = checked(over_time(some))

    assert [bars.name for bars in figure.data] == ["Dry", "Sweet"]
    assert [len(bars.x) for bars in figure.data] == [60, 60]
    assert [(bars.y[0], bars.y[-1]) for bars in figure.data] == [(3, 0), (0, 1)]
    assert len({bars.marker.pattern.shape for bars in figure.data}) == 2
    assert list(figure.layout.xaxis.range) == ["2026-11-29T19:51:00", "2026-11-29T20:51:00"]


def test_ticks_are_times_within_a_day_and_days_beyond_it(some):
    axis = checked(over_time(some)).layout.xaxis
    formats = [stop.value for stop in axis.tickformatstops]

    assert axis.tickangle == 0
    assert formats == ["%H:%M\n%d %b", "%d %b\n%Y", "%b\n%Y"]


def test_the_table_over_time_has_errors_too_and_leaves_empty_minutes_out(some):
    assert over_time_heads(some) == ["From (UTC)", "Dry", "Sweet", "Error: malformed"]
    assert over_time_rows(some) == [
        ["29 Nov 20:50", 0, 1, 0],
        ["29 Nov 19:56", 0, 0, 2],
        ["29 Nov 19:51", 3, 0, 0],
    ]


def test_certainty_has_a_bar_a_bin_from_the_lowest_that_has_any(some):
    figure = checked(confidence(some))

    assert [sum(bars.y) for bars in figure.data] == [3, 1]
    assert figure.data[0].x[19] == pytest.approx(97.5)
    assert list(figure.layout.xaxis.range) == [50, 101]
    assert confidence_rows(some) == [["95 to 100 %", 3, 0], ["60 to 65 %", 0, 1]]


def test_times_are_shares_of_all_between_the_edges_of_their_bins(some):
    area, *lines = checked(latency(some)).data

    assert area.y[1] == 75.0
    assert sum(area.y) == pytest.approx(100)
    assert all(low <= high for low, high in pairwise(area.x))
    assert area.x[0] == pytest.approx(0.1)  # 100 microseconds, where bin 20 begins
    assert [line.name.split()[0] for line in lines] == ["p50", "p95", "p99"]
    assert [row[2] for row in latency_rows(some)] == [3, 1]


@pytest.mark.parametrize("draw", [over_time, confidence, latency])
def test_without_predictions_a_chart_is_a_sentence(draw):
    figure = checked(draw(found()))

    [said] = figure.layout.annotations
    assert said.text.startswith("No ")


@pytest.mark.parametrize(
    ("microseconds", "said"),
    [(84, "84 µs"), (999.2, "999 µs"), (999.9, "1 ms"), (1_234, "1.23 ms"), (3.4e6, "3.4 s")],
)
def test_a_time_is_told_in_the_unit_that_people_would_take(microseconds, said):
    assert time_text(microseconds) == said
