"""The harness: budgets, cut-offs, what is kept; tiny fakes where engines and tables are."""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline.engines import meter
from pipeline.engines.harness import Limits, Outcome, Plan, measure, predicted, run_fresh
from pipeline.engines.question import BINS, Answer, Column, Question, Section
from pipeline.engines.reference import Exact
from pipeline.engines.registry import BY_NAME, Engine
from pipeline.progress import Steps
from store.engine_run import EngineRun, EngineTable
from store.schema import decode, encode
from tests import builders

QUESTION = Question(("x",), "g", (tuple(float(i) for i in range(BINS + 1)),))
COLUMN = Column(2, 0, 1.5, 0.5**0.5, 1.0, 2.0, 0.0, (0, 1, 1, *(0,) * 37))
RIGHT = Answer(Section(2, (COLUMN,)), {})
FAST = Engine("fast", "Fast", "library", "csv", "count")
SLOW = Engine("slow", "Slow", "library", "parquet", "count")


class FakeRight:
    answer, exact = RIGHT, True

    def standing(self, group, column, value):
        raise AssertionError("no quantiles were asked for")


class FakeTable:
    """A table without files, that notes when its right answer was worked out."""

    def __init__(self, rows):
        self.rows, self.question, self.references = rows, QUESTION, 0

    def files(self, format):
        return [Path(f"{self.rows}.{format}")]

    def reference(self):
        self.references += 1
        return FakeRight()

    def about(self, groups):
        return EngineTable(
            rows=self.rows, columns=1, groups=groups, bytes={}, files={}, reference="exact"
        )


class FakeEngines:
    """Answers after so many seconds a row, on a clock of its own; notes who was asked."""

    def __init__(self, monkeypatch, *, answer=RIGHT, seconds=None):
        self.asked = []
        self._answer = answer
        self._seconds = seconds or {"fast": 1e-6, "slow": 1e-3}
        self._now = 0.0
        monkeypatch.setattr("pipeline.engines.harness.time.monotonic", lambda: self._now)

    def __call__(self, engine, files, question, limits):
        rows = int(files[0].stem)
        self.asked.append((engine.name, rows))
        wall = self._seconds[engine.name] * rows
        self._now += min(wall, limits.seconds)
        if wall > limits.seconds:
            return Outcome(None, cut_off=True)
        return Outcome(builders.engine_process(wall), self._answer)


def measured(engines, runner, *sizes, budget=60.0, repeats=2, before=None, saved=None):
    tables = [FakeTable(rows) for rows in sizes]
    saved = [] if saved is None else saved
    return measure(
        Plan(engines, budget, repeats),
        tables,
        save=saved.append,
        steps=Steps(),
        before=before,
        run_process=runner,
    )


def status(run):
    return {(cell.engine, cell.rows): cell.status for cell in run.cells}


def test_every_engine_is_run_on_every_table_so_often(monkeypatch):
    runner = FakeEngines(monkeypatch)

    run = measured((FAST, SLOW), runner, 100, 1_000)

    assert runner.asked == [
        ("fast", 100), ("fast", 100), ("slow", 100), ("slow", 100),
        ("fast", 1_000), ("fast", 1_000), ("slow", 1_000), ("slow", 1_000),
    ]  # fmt: skip
    assert set(status(run).values()) == {"ok"}
    assert run.complete
    assert [table.rows for table in run.tables] == [100, 1_000]


def test_a_cell_that_would_not_fit_is_not_run_and_says_how_long_it_would_take(monkeypatch):
    runner = FakeEngines(monkeypatch)

    run = measured((SLOW,), runner, 1_000, 10_000, 100_000, 1_000_000, budget=60)

    assert run.cell("slow", 100_000).status == "skipped_budget"
    assert run.cell("slow", 100_000).predicted_seconds == pytest.approx(100.0)
    assert run.cell("slow", 1_000_000).predicted_seconds == pytest.approx(1_000.0)
    assert ("slow", 100_000) not in runner.asked


def test_repeats_end_with_the_budget(monkeypatch):
    run = measured((SLOW,), FakeEngines(monkeypatch), 10_000, budget=25, repeats=5)

    assert len(run.cell("slow", 10_000).processes) == 2  # of 10 s each


