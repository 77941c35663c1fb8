"""k-means from the same first centres everywhere, so that all devices do the same rounds."""

from typing import Any

import numpy as np

from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.job import Job, Score, Way, Workload
from store.benchmark_data import Data
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {"n_clusters": 8, "n_init": 1, "max_iter": 50, "tol": 0.0}


def make(device: Device) -> Job:
    """With scikit-learn, on all cores."""
    from sklearn.cluster import KMeans

    def fit(data: Data) -> Any:
        return KMeans(**FLAGS, init=data.train.x[: FLAGS["n_clusters"]]).fit(data.train.x)

    return Job(fit=fit, score=inertia)


def inertia(model: Any, data: Data) -> Score:
    """The mean squared distance of a held-out row to the nearest centre."""
    x, centres = data.held_out.x, np.asarray(model.cluster_centers_)
    distances = ((x[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return Score("inertia", float(distances.min(axis=1).mean()), len(x))


WORKLOAD = Workload(
    "k_means",
    "k-means, 8 clusters",
    FLAGS,
    {"cpu": (Way("scikit-learn", ("sklearn",), make),), "cuda": (through_cuml(make),)},
)
