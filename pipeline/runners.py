"""Who runs the tasks: this machine's processes, or Spark. Both give the same answers."""

import contextlib
import gc
import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Protocol

from threadpoolctl import threadpool_limits

from pipeline.table.files import Split
from pipeline.tasks import Task, answer_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from pipeline.frames import BatchTask

HERE_BYTES = 64 * 2**20  # of files that two splits are of
WAVE = 64  # answers that the driver holds at once, unless more tasks can run at once
TASKS_PER_CORE = 4


class Runner(Protocol):
    """Runs a task over splits."""

    def run(self, task: Task, splits: Sequence[Split], doing: str) -> Iterator[bytes]:
        """The answer for each split, in their order, whatever the order they were worked on."""


class LocalRunner:
    """Processes of this machine; one split, or two of small files, are worked on in this one."""

    def __init__(self, processes: int | None = None) -> None:
        self.processes = processes or len(os.sched_getaffinity(0))

    def run(self, task: Task, splits: Sequence[Split], doing: str) -> Iterator[bytes]:
        if len(splits) == 1 or self.processes == 1 or _are_small(splits):
            with threadpool_limits(1):
                yield from (answer_of(task(split)) for split in splits)
            return
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(self.processes, context, initializer=end_with_parent)
        with one_thread(), pool:
            for wave in _waves(splits, WAVE):
                yield from map(answer_of, pool.map(task, wave))


class SparkRunner:
    """Tasks of Spark: each reads its own split, and Spark only says which."""

    def __init__(self, spark: "SparkSession", *, parallelism: int) -> None:
        self._spark = spark
        self._wave = max(WAVE, TASKS_PER_CORE * parallelism)

    def run(self, task: Task, splits: Sequence[Split], doing: str) -> Iterator[bytes]:
        from pipeline.frames import collect, map_in_arrow

        for wave in _waves(splits, self._wave):
            numbers = self._spark.range(0, len(wave), 1, len(wave))
            answers = map_in_arrow(numbers, _over(task, wave), "split long, answer binary")
            found = {row["split"]: row["answer"] for row in collect(answers, doing)}
            yield from (answer_of(bytes(found[i])) for i in range(len(wave)))


def _are_small(splits: Sequence[Split]) -> bool:
    """Whether others would take longer to start, half a second, than these to be worked on."""
    files = {piece.file for split in splits for piece in split.pieces}
    return len(splits) == 2 and sum(file.bytes for file in files) <= HERE_BYTES


def _waves(splits: Sequence[Split], size: int) -> Iterator[Sequence[Split]]:
    return (splits[start : start + size] for start in range(0, len(splits), size))


def _over(task: Task, splits: Sequence[Split]) -> "BatchTask":
    """What Spark's tasks do with the numbers of splits."""

    def answers(batches: "Iterator[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
        import pyarrow as pa

        if not gc.get_freeze_count():
            gc.freeze()  # Spark collects after each task: 15 ms to find that all imports are in use
        for batch in batches:
            for number in batch.column(0).to_pylist():
                answer = task(splits[number])
                yield pa.RecordBatch.from_pydict({"split": [number], "answer": [answer]})

    return answers


def end_with_parent() -> None:
    """End this process when the one that started it has ended, however that was.

    A pool's processes hold both ends of their queue, and would wait at it for ever.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Have the processes that are started meanwhile do algebra on one thread each."""
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["OPENBLAS_NUM_THREADS"]
        else:
            os.environ["OPENBLAS_NUM_THREADS"] = before
