"""Findings: what stands out in an application, in plain words, with thresholds and advice.

Each rule is a pure function of the application. DataFlint's thresholds are those of its alert
rules (spark-ui/src/reducers/Alerts, version 0.9.8); Spark's tuning guide is
spark.apache.org/docs/latest/tuning.html; Spark's own pages colour an executor's GC from 10 % on.
What is ours says so.
"""

from collections.abc import Callable, Iterable
from typing import Final

from store.application import MAX_FINDINGS, Application, Finding, Level, Query, Stage
from store.quantities import counted, size

DATAFLINT: Final = "DataFlint's alert rules"
TUNING: Final = "Spark's tuning guide"
SPARK_UI: Final = "Spark's own executor page"
OURS: Final = "Cellar Lab's own rule"
PER_RULE: Final = 3

SKEW_RATIO, SKEW_SECONDS = 10.0, 5.0
MANY_TASKS, SMALL_TASK_SECONDS = 5_000, 0.5
LONG_STAGE_SECONDS = 5.0
GC_SHARE = 0.10
IDLE_SHARE = 0.50
FAILED_SHARE = 0.05
PARTITION_BYTES = 5 * 10**9
MANY_FILES, SMALL_FILE_BYTES = 100, 3 * 10**6
DRIVER_SHARE, DRIVER_SECONDS = 0.50, 5.0
DELAY_SHARE = 0.30
PYTHON_SHARE = 0.50
BUSY_SECONDS = 5.0  # below so many task-seconds, shares of them say little
EXPECTED_REMOVALS = ("idle", "decommission", "killed by driver", "finished", "shutdown")


def findings(application: Application) -> tuple[Finding, ...]:
    """What stands out, the worst first; one that says so where nothing does."""
    spoke = [finding for rule in RULES for finding in rule(application)]
    order: dict[Level, int] = {"bad": 0, "caution": 1, "ok": 2}
    spoke.sort(key=lambda finding: order[finding.level])
    return tuple(spoke[:MAX_FINDINGS]) or (_nothing(application),)


def skewed_stages(application: Application) -> list[Finding]:
    """Stages whose longest task takes many times the median one."""
    found = [
        stage
        for stage in application.stages
        if (stage.skew or 0) > SKEW_RATIO
        and stage.quantiles["1.0"] > SKEW_SECONDS
        and not _starts_cold(application, stage)
    ]
    found.sort(key=lambda stage: -stage.quantiles["1.0"])
    return [
        Finding(
            rule="skew",
            level="bad",
            title=f"Stage {stage.label} waits for one task",
            text=f"Its longest task took {stage.quantiles['1.0']:.1f} s, the median one "
            f"{stage.quantiles['0.5']:.2f} s: {stage.skew or 0:.0f} times as long. The other cores "
            "waited meanwhile.",
            value=stage.skew or 0,
            threshold=SKEW_RATIO,
            unit="times the median",
            source=DATAFLINT,
            advice=(
                "Look for a key that many rows share, such as an empty one, and treat it apart.",
                "Let Spark split large partitions: spark.sql.adaptive.skewJoin.enabled=true.",
                "Join a small table by broadcast, so that no shuffle by key is needed.",
            ),
            stage=stage.id,
        )
        for stage in found[:PER_RULE]
    ]


def cold_starts(application: Application) -> list[Finding]:
    """Stages whose only slow tasks are the first on their cores."""
    return [
        Finding(
            rule="cold-start",
            level="ok",
            title=f"Stage {stage.label} starts cold",
            text=f"The first task of a core took up to {stage.quantiles['1.0']:.1f} s, the median "
            f"one {stage.quantiles['0.5']:.2f} s: Python starts, Java compiles, caches are empty.",
            value=stage.skew or 0,
            threshold=SKEW_RATIO,
            unit="times the median",
            source=f"{OURS}, with the threshold of DataFlint's for skew",
            advice=(
                "That is paid once a core: keep a session for several jobs, and let Python workers "
                "live on (spark.python.worker.reuse=true).",
            ),
            stage=stage.id,
        )
        for stage in _longest(application.stages)
        if (stage.skew or 0) > SKEW_RATIO
        and stage.quantiles["1.0"] > SKEW_SECONDS
        and _starts_cold(application, stage)
    ][:PER_RULE]


