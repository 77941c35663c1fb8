"""Where the time of one training goes, from the start of a script to the model on the host."""

from statistics import median
from typing import Literal

from store.benchmark_run import Timings

PHASES = (
    "Import",
    "Start of the device",
    "Rows to the device",
    "Training",
    "Extra of the first training",
    "Model back",
)
Kind = Literal["whole", "fit", "first"]


def phases(timings: Timings) -> tuple[float, ...]:
    """The seconds of ``PHASES``, in order: those of a script that trains once.

    Training is the median of the repeats; the extra is what the first one took longer.
    """
    training = median(timings.fits)
    return (
        timings.import_,
        timings.context,
        timings.to_device,
        training,
        max(timings.cold_fit - training, 0.0),
        timings.back,
    )


def repeats(timings: Timings, kind: Kind) -> tuple[float, ...]:
    """Seconds of each repeat.

    ``fit`` is the training alone, ``whole`` has the way of the rows to the device and of the model
    back in it, and ``first`` is the one run of a fresh process, import and all.
    """
    if kind == "first":
        return (timings.import_ + timings.context + timings.cold_fit + _way(timings),)
    way = _way(timings) if kind == "whole" else 0.0
    return tuple(fit + way for fit in timings.fits)


def training_share(timings: Timings) -> float:
    """The part of a whole script that is training, from 0 to 1: Amdahl's p."""
    each = phases(timings)
    return each[PHASES.index("Training")] / sum(each)


def amdahl(share: float, speed_up: float) -> float:
    """How many times as fast a script is whose ``share`` is sped up so (Amdahl, 1967)."""
    return 1 / ((1 - share) + share / speed_up)


def _way(timings: Timings) -> float:
    return timings.to_device + timings.back
