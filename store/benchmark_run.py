"""The artifact of ``python -m pipeline benchmark``: one machine's training times, by device.

It holds what was measured and nothing that is derived from it: ratios, crossovers and costs are
made where they are shown. It names no host, person, path or serial number. What a machine says of
itself is self-reported: ``content_sha256`` catches a slip, not a forger.
"""

import hashlib
import json
import sys
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from store.part import Fraction, Part
from store.schema import Artifact, Bytes, Seconds, Sha256

MAX_CELLS: Final = 400
LEAST_REPEATS: Final = 5
COLUMNS: Final = 13
SIZES: Final = (1_000, 10_000, 100_000, 1_000_000)

Device = Literal["cpu", "cuda", "mps"]
Status = Literal["measured", "fell_back", "skipped_budget", "skipped_missing", "failed"]
Size = Literal[1_000, 10_000, 100_000, 1_000_000]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("a text is one line without control characters")
    return text


Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Text = Annotated[str, Field(max_length=200), AfterValidator(_printable)]
Flag = bool | int | float | Text


class Timings(Part):
    """Seconds of one process, by phase. The devices had no work left when a clock was read.

    ``fits`` are those of fresh estimators after the first, ``cold_fit``. ``transfer`` says whether
    the rows went to the device before (``to_device``) and the model came back after (``back``),
    ``inside`` the fit, or nowhere (``none``). ``import_`` and ``context`` were spent once for all
    sizes of a process. ``busy`` is the share of all cores that other processes kept busy, by fit.
    """

    import_: Seconds
    context: Seconds
    to_device: Seconds
    cold_fit: Seconds
    fits: tuple[Seconds, ...] = Field(max_length=100)
    back: Seconds
    transfer: Literal["separate", "inside", "none"]
    busy: tuple[Fraction, ...] = Field(max_length=100)

    @model_validator(mode="after")
    def _paired(self) -> Self:
        if len(self.busy) != len(self.fits):
            raise ValueError("there is one share of other processes for each fit")
        return self


class Quality(Part):
    """How good the last model is on ``rows`` that it was not fitted on."""

    metric: Literal["accuracy", "inertia", "explained_variance"]
    value: float
    rows: Annotated[int, Field(ge=1)]


class Memory(Part):
    """The most that the process held: of the machine's memory, and of the accelerator's."""

    peak_ram: Bytes
    peak_vram: Bytes | None = None


class Cell(Part):
    """A workload on so many rows, on a device.

    ``status`` is ``measured``; ``fell_back`` where the library trained on ``device_effective``
    instead, or found no such device, and no time is kept; ``skipped_budget`` where the smaller
    sizes say that it would take too long; ``skipped_missing`` where a package is not installed;
    or ``failed``. ``reason`` says more.

    Args:
        second_baseline: Another CPU implementation beside the first, such as scikit-learn-intelex.
        noisy: Others kept more than a tenth of the cores busy in a third of the fits or more.
        energy_joules: What the accelerator took in the warm fits together, as it says itself.
        flags: The settings of the estimator.
    """

    workload: Name
    title: Text
    rows: Size
    columns: Annotated[int, Field(ge=1, le=COLUMNS)]
    device_requested: Device
    device_effective: Device | None
    second_baseline: bool = False
    status: Status
    reason: Text | None = None
    timings: Timings | None = None
    noisy: bool = False
    quality: Quality | None = None
    memory: Memory | None = None
    energy_joules: Annotated[float, Field(ge=0)] | None = None
    library: Text
    library_version: Text | None
    flags: dict[Name, Flag] = Field(default={}, max_length=40)
    data_sha256: Sha256 | None = None

    @model_validator(mode="after")
    def _measured(self) -> Self:
        measured = self.status == "measured"
        if measured == (self.timings is None):
            raise ValueError("a cell has timings when it was measured, and only then")
        if measured and None in (self.quality, self.memory, self.data_sha256, self.library_version):
            raise ValueError("a measured cell has quality, memory, version and data hash")
        if measured and self.device_effective != self.device_requested:
            raise ValueError("a cell that ran on another device than asked has fell_back")
        if not measured and self.reason is None:
            raise ValueError("a cell that was not measured says why")
        return self


