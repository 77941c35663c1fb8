"""The run that is committed: real, complete, and within what the harness promises."""

from pathlib import Path

import pytest

from pipeline.benchmark.harness import overhead_share
from pipeline.benchmark.run import tasks
from store.artifacts import FolderStore
from store.benchmark_run import BenchmarkRun
from store.releases import benchmarks, read_benchmark, read_pointer

MOST_SECONDS = 180
MOST_OVERHEAD = 0.25


@pytest.fixture(scope="module")
def committed(root: Path) -> BenchmarkRun:
    """The oldest run in the release that is committed."""
    store = FolderStore(root / "data" / "artifacts")
    found = benchmarks(read_pointer(store).release)
    if not found:
        pytest.skip("no benchmark is committed; run: python -m pipeline benchmark --publish")
    return read_benchmark(store, next(iter(found.values())))


def test_it_has_every_cell_of_the_default_matrix(committed: BenchmarkRun):
    wanted = {
        (task.workload.name, rows) for task in tasks("default", ("cpu",), ()) for rows in task.sizes
    }
    found = {
        (cell.workload, cell.rows) for cell in committed.cells if cell.device_requested == "cpu"
    }

    assert found == wanted


def test_it_took_less_than_three_minutes(committed: BenchmarkRun):
    assert committed.finished is not None
    assert (committed.finished - committed.started).total_seconds() < MOST_SECONDS


def test_most_of_it_was_the_work_that_is_timed(committed: BenchmarkRun):
    seconds = (committed.finished - committed.started).total_seconds()

    assert committed.overhead_share < MOST_OVERHEAD
    assert overhead_share(committed.cells, seconds) < MOST_OVERHEAD + 0.05  # whole seconds
