"""CatBoost, which raises where it has no GPU."""

from typing import Any

from pipeline.benchmark.job import Job, Way, Workload, accuracy_of
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {"iterations": 100, "depth": 6, "random_seed": 0}


def make(device: Device) -> Job:
    """On the CPU or an NVIDIA GPU."""
    from catboost import CatBoostClassifier

    where = "CPU" if device == "cpu" else "GPU"
    silent = {"verbose": False, "allow_writing_files": False}

    def fit(data: Any) -> Any:
        model = CatBoostClassifier(**FLAGS, **silent, task_type=where)
        return model.fit(data.train.x, data.train.y)

    return Job(
        fit=fit,
        score=accuracy_of,
        ran_on=lambda _: device,  # it raises rather than fall back
        transfer="none" if device == "cpu" else "inside",
    )


CATBOOST = Way("CatBoost", ("catboost",), make)
WORKLOAD = Workload(
    "catboost",
    "CatBoost, 100 trees of depth 6",
    FLAGS,
    {"cpu": (CATBOOST,), "cuda": (CATBOOST,)},
    optional=True,
)
