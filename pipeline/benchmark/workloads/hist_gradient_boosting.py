"""scikit-learn's gradient boosting with histograms. No GPU does it: a line to compare with."""

from pipeline.benchmark.job import Job, Way, Workload, accuracy_of
from store.benchmark_run import Device, Flag

FLAGS: dict[str, Flag] = {
    "max_iter": 100,
    "max_leaf_nodes": 31,
    "learning_rate": 0.1,
    "early_stopping": False,
    "random_state": 0,
}


def make(device: Device) -> Job:
    """With scikit-learn, on all cores."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return Job(
        fit=lambda data: HistGradientBoostingClassifier(**FLAGS).fit(data.train.x, data.train.y),
        score=accuracy_of,
    )


WORKLOAD = Workload(
    "hist_gradient_boosting",
    "Histogram gradient boosting, 100 trees",
    FLAGS,
    {"cpu": (Way("scikit-learn", ("sklearn",), make),)},
)
