"""A cluster of processes: the same answer as on one machine, though one is killed at work."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.cluster import Cluster, cluster
from store.artifacts import FolderStore
from tests.pipeline.conftest import Verb

FILES, ROWS = 24, 100_000
OF_ONE_RUN = ("created", "software", "run_id", "run")  # a run's own; the rest is the table's
PATIENCE_SECONDS = 180.0
T = TypeVar("T")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def three_workers() -> Iterator[Cluster]:
    with cluster(3, memory="600m") as found:
        yield found


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A folder of Parquet files: several tasks."""
    folder = tmp_path / "table"
    folder.mkdir()
    random = np.random.default_rng(7)
    for number in range(FILES):
        columns = {f"x{i}": random.normal(1e3 * i, 1 + i, ROWS) for i in range(12)}
        groups = random.choice(["a", "b", "c"], ROWS)
        pq.write_table(pa.table({"kind": groups, **columns}), folder / f"{number:02}.parquet")
    return folder


def digest(file: Path) -> str:
    """The SHA-256 of what a profile says about its table."""
    profile = json.loads(file.read_bytes())
    for name in OF_ONE_RUN:
        del profile[name]
    return hashlib.sha256(json.dumps(profile, sort_keys=True).encode()).hexdigest()


def until(ask: Callable[[], T | None], process: subprocess.Popen[str]) -> T:
    """What ``ask`` answers as soon as it does, while the process runs."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            if answer := ask():
                return answer
        time.sleep(0.02)
    pytest.fail(f"it never came to that; exit code {process.poll()}")


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    """Leave no process behind, whatever the test finds."""
    try:
        yield
    finally:
        process.kill()


class Driver:
    """What the driver tells on its status page while the job runs."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1/applications"

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(self._url + path, timeout=10) as answer:
            return json.load(answer)

    def tasks(self, status: str) -> list[dict[str, Any]]:
        """The tasks of all stages that have this status now."""
        [application] = self._get("")
        where = f"/{application['id']}/stages"
        return [
            task
            for stage in self._get(where)
            for task in self._get(
                f"{where}/{stage['stageId']}/{stage['attemptId']}/taskList?length=1000"
            )
            if task["status"] == status
        ]


def executor(found: Cluster, number: str) -> psutil.Process | None:
    """The process of an executor."""
    for worker in found.pids:
        for process in psutil.Process(worker).children(recursive=True):
            line = process.cmdline()
            if "--executor-id" in line and line[line.index("--executor-id") + 1] == number:
                return process
    return None


def test_an_executor_that_is_killed_at_work_changes_no_bit_of_the_profile(
    three_workers: Cluster,
    table: Path,
    root: Path,
    tmp_path: Path,
    free_port: int,
    verb: Verb,
    shelf: FolderStore,
) -> None:
    here = verb("profile", table, "--group-by", "kind")
    assert here.exit_code == 0, here.output
    expected = digest(Path(shelf.url) / here.stdout.splitlines()[-1])
    events = tmp_path / "events"
    events.mkdir()
    settings = {
        "spark.executor.cores": "1",
        "spark.executor.memory": "512m",
        "spark.ui.enabled": "true",
        "spark.ui.port": str(free_port),
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": events.as_uri(),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }
    words = [str(table), "--group-by", "kind", "--artifacts", str(tmp_path / "far")]
    words += ["--master", three_workers.master]
    words += [word for item in settings.items() for word in ("--conf", "=".join(item))]

    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "profile", *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    driver = Driver(free_port)
    with process, ended(process):
        # Of the first tasks: they start their Python, so that one is surely still at work below.
        busy = until(lambda: next(iter(driver.tasks("RUNNING")), None), process)["executorId"]
        victim = until(lambda: executor(three_workers, busy), process)
        # Stopped, it keeps the task that it has, or gets one: so it is killed at work for certain.
        victim.send_signal(signal.SIGSTOP)
        until(lambda: busy in {task["executorId"] for task in driver.tasks("RUNNING")}, process)
        victim.kill()
        out, err = process.communicate(timeout=PATIENCE_SECONDS)

    assert process.returncode == 0, err
    assert digest(tmp_path / "far" / out.splitlines()[-1]) == expected
    [log] = events.iterdir()
    ends = [json.loads(line) for line in log.read_text().splitlines() if "TaskEnd" in line]
    lost = [end for end in ends if end["Task End Reason"]["Reason"] == "ExecutorLostFailure"]
    assert {end["Task Info"]["Executor ID"] for end in lost} == {busy}


def test_a_cluster_ends_with_the_program_that_started_it(root: Path) -> None:
    command = [sys.executable, "-m", "scripts.cluster", "start", "--workers", "1"]
    process = subprocess.Popen(
        command, cwd=root, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"spark://127.0.0.1:")
    members = psutil.Process(process.pid).children(recursive=True)
    assert sum(member.name() == "java" for member in members) == 2

    process.kill()
    process.wait()
    process.stdout.close()

    assert psutil.wait_procs(members, timeout=60)[1] == []
