"""Events -> sums and arrays: a few numbers a stage, 21 bytes a task, whatever the log's length.

The field names are Spark's (``JsonProtocol``), which keeps them since 1.x; a field that an older
version does not write counts as 0. Of a Spark property only ``spark.master`` and the description
of a job are looked at.
"""

import heapq
import re
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from store.application import MAX_PLAN_NODES, MAX_QUERIES, Outcome
from store.errors import NotAnEventLog
from store.events.lines import Event
from store.events.wording import Wording, master

OUTCOMES: Final[tuple[Outcome, ...]] = ("ok", "failed", "killed")
KILLED: Final = {"TaskKilled", "TaskCommitDenied"}  # as AppStatusListener counts
PYTHON = re.compile(r"Python|InArrow|Pandas")
WRAPPERS = re.compile(r"WholeStageCodegen|InputAdapter|AdaptiveSparkPlan|\w*QueryStage")
COUNTED: Final = {
    "number of output rows": "rows",
    "number of files read": "files",
    "size of files read": "bytes",
}
LARGEST: Final = 2**62
MAX_CORES: Final = 100_000  # of one executor
MAX_HELD: Final = 2_000_000  # of about 50 bytes
HELD_STAGE, HELD_JOB, HELD_EXECUTOR, HELD_QUERY, HELD_OPERATOR = 20, 10, 10, 10, 8


@dataclass
class StageTally:
    """What is known of a stage attempt. Milliseconds since 1970, bytes, rows; CPU nanoseconds."""

    id: int
    attempt: int
    name: str = ""
    description: str = ""
    parents: list[int] = field(default_factory=list)
    submitted: int | None = None
    completed: int | None = None
    failure: str | None = None
    task_count: int = 0
    python: bool = False
    outcomes: list[int] = field(default_factory=lambda: [0, 0, 0])
    sums: dict[str, int] = field(default_factory=dict)
    peak_execution: int = 0
    peak_heap: int = 0
    largest: int = 0
    task_ms: int = 0
    durations: "array[int]" = field(default_factory=lambda: array("q"))  # of successful tasks


@dataclass
class JobTally:
    """A job, likewise."""

    id: int
    submitted: int
    description: str
    stages: list[int]
    completed: int | None = None
    succeeded: bool = False


@dataclass
class ExecutorTally:
    """An executor, likewise."""

    id: str
    host: str
    cores: int
    added: int
    removed: int | None = None
    reason: str | None = None
    tasks: int = 0


class Operator(NamedTuple):
    """A node of a plan, and the accumulators that count for it."""

    name: str
    text: str
    counters: dict[str, int]


@dataclass
class QueryTally:
    """A SQL execution, likewise."""

    id: int
    submitted: int
    description: str
    completed: int | None = None
    failed: bool = False
    nodes: list[Operator] = field(default_factory=list)
    edges: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Tasks:
    """Every task that ended, as columns: launch and finish in milliseconds, ends, where, what."""

    launch: "array[int]" = field(default_factory=lambda: array("q"))
    finish: "array[int]" = field(default_factory=lambda: array("q"))
    stage: "array[int]" = field(default_factory=lambda: array("i"))  # an index of Tally.stages
    executor: "array[int]" = field(default_factory=lambda: array("i"))  # of Tally.executors
    outcome: "array[int]" = field(default_factory=lambda: array("b"))  # of OUTCOMES


