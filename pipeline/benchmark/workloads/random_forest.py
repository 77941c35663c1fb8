"""A random forest of 100 trees, which is the slowest here on a CPU."""

from typing import Any

from pipeline.benchmark.cuml_accel import through_cuml
from pipeline.benchmark.intel import did_it_itself
from pipeline.benchmark.job import Job, Way, Workload, accuracy_of
from store.benchmark_data import Data
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {"n_estimators": 100, "max_depth": 12, "random_state": 0, "n_jobs": -1}


def make(device: Device) -> Job:
    """With scikit-learn, on all cores."""
    from sklearn.ensemble import RandomForestClassifier

    return Job(
        fit=lambda data: RandomForestClassifier(**FLAGS).fit(data.train.x, data.train.y),
        score=accuracy_of,
    )


def make_intel(device: Device) -> Job:
    """With scikit-learn-intelex, which bins the features first."""
    from sklearnex.ensemble import RandomForestClassifier

    def fit(data: Data) -> Any:
        return did_it_itself(RandomForestClassifier(**FLAGS).fit(data.train.x, data.train.y))

    return Job(fit=fit, score=accuracy_of)


WORKLOAD = Workload(
    "random_forest",
    "Random forest, 100 trees of depth 12",
    FLAGS,
    {"cpu": (Way("scikit-learn", ("sklearn",), make),), "cuda": (through_cuml(make),)},
    second=Way("scikit-learn-intelex", ("sklearnex",), make_intel),
    sizes=(1_000, 10_000),  # a fit on ten times the rows takes half a minute of a core
    full_sizes=(1_000, 10_000, 100_000),
)
