"""What NVIDIA's driver tells of a GPU: its name, its memory, and the energy that it took."""

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Any

from store.benchmark_run import Accelerator

PAUSE_SECONDS = 0.01
NOT_INSTALLED = "No NVIDIA GPU was looked for: the package nvidia-ml-py is not installed"


def nvidia_gpus() -> tuple[tuple[Accelerator, ...], str]:
    """The GPUs of this machine, and what there is to say about them."""
    try:
        import pynvml
    except ModuleNotFoundError:
        return (), NOT_INSTALLED
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return (), f"No NVIDIA GPU found: {error}"
    driver = _text(pynvml.nvmlSystemGetDriverVersion())
    found = []
    for index in range(pynvml.nvmlDeviceGetCount()):
        handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        memory = int(pynvml.nvmlDeviceGetMemoryInfo(handle).total)
        name = _text(pynvml.nvmlDeviceGetName(handle))
        found.append(Accelerator(kind="cuda", name=name, memory_bytes=memory, driver=driver))
    pynvml.nvmlShutdown()
    if not found:
        return (), "No NVIDIA GPU found: the driver lists none"
    return tuple(found), "The NVIDIA driver lists these; a run uses the first that is visible"


def _text(said: str | bytes) -> str:
    return said.decode(errors="replace") if isinstance(said, bytes) else said


class GpuMeter:
    """Memory and energy of a GPU; None where there is none, or where it does not tell.

    Args:
        nvml: The package ``pynvml``, its library loaded, or what stands in for it in a test.
        index: The number of the GPU.
    """

    def __init__(self, nvml: Any = None, index: int = 0) -> None:
        self._nvml = nvml
        self._handle = None if nvml is None else nvml.nvmlDeviceGetHandleByIndex(index)

    def used_bytes(self) -> int | None:
        """The memory that is in use, by whomever."""
        if self._handle is None:
            return None
        return int(self._nvml.nvmlDeviceGetMemoryInfo(self._handle).used)

    def joules(self) -> float | None:
        """The energy since the driver was loaded; a GPU older than Volta does not tell."""
        if self._handle is None:
            return None
        try:
            return float(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / 1000
        except self._nvml.NVMLError:
            return None


def nvidia_meter() -> GpuMeter:
    """The meter of the GPU that a run uses; one that tells nothing where there is none."""
    try:
        import pynvml

        pynvml.nvmlInit()
        return GpuMeter(pynvml, first_visible())
    except ModuleNotFoundError:
        return GpuMeter()
    except pynvml.NVMLError:
        return GpuMeter()


def first_visible() -> int:
    """The number of the GPU that CUDA calls 0, with its devices in the order of NVML's."""
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "").partition(",")[0].strip()
    return int(first) if first.isdecimal() else 0


class PeakMemory:
    """The most that the memory in use rose above what it was at first; None where unknown."""

    def __init__(self, meter: GpuMeter, before: int | None) -> None:
        self._meter, self._before, self._most = meter, before, 0

    def look(self) -> None:
        """Take a sample."""
        used = self._meter.used_bytes()
        if used is not None and self._before is not None:
            self._most = max(self._most, used - self._before)

    @property
    def bytes(self) -> int | None:
        """What was seen so far."""
        return None if self._before is None else self._most


@contextlib.contextmanager
def watched(peak: PeakMemory) -> Iterator[None]:
    """Look again and again until the end of the block; not at all where there is nothing to see."""
    if peak.bytes is None:
        yield
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(PAUSE_SECONDS):
            peak.look()

    thread = threading.Thread(target=watch, name="gpu-memory", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        peak.look()
