"""Every engine on every table, each in fresh processes, within a budget.

A cell is an engine on a table. It is run in up to ``repeats`` processes, one after the other, as
long as that fits its budget. A cell that the smaller tables say would not fit is not run, and one
that takes longer is cut off. What is known is saved after every cell.
"""

import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple, Protocol

import psutil

from pipeline import REPOSITORY
from pipeline.engines.cell import ASK, Ask, told_in
from pipeline.engines.meter import busy_seconds, end, load_average, memory_kind, peak_of
from pipeline.engines.question import Answer, Question
from pipeline.engines.reference import Right, judge
from pipeline.engines.registry import Engine, Format
from pipeline.progress import Steps
from store.engine_run import (
    EngineAbout,
    EngineCell,
    EngineMachine,
    EngineProcess,
    EngineRun,
    EngineTable,
    Timing,
)
from store.schema import now, software

NOISY_SHARE = 0.1  # of all cores, kept busy by others
LEAST_NOISE_SECONDS = 0.05  # the clocks of CPU time tick every hundredth of a second
PATIENCE_SECONDS = 10
ROOM = 1.2  # another process is begun when this many times the last one's first run fit


class AnyTable(Protocol):
    """What ``tables.Table`` is."""

    rows: int

    @property
    def question(self) -> Question: ...
    def files(self, format: Format) -> list[Path]: ...
    def reference(self) -> Right: ...
    def about(self, groups: int) -> EngineTable: ...


class Limits(NamedTuple):
    """How long a process may take: cut off after ``seconds``, repeats beyond the first within
    ``share_seconds``."""

    repeats: int
    seconds: float
    share_seconds: float


class Outcome(NamedTuple):
    """What came of a process: its measures and answer, or why there are none.

    ``error`` is the name of what went wrong; ``cut_off`` says that its time was up.
    """

    process: EngineProcess | None
    answer: Answer | None = None
    error: str = ""
    cut_off: bool = False


Runner = Callable[[Engine, Sequence[Path], Question, Limits], Outcome]


class Plan(NamedTuple):
    """What is measured. ``budget`` is in seconds for each cell."""

    engines: tuple[Engine, ...]
    budget: float
    repeats: int


def measure(
    plan: Plan,
    tables: Sequence[AnyTable],
    *,
    save: Callable[[EngineRun], None],
    steps: Steps,
    data: str = "",
    before: EngineRun | None = None,
    run_process: Runner | None = None,
) -> EngineRun:
    """Measure every engine on every table, smallest first.

    Args:
        plan: The engines and their limits.
        tables: The tables, ascending by rows.
        save: Called with all that is known after every cell.
        steps: Shows what happens.
        data: What the rows are, in words.
        before: A run that was cut off; its cells are kept.
        run_process: Runs a cell once; ``run_fresh`` unless a test says otherwise.
    """
    run = before or begun(plan, data)
    for table in tables:
        right: Right | None = None
        for engine in plan.engines:
            if run.cell(engine.name, table.rows):
                continue
            cell = _not_run(run, plan, engine, table.rows)
            if cell is None:
                if right is None:
                    with steps.step(f"{table.rows:,} rows, and the right answer"):
                        table.files("csv")
                        right = table.reference()
                    run = _with_table(run, table.about(len(right.answer.groups)))
                with steps.step(f"{engine.label}, {table.rows:,} rows"):
                    cell = _run(plan, engine, table, right, run_process or run_fresh)
            steps.note(f"  {_said(cell)}")
            run = run.model_copy(update={"cells": (*run.cells, cell)})
            save(run)
    run = run.model_copy(update={"complete": True, "created": now()})
    save(run)
    return run


def predicted(run: EngineRun, engine: str, rows: int) -> float | None:
    """Seconds of a first run, by the line through the two largest tables measured; None before.

    The line goes through the fastest runs, which others disturbed least. Of a run that had to
    wait for others the CPU time counts: on a quiet machine it would have been done by then. Time
    does not fall with rows: a falling line is taken as level.
    """
    points = [
        (cell.rows, min(_undisturbed(process.cold) for process in cell.processes))
        for cell in run.cells
        if cell.engine == engine and cell.processes and cell.rows < rows
    ]
    if len(points) < 2:
        return None
    (x1, y1), (x2, y2) = sorted(points)[-2:]
    return y2 + max(0.0, (y2 - y1) / (x2 - x1)) * (rows - x2)


def _undisturbed(timing: Timing) -> float:
    return min(timing.wall_seconds, timing.cpu_seconds) if timing.noisy else timing.wall_seconds


def _not_run(run: EngineRun, plan: Plan, engine: Engine, rows: int) -> EngineCell | None:
    """The cell of an engine that is not to be run on so many rows; None where it is."""
    bare = EngineCell(engine=engine.name, rows=rows, status="skipped_budget")
    if missing := engine.missing():
        how = f"pip install {' '.join(missing)}"
        return bare.model_copy(update={"status": "not_installed", "note": how})
    seconds = predicted(run, engine.name, rows)
    if seconds is not None and seconds > plan.budget:
        return bare.model_copy(update={"predicted_seconds": seconds})
    if any(
        cell.status in ("over_budget", "skipped_budget")
        for cell in run.cells
        if cell.engine == engine.name and cell.rows < rows
    ):
        note = "a smaller table went beyond the budget"
        return bare.model_copy(update={"note": note})
    return None


