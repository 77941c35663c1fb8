"""All workloads, those that every run has first."""

from typing import Final

from pipeline.benchmark.job import Workload
from pipeline.benchmark.workloads import (
    catboost_trees,
    hist_gradient_boosting,
    k_means,
    lightgbm_trees,
    logistic_regression,
    nearest_neighbours,
    neural_network,
    pca,
    random_forest,
    support_vectors,
    xgboost_hist,
)

WORKLOADS: Final[tuple[Workload, ...]] = tuple(
    module.WORKLOAD
    for module in (
        logistic_regression,
        xgboost_hist,
        random_forest,
        hist_gradient_boosting,
        k_means,
        nearest_neighbours,
        neural_network,
        pca,
        lightgbm_trees,
        catboost_trees,
        support_vectors,
    )
)
BY_NAME: Final = {workload.name: workload for workload in WORKLOADS}
