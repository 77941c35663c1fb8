"""The numbers of an engine run as rows, what is drawn and what is not."""

from statistics import median

from dashboard.figures.engines.measurements import (
    peak_mib,
    phase_names,
    phases_of,
    said_seconds,
    sizes_of,
    timings_of,
    wall_seconds,
)
from dashboard.figures.traces import Row
from store.engine_run import EngineCell, EngineRun

FORMATS = {"csv": "CSV", "parquet": "Parquet"}
STATUS = {
    "ok": "measured",
    "wrong": "wrong answer",
    "skipped_budget": "not run: beyond the budget",
    "over_budget": "beyond the budget",
    "not_installed": "not installed",
    "failed": "failed",
}
TIME_COLUMNS = (
    "Engine",
    "Rows",
    "Cold (s)",
    "Fastest (s)",
    "Slowest (s)",
    "Warm (s)",
    "CPU (s)",
    "Peak memory (MiB)",
    "Threads",
    "Processes",
    "Noisy runs",
    "Greatest difference",
    "Result",
)


def time_rows(run: EngineRun) -> list[Row]:
    """A row of ``TIME_COLUMNS`` for each cell, engine by engine; CPU is that of the cold run."""
    order = {engine.name: place for place, engine in enumerate(run.engines)}
    labels = {engine.name: engine.label for engine in run.engines}
    rows: list[Row] = []
    for cell in sorted(run.cells, key=lambda cell: (order[cell.engine], cell.rows)):
        cold, warm = wall_seconds(cell, "cold"), wall_seconds(cell, "warm")
        each = cell.processes
        difference = cell.max_relative_difference
        rows.append(
            [
                labels[cell.engine],
                cell.rows,
                median(cold) if cold else None,
                min(cold, default=None),
                max(cold, default=None),
                median(warm) if warm else None,
                median(process.cold.cpu_seconds for process in each) if each else None,
                peak_mib(cell) if each else None,
                max((process.threads for process in each), default=None),
                len(each),
                sum(timing.noisy for timing in timings_of(each)),
                None if difference is None else f"{difference:.1e}",
                _result(cell),
            ]
        )
    return rows


def memory_rows(run: EngineRun) -> list[Row]:
    """[engine, then peak MiB at each size in order]."""
    return [
        [
            engine.label,
            *(
                peak_mib(cell) if (cell := run.cell(engine.name, rows)) and cell.processes else None
                for rows in sizes_of(run)
            ),
        ]
        for engine in run.engines
    ]


def warm_rows(run: EngineRun) -> list[Row]:
    """[engine, then the median seconds of a warm run at each size in order]."""
    return [
        [
            engine.label,
            *(
                median(walls)
                if (c := run.cell(engine.name, n)) and (walls := wall_seconds(c, "warm"))
                else None
                for n in sizes_of(run)
            ),
        ]
        for engine in run.engines
    ]


def start_up_rows(run: EngineRun) -> tuple[list[str], list[Row]]:
    """The header and the rows of ``start_up``: [engine, seconds of each phase, their sum]."""
    found = phases_of(run)[::-1]
    names = phase_names(found)
    return (
        ["Engine", *(f"{name} (s)" for name in names), "Sum (s)"],
        [
            [engine.label, *(phases.get(name) for name in names), sum(phases.values())]
            for engine, phases in found
        ],
    )


def covered(run: EngineRun) -> tuple[str, list[Row]]:
    """What all engines compute; then [engine, how, reads, computes besides, packages]."""
    each = [engine.covers.split(", ") for engine in run.engines]
    common = [name for name in (each[0] if each else []) if all(name in own for own in each)]
    rows: list[Row] = [
        [
            engine.label,
            engine.kind,
            FORMATS[engine.format],
            ", ".join(name for name in own if name not in common) or "nothing",
            ", ".join(f"{name} {version}" for name, version in engine.versions.items()) or "none",
        ]
        for engine, own in zip(run.engines, each, strict=True)
    ]
    return ", ".join(common), rows


def size_labels(run: EngineRun) -> list[str]:
    """The headings of a table with a column for each size."""
    return [f"{rows:,} rows" for rows in sizes_of(run)]


def _result(cell: EngineCell) -> str:
    seconds = cell.predicted_seconds
    about = "" if seconds is None else f" (about {said_seconds(seconds)}, extrapolated)"
    return STATUS[cell.status] + about + (f": {cell.note}" if cell.note else "")