def _run(
    plan: Plan, engine: Engine, table: AnyTable, right: Right, run_process: Runner
) -> EngineCell:
    """Run an engine on a table, in as many processes as fit the budget."""
    files, question = table.files(engine.format), table.question
    processes: list[EngineProcess] = []
    start, worst, fault = time.monotonic(), 0.0, ""
    while len(processes) < plan.repeats:
        left = plan.budget - (time.monotonic() - start)
        if processes and left < ROOM * processes[-1].cold.wall_seconds:
            break
        limits = Limits(plan.repeats, left, plan.budget / plan.repeats)
        outcome = run_process(engine, files, question, limits)
        if outcome.process is None or outcome.answer is None:
            if processes:
                break
            return EngineCell(
                engine=engine.name,
                rows=table.rows,
                status="over_budget" if outcome.cut_off else "failed",
                note=f"cut off after {plan.budget:g} s" if outcome.cut_off else outcome.error,
            )
        processes.append(outcome.process)
        found = judge(outcome.answer, right)
        worst, fault = max(worst, found.difference), fault or found.fault
    return EngineCell(
        engine=engine.name,
        rows=table.rows,
        status="wrong" if fault else "ok",
        note=fault,
        processes=tuple(processes),
        max_relative_difference=worst if worst < float("inf") else None,
    )


def _with_table(run: EngineRun, table: EngineTable) -> EngineRun:
    others = tuple(known for known in run.tables if known.rows != table.rows)
    return run.model_copy(update={"tables": (*others, table)})


def run_fresh(engine: Engine, files: Sequence[Path], question: Question, limits: Limits) -> Outcome:
    """Run an engine in a fresh process, which is ended with all its children when time is up."""
    with tempfile.TemporaryDirectory(prefix="cell-") as name:
        folder = Path(name)
        ask = Ask(
            engine.name, [str(file.absolute()) for file in files], question.to_json(), *limits
        )
        (folder / ASK).write_text(json.dumps(ask._asdict()), encoding="utf-8")
        with (folder / "log.txt").open("wb") as log:
            started, busy = time.monotonic(), busy_seconds()
            process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.engines.cell", name, repr(started), repr(busy)],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            cut_off, patience = False, 0  # also when a person stops us
            try:
                with peak_of(process.pid) as peak:
                    process.wait(limits.seconds)
                # Java takes a moment to end; the next cell has the machine for itself.
                patience = PATIENCE_SECONDS
            except subprocess.TimeoutExpired:
                cut_off = True
            finally:
                if process.poll() is None:
                    process.kill()
                end(peak.seen, patience=patience)
                process.wait()
        told = told_in(folder)
        if told is None:
            lines = (folder / "log.txt").read_text(encoding="utf-8", errors="replace").split("\n")
            return Outcome(None, error=_error(lines, process.returncode), cut_off=cut_off)
    return Outcome(
        EngineProcess(
            cold=_timing(told.cold),
            phases=told.phases,
            warm=tuple(map(_timing, told.warm)),
            peak_memory_bytes=peak.memory_bytes,
            threads=peak.threads,
            load_average=load_average(),
        ),
        Answer.from_json(told.answer),
    )


def machine() -> EngineMachine:
    """This machine, without a name that tells whose it is."""
    return EngineMachine(
        system=f"{platform.system()} {platform.release().split('-')[0]}",
        architecture=platform.machine(),
        cores=os.cpu_count() or 1,
        memory_bytes=psutil.virtual_memory().total,
        memory=memory_kind(),
    )


def begun(plan: Plan, data: str) -> EngineRun:
    """A run of which nothing is measured yet."""
    return EngineRun(
        created=now(),
        software=software("pydantic", "psutil"),
        machine=machine(),
        data=data,
        budget_seconds=plan.budget,
        repeats=plan.repeats,
        noisy_share=NOISY_SHARE,
        tables=(),
        engines=tuple(
            EngineAbout(
                name=engine.name,
                label=engine.label,
                kind=engine.kind,
                format=engine.format,
                covers=engine.covers,
                spark=engine.spark,
                versions=engine.versions(),
            )
            for engine in plan.engines
        ),
        cells=(),
        complete=False,
    )


def _timing(found: Sequence[float]) -> Timing:
    wall, cpu, others = found
    cores = others / wall if wall else 0.0
    noisy = others > LEAST_NOISE_SECONDS and cores > NOISY_SHARE * (os.cpu_count() or 1)
    return Timing(wall_seconds=wall, cpu_seconds=cpu, others_cores=cores, noisy=noisy)


def _error(lines: Sequence[str], code: int) -> str:
    """The name of the error that ended a process; its text may hold paths, and stays here."""
    if code < 0:
        return f"ended by signal {-code} ({signal.Signals(-code).name})"
    said = [line for line in lines if line and not line.startswith((" ", "\t"))]
    return said[-1].split(":")[0].rsplit(".", 1)[-1] if said else f"exit code {code}"


def _said(cell: EngineCell) -> str:
    """A cell in a line."""
    if not cell.processes:
        seconds = cell.predicted_seconds
        took = "" if seconds is None else f" (it would take about {seconds:,.0f} s)"
        return cell.status.replace("_", " ") + took + (f": {cell.note}" if cell.note else "")
    cold = median(process.cold.wall_seconds for process in cell.processes)
    warm = [timing.wall_seconds for process in cell.processes for timing in process.warm]
    memory = max(process.peak_memory_bytes for process in cell.processes) / 2**20
    parts = [f"cold {cold:.2f} s", f"{memory:,.0f} MiB"]
    if warm:
        parts.insert(1, f"warm {median(warm):.2f} s")
    if any(process.cold.noisy for process in cell.processes):
        parts.append("noisy")
    if cell.status == "wrong":
        parts.insert(0, f"WRONG in {cell.note}")
    return ", ".join(parts)
