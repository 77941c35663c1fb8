"""A cell: one workload on so many rows, every phase timed.

The processor is waited for right before a clock is read, at the start of a phase and at its end.
Fits after the first are on fresh estimators, with the garbage of the last one collected before.
"""

import gc
import os
import time
from collections.abc import Callable
from math import log
from typing import Any, NamedTuple

from pipeline.benchmark.devices import Processor
from pipeline.benchmark.job import Job, Score
from pipeline.benchmark.nvml import GpuMeter, PeakMemory, watched
from pipeline.engines.meter import busy_seconds
from store.benchmark_data import Data
from store.benchmark_run import LEAST_REPEATS, Device

MOST_REPEATS = 30  # a short fit is repeated until the fits took ENOUGH_SECONDS, or so often
ENOUGH_SECONDS = 0.5
NOISY_SHARE = 0.1  # of all cores, kept busy by others
LEAST_NOISE_SECONDS = 0.03  # CPU time is counted in ticks of a hundredth of a second
LEAST_ENERGY_SECONDS = 1.0  # the counter of a GPU moves a few times a second


class Fits(NamedTuple):
    """The warm fits: seconds of each, the share of the cores that others kept busy in each, and
    whether that is too much; and the joules of all, where the GPU tells."""

    seconds: list[float]
    busy: list[float]
    noisy: bool
    joules: float | None


class Measured(NamedTuple):
    """What a cell found. Seconds, bytes and joules."""

    to_device: float
    cold_fit: float
    fits: Fits
    back: float
    score: Score
    peak_ram: int
    peak_vram: int | None


class FellBack(Exception):
    """The fit ran elsewhere than asked."""

    def __init__(self, device: Device) -> None:
        super().__init__(device)
        self.device = device


class TooSlow(Exception):
    """The fits so far say that all of them would take so many seconds, beyond the limit."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


def timed(processor: Processor, work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that work took until the processor had none left, and what it gave."""
    processor.synchronise()
    start = time.perf_counter()
    result = work()
    processor.synchronise()
    return time.perf_counter() - start, result


def measure(
    job: Job,
    device: Device,
    processor: Processor,
    data: Data,
    *,
    limit_seconds: float,
    meter: GpuMeter,
    vram_before: int | None = None,
) -> Measured:
    """Measure a job on the data.

    Args:
        job: What is done.
        device: Where it should be done.
        processor: What is waited for.
        data: What it learns from, and what it is judged on.
        limit_seconds: For all fits together.
        meter: Tells of a GPU.
        vram_before: The GPU's memory in use before this process had any.

    Raises:
        FellBack: The first fit ran on another device.
        TooSlow: The fits would not keep to the limit.
    """
    to_device, loaded = timed(processor, lambda: job.load(data))
    peak = PeakMemory(meter, vram_before)
    with watched(peak):
        cold_fit, model = timed(processor, lambda: job.fit(loaded))
    if (used := job.ran_on(model)) != device:
        raise FellBack(used)
    if 2 * cold_fit > limit_seconds:
        raise TooSlow(cold_fit * (1 + LEAST_REPEATS))
    del model
    fits, model = _fits(job, processor, loaded, meter, limit_seconds - cold_fit)
    if (used := job.ran_on(model)) != device:
        raise FellBack(used)
    back, fitted = timed(processor, lambda: job.back(model))
    return Measured(
        to_device=to_device if job.transfer == "separate" else 0.0,
        cold_fit=cold_fit,
        fits=fits,
        back=back if job.transfer == "separate" else 0.0,
        score=job.score(fitted, data),
        peak_ram=peak_ram(),
        peak_vram=peak.bytes,
    )


def _fits(
    job: Job, processor: Processor, loaded: Any, meter: GpuMeter, limit_seconds: float
) -> tuple[Fits, Any]:
    """Five fits or more, and the last model. Raises TooSlow.

    A first fit may load and compile what later ones find, so the second tells how long they take.
    """
    seconds: list[float] = []
    others: list[float] = []
    joules_before, model = meter.joules(), None
    while len(seconds) < LEAST_REPEATS or (
        sum(seconds) < ENOUGH_SECONDS and len(seconds) < MOST_REPEATS
    ):
        model = None  # a fresh estimator starts without the last one's memory
        gc.collect()
        busy, own = busy_seconds(), time.process_time()
        took, model = timed(processor, lambda: job.fit(loaded))
        seconds.append(took)
        if (needed := LEAST_REPEATS * min(seconds)) > limit_seconds:
            raise TooSlow(needed)
        others.append(busy_seconds() - busy - (time.process_time() - own))
    joules_after = meter.joules()
    joules = None
    if joules_before is not None and joules_after is not None:
        joules = joules_after - joules_before if sum(seconds) >= LEAST_ENERGY_SECONDS else None
    shares = [_share(other, took) for other, took in zip(others, seconds, strict=True)]
    return Fits(seconds, shares, _is_noisy(shares, others, seconds), joules), model


def _share(others: float, seconds: float) -> float:
    """The share of all cores that others kept busy; 0 where ticks cannot tell it from nothing."""
    if others <= LEAST_NOISE_SECONDS or seconds <= 0:
        return 0.0
    return min(1.0, others / (seconds * (os.cpu_count() or 1)))


def _is_noisy(shares: list[float], others: list[float], seconds: list[float]) -> bool:
    """In a third of the fits, or in all of them together, where each alone is too short to tell."""
    loud = sum(share > NOISY_SHARE for share in shares)
    return 3 * loud >= len(shares) or _share(sum(others), sum(seconds)) > NOISY_SHARE


def predicted(sizes: list[int], seconds: list[float], rows: int) -> float:
    """Seconds of a fit on more rows: the line through the last two sizes, both axes logarithmic.

    From one size alone they grow with the rows. Time does not fall with rows, nor does it grow
    faster than their square.
    """
    if len(sizes) < 2:
        return seconds[-1] * rows / sizes[-1]
    slope = log(seconds[-1] / seconds[-2]) / log(sizes[-1] / sizes[-2])
    return float(seconds[-1] * (rows / sizes[-1]) ** min(2.0, max(0.0, slope)))


def peak_ram() -> int:
    """The most memory that this process had so far, in bytes."""
    try:
        # What getrusage tells on Linux includes the process that started this one.
        with open("/proc/self/status", encoding="ascii") as status:
            line = next(line for line in status if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        return _peak_elsewhere()


def _peak_elsewhere() -> int:
    """The same on a Mac or Windows."""
    import psutil

    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):
        return int(memory.peak_wset)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
