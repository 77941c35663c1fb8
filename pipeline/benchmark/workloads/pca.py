"""Principal components by the covariance matrix, as scikit-learn does it by itself for many rows
of few columns: so little work that a GPU often loses.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pipeline.benchmark.arrays import Loaded, device_of, load_cupy, load_torch, on_host
from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.job import Job, Score, Way, Workload
from store.benchmark_data import Data, Matrix
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {"n_components": 5, "svd_solver": "covariance_eigh"}


class Plane(NamedTuple):
    """What a projection needs, on the host."""

    mean: Matrix
    components: Matrix


def plain(device: Device) -> Job:
    """On NumPy's arrays."""
    from sklearn.decomposition import PCA

    return Job(fit=lambda data: PCA(**FLAGS).fit(data.train.x), score=explained, back=_plane)


def on_arrays(load: Callable[[Data], Loaded]) -> Job:
    """On the arrays of another library."""
    from sklearn import config_context
    from sklearn.decomposition import PCA

    def fit(loaded: Loaded) -> Any:
        with config_context(array_api_dispatch=True):
            return PCA(**FLAGS).fit(loaded.x)

    return Job(
        fit=fit,
        score=explained,
        ran_on=lambda model: device_of(model.components_),
        load=load,
        back=_plane,
        transfer="separate",
    )


def explained(plane: Plane, data: Data) -> Score:
    """The share of the variance of held-out rows that lies in the plane."""
    centred = data.held_out.x - plane.mean
    inside = np.square(centred @ plane.components.T).sum(dtype=np.float64)
    share = inside / np.square(centred).sum(dtype=np.float64)
    return Score("explained_variance", float(share), len(centred))


def on_torch(device: Device) -> Job:
    """On PyTorch's tensors."""
    import torch  # noqa: F401  imported here, so that the time counts as import

    return on_arrays(lambda data: load_torch(data, device))


def on_cupy(device: Device) -> Job:
    """On CuPy's arrays."""
    import cupy  # noqa: F401  likewise

    return on_arrays(load_cupy)


def _plane(model: Any) -> Plane:
    return Plane(on_host(model.mean_), on_host(model.components_))


TORCH = Way("scikit-learn on PyTorch", ("sklearn", "torch"), on_torch)
WORKLOAD = Workload(
    "pca",
    "Principal components, 5 of 13",
    FLAGS,
    {
        "cpu": (Way("scikit-learn", ("sklearn",), plain),),
        "cuda": (
            TORCH,
            Way("scikit-learn on CuPy", ("sklearn", "cupy"), on_cupy),
            through_cuml(plain),
        ),
        "mps": (TORCH,),
    },
    blas_threads=1,  # a second one spins, and gains nothing on 13 columns
)
