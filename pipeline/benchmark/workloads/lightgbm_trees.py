"""LightGBM. On a GPU it needs a build of its own, and says so where it has none."""

from typing import Any

from pipeline.benchmark.job import Job, Way, Workload, accuracy
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {"n_estimators": 100, "num_leaves": 63, "learning_rate": 0.1}


def make(device: Device) -> Job:
    """On the CPU or, with CUDA built in, an NVIDIA GPU."""
    from lightgbm import Booster, Dataset, train

    settings = {
        "objective": "binary",
        "num_leaves": FLAGS["num_leaves"],
        "learning_rate": FLAGS["learning_rate"],
        "device_type": device,
        "verbosity": -1,
    }

    def fit(data: Any) -> Booster:
        rows = Dataset(data.train.x, data.train.y)
        return train(settings, rows, num_boost_round=int(FLAGS["n_estimators"]))

    return Job(
        fit=fit,
        score=lambda model, data: accuracy(model.predict(data.held_out.x) > 0.5, data),
        ran_on=lambda _: device,  # it raises rather than fall back
        transfer="none" if device == "cpu" else "inside",
    )


LIGHTGBM = Way("LightGBM", ("lightgbm",), make)
WORKLOAD = Workload(
    "lightgbm",
    "LightGBM, 100 trees of 63 leaves",
    FLAGS,
    {"cpu": (LIGHTGBM,), "cuda": (LIGHTGBM,)},
    optional=True,
)