class Tally:
    """Takes the events of one application, one by one."""

    def __init__(self) -> None:
        self.wording = Wording()
        self.spark_version = ""
        self.java_version: str | None = None
        self.master: str | None = None
        self.name = ""
        self.application_id = ""
        self.started: int | None = None
        self.ended: int | None = None
        self.first: int | None = None
        self.last = 0
        self.cpus_per_task = 1
        self.stages: dict[tuple[int, int], StageTally] = {}
        self.jobs: dict[int, JobTally] = {}
        self.executors: dict[str, ExecutorTally] = {}
        self.queries: dict[int, QueryTally] = {}
        self.tasks = Tasks()
        self.counted: dict[int, int] = {}
        self._stage_index: dict[tuple[int, int], int] = {}
        self._executor_index: dict[str, int] = {}
        self._ran: set[int] = set()
        self._rdds: dict[int, int] = {}
        self._planned: dict[int, int] = {}
        self._longest: list[tuple[int, int]] = []
        self._ended = 0
        self._held = 0

    def take(self, name: str, event: Event) -> None:
        """Count an event. Raises NotAnEventLog where a field is not what Spark writes there."""
        try:
            TAKEN[name](self, event)
        except (AttributeError, KeyError, LookupError, TypeError, ValueError, OverflowError) as e:
            raise NotAnEventLog(
                f"The event {name} is not as Spark writes it ({type(e).__name__}: {str(e)[:80]}). "
                "The file was changed, or comes from a program that only resembles Spark."
            ) from e

    def ran(self, stage: int) -> int | None:
        """The stage that ran, for one that was skipped because its output was there already."""
        if stage in self._ran:
            return stage
        return self._rdds.get(self._planned.get(stage, -1))

    def _hold(self, count: int) -> None:
        """Note that so much is kept. Raises NotAnEventLog where memory could run out."""
        self._held += count
        if self._held > MAX_HELD:
            raise NotAnEventLog(
                "The log has more stages, jobs, executors and operators than can be kept, "
                f"which are about {MAX_HELD // HELD_STAGE:,} stages."
            )

    # -- The application

    def _log_start(self, event: Event) -> None:
        self.spark_version = str(event["Spark Version"])[:40]

    def _environment(self, event: Event) -> None:
        java = (event.get("JVM Information") or {}).get("Java Version")
        self.java_version = str(java).partition(" ")[0][:40] if java else None
        self.master = master((event.get("Spark Properties") or {}).get("spark.master"))

    def _resources(self, event: Event) -> None:
        asked = (event.get("Task Resource Requests") or {}).get("cpus") or {}
        self.cpus_per_task = max(1, int(asked.get("Amount", 1)))

    def _application_start(self, event: Event) -> None:
        self.name = self.wording.text(event["App Name"])
        self.application_id = self.wording.text(event.get("App ID"), 80)
        self.started = self._moment(event["Timestamp"])

    def _application_end(self, event: Event) -> None:
        self.ended = self._moment(event["Timestamp"])

    def _executor_added(self, event: Event) -> None:
        self._hold(HELD_EXECUTOR)
        about = event["Executor Info"]
        name = str(event["Executor ID"])[:20]
        if (cores := _whole(about, "Total Cores")) > MAX_CORES:
            raise ValueError("Total Cores is no number of cores")
        self.executors[name] = ExecutorTally(
            id=name,
            host=self.wording.host(about.get("Host", "")),
            cores=cores,
            added=self._moment(event["Timestamp"]),
        )
        self._executor_index.setdefault(name, len(self._executor_index))

    def _executor_removed(self, event: Event) -> None:
        executor = self._executor(str(event["Executor ID"])[:20], event.get("Timestamp"))
        executor.removed = self._moment(event["Timestamp"])
        executor.reason = self.wording.reason(event.get("Removed Reason"))

    def _executor(self, name: str, moment: Any, host: Any = "") -> ExecutorTally:
        """The executor of this name; one that the log did not introduce is taken as it is."""
        if name not in self.executors:
            self._hold(HELD_EXECUTOR)
            self.executors[name] = ExecutorTally(
                name, self.wording.host(host), 0, self._moment(moment)
            )
            self._executor_index[name] = len(self._executor_index)
        return self.executors[name]

    # -- Jobs and stages

    def _job_start(self, event: Event) -> None:
        properties = event.get("Properties") or {}
        self._hold(HELD_JOB + len(event["Stage IDs"]) + 2 * len(event.get("Stage Infos") or []))
        for info in event.get("Stage Infos") or []:
            if (rdd := _own_rdd(info)) is not None:
                self._planned[_whole(info, "Stage ID")] = rdd
        self.jobs[_whole(event, "Job ID")] = JobTally(
            id=_whole(event, "Job ID"),
            submitted=self._moment(event["Submission Time"]),
            description=self.wording.text(properties.get("spark.job.description")),
            stages=[int(stage) for stage in event["Stage IDs"]],
        )

    def _job_end(self, event: Event) -> None:
        if job := self.jobs.get(_whole(event, "Job ID")):
            job.completed = self._moment(event["Completion Time"])
            job.succeeded = event["Job Result"]["Result"] == "JobSucceeded"

    def _stage(self, identity: tuple[int, int]) -> StageTally:
        if identity not in self.stages:
            self._hold(HELD_STAGE)
            self._stage_index[identity] = len(self.stages)
            self._ran.add(identity[0])
            self.stages[identity] = StageTally(*identity)
        return self.stages[identity]

    def _stage_told(self, event: Event) -> None:
        info = event["Stage Info"]
        stage = self._stage((_whole(info, "Stage ID"), _whole(info, "Stage Attempt ID")))
        stage.name = self.wording.text(info.get("Stage Name"))
        self._hold(len(info.get("Parent IDs") or []))
        stage.parents = [int(parent) for parent in info.get("Parent IDs") or []]
        stage.task_count = _whole(info, "Number of Tasks")
        stage.python = any(
            PYTHON.search(f"{rdd.get('Name')} {rdd.get('Scope')}")
            for rdd in info.get("RDD Info") or []
        )
        if info.get("Submission Time") is not None:
            stage.submitted = self._moment(info["Submission Time"])
        if properties := event.get("Properties"):
            stage.description = self.wording.text(properties.get("spark.job.description"))
        if (rdd := _own_rdd(info)) is not None:
            self._rdds[rdd] = stage.id

    def _stage_completed(self, event: Event) -> None:
        self._stage_told(event)
        info = event["Stage Info"]
        stage = self._stage((_whole(info, "Stage ID"), _whole(info, "Stage Attempt ID")))
        if info.get("Completion Time") is not None:
            stage.completed = self._moment(info["Completion Time"])
        if info.get("Failure Reason"):
            stage.failure = self.wording.reason(info["Failure Reason"])
        for counter in info.get("Accumulables") or []:
            if counter.get("ID") in self.counted:
                self.counted[counter["ID"]] = int(counter.get("Value") or 0)

    def _heap(self, event: Event) -> None:
        stage = self._stage((_whole(event, "Stage ID"), _whole(event, "Stage Attempt ID")))
        stage.peak_heap = max(
            stage.peak_heap, _whole(event.get("Executor Metrics") or {}, "JVMHeapMemory")
        )

    # -- Tasks

    def _task_end(self, event: Event) -> None:
        identity = (_whole(event, "Stage ID"), _whole(event, "Stage Attempt ID"))
        stage, info = self._stage(identity), event["Task Info"]
        reason = event["Task End Reason"]["Reason"]
        outcome = 0 if reason == "Success" else 2 if reason in KILLED else 1
        launch = self._moment(info["Launch Time"])
        finish = max(launch, self._moment(info["Finish Time"]))
        name = str(info["Executor ID"])[:20]
        self._executor(name, launch, info.get("Host")).tasks += 1
        self.tasks.launch.append(launch)
        self.tasks.finish.append(finish)
        self.tasks.stage.append(self._stage_index[identity])
        self.tasks.executor.append(self._executor_index[name])
        self.tasks.outcome.append(outcome)
        stage.outcomes[outcome] += 1
        stage.task_ms += finish - launch
        if outcome == 0:
            stage.durations.append(finish - launch)
        if metrics := event.get("Task Metrics"):
            _add(stage, metrics)
        heap = _whole(event.get("Task Executor Metrics") or {}, "JVMHeapMemory")
        stage.peak_heap = max(stage.peak_heap, heap)

    # -- Queries

    def _query_start(self, event: Event) -> None:
        self._hold(HELD_QUERY)
        query = QueryTally(
            id=_whole(event, "executionId"),
            submitted=self._moment(event["time"]),
            description=self.wording.text(event.get("description")),
        )
        self.queries[query.id] = query
        if len(self.queries) - self._ended < 10 * MAX_QUERIES:  # no program runs more at once
            self._plan(query, event["sparkPlanInfo"])

    def _query_replanned(self, event: Event) -> None:
        if query := self.queries.get(_whole(event, "executionId")):
            self._plan(query, event["sparkPlanInfo"])

    def _query_end(self, event: Event) -> None:
        if (query := self.queries.get(_whole(event, "executionId"))) is None:
            return
        query.completed = self._moment(event["time"])
        query.failed = bool(event.get("errorMessage"))
        self._ended += 1
        heapq.heappush(self._longest, (query.completed - query.submitted, query.id))
        if len(self._longest) > MAX_QUERIES:  # only the longest keep their plans
            _, shortest = heapq.heappop(self._longest)
            self.queries[shortest].nodes, self.queries[shortest].edges = [], []

    def _driver_counted(self, event: Event) -> None:
        for counter, value in event.get("accumUpdates") or []:
            if counter in self.counted:
                self.counted[counter] = int(value)

    def _plan(self, query: QueryTally, root: dict[str, Any]) -> None:
        """Note the operators of a plan and what feeds what; wrappers are seen through."""
        query.nodes, query.edges = [], []
        below: list[tuple[dict[str, Any], int | None]] = [(root, None)]
        while below and len(query.nodes) < MAX_PLAN_NODES:
            found, feeds = below.pop()
            if not WRAPPERS.match(str(found["nodeName"])):
                position = len(query.nodes)
                query.nodes.append(self._operator(found))
                if feeds is not None:
                    query.edges.append((position, feeds))
                feeds = position
            below += [(child, feeds) for child in reversed(found.get("children") or [])]

    def _operator(self, found: dict[str, Any]) -> Operator:
        counters: dict[str, int] = {}
        self._hold(HELD_OPERATOR)
        for metric in found.get("metrics") or []:
            if (what := COUNTED.get(str(metric["name"]))) is not None:
                counters[what] = _whole(metric, "accumulatorId")
                self.counted.setdefault(counters[what], -1)
        name = str(found["nodeName"]).strip()[:60]
        return Operator(name, self.wording.text(found.get("simpleString")), counters)

    def _moment(self, value: Any) -> int:
        """A time in milliseconds since 1970; the first and the last are remembered."""
        if type(value) is not int or not 0 <= value < LARGEST // 10**6:
            raise ValueError(f"{str(value)[:40]} is no time")
        self.first = value if self.first is None else min(self.first, value)
        self.last = max(self.last, value)
        return value


