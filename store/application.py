"""What one Spark application did: the artifact that the event log is condensed into.

Times are seconds since the application started, unless a name says otherwise. Of very many jobs,
stages, queries, executors and tasks the artifact keeps so many that it stays within a few hundred
kB; the counts and the totals are always those of all of them. No host, no address, no path and no
Spark property is in it, but for the kind of the master.
"""

from typing import Annotated, Final, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from store.part import Fraction, Part, Rows
from store.schema import Artifact, Bytes, Seconds

MAX_JOBS: Final = 200
MAX_STAGES: Final = 200
MAX_EXECUTORS: Final = 200
MAX_QUERIES: Final = 20
MAX_PLAN_NODES: Final = 60
MAX_BARS: Final = 2_000
MAX_LANES: Final = 200
MAX_FINDINGS: Final = 30

QUANTILES: Final = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

Outcome = Literal["ok", "failed", "killed"]
Level = Literal["ok", "caution", "bad"]


class Totals(Part):
    """Sums over tasks, whatever became of them; equal to those of Spark's own status API.

    ``task_seconds`` runs from launch to finish as the driver sees it; ``run_seconds``,
    ``cpu_seconds`` (the JVM's alone) and ``gc_seconds`` are the executor's.
    ``peak_execution_bytes`` is the most that one task held; ``peak_heap_bytes`` the largest heap
    of a JVM, null where the log does not say.
    """

    tasks: Rows = 0
    failed_tasks: Rows = 0
    killed_tasks: Rows = 0
    task_seconds: Seconds = 0.0
    run_seconds: Seconds = 0.0
    cpu_seconds: Seconds = 0.0
    gc_seconds: Seconds = 0.0
    deserialize_seconds: Seconds = 0.0
    input_bytes: Bytes = 0
    input_rows: Rows = 0
    output_bytes: Bytes = 0
    output_rows: Rows = 0
    shuffle_read_bytes: Bytes = 0
    shuffle_read_rows: Rows = 0
    shuffle_write_bytes: Bytes = 0
    shuffle_write_rows: Rows = 0
    spill_memory_bytes: Bytes = 0
    spill_disk_bytes: Bytes = 0
    peak_execution_bytes: Bytes = 0
    peak_heap_bytes: Bytes | None = None


class Executor(Part):
    """A process that ran tasks; ``host`` tells hosts apart and does not say which they are."""

    id: str
    host: str
    cores: Rows
    added: Seconds
    removed: Seconds | None
    reason: str | None
    tasks: Rows


class Job(Part):
    """What an action started; ``seconds`` is null where the log ends before the job did."""

    id: int
    description: str
    submitted: Seconds
    seconds: Seconds | None
    stages: tuple[int, ...]
    result: Literal["succeeded", "failed", "unfinished"]


class Stage(Part):
    """An attempt at tasks that need no shuffle between them.

    ``parents`` are the stages whose output it reads. ``task_count`` is what was planned, the
    totals are what ran. ``quantiles`` of the seconds of the successful tasks are keyed "0.0" ...
    "1.0"; each is the measured time at rank floor(q n), as on Spark's own page. ``largest_bytes``
    is the most that one task read. ``python`` says that Python ran in it.
    """

    id: int
    attempt: Rows
    name: str
    description: str
    parents: tuple[int, ...]
    submitted: Seconds | None
    completed: Seconds | None
    status: Literal["complete", "failed", "unfinished"]
    failure: str | None
    task_count: Rows
    python: bool
    totals: Totals
    quantiles: dict[str, float]
    largest_bytes: Bytes

    @property
    def label(self) -> str:
        """The name of the stage as people write it: 3, or 3.1 for its second attempt."""
        return f"{self.id}.{self.attempt}" if self.attempt else str(self.id)

    @property
    def seconds(self) -> float | None:
        """From submission to completion."""
        if self.submitted is None or self.completed is None:
            return None
        return self.completed - self.submitted

    @property
    def skew(self) -> float | None:
        """The longest task's time in units of the median one's."""
        median = self.quantiles.get("0.5")
        return self.quantiles["1.0"] / median if median else None