def small_tasks(application: Application) -> list[Finding]:
    """Stages of very many very short tasks."""
    return [
        Finding(
            rule="small-tasks",
            level="caution",
            title=f"Stage {stage.label} has many tiny tasks",
            text=f"{stage.task_count:,} tasks with a median of {1000 * stage.quantiles['0.5']:.0f} "
            "ms: starting them costs as much as their work.",
            value=float(stage.task_count),
            threshold=float(MANY_TASKS),
            unit="tasks",
            source=DATAFLINT,
            advice=(
                "Fewer, larger partitions: lower spark.sql.shuffle.partitions, or coalesce().",
                "For files: raise spark.sql.files.maxPartitionBytes.",
            ),
            stage=stage.id,
        )
        for stage in _longest(application.stages)
        if stage.task_count > MANY_TASKS
        and stage.quantiles
        and stage.quantiles["0.5"] < SMALL_TASK_SECONDS
    ][:PER_RULE]


def too_few_tasks(application: Application) -> list[Finding]:
    """Long stages with fewer tasks than there were cores."""
    return [
        Finding(
            rule="few-tasks",
            level="caution",
            title=f"Stage {stage.label} leaves cores without work",
            text=f"It took {stage.seconds or 0:.1f} s with "
            f"{counted(stage.task_count, 'task')} on {counted(application.cores, 'core')}.",
            value=float(stage.task_count),
            threshold=float(application.cores),
            unit="tasks",
            source=f"{TUNING}: 2 to 3 tasks a core",
            advice=(
                "Cut the work finer: repartition(), or a higher spark.sql.shuffle.partitions.",
                "A file that cannot be split, such as .gz, is one task: split it beforehand.",
            ),
            stage=stage.id,
        )
        for stage in _longest(application.stages)
        if (stage.seconds or 0) > LONG_STAGE_SECONDS and stage.task_count < application.cores
    ][:PER_RULE]


def spill(application: Application) -> list[Finding]:
    """Data that did not fit into memory and went to disk and back."""
    totals = application.totals
    if not totals.spill_disk_bytes:
        return []
    worst = max(application.stages, key=lambda stage: stage.totals.spill_disk_bytes)
    moved = totals.input_bytes + totals.shuffle_read_bytes
    return [
        Finding(
            rule="spill",
            level="bad" if totals.spill_disk_bytes > moved else "caution",
            title="Memory was too small for the work",
            text=f"{size(totals.spill_disk_bytes)} went to disk and back, most of it "
            f"({size(worst.totals.spill_disk_bytes)}) in stage {worst.label}.",
            value=float(totals.spill_disk_bytes),
            threshold=0.0,
            unit="bytes spilled to disk",
            source=f"{TUNING}: memory of reduce tasks",
            advice=(
                "More partitions, so that each is smaller: spark.sql.shuffle.partitions.",
                "More memory for each core: spark.executor.memory, or fewer cores an executor.",
                "Drop columns and rows that nobody needs before the shuffle.",
            ),
            stage=worst.id,
        )
    ]


def garbage_collection(application: Application) -> list[Finding]:
    """Time in which Java tidied its memory in place of working."""
    totals = application.totals
    share = _share(totals.gc_seconds, totals.run_seconds)
    if share <= GC_SHARE or totals.run_seconds < BUSY_SECONDS:
        return []
    return [
        Finding(
            rule="gc",
            level="caution",
            title="Java spends much time tidying memory",
            text=f"{100 * share:.0f} % of the tasks' time went into garbage collection "
            f"({totals.gc_seconds:.1f} of {totals.run_seconds:.1f} s).",
            value=share,
            threshold=GC_SHARE,
            unit="share of run time",
            source=SPARK_UI,
            advice=(
                "More memory for each core: spark.executor.memory, or fewer cores an executor.",
                "Cache less, or serialised; prefer DataFrames to RDDs of objects.",
            ),
        )
    ]


