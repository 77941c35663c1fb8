"""k nearest neighbours by brute force: fitting is nothing, so 2,000 queries belong to the fit."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.intel import did_it_itself
from pipeline.benchmark.job import Job, Way, Workload, accuracy
from store.benchmark_data import Data
from store.benchmark_run import Device, Flag

QUERIES = 2_000
FLAGS: dict[str, Flag] = {"n_neighbors": 15, "algorithm": "brute"}


def _job(estimator: Any, checked: Callable[[Any], Any] = lambda model: model) -> Job:
    def fit(data: Data) -> Any:
        model = checked(estimator(**FLAGS).fit(data.train.x, data.train.y))
        return np.asarray(model.predict(data.held_out.x[:QUERIES]))

    return Job(fit=fit, score=accuracy)


def make(device: Device) -> Job:
    """With scikit-learn, on all cores."""
    from sklearn.neighbors import KNeighborsClassifier

    return _job(KNeighborsClassifier)


def make_intel(device: Device) -> Job:
    """With scikit-learn-intelex."""
    from sklearnex.neighbors import KNeighborsClassifier

    return _job(KNeighborsClassifier, did_it_itself)


WORKLOAD = Workload(
    "nearest_neighbours",
    "15 nearest neighbours by brute force, 2,000 queries",
    {**FLAGS, "queries": QUERIES},
    {"cpu": (Way("scikit-learn", ("sklearn",), make),), "cuda": (through_cuml(make),)},
    second=Way("scikit-learn-intelex", ("sklearnex",), make_intel),
    full_sizes=(1_000, 10_000, 100_000),
)
