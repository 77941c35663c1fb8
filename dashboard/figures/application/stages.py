"""The stages of an application: which lead, a row for each, and where all the time went.

The stages that took most of the tasks' time have a colour each, the same in every chart, with a
pattern or a shape beside it; all others share a grey.
"""

from typing import Final

from dashboard.figures.traces import Row
from store.application import Application

LEADING: Final = 5
IN_BYTES: Final = ("Bytes in", "Shuffle read", "Shuffle written", "Spilled to disk", "Peak memory")
STAGE_COLUMNS: Final = (
    "Stage",
    "What",
    "Status",
    "Seconds",
    "Tasks",
    "Failed",
    "Task seconds",
    "CPU seconds",
    "GC seconds",
    "Median task",
    "Longest task",
    "Skew",
    "Rows in",
    *IN_BYTES,
)


def leading(application: Application) -> list[int]:
    """The ids of the stages with the most task time, most first, at most ``LEADING``."""
    spent: dict[int, float] = {}
    for stage in application.stages:
        spent[stage.id] = spent.get(stage.id, 0.0) + stage.totals.task_seconds
    return sorted((s for s in spent if spent[s]), key=lambda s: (-spent[s], s))[:LEADING]


def stage_rows(application: Application) -> list[Row]:
    """A row a stage under ``STAGE_COLUMNS``; seconds, rows and bytes."""
    return [
        [
            stage.label,
            f"{stage.description}: {stage.name}" if stage.description else stage.name,
            stage.status,
            stage.seconds,
            stage.totals.tasks,
            stage.totals.failed_tasks,
            stage.totals.task_seconds,
            stage.totals.cpu_seconds,
            stage.totals.gc_seconds,
            stage.quantiles.get("0.5"),
            stage.quantiles.get("1.0"),
            stage.skew,
            stage.totals.input_rows,
            stage.totals.input_bytes,
            stage.totals.shuffle_read_bytes,
            stage.totals.shuffle_write_bytes,
            stage.totals.spill_disk_bytes,
            stage.totals.peak_execution_bytes,
        ]
        for stage in application.stages
    ]


def spent(application: Application) -> list[tuple[str, float, str]]:
    """Where the time of all cores went from start to end: (what, core-seconds, how to read it).

    CPU, garbage collection, the rest of the tasks' run time, starting and handing over, and cores
    without a task while jobs ran and while none did. Empty without tasks.
    """
    totals = application.totals
    if not totals.tasks:
        return []
    waited = max(0.0, totals.run_seconds - totals.cpu_seconds - totals.gc_seconds)
    around = max(0.0, totals.task_seconds - totals.run_seconds)
    alone = application.cores * application.driver_seconds
    idle = application.cores * application.seconds - totals.task_seconds - alone
    other = "Python, disk, network" if any(s.python for s in application.stages) else "waiting"
    parts = [
        ("computing in the JVM", totals.cpu_seconds, "CPU time of the tasks"),
        (other, waited, "the tasks' run time without CPU of the JVM and its tidying"),
        ("tidying memory", totals.gc_seconds, "garbage collection"),
        ("starting tasks", around, "launch, unpacking, handing over results"),
        ("no task for a core", max(0.0, idle), "while a job ran"),
        ("no job at all", alone, "the driver alone: start-up, planning, the program itself"),
    ]
    return [(what, seconds, how) for what, seconds, how in parts]
