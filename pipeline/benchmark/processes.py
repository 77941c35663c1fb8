"""The process of a workload on a device: started, heard, and ended when its time is up."""

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from pipeline import REPOSITORY
from pipeline.benchmark.fingerprint import SPINS, WAIT_POLICY, threads
from pipeline.benchmark.registry import BY_NAME
from pipeline.benchmark.worker import Order

THREADS = ("OMP_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
BLAS_THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
PATIENCE_SECONDS = 5


class Ended(Exception):
    """The process ended before it told of every size: ``reason`` says why.

    ``cut_off`` is whether its time was up.
    """

    def __init__(self, reason: str, *, cut_off: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cut_off = cut_off


def environment(order: Order) -> dict[str, str]:
    """What the process is told before any library is imported."""
    count = threads()
    linear_algebra = BY_NAME[order.workload].blas_threads or count
    return {
        **os.environ,
        **dict.fromkeys(THREADS, str(count)),
        **dict.fromkeys(BLAS_THREADS, str(linear_algebra)),
        "OMP_WAIT_POLICY": WAIT_POLICY,
        "GOMP_SPINCOUNT": str(SPINS),
        "SCIPY_ARRAY_API": "1",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",  # as NVML counts them
    }


def run_fresh(order: Order, seconds: float) -> Iterator[dict[str, Any]]:
    """Run an order in a fresh process, and give what it tells of each size.

    Args:
        order: What it does.
        seconds: After which it is ended.

    Raises:
        Ended: It told of fewer sizes than it was given.
    """
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.benchmark.worker"],
            cwd=REPOSITORY,
            env=environment(order),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        start, told = time.monotonic(), 0
        alarm = threading.Timer(seconds, process.kill)
        alarm.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it ended at once, which is told below
                process.stdin.write(json.dumps(dataclasses.asdict(order)).encode())
                process.stdin.close()
            for line in process.stdout:
                told += 1
                yield json.loads(line)
            process.wait(PATIENCE_SECONDS)
        finally:
            alarm.cancel()
            process.kill()
            process.wait()
            process.stdout.close()
        if told < len(order.sizes):
            cut_off = time.monotonic() - start >= seconds
            log.seek(0)
            text = log.read().decode(errors="replace")
            raise Ended(_why(text, process.returncode, seconds, cut_off), cut_off=cut_off)


def _why(log: str, code: int, seconds: float, cut_off: bool) -> str:
    """Why a process ended. The text of its error may hold paths, and stays here."""
    if cut_off:
        return f"cut off after {seconds:,.0f} s"
    if code < 0:
        return f"ended by signal {-code}"
    said = [line for line in log.splitlines() if line and not line.startswith((" ", "\t"))]
    return said[-1].split(":")[0].rsplit(".", 1)[-1][:80] if said else f"exit code {code}"