def _whole(values: dict[str, Any], name: str) -> int:
    """A field that is a whole number, 0 where it is missing or negative."""
    value = values.get(name)
    if value is None:
        return 0
    if type(value) is not int or value > LARGEST:
        raise ValueError(f"{name} is no whole number")
    return max(0, value)


def _own_rdd(info: dict[str, Any]) -> int | None:
    """The id of the RDD that a stage computes: Spark names it first."""
    rdds = info.get("RDD Info") or []
    return _whole(rdds[0], "RDD ID") if rdds else None


PLAIN: Final = {
    "Executor Run Time": "run_ms",
    "Executor CPU Time": "cpu_ns",
    "JVM GC Time": "gc_ms",
    "Executor Deserialize Time": "deserialize_ms",
    "Memory Bytes Spilled": "spill_memory",
    "Disk Bytes Spilled": "spill_disk",
}
NESTED: Final = (
    ("Input Metrics", "Bytes Read", "input_bytes"),
    ("Input Metrics", "Records Read", "input_rows"),
    ("Output Metrics", "Bytes Written", "output_bytes"),
    ("Output Metrics", "Records Written", "output_rows"),
    ("Shuffle Read Metrics", "Remote Bytes Read", "shuffle_read_bytes"),
    ("Shuffle Read Metrics", "Local Bytes Read", "shuffle_read_bytes"),
    ("Shuffle Read Metrics", "Total Records Read", "shuffle_read_rows"),
    ("Shuffle Write Metrics", "Shuffle Bytes Written", "shuffle_write_bytes"),
    ("Shuffle Write Metrics", "Shuffle Records Written", "shuffle_write_rows"),
)


