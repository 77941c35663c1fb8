"""What a file of results has to keep to before anyone sees it.

The schema holds for every part by itself (``store.benchmark_run``). Here is what holds between
them: five repeats, a first fit that is no faster than the rest, times that rise with the rows, the
very rows that the harness makes, and the hash of the whole.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from store.benchmark_data import data_hash
from store.benchmark_run import (
    COLUMNS,
    LEAST_REPEATS,
    BenchmarkRun,
    Cell,
    Timings,
    content_hash,
)
from store.errors import ArtifactError
from store.schema import decode, now

MAX_RUN_BYTES: Final = 2 * 2**20
LEAST_COLD_SHARE: Final = 0.5  # of a typical fit: the first does everything that the others do
# More rows may fill more cores, so time may fall a little. Ten times the rows in a third of the
# time is another matter, but not below what a clock and a scheduler disturb.
LEAST_GROWTH: Final = 1 / 3
LEAST_SECONDS: Final = 0.02
MOST_AHEAD: Final = timedelta(hours=24)  # clocks of rented machines are off by hours at times


def read_run(data: bytes, *, name: str) -> BenchmarkRun:
    """Read a file of results and check it.

    Args:
        data: What is in the file.
        name: What the file is called in an error.

    Raises:
        ArtifactError: It is too large, breaks the schema, or is not to be believed.
    """
    if len(data) > MAX_RUN_BYTES:
        raise ArtifactError(
            f"{name} has {len(data):,} bytes; a file of results has at most {MAX_RUN_BYTES:,}."
        )
    run = decode(BenchmarkRun, data, name=name)
    validate_run(run)
    return run


def validate_run(run: BenchmarkRun) -> None:
    """Raise ArtifactError, which says what is wrong, unless a run is to be believed."""
    for fault in _faults(run):
        raise ArtifactError(f"Benchmark run {run.id}: {fault}.")


def _faults(run: BenchmarkRun) -> Iterator[str]:
    """What is wrong, the cheapest to find first."""
    if run.fixture:
        yield "it is an invented run for tests, and is never shown"
    if content_hash(run) != run.content_sha256:
        yield "its content does not have the hash that it states; it was changed after the run"
    if run.finished is not None and run.finished < run.started:
        yield "it finished before it started"
    if max(run.created, run.started, run.finished or run.started) > now() + MOST_AHEAD:
        yield "it was made in the future"
    kinds = {accelerator.kind for accelerator in run.machine.accelerators}
    measured = [(cell, cell.timings) for cell in run.cells if cell.timings is not None]
    for cell, timings in measured:
        if cell.device_requested not in ("cpu", *kinds):
            yield f"{_called(cell)} ran on {cell.device_requested}, which the machine does not have"
        yield from _of_cell(cell, timings)
    yield from _of_growth(measured)
    for cell, _ in measured:
        if cell.data_sha256 != data_hash(run.seed, cell.rows):
            yield f"{_called(cell)} did not learn from the rows that seed {run.seed} makes"


def _of_cell(cell: Cell, timings: Timings) -> Iterator[str]:
    if cell.columns != COLUMNS:
        yield f"{_called(cell)} has {cell.columns} columns where the rows have {COLUMNS}"
    if len(timings.fits) < LEAST_REPEATS:
        yield (
            f"{_called(cell)} has {len(timings.fits)} repeats; at least {LEAST_REPEATS} are needed"
        )
    if min(timings.fits, default=0) <= 0:
        yield f"{_called(cell)} has a fit that took no time"
    elif timings.cold_fit < LEAST_COLD_SHARE * _typical(cell, timings):
        yield (
            f"the first fit of {_called(cell)} took less than half of the later ones, though it "
            "does all that they do"
        )


def _of_growth(measured: Sequence[tuple[Cell, Timings]]) -> Iterator[str]:
    """Workloads whose time falls strongly while rows grow."""
    series = defaultdict(list)
    for cell, timings in measured:
        key = (cell.workload, cell.device_requested, cell.second_baseline)
        series[key].append((cell.rows, _typical(cell, timings), cell))
    for points in series.values():
        points.sort(key=lambda point: point[0])
        for (fewer, before, _), (_rows, after, cell) in pairwise(points):
            if before > LEAST_SECONDS and after < LEAST_GROWTH * before:
                yield (
                    f"{_called(cell)} took {after:.3g} s, and {fewer:,} rows took {before:.3g} s; "
                    "time does not fall like that while rows grow"
                )


def _typical(cell: Cell, timings: Timings) -> float:
    """The median fit; the fastest where others disturbed the cell, and the median tells of them."""
    return min(timings.fits) if cell.noisy else median(timings.fits)


def _called(cell: Cell) -> str:
    return f"{cell.title} on {cell.device_requested} with {cell.rows:,} rows"
