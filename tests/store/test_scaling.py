"""The estimate for other numbers of cores: between the bounds that no schedule leaves."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.application import Application
from store.event_log import read_event_log
from tests.store import event_logs as log


def read(*events: log.Event) -> Application:
    return read_event_log([BytesIO(log.log_of(*events))])


def estimates(application: Application) -> dict[int, float]:
    return {estimate.cores: estimate.seconds for estimate in application.scaling.estimates}


def test_tasks_of_two_stages_are_scheduled_one_stage_after_the_other() -> None:
    # 1 s before the job; 4 tasks of 1 s, then 1 of 2 s on 2 cores; 0.5 s more in the job, 0.5 after
    found = estimates(read(*log.small()))

    assert found[1] == pytest.approx(8.0)
    assert found[2] == pytest.approx(6.0)  # as measured
    assert found[4] == pytest.approx(5.0)
    assert found[8] == pytest.approx(5.0)  # nothing is left to do at the same time


def test_the_floor_is_the_driver_and_the_longest_tasks() -> None:
    assert read(*log.small()).scaling.floor_seconds == pytest.approx(5.0)


def test_stages_that_do_not_feed_each_other_share_the_cores() -> None:
    job_start, job_end = log.job(0, [0, 1], 0.0, 4.0)
    tasks = [log.task(number, at=2 * number, until=2 * number + 2) for number in (0, 1)]
    stages = [log.stage(number, at=2 * number, until=2 * number + 2) for number in (0, 1)]
    told = [event for pair in stages for event in pair]

    found = estimates(read(*log.begin(cores=1), job_start, *told, *tasks, job_end, log.end(4)))

    assert (found[1], found[2]) == (4.0, 2.0)


def test_without_tasks_all_of_it_is_the_drivers() -> None:
    application = read(*log.begin(), log.end(3))

    assert set(estimates(application).values()) == {3.0}
    assert application.idle_cores is None


@given(
    times=st.lists(st.integers(1, 5_000), min_size=1, max_size=40),
    cores=st.sampled_from([1, 2, 4, 8]),
)
def test_an_estimate_lies_within_grahams_bounds(times: list[int], cores: int) -> None:
    seconds = [time / 1000 for time in times]
    total, longest = sum(seconds), max(seconds)
    start, done = log.stage(0, at=0, until=total, tasks=len(times))
    job_start, job_end = log.job(0, [0], 0.0, total)
    begun = [sum(times[:i]) / 1000 for i in range(len(times))]
    tasks = [log.task(0, at=at, until=at + s) for at, s in zip(begun, seconds, strict=True)]
    events = [*log.begin(cores=1), job_start, start, *tasks, done, job_end, log.end(total)]

    application = read(*events)

    slack = 0.002 * (len(times) + 2)  # a log has whole milliseconds
    for number, estimate in estimates(application).items():
        assert max(total / number, longest) - slack <= estimate
        assert estimate <= total / number + longest + slack
    assert application.scaling.floor_seconds == pytest.approx(longest, abs=slack)