def _add(stage: StageTally, metrics: dict[str, Any]) -> None:
    """Add a task's metrics to its stage's."""
    sums, read = stage.sums, 0
    for name, key in PLAIN.items():
        sums[key] = sums.get(key, 0) + _whole(metrics, name)
    for group, name, key in NESTED:
        value = _whole(metrics.get(group) or {}, name)
        sums[key] = sums.get(key, 0) + value
        read += value if key in {"input_bytes", "shuffle_read_bytes"} else 0
    stage.largest = max(stage.largest, read)
    stage.peak_execution = max(stage.peak_execution, _whole(metrics, "Peak Execution Memory"))


TAKEN: Final[dict[str, Callable[[Tally, Event], None]]] = {
    "SparkListenerLogStart": Tally._log_start,
    "SparkListenerEnvironmentUpdate": Tally._environment,
    "SparkListenerResourceProfileAdded": Tally._resources,
    "SparkListenerApplicationStart": Tally._application_start,
    "SparkListenerApplicationEnd": Tally._application_end,
    "SparkListenerExecutorAdded": Tally._executor_added,
    "SparkListenerExecutorRemoved": Tally._executor_removed,
    "SparkListenerJobStart": Tally._job_start,
    "SparkListenerJobEnd": Tally._job_end,
    "SparkListenerStageSubmitted": Tally._stage_told,
    "SparkListenerStageCompleted": Tally._stage_completed,
    "SparkListenerStageExecutorMetrics": Tally._heap,
    "SparkListenerTaskEnd": Tally._task_end,
    "SparkListenerSQLExecutionStart": Tally._query_start,
    "SparkListenerSQLAdaptiveExecutionUpdate": Tally._query_replanned,
    "SparkListenerSQLExecutionEnd": Tally._query_end,
    "SparkListenerDriverAccumUpdates": Tally._driver_counted,
}
