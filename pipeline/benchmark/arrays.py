"""Rows as the arrays of another library, and scikit-learn's estimators on them (its array API).

``SCIPY_ARRAY_API`` has to be set before SciPy is imported; the worker does.
"""

from typing import Any, NamedTuple

import numpy as np

from store.benchmark_data import Data, Matrix
from store.benchmark_run import Device


class Loaded(NamedTuple):
    """Features and labels on a device."""

    x: Any
    y: Any


def load_torch(data: Data, device: Device) -> Loaded:
    """The rows as PyTorch's tensors on a device."""
    import torch

    x, y = (torch.from_numpy(part).to(device) for part in data.train)
    return Loaded(x, y)


def load_cupy(data: Data) -> Loaded:
    """The rows as CuPy's arrays on the GPU."""
    import cupy

    return Loaded(cupy.asarray(data.train.x), cupy.asarray(data.train.y))


def on_host(array: Any) -> Matrix:
    """An array of any of these libraries as NumPy's, on the host."""
    for name in ("cpu", "get"):  # PyTorch's way, and CuPy's
        if hasattr(array, name):
            return np.asarray(getattr(array, name)())
    return np.asarray(array)


def device_of(array: Any) -> Device:
    """Where an array is, by its own account."""
    name = str(getattr(array, "device", "cpu"))
    if name.startswith("mps"):
        return "mps"
    # CuPy's arrays are on a GPU always, and say so by a number.
    return "cuda" if name.startswith("cuda") or "CUDA" in name else "cpu"
