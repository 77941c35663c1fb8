"""What a workload is. A new one is twenty lines in ``workloads`` and a line in ``registry``.

Nothing heavy is imported here or where workloads are declared: a library is imported by the
``make`` of the way that uses it, in a process of its own, and that is timed.
"""

import importlib.util
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, Literal, NamedTuple

import numpy as np

from store.benchmark_data import Data, Labels
from store.benchmark_run import Device, Flag

Transfer = Literal["separate", "inside", "none"]
DEFAULT_SIZES = (1_000, 10_000, 100_000)


class Score(NamedTuple):
    """How good a model is on so many rows that it was not fitted on."""

    metric: Literal["accuracy", "inertia", "explained_variance"]
    value: float
    rows: int


class Job(NamedTuple):
    """What one library does on one device. All of it must be done when a function returns, or
    when the device was waited for.

    Args:
        fit: Rows as ``load`` left them -> a fitted model; each call makes a fresh estimator.
        score: What ``back`` gave, and the data -> its quality.
        ran_on: The device that the fit really used, as the model or the library tells it.
        load: Takes the data to the device; nothing moves unless it says so.
        back: Takes what a prediction needs from the device.
        transfer: Whether rows move in ``load``, inside ``fit``, or not at all.
    """

    fit: Callable[[Any], Any]
    score: Callable[[Any, Data], Score]
    ran_on: Callable[[Any], Device] = lambda _: "cpu"
    load: Callable[[Data], Any] = lambda data: data
    back: Callable[[Any], Any] = lambda model: model
    transfer: Transfer = "none"


class Way(NamedTuple):
    """A library that can do a workload on a device.

    Args:
        library: What it is called.
        packages: What has to be importable; the version of the first is the library's.
        make: A device -> its job. Imports the library.
        sklearn: The oldest scikit-learn that can do it.
    """

    library: str
    packages: tuple[str, ...]
    make: Callable[[Device], Job]
    sklearn: tuple[int, int] = (1, 0)

    def missing(self) -> list[str]:
        """The packages that are not installed, or are too old."""
        missing = [name for name in self.packages if importlib.util.find_spec(name) is None]
        if "sklearn" in self.packages and not missing:
            here = metadata.version("scikit-learn").split(".")
            if (int(here[0]), int(here[1])) < self.sklearn:
                missing.append(f"scikit-learn {self.sklearn[0]}.{self.sklearn[1]} or newer")
        return missing


class Workload(NamedTuple):
    """A task that every way does with the same settings.

    Args:
        name: Its id.
        title: What people call it.
        flags: The settings, as the result tells them.
        on: The ways by device, the preferred first; the first that is installed is used.
        second: A second way on the CPU, so that the first is no straw man.
        sizes, full_sizes: Rows, ascending; the second with ``--full``.
        blas_threads: For linear algebra, where more would spin on tiny matrices.
        optional: Only where it is installed, with ``--full`` or when asked for by name.
    """

    name: str
    title: str
    flags: Mapping[str, Flag]
    on: Mapping[Device, tuple[Way, ...]]
    second: Way | None = None
    sizes: tuple[int, ...] = DEFAULT_SIZES
    full_sizes: tuple[int, ...] = (*DEFAULT_SIZES, 1_000_000)
    blas_threads: int | None = None
    optional: bool = False

    def way(self, device: Device, *, second: bool = False) -> Way:
        """The way that is used; one with missing packages where none is installed."""
        ways = (self.second,) if second and self.second else self.on[device]
        return next((way for way in ways if not way.missing()), ways[0])


def accuracy(predicted: Labels, data: Data) -> Score:
    """The share of held-out rows, from the first on, whose label was predicted."""
    rows = len(predicted)
    return Score("accuracy", float(np.mean(predicted == data.held_out.y[:rows])), rows)


def accuracy_of(model: Any, data: Data) -> Score:
    """The same of a model with ``predict``, on all held-out rows."""
    return accuracy(np.asarray(model.predict(data.held_out.x)), data)
