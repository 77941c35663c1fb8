"""The processors: how each is woken, and how it is waited for.

A GPU works on by itself after a call returns, so a clock that is read without waiting measures
how fast work was ordered. NVIDIA's is asked through the driver itself, whatever library works on
it: all of them share the primary context of a device.
"""

import ctypes
import ctypes.util
import sys
from typing import Any, Protocol

from store.benchmark_run import Device
from store.errors import CellarError

CUDA_LIBRARY = "nvcuda" if sys.platform == "win32" else "libcuda.so.1"


class NoDevice(CellarError):
    """The machine has no such device, or its driver does not work."""


class Processor(Protocol):
    """What a library works on."""

    def open(self) -> None:
        """Make it ready. Raises NoDevice."""

    def synchronise(self) -> None:
        """Return when it has no work left."""


class Host:
    """The CPU, which has done its work when a call returns."""

    def open(self) -> None:
        """It is ready."""

    def synchronise(self) -> None:
        """It has done its work."""


class Cuda:
    """The first NVIDIA GPU that is visible. ``driver`` stands in for CUDA's library in a test."""

    def __init__(self, driver: Any = None) -> None:
        self._driver = driver
        self._is_open = False

    def open(self) -> None:
        """Make the primary context, as a CUDA library does on its first call. Raises NoDevice."""
        if self._driver is None:
            try:
                self._driver = ctypes.CDLL(CUDA_LIBRARY)
            except OSError:
                raise NoDevice("No GPU found: there is no NVIDIA driver here") from None
        device, context = ctypes.c_int(), ctypes.c_void_p()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", ctypes.byref(device), 0)
        self._call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
        self._call("cuCtxSetCurrent", context)
        self._is_open = True

    def synchronise(self) -> None:
        """Wait for the whole device; nothing to wait for where there is none."""
        if self._is_open:
            self._call("cuCtxSynchronize")

    def _call(self, name: str, *arguments: Any) -> None:
        code = getattr(self._driver, name)(*arguments)
        if code:
            raise NoDevice(f"No GPU found: {name} of the NVIDIA driver gave error {code}")


class Mps:
    """The GPU of an Apple chip, through PyTorch, the one library here that works on it."""

    def open(self) -> None:
        """Ask for it. Raises NoDevice."""
        import torch

        if not torch.backends.mps.is_available():
            raise NoDevice("No GPU found: PyTorch sees no Apple GPU here")
        torch.zeros(1, device="mps")
        self.synchronise()

    def synchronise(self) -> None:
        """Wait for the whole device."""
        import torch

        if torch.backends.mps.is_available():
            torch.mps.synchronize()


def processor(device: Device) -> Processor:
    """The processor of this name."""
    if device == "cpu":
        return Host()
    return Cuda() if device == "cuda" else Mps()
