"""What a person sees while a verb works: its steps, on standard error.

On a terminal the step under way has a bar with Spark's own count of tasks; in a log file each
step is one line when it is done.
"""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

POLL_SECONDS = 0.2


class Steps:
    """The steps of a verb, one after the other; ``seconds`` has the wall time of each."""

    def __init__(self, console: Console | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self._console = console or Console(stderr=True, highlight=False)

    @contextlib.contextmanager
    def step(self, text: str, *, spark: "SparkSession | None" = None) -> Iterator[None]:
        """Show a step while it runs, with Spark's tasks when a session is given."""
        begun = time.perf_counter()
        with contextlib.ExitStack() as shown:
            if self._console.is_terminal:
                bar = shown.enter_context(self._bar())
                task = bar.add_task(text, total=None, detail="")
                if spark is not None:
                    shown.enter_context(_tasks_of(spark, bar, task))
            yield
        self.seconds[text] = time.perf_counter() - begun
        self._console.print(f"{text}: {self.seconds[text]:.1f} s", markup=False)

    def note(self, text: str) -> None:
        """Say something that is neither a step nor an error."""
        self._console.print(text, markup=False, soft_wrap=True)

    def _bar(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[detail]}"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )


class TaskCount:
    """How many of Spark's tasks are done, of those in the stages seen so far."""

    def __init__(self) -> None:
        self._stages: dict[int, tuple[int, int]] = {}

    def see(self, spark: "SparkSession") -> tuple[int, int]:
        """Ask Spark once: (done, all). A stage that is no longer active has done all of its own."""
        tracker = spark.sparkContext.statusTracker()
        active = set(tracker.getActiveStageIds())
        for stage in active:
            if info := tracker.getStageInfo(stage):
                self._stages[stage] = (info.numCompletedTasks, info.numTasks)
        for stage in self._stages.keys() - active:
            self._stages[stage] = (self._stages[stage][1],) * 2
        done, every = zip(*self._stages.values(), strict=True) if self._stages else ((), ())
        return sum(done), sum(every)


@contextlib.contextmanager
def _tasks_of(spark: "SparkSession", bar: Progress, task: TaskID) -> Iterator[None]:
    """Keep the bar at Spark's own count while the step runs; Spark Connect has none to ask for."""
    from pipeline.workers import is_remote

    if is_remote(spark):
        yield
        return
    over = threading.Event()

    def poll() -> None:
        count = TaskCount()
        while not over.wait(POLL_SECONDS):
            done, every = count.see(spark)
            if every:
                bar.update(task, completed=done, total=every, detail=f"{done} of {every} tasks")

    thread = threading.Thread(target=poll, name="spark-progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
