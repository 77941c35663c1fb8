"""A fresh process for one workload on one device: ``python -m pipeline.benchmark.worker``.

It reads an order from standard input, and writes a line of JSON for each size to standard output
as soon as it is done. What libraries print goes to standard error.
"""

import dataclasses
import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any, TextIO

from pipeline.benchmark.devices import NoDevice, Processor, processor
from pipeline.benchmark.job import Job, Way
from pipeline.benchmark.nvml import GpuMeter, nvidia_meter
from pipeline.benchmark.protocol import FellBack, Measured, TooSlow, measure, predicted
from pipeline.benchmark.registry import BY_NAME
from store.benchmark_data import make_data
from store.benchmark_run import LEAST_REPEATS, Device, Status

Told = dict[str, Any]  # what a cell holds, beside what its order says


@dataclasses.dataclass(frozen=True)
class Order:
    """What a process is to do: sizes ascending, each within ``cell_seconds``."""

    workload: str
    device: Device
    second: bool
    sizes: list[int]
    seed: int
    cell_seconds: float


@dataclasses.dataclass(frozen=True)
class Ready:
    """A job on its processor, and what it took to get there."""

    job: Job
    processor: Processor
    meter: GpuMeter
    vram_before: int | None
    import_seconds: float
    context_seconds: float
    no_device: str | None


def main(order: Order, told: TextIO) -> None:
    """Measure every size, and tell of each."""
    way = BY_NAME[order.workload].way(order.device, second=order.second)
    ready = _made_ready(way, order)
    for cell in _cells(ready, order):
        told.write(json.dumps({"library_version": _version(way), **cell}) + "\n")
        told.flush()


def _made_ready(way: Way, order: Order) -> Ready:
    """Import, then wake the device; a library that trains without it is found out later."""
    meter = nvidia_meter() if order.device == "cuda" else GpuMeter()
    vram_before = meter.used_bytes()
    start = time.perf_counter()
    job = way.make(order.device)
    imported = time.perf_counter()
    device, no_device = processor(order.device), None
    try:
        device.open()
    except NoDevice as error:
        no_device = str(error)
    opened = time.perf_counter()
    gc.collect()
    gc.freeze()  # what a library has loaded stays; to look it through before every fit takes time
    return Ready(job, device, meter, vram_before, imported - start, opened - imported, no_device)


def _cells(ready: Ready, order: Order) -> Iterator[Told]:
    """What came of each size; what kept one from being measured holds for the larger ones too."""
    sizes: list[int] = []
    seconds: list[float] = []
    stop: Told | None = None
    for rows in order.sizes:
        if stop is None and len(sizes) > 1:  # one size says nothing of what a fit takes anyway
            needed = predicted(sizes, seconds, rows) * (1 + LEAST_REPEATS)
            if needed > order.cell_seconds:
                stop = _not_measured(
                    "skipped_budget", f"by the smaller sizes it would take about {needed:,.0f} s"
                )
        cell = stop or _cell(ready, order, rows)
        if cell["status"] == "measured":
            sizes.append(rows)
            seconds.append(min(cell["timings"]["fits"]))  # others disturbed it least
        else:
            stop = cell
        yield {"rows": rows, **cell}


def _cell(ready: Ready, order: Order, rows: int) -> Told:
    """Measure a size, or say why not."""
    data = make_data(order.seed, rows)
    try:
        found = measure(
            ready.job,
            order.device,
            ready.processor,
            data,
            limit_seconds=order.cell_seconds,
            meter=ready.meter,
            vram_before=ready.vram_before,
        )
    except TooSlow as error:
        return _not_measured("skipped_budget", f"the fits would take about {error.seconds:,.0f} s")
    except FellBack as error:
        why = f"it trained on the {error.device} without a word, as its model says"
        said = f"{ready.no_device}; {why}" if ready.no_device else why
        return _not_measured("fell_back", said, error.device)
    except Exception as error:  # whatever a library raises: the other cells are measured
        if ready.no_device:
            return _not_measured("fell_back", ready.no_device)
        # Its text may hold paths, and stays here.
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return _not_measured("failed", type(error).__name__)
    return {"data_sha256": data.sha256, **_told(found, ready, order.device)}


def _not_measured(status: Status, reason: str, used: Device | None = None) -> Told:
    return {"status": status, "reason": reason, "device_effective": used}


def _told(found: Measured, ready: Ready, device: Device) -> Told:
    """A measured cell; microseconds are as fine as these clocks are."""
    fits = found.fits
    return {
        "status": "measured",
        "device_effective": device,
        "timings": {
            "import_": round(ready.import_seconds, 6),
            "context": round(ready.context_seconds, 6),
            "to_device": round(found.to_device, 6),
            "cold_fit": round(found.cold_fit, 6),
            "fits": [round(seconds, 6) for seconds in fits.seconds],
            "back": round(found.back, 6),
            "transfer": ready.job.transfer,
            "busy": [round(share, 3) for share in fits.busy],
        },
        "noisy": fits.noisy,
        "quality": found.score._asdict(),
        "memory": {"peak_ram": found.peak_ram, "peak_vram": found.peak_vram},
        "energy_joules": None if fits.joules is None else round(fits.joules, 3),
    }


def _version(way: Way) -> str:
    """The version of the way's library, and of those that it works on."""
    versions = [str(getattr(sys.modules.get(name), "__version__", "")) for name in way.packages]
    named = [f"{name} {found}" for name, found in zip(way.packages[1:], versions[1:], strict=True)]
    return ", ".join([versions[0], *named])


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        main(Order(**json.load(sys.stdin)), out)
