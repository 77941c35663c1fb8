"""What a person sees while a verb works."""

import io
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import SparkSession
from rich.console import Console

from pipeline.progress import Steps, TaskCount


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=80)


def written(to: Console) -> str:
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue()


def fake_spark(active: dict[int, tuple[int, int]]) -> Any:
    """A session whose active stages are (tasks done, tasks) by stage."""
    tracker = SimpleNamespace(
        getActiveStageIds=lambda: list(active),
        getStageInfo=lambda stage: SimpleNamespace(
            numCompletedTasks=active[stage][0], numTasks=active[stage][1]
        ),
    )
    return SimpleNamespace(sparkContext=SimpleNamespace(statusTracker=lambda: tracker))


def test_in_a_log_file_a_step_is_one_plain_line() -> None:
    log = console(terminal=False)
    steps = Steps(log)

    with steps.step("Read [the] table"):
        pass

    assert written(log) == "Read [the] table: 0.0 s\n"
    assert list(steps.seconds) == ["Read [the] table"]


def test_a_step_that_fails_is_not_reported_as_done() -> None:
    log = console(terminal=False)
    steps = Steps(log)

    with pytest.raises(OSError, match="full"), steps.step("Write"):
        raise OSError("full")

    assert (written(log), steps.seconds) == ("", {})


def test_on_a_terminal_sparks_own_tasks_move_the_bar(spark: SparkSession) -> None:
    screen = console(terminal=True)

    with Steps(screen).step("Count", spark=spark):
        spark.range(0, 4, 1, 4).selectExpr(
            "java_method('java.lang.Thread', 'sleep', 400L)"
        ).collect()

    assert "of 4 tasks" in written(screen)


def test_tasks_are_counted_over_stages_that_come_and_go() -> None:
    active: dict[int, tuple[int, int]] = {}
    count, session = TaskCount(), fake_spark(active)
    seen = [count.see(session)]
    for stages in ({1: (0, 8)}, {1: (5, 8)}, {2: (1, 4)}, {}):
        active.clear()
        active.update(stages)
        seen.append(count.see(session))

    assert seen == [(0, 0), (0, 8), (5, 8), (9, 12), (12, 12)]