def idle_cores(application: Application) -> list[Finding]:
    """Cores that were paid for and had nothing to do."""
    idle = application.idle_cores
    if idle is None or idle <= IDLE_SHARE:
        return []
    return [
        Finding(
            rule="idle-cores",
            level="caution",
            title="More than half of the cores' time is idle",
            text=f"Between the first task and the last, {100 * idle:.0f} % of the time of the "
            f"{counted(application.cores, 'core')} went by without a task.",
            value=idle,
            threshold=IDLE_SHARE,
            unit="share of core time",
            source=DATAFLINT,
            advice=(
                "Fewer cores would cost less and hardly take longer: see the estimate below.",
                "Let executors come and go: spark.dynamicAllocation.enabled=true.",
                "Run independent jobs at the same time, from several threads.",
            ),
        )
    ]


def failures(application: Application) -> list[Finding]:
    """Tasks that failed, and executors that went away unasked."""
    totals, found = application.totals, []
    if totals.failed_tasks:
        share = _share(totals.failed_tasks, totals.tasks)
        reason = next((s.failure for s in application.stages if s.failure), None)
        found.append(
            Finding(
                rule="failed-tasks",
                level="bad" if share > FAILED_SHARE or reason else "caution",
                title="Tasks failed",
                text=f"{totals.failed_tasks:,} of {totals.tasks:,} tasks ({100 * share:.1f} %) "
                f"failed{' and were tried again' if not reason else ''}."
                + (f" Spark says: {reason}" if reason else ""),
                value=share,
                threshold=0.0,
                unit="share of tasks",
                source=f"{DATAFLINT}: task error rate",
                advice=(
                    "Read the reason in the log of the executor; the stage table names the stage.",
                    "What fails for want of memory may pass with more partitions.",
                ),
            )
        )
    lost = [
        executor
        for executor in application.executors
        if executor.removed is not None
        and not any(word in (executor.reason or "").lower() for word in EXPECTED_REMOVALS)
    ]
    if lost:
        found.append(
            Finding(
                rule="lost-executors",
                level="bad",
                title=f"{counted(len(lost), 'executor')} lost",
                text=f"Executor {lost[0].id} went away after {lost[0].removed or 0:.0f} s: "
                f"{lost[0].reason or 'no reason given'}",
                value=float(len(lost)),
                threshold=0.0,
                unit="executors",
                source=OURS,
                advice=(
                    "Exit code 137 is the system's out-of-memory killer: raise "
                    "spark.executor.memoryOverhead, Python's memory counts into it.",
                    "On machines that may be taken away: spark.decommission.enabled=true.",
                ),
            )
        )
    return found


def large_partitions(application: Application) -> list[Finding]:
    """Stages in which one task read very much."""
    return [
        Finding(
            rule="large-partitions",
            level="caution",
            title=f"Stage {stage.label} has a very large partition",
            text=f"One of its {stage.task_count:,} tasks read {size(stage.largest_bytes)}.",
            value=float(stage.largest_bytes),
            threshold=float(PARTITION_BYTES),
            unit="bytes in one task",
            source=DATAFLINT,
            advice=("More partitions: spark.sql.shuffle.partitions; 100 to 200 MB each is usual.",),
            stage=stage.id,
        )
        for stage in sorted(application.stages, key=lambda s: -s.largest_bytes)
        if stage.largest_bytes > PARTITION_BYTES
    ][:PER_RULE]


def small_files(application: Application) -> list[Finding]:
    """Scans of many small files."""

    def worth(query: Query) -> Iterable[tuple[int, int]]:
        for node in query.nodes:
            if node.files and node.bytes and node.files > MANY_FILES:
                yield node.bytes // node.files, node.files

    scans = [scan for query in application.queries for scan in worth(query)]
    if not scans or (mean := min(scans)[0]) >= SMALL_FILE_BYTES:
        return []
    files = min(scans)[1]
    return [
        Finding(
            rule="small-files",
            level="caution",
            title="Many small files are read",
            text=f"{files:,} files of {size(mean)} on average: opening them takes longer than "
            "reading them.",
            value=float(mean),
            threshold=float(SMALL_FILE_BYTES),
            unit="bytes a file",
            source=f"{DATAFLINT}: more than 100 files, below 3 MB on average",
            advice=(
                "Write files of about 128 MB: repartition() before the write, or compact them.",
            ),
        )
    ]


