"""What was measured: the machine, the libraries, the settings, cell by cell, and the file."""

from collections.abc import Iterator
from typing import Any

from dash import dcc, html

from dashboard.components.page import card, facts
from dashboard.components.tables import Cell as Shown
from dashboard.components.tables import csv_button, large_table
from dashboard.figures.hardware.wording import DEVICES, WAYS, result_of
from store.benchmark_run import BenchmarkRun, Cell, Machine
from store.quantities import counted, size

COLUMNS = (
    "Workload",
    "Device",
    "Rows",
    "Columns",
    "First training (s)",
    "Repeats (s)",
    "Way of the rows",
    "Other processes",
    "Peak memory",
    "Peak GPU memory",
    "GPU energy (J)",
    "Library",
    "Settings",
    "Result",
)


def about(run: BenchmarkRun, *, button: str, download: str) -> html.Section:
    """The card with a drawer; ``button`` gives the file to ``download``."""
    rows = large_table(
        COLUMNS,
        [_row(cell) for cell in run.cells],
        caption="Every cell of the run",
        name="hardware-cells",
    )
    return card(
        "What was measured",
        [
            html.Div(
                [
                    html.Button("Download the run as JSON", id=button, className="pill"),
                    dcc.Download(id=download),
                ],
                className="pills",
            ),
            html.Details(
                [
                    html.Summary("Hardware, versions, threads and settings"),
                    facts(list(_facts(run))),
                ],
                className="as-table",
            ),
            html.Details(
                [html.Summary("Every cell"), rows, csv_button()],
                className="as-table",
            ),
        ],
        caption="Each workload and device ran in a process of its own; libraries were told the "
        "same number of threads, and numbers are 32 bits wide on both sides.",
        note=f"run {run.id}",
    )


def _facts(run: BenchmarkRun) -> Iterator[tuple[str, Any]]:
    yield from _machine(run.machine)
    machine = run.machine
    yield "Threads", f"{machine.threads}, OpenMP waits: {machine.omp_wait_policy}"
    yield "Linear algebra", ", ".join(machine.blas) or "not stated"
    yield "Packages", ", ".join(f"{name} {v}" for name, v in sorted(machine.packages.items()))
    yield "Asked for", " ".join(run.arguments) or "the defaults"
    yield "Seed of the rows", str(run.seed)
    if run.overhead_share is not None:
        yield "Outside the timed phases", f"{run.overhead_share:.0%} of the time"
    ended = f"{run.finished:%H:%M:%S} UTC" if run.finished else "not finished"
    yield "Time", f"{run.started:%d %B %Y %H:%M:%S} to {ended}"
    yield "Harness", f"version {run.harness}"
    yield "Content", html.Code(run.content_sha256, className="hash")


def _machine(machine: Machine) -> Iterator[tuple[str, Any]]:
    details = f" ({machine.cpu_details})" if machine.cpu_details else ""
    physical = f", {machine.physical_cores} physical" if machine.physical_cores else ""
    quota = f", {machine.cpu_quota:g} allowed" if machine.cpu_quota else ""
    yield "CPU", f"{machine.cpu}{details}"
    yield "Cores", f"{machine.cores}{physical}{quota}, {machine.architecture}"
    yield "Memory", size(machine.memory_bytes)
    for found in machine.accelerators:
        memory = f", {size(found.memory_bytes)}" if found.memory_bytes else ""
        driver = f", driver {found.driver}" if found.driver else ""
        yield "Accelerator", f"{found.name}{memory}{driver}"
    yield "Search for a GPU", machine.accelerators_note
    place = machine.place + (f", {machine.instance}" if machine.instance else "")
    virtual = {True: ", a virtual machine", False: "", None: ""}[machine.virtual]
    yield "Place", f"{place}{virtual}"
    yield "System", f"{machine.system}, Python {machine.python}"


def _row(cell: Cell) -> list[Shown]:
    timed, memory = cell.timings, cell.memory
    device = DEVICES[cell.device_requested] + (" (second)" if cell.second_baseline else "")
    return [
        cell.title,
        device,
        cell.rows,
        cell.columns,
        timed.cold_fit if timed else None,
        ", ".join(f"{fit:.4g}" for fit in timed.fits) if timed else None,
        WAYS[timed.transfer] if timed else None,
        f"{max(timed.busy, default=0):.0%} at most" if timed else None,
        size(memory.peak_ram) if memory else None,
        size(memory.peak_vram) if memory and memory.peak_vram is not None else None,
        cell.energy_joules,
        f"{cell.library} {cell.library_version or ''}".strip(),
        ", ".join(f"{name} {value}" for name, value in cell.flags.items()) or "the defaults",
        result_of(cell),
    ]


def known(run: BenchmarkRun) -> str:
    """The machine of a run in a few words, to choose it by."""
    names = [accelerator.name for accelerator in run.machine.accelerators]
    return f"{names[0] if names else counted(run.machine.cores, 'core')}, {run.created:%d %b %Y}"
