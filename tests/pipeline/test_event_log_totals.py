"""What is read from the event log is what Spark's own status API says, to the last byte."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from store.application import QUANTILES, Application, Stage, Totals
from store.event_log import open_event_log, read_event_log
from store.schema import encode

KINDS = ("plain", "zstd", "rolling")
# What Spark's API calls our figures; it counts in milliseconds and nanoseconds.
SAME: dict[str, Callable[[Totals], int]] = {
    "numFailedTasks": lambda t: t.failed_tasks,
    "numKilledTasks": lambda t: t.killed_tasks,
    "numCompleteTasks": lambda t: t.tasks - t.failed_tasks - t.killed_tasks,
    "executorRunTime": lambda t: round(1e3 * t.run_seconds),
    "executorCpuTime": lambda t: round(1e9 * t.cpu_seconds),
    "jvmGcTime": lambda t: round(1e3 * t.gc_seconds),
    "executorDeserializeTime": lambda t: round(1e3 * t.deserialize_seconds),
    "inputBytes": lambda t: t.input_bytes,
    "inputRecords": lambda t: t.input_rows,
    "outputBytes": lambda t: t.output_bytes,
    "outputRecords": lambda t: t.output_rows,
    "shuffleReadBytes": lambda t: t.shuffle_read_bytes,
    "shuffleReadRecords": lambda t: t.shuffle_read_rows,
    "shuffleWriteBytes": lambda t: t.shuffle_write_bytes,
    "shuffleWriteRecords": lambda t: t.shuffle_write_rows,
    "memoryBytesSpilled": lambda t: t.spill_memory_bytes,
    "diskBytesSpilled": lambda t: t.spill_disk_bytes,
}


@pytest.fixture(scope="session")
def logged(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of ``logged_job``: one Java start, three logs."""
    folder = tmp_path_factory.mktemp("logged")
    words = [sys.executable, str(root / "tests" / "pipeline" / "logged_job.py"), str(folder)]
    variables = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(words, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def seen(folder: Path, kind: str) -> tuple[Application, dict[str, Any]]:
    """What the log says, and what the status API said."""
    application = read_event_log(open_event_log(folder / kind / "log"))
    return application, json.loads((folder / kind / "status.json").read_text())


def ran(status: dict[str, Any]) -> dict[tuple[int, int], dict[str, Any]]:
    """The stages that Spark did not skip, by id and attempt."""
    stages = [stage for stage in status["stages"] if stage["status"] != "SKIPPED"]
    return {(stage["stageId"], stage["attemptId"]): stage for stage in stages}


@pytest.mark.parametrize("kind", KINDS)
def test_every_total_of_every_stage_is_that_of_spark(logged: Path, kind: str) -> None:
    application, status = seen(logged, kind)
    spark = ran(status)

    ours = {(stage.id, stage.attempt): stage for stage in application.stages}
    assert set(ours) == set(spark)
    for identity, stage in ours.items():
        assert {name: of(stage.totals) for name, of in SAME.items()} == {
            name: spark[identity][name] for name in SAME
        }
    for name, of in SAME.items():
        assert of(application.totals) == sum(stage[name] for stage in spark.values()), name
    assert application.totals.shuffle_read_bytes > 0
    assert application.totals.failed_tasks > 1


@pytest.mark.parametrize("kind", KINDS)
def test_task_times_and_peaks_are_those_of_sparks_stage_page(logged: Path, kind: str) -> None:
    application, status = seen(logged, kind)
    spark = ran(status)

    compared = 0
    for stage in application.stages:
        told = spark[(stage.id, stage.attempt)]["taskMetricsDistributions"]
        if told is None or stage.totals.failed_tasks:  # Spark counts those in at their place
            continue
        compared += 1
        assert [1e3 * stage.quantiles[str(q)] for q in QUANTILES] == pytest.approx(told["duration"])
        assert stage.totals.peak_execution_bytes == told["peakExecutionMemory"][-1]
    assert compared > 5


@pytest.mark.parametrize("kind", KINDS)
def test_jobs_and_stages_end_as_spark_says(logged: Path, kind: str) -> None:
    application, status = seen(logged, kind)

    assert (application.complete, application.cores, application.master) == (True, 2, "local[2,2]")
    results = {job["jobId"]: job["status"].lower() for job in status["jobs"]}
    assert {job.id: job.result for job in application.jobs} == results
    assert {job.description for job in application.jobs} >= {"Write numbers", "Join and count"}
    failed = [stage for stage in application.stages if stage.status == "failed"]
    assert [stage.failure is not None for stage in failed] == [True]
    assert "ZeroDivisionError" in failed[0].failure


def by_description(application: Application, description: str) -> list[Stage]:
    return [stage for stage in application.stages if stage.description == description]


def test_stages_that_were_skipped_lead_to_those_that_ran(logged: Path) -> None:
    application, _ = seen(logged, "plain")

    chain = by_description(application, "Join and count")

    ids = {stage.id for stage in application.stages}
    assert all(set(stage.parents) <= ids for stage in application.stages)
    assert sum(bool(stage.parents) for stage in chain) >= 2
    assert any(len(stage.parents) == 2 for stage in chain)  # the join


def test_the_final_plan_counts_rows_and_files(logged: Path) -> None:
    application, _ = seen(logged, "plain")

    [query] = [query for query in application.queries if query.description == "Join and count"]

    [scan] = [node for node in query.nodes if node.name.startswith("Scan parquet")]
    assert (scan.rows, scan.files) == (40_000, 6)
    assert not any("WholeStageCodegen" in node.name for node in query.nodes)
    assert len(query.edges) == len(query.nodes) - 1


def test_python_is_noticed_where_it_ran(logged: Path) -> None:
    application, _ = seen(logged, "plain")

    python = {stage.python for stage in application.stages if "parquet" in stage.name}
    assert python == {False}
    assert any(stage.python for stage in application.stages)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_says_where_it_ran_or_with_which_settings(logged: Path, kind: str) -> None:
    application, _ = seen(logged, kind)

    said = encode(application).decode()

    assert str(logged) not in said
    assert not [word for word in ("hush-hush", "localhost", "127.0.0.1", "/tests/") if word in said]
    assert len(said) < 100_000
