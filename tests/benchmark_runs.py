"""Benchmark runs for tests. They are invented, and say so unless a test needs one that is not."""

from datetime import UTC, datetime

from store.benchmark_data import data_hash
from store.benchmark_run import BenchmarkRun, Cell, Machine, Memory, Quality, Timings, sealed

SEED = 3
MOMENT = datetime(2026, 11, 1, 12, tzinfo=UTC)
GPU = {"kind": "cuda", "name": "Test GPU", "memory_bytes": 16 * 2**30, "driver": "1.0"}


def timings(fit: float = 0.1, **changes) -> Timings:
    """Five fits of about so many seconds."""
    given = {
        "import_": 1.0,
        "context": 0.0,
        "to_device": 0.0,
        "cold_fit": 1.5 * fit,
        "fits": tuple(fit * share for share in (1.0, 1.02, 0.98, 1.01, 0.99)),
        "back": 0.0,
        "transfer": "none",
        "busy": (0.0,) * 5,
    }
    return Timings(**given | changes)


def cell(workload: str = "xgboost", rows: int = 1_000, device: str = "cpu", **changes) -> Cell:
    """A measured cell, or one of another status with its reason."""
    measured = changes.get("status", "measured") == "measured"
    given = {
        "workload": workload,
        "title": workload.replace("_", " ").capitalize(),
        "rows": rows,
        "columns": 13,
        "device_requested": device,
        "device_effective": device if measured else None,
        "status": "measured",
        "library": "XGBoost",
        "library_version": "3.2.0",
    }
    if measured:
        given |= {
            "timings": timings(rows / 1e4),
            "quality": Quality(metric="accuracy", value=0.9, rows=10_000),
            "memory": Memory(peak_ram=2 * 10**8),
            "data_sha256": data_hash(SEED, rows),
        }
    return Cell(**given | changes)


def machine(**changes) -> Machine:
    """A machine of two cores without a GPU."""
    given = {
        "cpu": "Test CPU",
        "architecture": "x86_64",
        "cores": 2,
        "memory_bytes": 8 * 2**30,
        "accelerators_note": "No NVIDIA GPU found",
        "system": "Linux 6.1",
        "python": "3.11.7",
        "packages": {"xgboost": "3.2.0"},
        "threads": 2,
        "blas": ("openblas 0.3.31",),
        "omp_wait_policy": "PASSIVE",
    }
    return Machine(**given | changes)


def run(*cells: Cell, **changes) -> BenchmarkRun:
    """An invented run of these cells, with the hash that it should have."""
    given = {
        "created": MOMENT,
        "software": {"python": "3.11.7"},
        "id": "20261101T120000Z-abcdef",
        "harness": 1,
        "machine": machine(),
        "seed": SEED,
        "started": MOMENT,
        "finished": MOMENT,
        "cells": cells or (cell(), cell(rows=10_000)),
        "fixture": True,
        "content_sha256": "0" * 64,
    }
    return sealed(BenchmarkRun(**given | changes))
