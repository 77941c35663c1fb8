"""How a profile came about, in short."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal, NamedTuple

from store.schema import JobRun

Engine = Literal["spark", "dataframe", "local"]


@dataclass(frozen=True)
class Way:
    """How a job is done: the engine, where Spark runs, and Spark's properties."""

    engine: Engine = "spark"
    master: str = "local[*]"
    settings: Mapping[str, str] = field(default_factory=dict)


class Seconds(NamedTuple):
    """Wall time of the parts of a job."""

    start: float
    read: float
    aggregate: float
    total: float


def local_run(*, started: datetime, seconds: Seconds, passes: int, tasks: int) -> JobRun:
    """A run without Spark."""
    return JobRun(
        engine="local",
        engine_version=f"numpy {version('numpy')}",
        java_version=None,
        master=None,
        application_id=None,
        **times(started, seconds),
        passes=passes,
        jobs=0,
        stages=0,
        tasks=tasks,
    )


def times(started: datetime, seconds: Seconds) -> dict[str, object]:
    """The fields of a run that are times."""
    return {
        "started": started.astimezone(UTC).replace(microsecond=0),
        "start_seconds": seconds.start,
        "read_seconds": seconds.read,
        "aggregate_seconds": seconds.aggregate,
        "total_seconds": seconds.total,
    }
