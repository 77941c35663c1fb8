"""Logistic regression by L-BFGS: little work for each row, and all of it linear algebra."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pipeline.benchmark.arrays import Loaded, device_of, load_cupy, load_torch, on_host
from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.job import Job, Score, Way, Workload, accuracy, accuracy_of
from store.benchmark_data import Data, Matrix
from store.benchmark_run import Device, Flag

ARRAYS_SINCE = (1, 9)  # the scikit-learn whose logistic regression was seen to take such arrays
FLAGS: dict[str, Flag] = {"solver": "lbfgs", "max_iter": 200, "tol": 1e-4}


class Line(NamedTuple):
    """What a prediction needs, on the host."""

    coefficients: Matrix
    intercept: Matrix


def plain(device: Device) -> Job:
    """On NumPy's arrays."""
    from sklearn.linear_model import LogisticRegression

    return Job(
        fit=lambda data: LogisticRegression(**FLAGS).fit(data.train.x, data.train.y),
        score=accuracy_of,
    )


def on_arrays(load: Callable[[Data], Loaded]) -> Job:
    """On the arrays of another library; the model's coefficients tell where it was fitted."""
    from sklearn import config_context
    from sklearn.linear_model import LogisticRegression

    def fit(loaded: Loaded) -> Any:
        with config_context(array_api_dispatch=True):
            return LogisticRegression(**FLAGS).fit(loaded.x, loaded.y)

    def score(line: Line, data: Data) -> Score:
        decided = data.held_out.x @ line.coefficients.T + line.intercept
        return accuracy((decided[:, 0] > 0).astype(np.int32), data)

    return Job(
        fit=fit,
        score=score,
        ran_on=lambda model: device_of(model.coef_),
        load=load,
        back=lambda model: Line(on_host(model.coef_), on_host(model.intercept_)),
        transfer="separate",
    )


def on_torch(device: Device) -> Job:
    """On PyTorch's tensors."""
    import torch  # noqa: F401  imported here, so that the time counts as import

    return on_arrays(lambda data: load_torch(data, device))


def on_cupy(device: Device) -> Job:
    """On CuPy's arrays."""
    import cupy  # noqa: F401  likewise

    return on_arrays(load_cupy)


TORCH = Way("scikit-learn on PyTorch", ("sklearn", "torch"), on_torch, sklearn=ARRAYS_SINCE)
CUPY = Way("scikit-learn on CuPy", ("sklearn", "cupy"), on_cupy, sklearn=ARRAYS_SINCE)
WORKLOAD = Workload(
    "logistic_regression",
    "Logistic regression",
    FLAGS,
    {
        "cpu": (Way("scikit-learn", ("sklearn",), plain),),
        "cuda": (TORCH, CUPY, through_cuml(plain)),
        "mps": (TORCH,),
    },
    blas_threads=1,  # a second one spins, and is slower on 13 columns
)
