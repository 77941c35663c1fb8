"""Every workload on every device, each in a fresh process, within a budget."""

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Any, NamedTuple

from pipeline.benchmark.job import Workload
from pipeline.benchmark.processes import Ended, run_fresh
from pipeline.benchmark.progress import Shown
from pipeline.benchmark.worker import Order
from store.benchmark_run import COLUMNS, BenchmarkRun, Cell, Device, sealed
from store.quantities import duration
from store.schema import now

START_WORK = 20_000  # rows that cost as much as starting a process and importing its library
CELL_ROOM = 2.0  # a process is ended when it takes so many times what its cells may take
PROCESS_SECONDS = 60  # and this for starting, importing and making rows

RunProcess = Callable[[Order, float], Iterator[dict[str, Any]]]


class Task(NamedTuple):
    """A workload on a device, for one process."""

    workload: Workload
    device: Device
    second: bool
    sizes: tuple[int, ...]

    @property
    def work(self) -> float:
        """How much it is, roughly, to tell the time left."""
        return sum(map(work_of, self.sizes))


class Limits(NamedTuple):
    """Seconds for a cell, and for the whole run."""

    cell: float
    run: float


def work_of(rows: int) -> float:
    """How much a cell is, roughly."""
    return float(START_WORK + rows)


def measure(
    run: BenchmarkRun,
    tasks: Sequence[Task],
    limits: Limits,
    *,
    save: Callable[[BenchmarkRun], None],
    shown: Shown,
    run_process: RunProcess = run_fresh,
) -> BenchmarkRun:
    """Measure the tasks one after the other.

    Args:
        run: What the cells are added to.
        tasks: What is measured.
        limits: A cell that would go beyond is skipped; a process that does is ended.
        save: Called with all that is known after every cell.
        shown: Told what happens.
        run_process: Runs an order; ``run_fresh`` unless a test says otherwise.
    """
    start = time.monotonic()
    for task in tasks:
        left = limits.run - (time.monotonic() - start)
        for cell in _cells(task, run.seed, limits.cell, left, shown, run_process):
            run = sealed(run.model_copy(update={"cells": (*run.cells, cell)}))
            save(run)
            shown.end(said(cell), work_of(cell.rows))
    overhead = overhead_share(run.cells, time.monotonic() - start)
    run = sealed(run.model_copy(update={"finished": now(), "overhead_share": overhead}))
    save(run)
    return run


def overhead_share(cells: Sequence[Cell], wall_seconds: float) -> float | None:
    """The part of a run outside the timed phases; None where nothing was measured."""
    spent, started = 0.0, set()
    for cell in cells:
        if cell.timings is None:
            continue
        took = cell.timings
        spent += took.to_device + took.cold_fit + sum(took.fits) + took.back
        process = (cell.workload, cell.device_requested, cell.second_baseline)
        if process not in started:  # one process has all sizes
            spent += took.import_ + took.context
            started.add(process)
    return round(max(0.0, 1 - spent / wall_seconds), 4) if started else None


def _cells(
    task: Task, seed: int, cell_seconds: float, left: float, shown: Shown, run_process: RunProcess
) -> Iterator[Cell]:
    """The cells of a task, each as soon as it is known."""
    way = task.workload.way(task.device, second=task.second)
    flags = dict(task.workload.flags)
    if task.workload.blas_threads is not None:
        flags["blas_threads"] = task.workload.blas_threads
    common: dict[str, Any] = {
        "workload": task.workload.name,
        "title": task.workload.title,
        "columns": COLUMNS,
        "device_requested": task.device,
        "device_effective": None,
        "second_baseline": task.second,
        "library": way.library,
        "library_version": None,
        "flags": flags,
    }
    remaining = list(task.sizes)
    if missing := way.missing():
        verb = "is" if len(missing) == 1 else "are"
        why: dict[str, Any] = {
            "status": "skipped_missing",
            "reason": f"{' and '.join(missing)} {verb} not installed",
        }
    elif left <= 0:
        why = {"status": "skipped_budget", "reason": "the time for the whole run was up"}
    else:
        shown.begin(f"{task.workload.title}, {task.device}")
        order = Order(
            task.workload.name,
            task.device,
            task.second,
            remaining.copy(),
            seed,
            min(cell_seconds, left),
        )
        most = min(left, CELL_ROOM * cell_seconds * len(remaining)) + PROCESS_SECONDS
        try:
            for told in run_process(order, most):
                remaining.remove(told["rows"])
                yield Cell.model_validate({**common, **told})
            return
        except Ended as error:
            status = "skipped_budget" if error.cut_off else "failed"
            why = {"status": status, "reason": error.reason}
    for rows in remaining:
        yield Cell.model_validate({**common, **why, "rows": rows})


def said(cell: Cell) -> str:
    """A cell in a line."""
    where = cell.device_requested + (f" with {cell.library}" if cell.second_baseline else "")
    start = f"{cell.title}, {where}, {cell.rows:,} rows: "
    if cell.timings is None:
        return f"{start}{cell.status.replace('_', ' ')}, {cell.reason}"
    typical = duration(median(cell.timings.fits))
    noisy = ", noisy" if cell.noisy else ""
    return f"{start}{typical} (first {duration(cell.timings.cold_fit)}){noisy}"
