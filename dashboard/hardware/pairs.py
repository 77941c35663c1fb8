"""The cells of a benchmark run, side by side: each device, and the GPU against its own CPU."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from dashboard.hardware.crossover import Crossover, crossover
from dashboard.hardware.phases import Kind, repeats
from dashboard.hardware.quality import equally_good
from dashboard.hardware.ratio import LEAST_REPEATS, Ratio, speed_up
from store.benchmark_run import BenchmarkRun, Cell, Device

Verdict = Literal["faster", "slower", "unclear", "noisy", "unequal"]


class Workload(NamedTuple):
    """What is trained: its name in the file, and for people.

    ``short`` is for axes and legends: the title up to its first comma, or all of it where two
    would be alike.
    """

    name: str
    title: str
    short: str


class Series(NamedTuple):
    """Where something is trained; ``place`` keeps its colour and symbol on every chart."""

    device: Device
    second: bool
    label: str
    place: int


class Pair(NamedTuple):
    """The same work on the CPU and on the GPU of one machine.

    ``ratio`` is how many times as fast the GPU is. Only ``faster`` and ``slower`` are claims:
    the others say that the interval covers 1, that others used the machine, or that the two
    models are not equally good.
    """

    workload: Workload
    rows: int
    cpu: Cell
    gpu: Cell
    ratio: Ratio
    verdict: Verdict


def workloads(run: BenchmarkRun) -> list[Workload]:
    """What was trained, in the order of the file."""
    titles = dict.fromkeys((cell.workload, cell.title) for cell in run.cells)
    shorts = [title.partition(",")[0] for _, title in titles]
    return [
        Workload(*named, short if shorts.count(short) == 1 else named[1])
        for named, short in zip(titles, shorts, strict=True)
    ]


def gpu_name(run: BenchmarkRun, device: Device) -> str:
    """The accelerator's name as the machine says it; what it is where it has none."""
    named = {accelerator.kind: accelerator.name for accelerator in run.machine.accelerators}
    return next((name for kind, name in named.items() if kind == device), f"GPU ({device})")


def series(run: BenchmarkRun) -> list[Series]:
    """The devices with a measured cell: the CPU, a second baseline on it, the GPUs."""
    measured = {(c.device_requested, c.second_baseline) for c in run.cells if c.timings}
    labels: dict[tuple[Device, bool], str] = {
        ("cpu", False): "CPU",
        ("cpu", True): "CPU, another library",
        ("cuda", False): gpu_name(run, "cuda"),
        ("mps", False): gpu_name(run, "mps"),
    }
    return [
        Series(device, second, label, place)
        for place, ((device, second), label) in enumerate(labels.items())
        if (device, second) in measured
    ]


def gpus(run: BenchmarkRun) -> list[Series]:
    """The GPUs with a measured cell."""
    return [one for one in series(run) if one.device != "cpu"]


def cells_of(run: BenchmarkRun, workload: Workload, one: Series) -> list[Cell]:
    """The measured cells of a workload on a device, by rows."""
    found = (
        cell
        for cell in run.cells
        if cell.timings is not None
        and (cell.workload, cell.device_requested, cell.second_baseline)
        == (workload.name, one.device, one.second)
    )
    return sorted(found, key=lambda cell: cell.rows)


def pairs(run: BenchmarkRun, kind: Kind, only: Workload | None = None) -> list[Pair]:
    """Every work measured on the CPU and on a GPU of the machine; workload by workload, by rows.

    Args:
        run: What was measured; never two machines.
        kind: ``whole`` or ``fit``: one run, as ``first`` is, has no interval.
        only: One workload, where the others are not asked for.
    """
    return [
        _pair(workload, cpu, gpu, kind)
        for workload in ([only] if only else workloads(run))
        for one in gpus(run)
        for gpu in cells_of(run, workload, one)
        if (cpu := run.cell(workload.name, gpu.rows, "cpu")) is not None
        and cpu.timings is not None
        and min(len(cell.timings.fits) for cell in (cpu, gpu) if cell.timings) >= LEAST_REPEATS
    ]


def on_the_most_rows(found: list[Pair]) -> list[Pair]:
    """The pairs on the largest size that any pair has."""
    most = max((pair.rows for pair in found), default=0)
    return [pair for pair in found if pair.rows == most]


def crossover_of(
    run: BenchmarkRun, workload: Workload, one: Series, kind: Kind
) -> Crossover | None:
    """Where a GPU passes the CPU at a workload, from pairs that may be compared."""
    return crossover(
        {
            pair.rows: _both(pair.cpu, pair.gpu, kind)
            for pair in pairs(run, kind, workload)
            if pair.gpu.device_requested == one.device and pair.verdict not in ("noisy", "unequal")
        }
    )


def comparable(cpu: Cell, gpu: Cell) -> bool:
    """Whether the models are equally good and nobody else used the machine."""
    return _faults(cpu, gpu) is None


def missing(run: BenchmarkRun, workload: Workload) -> Iterator[Cell]:
    """The cells of a workload without a time, by device and rows."""
    found = (c for c in run.cells if c.workload == workload.name and c.timings is None)
    yield from sorted(found, key=lambda cell: (cell.device_requested, cell.rows))


def _pair(workload: Workload, cpu: Cell, gpu: Cell, kind: Kind) -> Pair:
    ratio = speed_up(*_both(cpu, gpu, kind))
    return Pair(workload, gpu.rows, cpu, gpu, ratio, _verdict(cpu, gpu, ratio))


def _both(cpu: Cell, gpu: Cell, kind: Kind) -> tuple[tuple[float, ...], tuple[float, ...]]:
    assert cpu.timings is not None
    assert gpu.timings is not None
    return repeats(cpu.timings, kind), repeats(gpu.timings, kind)


def _verdict(cpu: Cell, gpu: Cell, ratio: Ratio) -> Verdict:
    if (fault := _faults(cpu, gpu)) is not None:
        return fault
    if not ratio.clear:
        return "unclear"
    return "faster" if ratio.value > 1 else "slower"


def _faults(cpu: Cell, gpu: Cell) -> Literal["unequal", "noisy"] | None:
    """Why nothing may be claimed of two cells, whatever their times."""
    if cpu.quality is None or gpu.quality is None or not equally_good(cpu.quality, gpu.quality):
        return "unequal"
    return "noisy" if cpu.noisy or gpu.noisy else None