def test_a_cell_that_takes_too_long_is_cut_off_and_so_are_larger_ones(monkeypatch):
    runner = FakeEngines(monkeypatch)

    run = measured((SLOW,), runner, 100_000, 1_000_000, budget=60)

    assert status(run) == {("slow", 100_000): "over_budget", ("slow", 1_000_000): "skipped_budget"}
    assert run.cell("slow", 100_000).note == "cut off after 60 s"
    assert run.cell("slow", 1_000_000).predicted_seconds is None
    assert runner.asked == [("slow", 100_000)]


def test_a_wrong_answer_is_told_with_its_time(monkeypatch):
    other = Column(2, 0, 1.5 + 1e-6, 0.5**0.5, 1.0, 2.0, 0.0, COLUMN.histogram)
    runner = FakeEngines(monkeypatch, answer=Answer(Section(2, (other,)), {}))

    cell = measured((FAST,), runner, 100).cell("fast", 100)

    assert (cell.status, cell.note) == ("wrong", "mean, column 1 of all rows")
    assert cell.max_relative_difference == pytest.approx(1e-6 / 1.5, rel=1e-3)
    assert cell.processes


def test_a_missing_package_is_no_failure(monkeypatch):
    absent = FAST._replace(packages=("no_such_package",))

    cell = measured((absent,), FakeEngines(monkeypatch), 100).cell("fast", 100)

    assert (cell.status, cell.note) == ("not_installed", "pip install no_such_package")


def test_a_failure_is_a_cell_and_others_go_on(monkeypatch):
    def runner(engine, files, question, limits):
        if engine.name == "slow":
            return Outcome(None, error="MemoryError")
        return Outcome(builders.engine_process(1.0), RIGHT)

    run = measured((SLOW, FAST), runner, 100)

    assert status(run) == {("slow", 100): "failed", ("fast", 100): "ok"}
    assert run.cell("slow", 100).note == "MemoryError"


def test_what_is_known_is_saved_after_every_cell_and_a_cut_off_run_goes_on_from_there(monkeypatch):
    saved: list[EngineRun] = []

    def runner(engine, files, question, limits):
        if (engine.name, files[0].stem) == ("fast", "1000"):
            raise KeyboardInterrupt
        return Outcome(builders.engine_process(1.0), RIGHT)

    with pytest.raises(KeyboardInterrupt):
        measured((FAST, SLOW), runner, 100, 1_000, saved=saved)
    left = decode(EngineRun, encode(saved[-1]), name="the draft")
    again = FakeEngines(monkeypatch)
    run = measured((FAST, SLOW), again, 100, 1_000, before=left)

    assert [len(run.cells) for run in saved] == [1, 2]
    assert not left.complete
    assert set(again.asked) == {("fast", 1_000), ("slow", 1_000)}
    assert len(run.cells) == 4


def test_the_right_answer_is_worked_out_once_a_table_and_only_where_one_is_needed(monkeypatch):
    tables = [FakeTable(100), FakeTable(1_000)]
    absent = FAST._replace(packages=("no_such_package",))

    plan = Plan((FAST, SLOW), 60, 1)
    runner = FakeEngines(monkeypatch)
    measure(plan, tables[:1], save=lambda _: None, steps=Steps(), run_process=runner)
    plan = Plan((absent,), 60, 1)
    measure(plan, tables[1:], save=lambda _: None, steps=Steps(), run_process=runner)

    assert [table.references for table in tables] == [1, 0]


def test_a_prediction_takes_the_fastest_runs_and_never_falls():
    noisy = builders.engine_cell("pandas", 1_000, 1.0, 9.0)
    larger = builders.engine_cell("pandas", 10_000, 1.9, 2.5)
    falling = builders.engine_cell("spark", 1_000, 8.0)
    run = builders.engine_run(noisy, larger, falling, builders.engine_cell("spark", 10_000, 7.0))

    assert predicted(run, "pandas", 100_000) == pytest.approx(10.9)
    assert predicted(run, "spark", 100_000) == 7.0
    assert predicted(run, "pandas", 10_000) is None


