"""A support vector machine with a radial kernel, whose work grows with the square of the rows."""

from typing import Any

from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.intel import did_it_itself
from pipeline.benchmark.job import Job, Way, Workload, accuracy_of
from store.benchmark_data import Data
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {"kernel": "rbf", "C": 1.0}


def make(device: Device) -> Job:
    """With scikit-learn, on one core."""
    from sklearn.svm import SVC

    return Job(fit=lambda data: SVC(**FLAGS).fit(data.train.x, data.train.y), score=accuracy_of)


def make_intel(device: Device) -> Job:
    """With scikit-learn-intelex."""
    from sklearnex.svm import SVC

    def fit(data: Data) -> Any:
        return did_it_itself(SVC(**FLAGS).fit(data.train.x, data.train.y))

    return Job(fit=fit, score=accuracy_of)


WORKLOAD = Workload(
    "support_vectors",
    "Support vector machine, radial kernel",
    {"kernel": "rbf", "c": 1.0},
    {"cpu": (Way("scikit-learn", ("sklearn",), make),), "cuda": (through_cuml(make),)},
    second=Way("scikit-learn-intelex", ("sklearnex",), make_intel),
    sizes=(1_000, 10_000),
    full_sizes=(1_000, 10_000),
    optional=True,
)
