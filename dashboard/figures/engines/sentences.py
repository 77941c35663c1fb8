"""What an engine run says, in sentences; from the data alone."""

from dashboard.figures.engines.measurements import Best, best_on, said_seconds, sizes_of, timings_of
from dashboard.figures.engines.tables import FORMATS
from store.engine_run import EngineRun


def headline(run: EngineRun) -> str:
    """What the cold runs say of Spark, in two sentences; from the data alone.

    On each table the fastest engine on Spark is held against the fastest of the others.
    """
    pairs = [(rows, best) for rows in sizes_of(run) if (best := best_on(run, rows)) is not None]
    if not pairs:
        return (
            "Nothing was measured on Spark and on another engine, so there is nothing to compare."
        )
    behind = [(rows, best) for rows, best in pairs if best.spark_seconds >= best.other_seconds]
    rows, best = pairs[-1]
    if not behind:
        return (
            f"Spark was the fastest on every table measured, {pairs[0][0]:,} to {rows:,} rows: "
            f"{_compared(rows, best)}"
        )
    if behind[-1][0] == rows:
        return (
            f"Up to {rows:,} rows, the largest table measured, Spark is not the best tool on "
            f"this machine: {_compared(rows, best)}"
        )
    low, worst = behind[-1]
    first = min(size for size, _ in pairs if size > low)
    return (
        f"Up to {low:,} rows, Spark is not the best tool on this machine: {_compared(low, worst)} "
        f"From {first:,} rows on it is the fastest: {_compared(rows, best)}"
    )


def caution(run: EngineRun) -> str:
    """A warning where most runs shared the machine with other work, or ""."""
    timings = [t for cell in run.cells for t in timings_of(cell.processes)]
    noisy = sum(timing.noisy for timing in timings)
    if 2 * noisy <= len(timings):
        return ""
    return (
        f"{noisy:,} of {len(timings):,} runs shared the machine with other work. Their times are "
        "too long, unevenly so: take no comparison from them that is not a matter of several times."
    )


def not_run(run: EngineRun) -> str:
    """A sentence about hollow points and other cells without a measurement, or ""."""
    hollow = sum(cell.predicted_seconds is not None for cell in run.cells)
    missing = sum(not cell.processes for cell in run.cells) - hollow
    wrong = sum(cell.status == "wrong" for cell in run.cells)
    said = []
    if hollow:
        said.append(
            f"{hollow} hollow point{'s were' if hollow > 1 else ' was'} not run: beyond the "
            "budget, extrapolated from smaller tables."
        )
    if missing:
        said.append(
            f"{missing} more {'have' if missing > 1 else 'has'} no time; the table says why."
        )
    if wrong:
        said.append(f"{wrong} wrong answer{'s are' if wrong > 1 else ' is'} left out.")
    return " ".join(said)


def tables_said(run: EngineRun) -> str:
    """The shape of the tables, and the bytes of the largest."""
    if not run.tables:
        return "no table"
    last = max(run.tables, key=lambda table: table.rows)
    sizes = ", ".join(
        f"{count / 2**20:,.0f} MiB as {FORMATS[name]}" for name, count in last.bytes.items()
    )
    return f"{last.columns} numeric columns in {last.groups} groups; {last.rows:,} rows are {sizes}"


def conditions(run: EngineRun) -> str:
    """On what it was measured, how often, and how quiet the machine was."""
    machine, cells = run.machine, [cell for cell in run.cells if cell.processes]
    timings = [t for cell in cells for t in timings_of(cell.processes)]
    noisy = sum(timing.noisy for timing in timings)
    processes = sum(len(cell.processes) for cell in cells)
    quiet = (
        "none of them noisy"
        if not noisy
        else f"{noisy:,} of them while others kept more than {run.noisy_share:.0%} of it busy"
    )
    unfinished = "" if run.complete else " The run was cut off before its end."
    return (
        f"{machine.cores} cores, {machine.memory_bytes / 2**30:.0f} GiB, {machine.system} "
        f"({machine.architecture}), Python {run.software.get('python', 'of unknown version')}: "
        f"{processes:,} processes, {len(timings):,} runs, {quiet}.{unfinished}"
    )


def _compared(rows: int, best: Best) -> str:
    return (
        f"on {rows:,} rows the fastest without it, {best.other.label}, takes "
        f"{said_seconds(best.other_seconds)}, and the fastest with it, {best.spark.label}, "
        f"{said_seconds(best.spark_seconds)}."
    )
