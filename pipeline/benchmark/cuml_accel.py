"""scikit-learn's estimators on an NVIDIA GPU, unchanged, where cuML is installed.

cuML decides call by call, and leaves what it cannot do to scikit-learn without a word. Its own
profile tells which calls those were, so no fit on the CPU passes for one on the GPU.
"""

from collections.abc import Callable
from typing import Any

from pipeline.benchmark.job import Job, Way
from store.benchmark_run import Device

PACKAGES = ("cuml", "sklearn")


def through_cuml(make: Callable[[Device], Job]) -> Way:
    """The way of a job made for the CPU, through cuML's accelerator."""

    def accelerated(device: Device) -> Job:
        import cuml.accel

        cuml.accel.install()  # before scikit-learn is imported
        job, used = make(device), set[Device]()

        def fit(loaded: Any) -> Any:
            with cuml.accel.profile(quiet=True) as calls:
                model = job.fit(loaded)
            stats = calls.method_calls.values()
            on_gpu = bool(stats) and not any(one.cpu_calls for one in stats)
            used.add("cuda" if on_gpu else "cpu")
            return model

        def ran_on(_: Any) -> Device:
            return "cuda" if used == {"cuda"} else "cpu"

        return job._replace(fit=fit, ran_on=ran_on, transfer="inside")

    return Way("cuML", PACKAGES, accelerated)
