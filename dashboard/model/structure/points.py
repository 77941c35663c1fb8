"""Models that keep points of their training: nearest neighbours and support vectors."""

from typing import Any

import numpy as np


def nearest_neighbours(model: Any) -> str | None:
    """What is wrong with nearest neighbours, if anything."""
    points, labels = model._fit_X, model._y
    if model._fit_method != "brute" or model._tree is not None:
        return "it does not search by brute force; fit with algorithm='brute'"
    if model.metric not in ("minkowski", "euclidean", "manhattan", "chebyshev", "cosine"):
        return "its metric is not one of minkowski, euclidean, manhattan, chebyshev, cosine"
    if model.weights not in ("uniform", "distance") or model.metric_params is not None:
        return "its weights or metric parameters are not plain ones"
    if set(model.effective_metric_params_) - {"p"}:
        return "its metric has parameters other than p"
    if points.dtype != np.float64 or points.ndim != 2 or points.shape[1] != model.n_features_in_:
        return "its points have another number of features"
    if labels.shape != (len(points),) or labels.dtype.kind not in "if":
        return "it does not have one label a point"
    if type(model).__name__ == "KNeighborsClassifier":
        if labels.dtype.kind != "i" or model.outputs_2d_:
            return "it does not have one label a point"
        if labels.min() < 0 or labels.max() >= len(model.classes_):
            return "a label is out of range"
    if model.n_samples_fit_ != len(points) or not 1 <= model.n_neighbors <= len(points):
        return "it has fewer points than neighbours"
    return None


def support_vectors(model: Any) -> str | None:
    """What is wrong with a support vector machine for classes, if anything."""
    classes = len(model.classes_)
    pairs = classes * (classes - 1) // 2
    if classes < 2 or model._n_support.shape != (classes,):
        return "it has no support vectors of two classes"
    counts = model._n_support
    if (counts < 0).any() or int(counts.sum(dtype=np.int64)) != len(model.support_vectors_):
        return "its support vectors are not divided among the classes"
    return _machine(model, rows=classes - 1, intercepts=pairs)


def support_vector_regression(model: Any) -> str | None:
    """What is wrong with a support vector machine for numbers, if anything."""
    if model._n_support.shape != (2,) or model._n_support[0] != len(model.support_vectors_):
        return "it has another number of support vectors"
    return _machine(model, rows=1, intercepts=1)


def _machine(model: Any, *, rows: int, intercepts: int) -> str | None:
    vectors = len(model.support_vectors_)
    shapes = {
        "support_": (vectors,),
        "support_vectors_": (vectors, model.n_features_in_),
        "_dual_coef_": (rows, vectors),
        "_intercept_": (intercepts,),
    }
    if model.kernel not in ("linear", "poly", "rbf", "sigmoid") or model._sparse is not False:
        return "its kernel is not linear, poly, rbf or sigmoid on dense data"
    if vectors < 1:
        return "it has no support vectors"
    if any(getattr(model, name).shape != shape for name, shape in shapes.items()):
        return "its arrays do not fit each other"
    if model._probA.shape not in ((0,), (intercepts,)) or model._probB.shape != model._probA.shape:
        return "its arrays do not fit each other"
    return None