class Accelerator(Part):
    """A GPU that the machine says it has."""

    kind: Literal["cuda", "mps"]
    name: Text
    memory_bytes: Bytes | None
    driver: Text | None


class Machine(Part):
    """Where it ran, by its own account.

    Args:
        place: Where the machine stands, as far as it can tell.
        instance: The type of a rented machine, as its owner gave it: ``g4dn.xlarge``.
        cpu_details: Vendor, family, model and stepping, where the system tells them.
        virtual: Whether it is a virtual machine, or None where that is unknown.
        cpu_quota: Cores that the process may use at most, where a container limits them.
        accelerators: What was found; ``accelerators_note`` says how, or that none was found.
        packages: The versions of the libraries that were there.
        threads: How many threads libraries were told to use.
        blas: The linear algebra libraries of NumPy and SciPy, each with its version.
    """

    place: Literal["local", "colab", "aws", "gcp", "azure", "other"] = "local"
    instance: Text | None = None
    cpu: Text
    cpu_details: Text | None = None
    virtual: bool | None = None
    architecture: Text
    cores: Annotated[int, Field(ge=1)]
    physical_cores: Annotated[int, Field(ge=1)] | None = None
    cpu_quota: Annotated[float, Field(gt=0)] | None = None
    memory_bytes: Bytes
    accelerators: tuple[Accelerator, ...] = Field(default=(), max_length=16)
    accelerators_note: Text
    system: Text
    python: Text
    packages: dict[Text, Text] = Field(max_length=60)
    threads: Annotated[int, Field(ge=1)]
    blas: tuple[Text, ...] = Field(max_length=20)
    omp_wait_policy: Text
    self_reported: Literal[True] = True


class BenchmarkRun(Artifact):
    """The cells of a run, with the machine that they were measured on.

    Args:
        id: Sorts by time and tells runs apart.
        harness: The version of the harness; another one may measure other work.
        arguments: The choices of the command line, without paths.
        seed: What the rows are made from.
        finished: When the last cell was written, or None while more are to come.
        overhead_share: The part of the wall time that was spent outside the timed phases.
        fixture: True for an invented run in a test, which the product refuses.
        content_sha256: ``content_hash`` of all the rest.
    """

    id: Annotated[str, Field(pattern=r"^[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}$")]
    harness: Annotated[int, Field(ge=1)]
    arguments: tuple[Text, ...] = Field(default=(), max_length=20)
    machine: Machine
    seed: Annotated[int, Field(ge=0, lt=2**32)]
    started: AwareDatetime
    finished: AwareDatetime | None
    overhead_share: Fraction | None = None
    cells: tuple[Cell, ...] = Field(max_length=MAX_CELLS)
    fixture: bool = False
    content_sha256: Sha256

    @model_validator(mode="after")
    def _unique(self) -> Self:
        if len({_place(cell) for cell in self.cells}) < len(self.cells):
            raise ValueError("each workload, size, device and baseline has one cell")
        return self

    def cell(self, workload: str, rows: int, device: Device) -> Cell | None:
        """The cell of a workload, a size and a device, or None; never a second baseline."""
        place = (workload, rows, device, False)
        return next((cell for cell in self.cells if _place(cell) == place), None)


def json_schema() -> dict[str, Any]:
    """The schema of a file of results (JSON Schema 2020-12), as ``data/schemas`` publishes it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **BenchmarkRun.model_json_schema(),
    }


def content_hash(run: BenchmarkRun) -> str:
    """The sha256 of a run's canonical JSON without ``content_sha256``: keys sorted, no spaces."""
    content = run.model_dump(mode="json", exclude={"content_sha256"})
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(run: BenchmarkRun) -> BenchmarkRun:
    """The run with the hash of what it holds."""
    return run.model_copy(update={"content_sha256": content_hash(run)})


def _place(cell: Cell) -> tuple[str, int, Device, bool]:
    return cell.workload, cell.rows, cell.device_requested, cell.second_baseline


if __name__ == "__main__":  # python -m store.benchmark_run > data/schemas/benchmark-run.json
    sys.stdout.write(json.dumps(json_schema(), indent=1) + "\n")