def driver_bound(application: Application) -> list[Finding]:
    """Time in which no job ran at all."""
    share = _share(application.driver_seconds, application.seconds)
    if share <= DRIVER_SHARE or application.driver_seconds <= DRIVER_SECONDS:
        return []
    return [
        Finding(
            rule="driver-bound",
            level="caution",
            title="Most of the time no job runs",
            text=f"{application.driver_seconds:.1f} of {application.seconds:.1f} s "
            f"({100 * share:.0f} %) went by in the driver alone: start-up, planning, waiting for "
            "the program. More cores do not shorten that.",
            value=share,
            threshold=DRIVER_SHARE,
            unit="share of wall time",
            source=f"{OURS}, after Amdahl's law",
            advice=(
                "For so little work a program without Spark may be done before Spark has started.",
                "Collect less to the driver, and keep one session for several jobs.",
            ),
        )
    ]


def scheduling_bound(application: Application) -> list[Finding]:
    """Task time that is neither work nor unpacking: waiting to start, and handing results over."""
    totals = application.totals
    delay = totals.task_seconds - totals.run_seconds - totals.deserialize_seconds
    share = _share(delay, totals.task_seconds)
    if share <= DELAY_SHARE or totals.task_seconds < BUSY_SECONDS:
        return []
    return [
        Finding(
            rule="scheduling",
            level="caution",
            title="Tasks wait more than they should",
            text=f"{100 * share:.0f} % of the tasks' time ({delay:.1f} of "
            f"{totals.task_seconds:.1f} s) went into starting them and handing over results.",
            value=share,
            threshold=DELAY_SHARE,
            unit="share of task time",
            source=OURS,
            advice=("Fewer, larger tasks; smaller results; no large objects in the closure.",),
        )
    ]


def python_bound(application: Application) -> list[Finding]:
    """Time in which the JVM waited for Python."""
    with_python = [stage.totals for stage in application.stages if stage.python]
    waited = sum(max(0.0, t.run_seconds - t.cpu_seconds) for t in with_python)
    share = _share(waited, application.totals.run_seconds)
    if share <= PYTHON_SHARE or application.totals.run_seconds < BUSY_SECONDS:
        return []
    return [
        Finding(
            rule="python-bound",
            level="ok",
            title="The work is done in Python",
            text=f"{100 * share:.0f} % of the tasks' time Spark's JVM waited in stages that run "
            "Python. That is as it should be where Python reads the files and counts with arrays.",
            value=share,
            threshold=PYTHON_SHARE,
            unit="share of run time",
            source=OURS,
            advice=(
                "If it is row by row: use Spark's own functions, or Arrow batches (mapInArrow).",
            ),
        )
    ]


def _nothing(application: Application) -> Finding:
    return Finding(
        rule="nothing",
        level="ok",
        title="Nothing to complain about",
        text=f"None of the {len(RULES)} rules found anything in "
        f"{counted(application.totals.tasks, 'task')}.",
        value=0.0,
        threshold=0.0,
        unit="findings",
        source=OURS,
        advice=(),
    )


def _starts_cold(application: Application, stage: Stage) -> bool:
    """Whether all tasks beyond the threshold of skew are the first on their cores."""
    bars = application.timeline.bars  # by lane and start
    first = {bar.lane: bar for bar in reversed(bars)}
    limit = SKEW_RATIO * stage.quantiles["0.5"]
    slow = [
        bar
        for bar in bars
        if (bar.stage, bar.attempt) == (stage.id, stage.attempt) and bar.end - bar.start > limit
    ]
    return bool(slow) and all(bar is first[bar.lane] and bar.tasks == 1 for bar in slow)


def _longest(stages: Iterable[Stage]) -> list[Stage]:
    return sorted(stages, key=lambda stage: -stage.totals.task_seconds)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


RULES: Final[tuple[Callable[[Application], list[Finding]], ...]] = (
    skewed_stages,
    cold_starts,
    small_tasks,
    too_few_tasks,
    spill,
    garbage_collection,
    idle_cores,
    failures,
    large_partitions,
    small_files,
    driver_bound,
    scheduling_bound,
    python_bound,
)