class Bar(NamedTuple):
    """Tasks of one stage attempt that followed each other on a lane, drawn as one bar."""

    lane: int
    stage: int
    attempt: int
    start: float
    end: float
    tasks: int
    outcome: Outcome


class Lane(Part):
    """A core of an executor: one task at a time."""

    executor: str
    slot: Rows


class Timeline(Part):
    """Who ran what when; ``left_out`` tasks had no room."""

    lanes: tuple[Lane, ...] = Field(max_length=MAX_LANES)
    bars: tuple[Bar, ...] = Field(max_length=MAX_BARS)
    merged: bool
    left_out: Rows


class PlanNode(Part):
    """An operator of a query's final plan; what it counted is null where Spark did not count."""

    id: Rows
    name: str
    text: str
    rows: Rows | None
    files: Rows | None
    bytes: Bytes | None


class Query(Part):
    """A SQL execution: its final plan, with an edge from each operator to the one it feeds."""

    id: int
    description: str
    submitted: Seconds
    seconds: Seconds | None
    failed: bool
    nodes: tuple[PlanNode, ...] = Field(max_length=MAX_PLAN_NODES)
    edges: tuple[tuple[int, int], ...]


class Estimate(Part):
    """How long it would have taken with so many cores."""

    cores: Annotated[int, Field(ge=1)]
    seconds: Seconds


class Scaling(Part):
    """What other numbers of cores would have made of it, and what that takes for granted.

    ``floor_seconds`` is what no number of cores goes below: the driver alone, and in each stage
    the longest task.
    """

    estimates: tuple[Estimate, ...]
    floor_seconds: Seconds
    assumptions: tuple[str, ...]


class Finding(Part):
    """A rule that spoke: what was measured, from where on that matters, and what to do about it."""

    rule: str
    level: Level
    title: str
    text: str
    value: float
    threshold: float
    unit: str
    source: str
    advice: tuple[str, ...]
    stage: int | None = None


class Application(Artifact):
    """What a Spark application did.

    ``complete`` is False where the log ends before the application did. ``cores`` are the most
    that were there at once. ``driver_seconds`` is time in which no job ran; ``idle_cores`` the
    share of core-seconds without a task between the first and the last one. ``rows`` and
    ``input_bytes`` are what the program says that it read, where Spark does not see it because
    Python tasks open the files themselves.
    """

    application_id: str
    name: str
    spark_version: str
    java_version: str | None
    master: str | None
    started: AwareDatetime
    seconds: Seconds
    complete: bool
    cores: Rows
    driver_seconds: Seconds
    idle_cores: Fraction | None
    totals: Totals
    job_count: Rows
    stage_count: Rows
    query_count: Rows
    executor_count: Rows
    executors: tuple[Executor, ...] = Field(max_length=MAX_EXECUTORS)
    jobs: tuple[Job, ...] = Field(max_length=MAX_JOBS)
    stages: tuple[Stage, ...] = Field(max_length=MAX_STAGES)
    queries: tuple[Query, ...] = Field(max_length=MAX_QUERIES)
    timeline: Timeline
    scaling: Scaling
    findings: tuple[Finding, ...] = Field(default=(), max_length=MAX_FINDINGS)
    rows: Rows | None = None
    input_bytes: Bytes | None = None
    notes: tuple[str, ...] = ()

    @property
    def rows_read(self) -> int | None:
        """The rows that went in, as the program or else Spark counted them."""
        return self.rows if self.rows is not None else self.totals.input_rows or None

    @property
    def bytes_read(self) -> int | None:
        """The bytes that went in, as the program or else Spark counted them."""
        return self.input_bytes if self.input_bytes is not None else self.totals.input_bytes or None

    @property
    def rows_per_second(self) -> float | None:
        """Rows that went in, over the whole time of the application."""
        return self.rows_read / self.seconds if self.rows_read and self.seconds else None
