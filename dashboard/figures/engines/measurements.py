"""What the cells of an engine run say, in wall seconds and MiB.

A cold run is the whole command, from the start of Python to the answer; a warm one is a repeat in
the process that has answered already. Only right answers count: a cell whose answer was wrong, or
that did not run, says nothing.
"""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Literal, NamedTuple

from store.engine_run import EngineAbout, EngineCell, EngineProcess, EngineRun, Timing

Run = Literal["cold", "warm"]


class Best(NamedTuple):
    """The fastest engines with Spark and without it, and their median cold seconds."""

    spark: EngineAbout
    spark_seconds: float
    other: EngineAbout
    other_seconds: float


def right_cells(run: EngineRun, engine: EngineAbout) -> list[EngineCell]:
    """The cells of an engine with a right answer, by rows."""
    cells = [c for c in run.cells if c.engine == engine.name and c.status == "ok"]
    return sorted(cells, key=lambda cell: cell.rows)


def wall_seconds(cell: EngineCell, kind: Run) -> list[float]:
    """Of every run of a cell."""
    timings = (
        [process.cold for process in cell.processes]
        if kind == "cold"
        else [timing for process in cell.processes for timing in process.warm]
    )
    return [timing.wall_seconds for timing in timings]


def timings_of(processes: Iterable[EngineProcess]) -> list[Timing]:
    """Of every run, the cold one of each process first."""
    return [timing for process in processes for timing in (process.cold, *process.warm)]


def cold_medians(run: EngineRun, engine: EngineAbout) -> dict[int, float]:
    """The median seconds of an engine by rows, where its answers were right."""
    return {cell.rows: median(wall_seconds(cell, "cold")) for cell in right_cells(run, engine)}


def sizes_of(run: EngineRun) -> list[int]:
    """The rows of each table, the smallest first."""
    return sorted({cell.rows for cell in run.cells})


def best_on(run: EngineRun, rows: int) -> Best | None:
    """The fastest engine on Spark and the fastest other one on so many rows."""
    times = [
        (found[rows], engine)
        for engine in run.engines
        if rows in (found := cold_medians(run, engine))
    ]
    spark = min((t for t in times if t[1].spark), key=lambda t: t[0], default=None)
    other = min((t for t in times if not t[1].spark), key=lambda t: t[0], default=None)
    return Best(spark[1], spark[0], other[1], other[0]) if spark and other else None


def peak_mib(cell: EngineCell) -> float:
    """The greatest peak of the cell's processes."""
    return max(process.peak_memory_bytes for process in cell.processes) / 2**20


def phases_of(run: EngineRun) -> list[tuple[EngineAbout, dict[str, float]]]:
    """Each engine with the median seconds of its phases on its smallest table; slowest last."""
    found = []
    for engine in run.engines:
        if cells := right_cells(run, engine):
            each = [process.phases for process in cells[0].processes]
            names = list(each[0])
            found.append((engine, {name: median(p[name] for p in each) for name in names}))
    return sorted(found, key=lambda item: sum(item[1].values()))


def phase_names(found: Sequence[tuple[EngineAbout, dict[str, float]]]) -> list[str]:
    """All phases in the order of time: those of the engine with the most, then any others."""
    longest_first = sorted((phases for _, phases in found), key=len, reverse=True)
    return list(dict.fromkeys(name for phases in longest_first for name in phases))


def said_seconds(seconds: float) -> str:
    """As a sentence says it: 250 ms, 1.25 s."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{three_digits(seconds):g} s"


def three_digits(value: float) -> float:
    """Three significant digits: all that such a measurement has."""
    return float(f"{value:.3g}")