def test_of_a_run_that_had_to_wait_the_cpu_time_predicts():
    loud = builders.timing(50.0, cpu_seconds=15.0, noisy=True, others_cores=1.5)
    process = builders.engine_process(50.0).model_copy(update={"cold": loud})
    quiet = builders.engine_cell("spark", 1_000, 14.0)

    run = builders.engine_run(quiet, builders.engine_cell("spark", 10_000, processes=(process,)))

    assert predicted(run, "spark", 100_000) == pytest.approx(25.0)


# Real processes


def test_a_real_cell_is_timed_from_the_start_of_python(odd):
    begun = time.monotonic()
    outcome = run_fresh(BY_NAME["sequential"], odd.csv, odd.question, Limits(2, 60, 60))
    took = time.monotonic() - begun

    process = outcome.process
    right = Exact(odd.parquet, odd.question).answer
    assert outcome.answer.overall.columns[0].histogram == right.overall.columns[0].histogram
    assert list(process.phases) == ["Start Python", "Import the engine", "Read and aggregate"]
    assert sum(process.phases.values()) == pytest.approx(process.cold.wall_seconds)
    assert 0.01 < process.cold.wall_seconds < took
    assert 0.01 < process.cold.cpu_seconds < took
    assert len(process.warm) == 2
    assert process.peak_memory_bytes > 5 * 2**20
    assert process.threads >= 1


def test_a_process_whose_time_is_up_is_ended(odd):
    outcome = run_fresh(BY_NAME["sequential"], odd.csv, odd.question, Limits(1, 0.01, 0.01))

    assert (outcome.process, outcome.cut_off) == (None, True)


DRIVER = """
import sys
from pathlib import Path
from pipeline.engines.harness import Limits, run_fresh
from pipeline.engines.question import Question
from pipeline.engines.registry import BY_NAME
from pipeline.stopping import stoppable

with stoppable():
    question = Question.from_json(sys.argv[2])
    run_fresh(BY_NAME["sequential"], [Path(sys.argv[1])], question, Limits(1, 600, 600))
"""


def test_a_run_that_is_terminated_ends_the_process_of_its_cell(odd, tmp_path, root):
    pipe = tmp_path / "endless.csv"
    os.mkfifo(pipe)
    command = [sys.executable, "-c", DRIVER, str(pipe), odd.question.to_json()]
    driver = psutil.Popen(command, cwd=root, stderr=subprocess.DEVNULL)
    with driver, pipe.open("w"):  # waits until the engine begins to read
        children = driver.children(recursive=True)
        driver.terminate()
        driver.wait(30)
        gone, alive = psutil.wait_procs(children, timeout=10)

    assert (len(gone), alive) == (1, [])


def test_all_that_a_process_started_is_ended_with_it():
    program = "import subprocess; subprocess.run(['cat'])"
    pipe = {"stdin": subprocess.PIPE}
    with psutil.Popen([sys.executable, "-c", program], **pipe) as parent:
        with meter.peak_of(parent.pid) as peak:
            while len(peak.seen) < 2:
                os.sched_yield()
        parent.kill()
        meter.end(peak.seen, patience=0)

        assert not any(process.is_running() for process in peak.seen - {parent})


def test_a_process_that_fails_gives_the_name_of_its_error_and_no_path(odd, tmp_path):
    gone = [tmp_path / "gone.csv"]

    outcome = run_fresh(BY_NAME["sequential"], gone, odd.question, Limits(1, 60, 60))

    assert (outcome.error, outcome.process, outcome.cut_off) == ("FileNotFoundError", None, False)


def test_memory_and_threads_of_children_count():
    with meter.peak_of(os.getpid()) as peak:
        child = psutil.Popen(["python3", "-c", "x = bytearray(80 << 20); input()"], stdin=-1)
        while child.memory_info().rss < 80 * 2**20:
            os.sched_yield()
        own = meter.Peak()
        own.look(psutil.Process())
        child.communicate(b"\n")

    assert own.memory_bytes > 80 * 2**20
    assert psutil.Process() in peak.seen


def test_cpu_time_includes_children_that_ended():
    before = meter.cpu_seconds()
    with psutil.Popen(["python3", "-c", "sum(range(3_000_000))"]) as child:
        child.wait()

    assert meter.cpu_seconds() - before > 0.02
    assert math.isfinite(meter.busy_seconds())
