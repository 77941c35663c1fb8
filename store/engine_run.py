"""The artifact of ``python -m pipeline engines``: one aggregation, timed on many engines.

It holds what was measured and nothing that is derived from it: medians, crossovers and sentences
are made where they are shown. It names no host, person or path.
"""

from typing import Final, Literal, Self

from pydantic import Field, model_validator

from store.part import Fraction, Part, Rows
from store.schema import Artifact, Bytes, Seconds

MAX_CELLS: Final = 1_000

Kind = Literal["sequential", "parallel", "distributed", "library"]
Format = Literal["csv", "parquet"]
Status = Literal["ok", "wrong", "skipped_budget", "over_budget", "not_installed", "failed"]


class EngineMachine(Part):
    """Where it ran. ``memory`` says how peak memory was taken: ``pss`` counts pages that several
    processes share once, ``rss`` once for each."""

    system: str
    architecture: str
    cores: Rows
    memory_bytes: Bytes
    memory: Literal["pss", "rss"]


class EngineTable(Part):
    """A table of one size: its rows, numeric columns and groups, and its bytes by format.

    ``reference`` is what answers were compared with: an exact one, or the kernel's.
    """

    rows: Rows
    columns: Rows
    groups: Rows
    bytes: dict[Format, Bytes]
    files: dict[Format, Rows]
    reference: Literal["exact", "kernel"]


class EngineAbout(Part):
    """An engine: what it reads, which statistics it covers, and the versions it ran with."""

    name: str
    label: str
    kind: Kind
    format: Format
    covers: str
    spark: bool
    versions: dict[str, str]


class Timing(Part):
    """One run of the aggregation.

    ``cpu_seconds`` are those of the process and all its children; ``others_cores`` is how many
    cores everything else on the machine kept busy meanwhile. A run is noisy where that is more
    than a tenth of the cores, and more than the clocks of CPU time can tell from nothing.
    """

    wall_seconds: Seconds
    cpu_seconds: Seconds
    others_cores: float
    noisy: bool


class EngineProcess(Part):
    """A fresh process: its first run from the start of Python to the answer, then repeats in it.

    ``phases`` add up to the first run's wall time. Memory and threads are the most that the
    process and its children had at once.
    """

    cold: Timing
    phases: dict[str, Seconds]
    warm: tuple[Timing, ...]
    peak_memory_bytes: Bytes
    threads: Rows
    load_average: float


class EngineCell(Part):
    """An engine on a table.

    ``status`` is ``ok``; ``wrong`` where the answer differs from the reference by more than 1e-9
    of a figure, more than the stated rank error, or in a count; ``skipped_budget`` where the
    smaller tables say that it would take ``predicted_seconds``; ``over_budget`` where it was cut
    off; ``not_installed``; or ``failed``. ``note`` says more.
    """

    engine: str
    rows: Rows
    status: Status
    note: str = ""
    predicted_seconds: Seconds | None = None
    processes: tuple[EngineProcess, ...] = ()
    max_relative_difference: float | None = None

    @model_validator(mode="after")
    def _measured(self) -> Self:
        if (self.status in ("ok", "wrong")) != bool(self.processes):
            raise ValueError("a cell has processes when it gave an answer, and only then")
        return self


class EngineRun(Artifact):
    """The cells of a run, with what they were measured on.

    Args:
        data: What the rows are, in words.
        budget_seconds: For each cell, all its processes together.
        repeats: How many processes a cell has at most, and repeats in each.
        complete: False for a run that was cut off.
    """

    machine: EngineMachine
    data: str
    budget_seconds: Seconds
    repeats: Rows
    noisy_share: Fraction
    tables: tuple[EngineTable, ...]
    engines: tuple[EngineAbout, ...]
    cells: tuple[EngineCell, ...] = Field(max_length=MAX_CELLS)
    complete: bool = True

    def cell(self, engine: str, rows: int) -> EngineCell | None:
        """The cell of an engine and a size, or None."""
        return next((c for c in self.cells if (c.engine, c.rows) == (engine, rows)), None)
