"""Workloads in processes of their own: what is saved, skipped, cut off; and one that is real."""

import subprocess
import sys

import pytest

from pipeline.benchmark.harness import Limits, Task, measure, overhead_share, said
from pipeline.benchmark.processes import Ended, environment, run_fresh
from pipeline.benchmark.registry import BY_NAME
from pipeline.benchmark.worker import Order
from store.benchmark_check import validate_run
from store.benchmark_data import data_hash
from store.benchmark_run import BenchmarkRun
from tests import benchmark_runs
from tests.benchmark_runs import SEED, cell, timings

LIMITS = Limits(cell=60, run=600)
XGBOOST, FOREST = BY_NAME["xgboost"], BY_NAME["random_forest"]


class Silent:
    """Nobody looks; ``lines`` has what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def begin(self, text: str) -> None:
        pass

    def end(self, text: str, work: float) -> None:
        self.lines.append(text)


def told(rows: int, **changes) -> dict:
    """What a process tells of a measured size."""
    return {
        "rows": rows,
        "status": "measured",
        "device_effective": "cpu",
        "library_version": "1.0",
        "timings": timings(rows / 1e4).model_dump(),
        "quality": {"metric": "accuracy", "value": 0.9, "rows": 10_000},
        "memory": {"peak_ram": 10**8, "peak_vram": None},
        "data_sha256": data_hash(SEED, rows),
    } | changes


def empty():
    run = benchmark_runs.run(finished=None, fixture=False)
    return run.model_copy(update={"cells": ()})


def measured(*tasks, run_process=run_fresh, limits=LIMITS, saved=None, shown=None):
    saved = [] if saved is None else saved
    return measure(
        empty(), tasks, limits, save=saved.append, shown=shown or Silent(), run_process=run_process
    )


def test_what_is_known_is_saved_after_every_cell_and_each_time_believable():
    saved: list[BenchmarkRun] = []

    def process(order, seconds):
        for rows in order.sizes:
            yield told(rows)

    run = measured(Task(XGBOOST, "cpu", False, (1_000, 10_000)), run_process=process, saved=saved)

    assert [len(one.cells) for one in saved] == [1, 2, 2]
    assert [one.finished is None for one in saved] == [True, True, False]
    for one in saved:
        validate_run(one)
    assert run == saved[-1]


def test_a_run_that_is_stopped_keeps_what_it_has():
    saved: list[BenchmarkRun] = []

    def process(order, seconds):
        yield told(1_000)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measured(Task(XGBOOST, "cpu", False, (1_000, 10_000)), run_process=process, saved=saved)

    assert [cell.rows for cell in saved[-1].cells] == [1_000]


@pytest.mark.parametrize(("cut_off", "status"), [(True, "skipped_budget"), (False, "failed")])
def test_the_sizes_that_a_process_did_not_tell_of_say_why(cut_off, status):
    def process(order, seconds):
        yield told(1_000)
        raise Ended("why it ended", cut_off=cut_off)

    run = measured(Task(XGBOOST, "cpu", False, (1_000, 10_000)), run_process=process)

    assert [cell.status for cell in run.cells] == ["measured", status]
    assert run.cells[1].reason == "why it ended"


def test_a_workload_without_its_package_is_not_begun():
    def process(order, seconds):
        raise AssertionError("nothing is there to run")

    way = FOREST.on["cuda"][0]._replace(packages=("cuml_that_is_not_there",))
    task = Task(FOREST._replace(on={"cuda": (way,)}), "cuda", False, (1_000,))
    run = measured(task, run_process=process)

    assert run.cells[0].status == "skipped_missing"
    assert run.cells[0].reason == "cuml_that_is_not_there is not installed"


def test_when_the_time_of_the_run_is_up_the_rest_is_skipped():
    run = measured(Task(XGBOOST, "cpu", False, (1_000,)), limits=Limits(cell=1, run=0))

    assert run.cells[0].reason == "the time for the whole run was up"


def test_the_overhead_is_what_the_timed_phases_leave_of_a_run():
    one = cell(timings=timings(import_=2.0, cold_fit=1.0, fits=(1.0,) * 5))
    two = cell(rows=10_000, timings=timings(import_=2.0, cold_fit=1.0, fits=(1.0,) * 5))

    # Both sizes had one process, which imported once.
    assert overhead_share((one, two), 20.0) == pytest.approx(1 - 14 / 20)
    assert overhead_share((), 20.0) is None


def test_a_cell_is_said_in_a_line():
    skipped = cell(status="skipped_missing", reason="torch is not installed")

    assert said(cell()) == "Xgboost, cpu, 1,000 rows: 100 ms (first 150 ms)"
    assert said(skipped) == "Xgboost, cpu, 1,000 rows: skipped missing, torch is not installed"


def test_a_process_is_told_its_threads_before_a_library_is_imported():
    order = Order("logistic_regression", "cpu", False, [1_000], SEED, 1.0)
    told = environment(order)

    assert (told["OMP_WAIT_POLICY"], told["GOMP_SPINCOUNT"]) == ("PASSIVE", "10000")
    assert told["OPENBLAS_NUM_THREADS"] == "1"
    assert told["SCIPY_ARRAY_API"] == "1"
    assert int(told["OMP_NUM_THREADS"]) >= 1


def test_a_real_process_measures_a_workload_that_is_believed():
    shown = Silent()

    run = measured(Task(BY_NAME["pca"], "cpu", False, (1_000, 10_000)), shown=shown)

    validate_run(run)
    assert [cell.status for cell in run.cells] == ["measured", "measured"]
    cell = run.cells[0]
    assert cell.timings.import_ > 0.05
    assert len(cell.timings.fits) >= 5
    assert cell.memory.peak_ram > 50_000_000
    assert cell.data_sha256 == data_hash(SEED, 1_000)
    assert cell.library_version.count(".") >= 1
    assert 0 <= run.overhead_share <= 1
    assert len(shown.lines) == 2


def test_a_real_process_finds_out_that_xgboost_fell_back():
    run = measured(Task(XGBOOST, "cuda", False, (1_000, 10_000)))

    if run.cells[0].status == "measured":
        pytest.skip("this machine has a GPU, so nothing falls back")
    assert [cell.status for cell in run.cells] == ["fell_back", "fell_back"]
    assert run.cells[0].device_effective == "cpu"
    assert run.cells[0].timings is None
    assert "No GPU found" in run.cells[0].reason
    assert "trained on the cpu without a word" in run.cells[0].reason


def test_larger_sizes_are_skipped_when_the_smaller_ones_say_that_they_would_not_fit():
    order = Order("random_forest", "cpu", False, [1_000, 10_000], SEED, 1.0)

    first, second = run_fresh(order, 120.0)

    assert first["status"] in ("measured", "skipped_budget")
    assert second["status"] == "skipped_budget"
    assert "take about" in second["reason"]


def test_a_process_is_ended_when_its_time_is_up():
    order = Order("pca", "cpu", False, [1_000], SEED, 60.0)

    with pytest.raises(Ended) as caught:
        list(run_fresh(order, 0.05))

    assert caught.value.cut_off
    assert caught.value.reason == "cut off after 0 s"


def test_an_error_is_told_by_its_name_alone(monkeypatch):
    program = "import sys; sys.exit('/home/ada/lib.py: no')"
    popen = subprocess.Popen
    start = lambda _, **how: popen([sys.executable, "-c", program], **how)  # noqa: E731
    monkeypatch.setattr("pipeline.benchmark.processes.subprocess.Popen", start)
    order = Order("pca", "cpu", False, [1_000], SEED, 60.0)

    with pytest.raises(Ended) as caught:
        list(run_fresh(order, 60.0))

    assert not caught.value.cut_off
    assert "ada" not in caught.value.reason
