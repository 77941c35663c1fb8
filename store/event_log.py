"""Spark's event log -> what the application did. No JVM, and memory that does not grow with it.

    streams = open_event_log(Path("events/app-20261124120000-0001.zstd"))
    application = read_event_log(streams)

It takes what Spark 2.4 and later write: JSON lines as they are or packed with zstd, one file or a
rolling log (``eventlog_v2_*``), of an application that has ended or still runs.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from store.application import (
    MAX_EXECUTORS,
    MAX_JOBS,
    MAX_QUERIES,
    MAX_STAGES,
    QUANTILES,
    Application,
    Executor,
    Job,
    PlanNode,
    Query,
    Stage,
    Totals,
)
from store.errors import NotAnEventLog
from store.events.lanes import timeline
from store.events.lines import HOW, Events, Limits
from store.events.scaling import scaling
from store.events.tally import TAKEN, JobTally, QueryTally, StageTally, Tally
from store.findings import findings
from store.schema import now, software

__all__ = ["Limits", "open_event_log", "read_event_log", "with_input"]

ROLLED = re.compile(r"events_(\d+)_.*")
COMPACT: Final = ".compact"


def open_event_log(path: Path) -> Iterator[BinaryIO]:
    """The files of the log at ``path``, in order, each open while it is read.

    Args:
        path: A log file, the folder of a rolling log, or a folder that holds just one log.

    Raises:
        NotAnEventLog: There is no log, or there are several.
    """
    for file in log_files(path):
        try:
            with file.open("rb") as stream:
                yield stream
        except OSError as error:
            raise NotAnEventLog(f"{file.name} cannot be read: {error.strerror}.") from error


def log_files(path: Path) -> list[Path]:
    """The files of a log in the order in which they were written. Raises NotAnEventLog."""
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise NotAnEventLog(f"There is no file or folder {path}. {HOW}")
    there = sorted(item.name for item in path.iterdir() if not item.name.startswith("."))
    if parts := rolled(there):
        return [path / name for name in parts]
    logs = [n for n in there if (path / n).is_file() or n.startswith("eventlog_v2_")]
    if len(logs) != 1:
        names = ", ".join(logs[:5]) or "no log"
        raise NotAnEventLog(f"{path} holds {names}. Name the one log to read.")
    return log_files(path / logs[0])


def rolled(names: Iterable[str]) -> list[str]:
    """The event files of a rolling log, of all file names in its folder, in order of their numbers.

    A compacted one stands for those up to its number; empty where there are none.
    """
    numbered = [(int(found[1]), name) for name in names if (found := ROLLED.fullmatch(name))]
    compacted = max((n for n, name in numbered if name.endswith(COMPACT)), default=-1)
    return [
        name
        for number, name in sorted(numbered)
        if number > compacted or (number == compacted and name.endswith(COMPACT))
    ]


def read_event_log(streams: Iterable[BinaryIO], *, limits: Limits | None = None) -> Application:
    """What the application did whose log the streams hold, one after the other.

    Args:
        streams: The files of one log, in order; binary.
        limits: Where to stop; by default only a packed file that expands absurdly is refused.

    Raises:
        NotAnEventLog: It is not an event log, is broken, or goes beyond the limits.
    """
    bounds = limits or Limits()
    events, tally = Events(TAKEN, bounds), Tally()
    for stream in streams:
        for name, event in events.of(stream):
            tally.take(name, event)
            if len(tally.tasks.launch) > bounds.tasks:
                raise NotAnEventLog(
                    f"The log has more than the {bounds.tasks:,} tasks that are read here. Read it "
                    "with: python -m pipeline application EVENT_LOG"
                )
    if tally.first is None or not (tally.application_id or tally.stages):
        raise NotAnEventLog(f"The log is empty, or holds no event of an application. {HOW}")
    notes = []
    if events.skipped:
        notes.append(f"{events.skipped:,} events were too long to be read and are left out.")
    made = _application(tally, complete=tally.ended is not None and not events.torn, notes=notes)
    return made.model_copy(update={"findings": findings(made)})


def with_input(application: Application, *, rows: int, input_bytes: int) -> Application:
    """The same with the rows and bytes that the program knows it read; Spark may not see them."""
    known = application.model_copy(update={"rows": rows, "input_bytes": input_bytes})
    return known.model_copy(update={"findings": findings(known)})


def _application(tally: Tally, *, complete: bool, notes: list[str]) -> Application:
    zero = tally.started if tally.started is not None else (tally.first or 0)
    end = max(tally.ended or tally.last, zero)
    stages = [_stage(stage, tally, zero) for stage in tally.stages.values()]
    bars = timeline(tally, zero)
    cores = _cores(tally, end) or len(bars.lanes) or 1
    driver_ms = max(0, end - zero - _covered(tally.jobs.values(), zero, end))
    kept = sorted(
        sorted(stages, key=lambda s: -s.totals.task_seconds)[:MAX_STAGES],
        key=lambda s: (s.id, s.attempt),
    )
    return Application(
        created=now(),
        software=software("pydantic"),
        application_id=tally.application_id,
        name=tally.name or tally.application_id or "Spark application",
        spark_version=tally.spark_version or "unknown",
        java_version=tally.java_version,
        master=tally.master,
        started=datetime.fromtimestamp(zero / 1000, UTC),
        seconds=(end - zero) / 1000,
        complete=complete,
        cores=cores,
        driver_seconds=driver_ms / 1000,
        idle_cores=_idle(tally, end),
        totals=_sum(stage.totals for stage in stages),
        job_count=len(tally.jobs),
        stage_count=len(stages),
        query_count=len(tally.queries),
        executor_count=len(tally.executors),
        executors=_executors(tally, zero),
        jobs=_jobs(tally, zero),
        stages=tuple(kept),
        queries=_queries(tally, zero),
        timeline=bars,
        scaling=scaling(tally, cores=cores, driver_ms=driver_ms),
        notes=tuple(notes),
    )


def _since(moment: int | None, zero: int) -> float | None:
    return None if moment is None else max(0, moment - zero) / 1000


def _stage(stage: StageTally, tally: Tally, zero: int) -> Stage:
    parents = {tally.ran(parent) for parent in stage.parents} - {None, stage.id}
    done = "unfinished" if stage.completed is None else "failed" if stage.failure else "complete"
    times = sorted(stage.durations)
    return Stage(
        id=stage.id,
        attempt=stage.attempt,
        name=stage.name,
        description=stage.description,
        parents=tuple(sorted(parent for parent in parents if parent is not None)),
        submitted=_since(stage.submitted, zero),
        completed=_since(stage.completed, zero),
        status=done,
        failure=stage.failure,
        task_count=stage.task_count,
        python=stage.python,
        totals=_totals(stage),
        quantiles={
            str(q): times[min(int(q * len(times)), len(times) - 1)] / 1000 for q in QUANTILES
        }
        if times
        else {},
        largest_bytes=stage.largest,
    )


def _totals(stage: StageTally) -> Totals:
    sums = stage.sums
    plain = {key: value for key, value in sums.items() if key.endswith(("_bytes", "_rows"))}
    return Totals(
        tasks=sum(stage.outcomes),
        failed_tasks=stage.outcomes[1],
        killed_tasks=stage.outcomes[2],
        task_seconds=stage.task_ms / 1000,
        run_seconds=sums.get("run_ms", 0) / 1000,
        cpu_seconds=sums.get("cpu_ns", 0) / 10**9,
        gc_seconds=sums.get("gc_ms", 0) / 1000,
        deserialize_seconds=sums.get("deserialize_ms", 0) / 1000,
        spill_memory_bytes=sums.get("spill_memory", 0),
        spill_disk_bytes=sums.get("spill_disk", 0),
        peak_execution_bytes=stage.peak_execution,
        peak_heap_bytes=stage.peak_heap or None,
        **plain,
    )


def _sum(parts: Iterable[Totals]) -> Totals:
    """The totals of all; of peaks the largest."""
    found = [part.model_dump() for part in parts]
    names = Totals.model_fields
    peaks = {name for name in names if name.startswith("peak_")}
    summed = {name: sum(part[name] for part in found) for name in names if name not in peaks}
    highest = {name: max((part[name] or 0 for part in found), default=0) for name in peaks}
    highest["peak_heap_bytes"] = highest["peak_heap_bytes"] or None
    return Totals(
        **{n: round(v, 9) if isinstance(v, float) else v for n, v in summed.items()} | highest
    )


def _executors(tally: Tally, zero: int) -> tuple[Executor, ...]:
    return tuple(
        Executor(
            id=executor.id,
            host=executor.host,
            cores=executor.cores,
            added=max(0, executor.added - zero) / 1000,
            removed=_since(executor.removed, zero),
            reason=executor.reason,
            tasks=executor.tasks,
        )
        for executor in list(tally.executors.values())[:MAX_EXECUTORS]
    )


def _jobs(tally: Tally, zero: int) -> tuple[Job, ...]:
    """The jobs that took longest, in the order of their ids."""

    def taken(job: JobTally) -> int:
        return (tally.last if job.completed is None else job.completed) - job.submitted

    kept = sorted(tally.jobs.values(), key=taken, reverse=True)[:MAX_JOBS]
    ran = {stage.id for stage in tally.stages.values()}
    return tuple(
        Job(
            id=job.id,
            description=job.description,
            submitted=max(0, job.submitted - zero) / 1000,
            seconds=_since(job.completed, job.submitted),
            stages=tuple(sorted(stage for stage in job.stages if stage in ran))[:MAX_STAGES],
            result="unfinished"
            if job.completed is None
            else "succeeded"
            if job.succeeded
            else "failed",
        )
        for job in sorted(kept, key=lambda job: job.id)
    )


def _queries(tally: Tally, zero: int) -> tuple[Query, ...]:
    kept = [query for query in tally.queries.values() if query.nodes]
    return tuple(_query(query, tally, zero) for query in kept[-MAX_QUERIES:])


def _query(query: QueryTally, tally: Tally, zero: int) -> Query:
    def counted(counters: dict[str, int], what: str) -> int | None:
        value = tally.counted.get(counters.get(what, -1), -1)
        return value if value >= 0 else None

    return Query(
        id=query.id,
        description=query.description,
        submitted=max(0, query.submitted - zero) / 1000,
        seconds=_since(query.completed, query.submitted),
        failed=query.failed,
        nodes=tuple(
            PlanNode(
                id=position,
                name=node.name,
                text=node.text,
                rows=counted(node.counters, "rows"),
                files=counted(node.counters, "files"),
                bytes=counted(node.counters, "bytes"),
            )
            for position, node in enumerate(query.nodes)
        ),
        edges=tuple(query.edges),
    )


def _cores(tally: Tally, end: int) -> int:
    """The most cores that were there at once."""
    changes = []
    for executor in tally.executors.values():
        changes.append((executor.added, executor.cores))
        changes.append(
            (executor.removed if executor.removed is not None else end + 1, -executor.cores)
        )
    most = present = 0
    for _, change in sorted(changes, key=lambda change: (change[0], -change[1])):
        present += change
        most = max(most, present)
    return most


def _idle(tally: Tally, end: int) -> float | None:
    """The share of core-time without a task from the first launch to the last finish."""
    tasks = tally.tasks
    if not tasks.launch:
        return None
    first, last = min(tasks.launch), max(tasks.finish)
    there = 0
    for executor in tally.executors.values():
        gone = executor.removed if executor.removed is not None else end
        there += executor.cores * max(0, min(gone, last) - max(executor.added, first))
    if not there:
        return None
    busy = sum(stage.task_ms for stage in tally.stages.values()) * tally.cpus_per_task
    return max(0.0, round(1 - busy / there, 6))


def _covered(jobs: Iterable[JobTally], zero: int, end: int) -> int:
    """The milliseconds in which at least one job ran."""
    covered, until = 0, zero
    for job in sorted(jobs, key=lambda job: job.submitted):
        finish = end if job.completed is None else job.completed
        covered += max(0, finish - max(job.submitted, until))
        until = max(until, finish)
    return covered
