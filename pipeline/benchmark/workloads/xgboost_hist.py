"""XGBoost with histograms: the same code on both devices, told by one parameter.

Without a GPU it trains on the CPU, succeeds, and still says ``cuda`` when asked for its
parameters; only the configuration of the trained booster tells the truth.
"""

import json
from typing import Any

from pipeline.benchmark.job import Job, Way, Workload, accuracy_of
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {
    "n_estimators": 100,
    "max_depth": 6,
    "learning_rate": 0.1,
    "tree_method": "hist",
}


def make(device: Device) -> Job:
    """On the CPU or an NVIDIA GPU."""
    from xgboost import XGBClassifier

    def fit(data: Any) -> Any:
        return XGBClassifier(**FLAGS, device=device, verbosity=0).fit(data.train.x, data.train.y)

    def ran_on(model: Any) -> Device:
        settings = json.loads(model.get_booster().save_config())
        used: str = settings["learner"]["generic_param"]["device"]
        return "cuda" if used.startswith("cuda") else "cpu"

    return Job(
        fit=fit,
        score=accuracy_of,
        ran_on=ran_on,
        transfer="none" if device == "cpu" else "inside",
    )


XGBOOST = Way("XGBoost", ("xgboost",), make)
WORKLOAD = Workload(
    "xgboost",
    "XGBoost, 100 trees of depth 6",
    FLAGS,
    {"cpu": (XGBOOST,), "cuda": (XGBOOST,)},
)
