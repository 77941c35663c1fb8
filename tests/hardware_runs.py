"""Benchmark runs for tests. Whatever is invented says so: ``fixture=True``, which no page shows.

``every_state()`` has every state that a chart can have: see ``STATES``.
"""

from typing import Any

from store.benchmark_data import data_hash
from store.benchmark_run import (
    Accelerator,
    BenchmarkRun,
    Cell,
    Machine,
    Memory,
    Quality,
    Timings,
    sealed,
)
from tests.builders import CREATED

ID = "20261101T120000Z-abcdef"
SKEWED = (1.0, 1.01, 1.02, 1.04, 1.11)  # repeats as a machine gives them, around 1.02
GPU = Accelerator(kind="cuda", name="NVIDIA Example 16", memory_bytes=16 * 2**30, driver="999.99")


def timings(seconds: float, *, repeats: tuple[float, ...] = SKEWED, **changes: Any) -> Timings:
    """Those of a workload whose training takes so long."""
    said: dict[str, Any] = {
        "import_": 0.8,
        "context": 0.0,
        "to_device": 0.0,
        "cold_fit": 1.3 * seconds,
        "fits": tuple(seconds * factor for factor in repeats),
        "back": 0.0,
        "transfer": "none",
        "busy": (0.0,) * len(repeats),
    }
    return Timings(**said | changes)


def cell(workload: str, rows: int, seconds: float | None, **changes: Any) -> Cell:
    """A cell of the CPU that took so long; with None, one that was not measured."""
    said: dict[str, Any] = {
        "workload": workload,
        "title": workload.replace("_", " ").capitalize(),
        "rows": rows,
        "columns": 13,
        "device_requested": "cpu",
        "device_effective": "cpu",
        "status": "measured",
        "library": "scikit-learn",
        "library_version": "1.9.1",
        "flags": {"seed": 0},
        "data_sha256": "0" * 64,
        "quality": Quality(metric="accuracy", value=0.93, rows=10_000),
        "memory": Memory(peak_ram=200 * 2**20),
    }
    if seconds is None:
        said |= {"status": "failed", "device_effective": None, "reason": "it ran out of memory"}
        said |= {"quality": None, "memory": None, "data_sha256": None}
    else:
        said["timings"] = timings(seconds)
    return Cell(**said | changes)


def on_gpu(workload: str, rows: int, seconds: float | None, **changes: Any) -> Cell:
    """The same on the GPU, with the ways there and back."""
    said: dict[str, Any] = {"device_requested": "cuda", "device_effective": "cuda"}
    if seconds is not None:
        said["timings"] = timings(
            seconds, context=1.4, to_device=rows * 2e-8, back=2e-4, transfer="separate"
        )
        said["memory"] = Memory(peak_ram=400 * 2**20, peak_vram=600 * 2**20)
    else:
        said["device_effective"] = None
    return cell(workload, rows, seconds, **said | changes)


def benchmark_run(*cells: Cell, gpu: bool = False, **changes: Any) -> BenchmarkRun:
    """A run with these cells; two sizes of one workload on the CPU without any."""
    said: dict[str, Any] = {
        "created": CREATED,
        "software": {"python": "3.11.7"},
        "id": ID,
        "harness": 1,
        "machine": machine(gpu=gpu),
        "seed": 0,
        "started": CREATED,
        "finished": CREATED,
        "overhead_share": 0.1,
        "cells": cells or (cell("trees", 1_000, 0.02), cell("trees", 10_000, 0.2)),
        "fixture": True,
        "content_sha256": "0" * 64,
    }
    return sealed(BenchmarkRun(**said | changes))


def machine(*, gpu: bool = False) -> Machine:
    """Two cores, and a GPU if asked."""
    return Machine(
        cpu="Example CPU",
        architecture="x86_64",
        cores=2,
        memory_bytes=8 * 2**30,
        accelerators=(GPU,) if gpu else (),
        accelerators_note="one found" if gpu else "No NVIDIA driver and no Apple GPU was found.",
        system="Linux 6.1",
        python="3.11.7",
        packages={"numpy": "2.4.6", "scikit-learn": "1.9.1"},
        threads=2,
        blas=("OpenBLAS 0.3.30",),
        omp_wait_policy="PASSIVE",
    )


def believable(**changes: Any) -> BenchmarkRun:
    """A run of the CPU that passes every check, of the very rows that its seed makes."""
    cells = [
        cell("trees", rows, seconds, data_sha256=data_hash(0, rows))
        for rows, seconds in ((1_000, 0.02), (10_000, 0.2))
    ]
    return benchmark_run(*cells, **{"fixture": False} | changes)


SIZES = (1_000, 10_000, 100_000)
CPU_SECONDS = {
    "boosted_trees": (0.06, 0.24, 1.2),
    "regression": (0.004, 0.03, 0.31),
    "components": (0.001, 0.0045, 0.04),
    "clusters": (0.01, 0.08, 0.7),
    "forest": (0.2, 2.1, 21.0),
    "neighbours": (0.02, 0.15, 1.4),
    "histograms": (0.1, 0.3, 1.5),
    "network": (0.1, 0.9, 8.0),
}
GPU_SECONDS = {
    "boosted_trees": (0.15, 0.19, 0.33),  # passes the CPU between two sizes
    "regression": (0.002, 0.004, 0.012),  # always faster
    "components": (0.012, 0.02, 0.09),  # always slower
    "clusters": (0.0099, 0.079, 0.69),  # no clear difference
    "forest": (0.05, 0.2, 1.1),  # not equally good
    "neighbours": (0.01, 0.03, 0.1),  # noisy
}
STATES = "faster, slower, unclear, unequal, noisy, crossed, fell back, skipped, failed, missing"


def every_state() -> BenchmarkRun:
    """A machine with a GPU and every state of every chart, invented."""
    cells = [
        cell(name, rows, seconds)
        for name, times in CPU_SECONDS.items()
        for rows, seconds in zip(SIZES, times, strict=True)
    ]
    worse = Quality(metric="accuracy", value=0.88, rows=10_000)
    changes: dict[str, dict[str, Any]] = {
        "forest": {"quality": worse},
        "neighbours": {"noisy": True},
    }
    cells += [
        on_gpu(name, rows, seconds, **changes.get(name, {}))
        for name, times in GPU_SECONDS.items()
        for rows, seconds in zip(SIZES, times, strict=True)
    ]
    another = {"second_baseline": True, "library": "scikit-learn-intelex"}
    cells += [
        cell("forest", rows, t / 6, **another) for rows, t in zip(SIZES, (0.2, 2, 21), strict=True)
    ]
    cells += [
        on_gpu("histograms", rows, None, status="fell_back", device_effective="cpu",
               reason="the library trained on the CPU instead")
        for rows in SIZES
    ]  # fmt: skip
    cells += [
        on_gpu("network", 1_000, 0.2),
        on_gpu("network", 10_000, None),
        on_gpu(
            "network", 100_000, None, status="skipped_budget", reason="it would take about 90 s"
        ),
        cell(
            "vectors", 1_000, None, status="skipped_missing", reason="thundersvm is not installed"
        ),
    ]
    return benchmark_run(*cells, gpu=True)


def cpu_only() -> BenchmarkRun:
    """A machine without a GPU; what was asked of one fell back or was not there."""
    cells = [
        cell(name, rows, seconds)
        for name, times in CPU_SECONDS.items()
        for rows, seconds in zip(SIZES, times, strict=True)
    ]
    return benchmark_run(*cells)
