"""Findings: each rule speaks beyond its threshold and is silent below it."""

from typing import Any

import pytest

from store.application import Application, Bar, Finding, Lane, Stage, Timeline, Totals
from store.findings import RULES, findings
from tests import builders


def ruled(application: Application) -> dict[str, Finding]:
    """The findings by the name of their rule."""
    return {finding.rule: finding for finding in findings(application)}


def stage(**changes: Any) -> Stage:
    return builders.stage(**changes)


def timed(median: float, longest: float, **changes: Any) -> Stage:
    quantiles = dict.fromkeys(("0.0", "0.05", "0.25", "0.5", "0.75", "0.95"), median)
    return stage(quantiles=quantiles | {"1.0": longest}, **changes)


def with_stages(*stages: Stage, **changes: Any) -> Application:
    return builders.application(stages=stages, **changes)


def with_totals(**totals: Any) -> Application:
    return builders.application(totals=Totals(**totals))


def scan(files: int, size: int) -> Application:
    node = builders.plan_node(files=files, bytes=size)
    return builders.application(queries=(builders.query(nodes=(node,)),))


def leaves(reason: str | None, removed: float | None = 3.0) -> Application:
    executor = builders.spark_executor(removed=removed, reason=reason)
    return builders.application(executors=(executor,))


def slow_at(start: float) -> Application:
    """Two cores; one task of 6 s that starts then, in a stage whose tasks take 0.1 s."""
    bars = [
        Bar(0, 0, 0, 1.0, 1.1, 1, "ok"),
        Bar(1, 0, 0, start, start + 6.0, 1, "ok"),
        Bar(1, 0, 0, 1.0 + start % 2, 1.1 + start % 2, 1, "ok"),
    ]
    lanes = (Lane(executor="1", slot=0), Lane(executor="1", slot=1))
    timeline = Timeline(lanes=lanes, bars=tuple(sorted(bars)), merged=False, left_out=0)
    return with_stages(timed(0.1, 6.0), timeline=timeline)


PYTHON = {"run_seconds": 10.0, "cpu_seconds": 1.0}
SPEAKS = [
    ("skew", with_stages(timed(0.5, 5.1)), with_stages(timed(0.51, 5.1))),
    ("skew", with_stages(timed(0.1, 5.1)), with_stages(timed(0.1, 5.0))),
    ("skew", slow_at(start=2.0), slow_at(start=1.0)),
    ("cold-start", slow_at(start=1.0), slow_at(start=2.0)),
    (
        "small-tasks",
        with_stages(timed(0.49, 1.0, task_count=5_001)),
        with_stages(timed(0.49, 1.0, task_count=5_000)),
    ),
    (
        "small-tasks",
        with_stages(timed(0.49, 1.0, task_count=9_999)),
        with_stages(timed(0.5, 1.0, task_count=9_999)),
    ),
    (
        "few-tasks",
        with_stages(stage(task_count=1, submitted=1.0, completed=6.1)),
        with_stages(stage(task_count=2, submitted=1.0, completed=6.1)),
    ),
    (
        "few-tasks",
        with_stages(stage(task_count=1, submitted=1.0, completed=6.1)),
        with_stages(stage(task_count=1, submitted=1.0, completed=6.0)),
    ),
    ("spill", with_totals(tasks=4, spill_disk_bytes=1), with_totals(tasks=4, spill_memory_bytes=1)),
    (
        "gc",
        with_totals(tasks=4, run_seconds=10.0, gc_seconds=1.1),
        with_totals(tasks=4, run_seconds=10.0, gc_seconds=1.0),
    ),
    (
        "gc",
        with_totals(run_seconds=5.0, gc_seconds=4.0),
        with_totals(run_seconds=4.9, gc_seconds=4.0),
    ),
    ("idle-cores", builders.application(idle_cores=0.51), builders.application(idle_cores=0.5)),
    ("idle-cores", builders.application(idle_cores=1.0), builders.application(idle_cores=None)),
    (
        "failed-tasks",
        with_totals(tasks=100, failed_tasks=1),
        with_totals(tasks=100, killed_tasks=9),
    ),
    (
        "lost-executors",
        leaves("Command exited with code 137"),
        leaves("Executor idle timed out: idle for 60 s"),
    ),
    ("lost-executors", leaves(None), leaves(None, removed=None)),
    (
        "large-partitions",
        with_stages(stage(largest_bytes=5 * 10**9 + 1)),
        with_stages(stage(largest_bytes=5 * 10**9)),
    ),
    ("small-files", scan(101, 101 * 2_999_999), scan(100, 100 * 2_999_999)),
    ("small-files", scan(101, 101 * 2_999_999), scan(101, 101 * 3_000_000)),
    (
        "driver-bound",
        builders.application(seconds=11.0, driver_seconds=5.6),
        builders.application(seconds=11.4, driver_seconds=5.6),
    ),
    (
        "driver-bound",
        builders.application(seconds=9.0, driver_seconds=5.1),
        builders.application(seconds=9.0, driver_seconds=5.0),
    ),
    (
        "scheduling",
        with_totals(task_seconds=10.0, run_seconds=6.0, deserialize_seconds=0.9),
        with_totals(task_seconds=10.0, run_seconds=6.0, deserialize_seconds=1.0),
    ),
    (
        "python-bound",
        with_stages(stage(python=True, totals=Totals(**PYTHON)), totals=Totals(**PYTHON)),
        with_stages(stage(python=False, totals=Totals(**PYTHON)), totals=Totals(**PYTHON)),
    ),
]


@pytest.mark.parametrize(("rule", "beyond", "within"), SPEAKS)
def test_a_rule_speaks_beyond_its_threshold_alone(
    rule: str, beyond: Application, within: Application
) -> None:
    found = ruled(beyond)

    assert rule in found
    assert rule not in ruled(within)
    assert found[rule].advice
    assert found[rule].source


def test_every_rule_is_tested() -> None:
    names = {rule for rule, _, _ in SPEAKS}

    assert len(names) == len(RULES) + 1  # the rule of failures speaks of tasks and of executors


def test_where_nothing_stands_out_that_is_said() -> None:
    [finding] = findings(builders.application())

    assert (finding.rule, finding.level) == ("nothing", "ok")
    assert "4 tasks" in finding.text


def test_the_worst_comes_first() -> None:
    slow = timed(0.1, 9.0, task_count=1, submitted=0.0, completed=9.0)

    levels = [finding.level for finding in findings(with_stages(slow, idle_cores=0.9))]

    assert levels == ["bad", "caution", "caution"]


def test_a_rule_names_its_three_worst_stages_at_most() -> None:
    skewed = [timed(0.1, 6.0 + number, id=number) for number in range(9)]

    named = [finding.stage for finding in findings(with_stages(*skewed))]

    assert named == [8, 7, 6]


def test_the_measured_value_and_the_stage_are_in_the_text() -> None:
    found = ruled(with_stages(timed(0.5, 6.0, id=12, attempt=1)))["skew"]

    assert found.title == "Stage 12.1 waits for one task"
    assert "6.0 s" in found.text
    assert "12 times" in found.text
    assert (found.value, found.threshold) == (12.0, 10.0)
