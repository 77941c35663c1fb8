"""Checks of what native code would trust: shapes, indices, and what belongs to what.

scikit-learn's compiled code walks trees and reads arrays without looking at bounds. An array of
the wrong size there is a crash or worse, not an error, so each family that reaches such code is
checked here before it is ever asked for a prediction. Families of plain numpy code have no check:
numpy looks at its own bounds.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dashboard.model.dtypes import TREE_NODES
from store.errors import ModelRefused

LEAF = -1


def check(estimator: Any) -> None:
    """Refuse an estimator whose attributes do not fit each other. Raises ModelRefused."""
    name = type(estimator).__name__
    family = _CHECKS.get(name)
    # An ensemble keeps the pattern of its members, which has no fitted or private attributes.
    is_pattern = not any(key.startswith("_") or key.endswith("_") for key in vars(estimator))
    if name == "Pipeline":
        is_pattern = False  # a Pipeline has nothing but its steps
    if family is None or is_pattern:
        return
    try:
        problem = family(estimator)
    except (AttributeError, TypeError, ValueError, IndexError, KeyError) as error:
        raise ModelRefused(
            f"The {name} in it is damaged: an attribute is missing or of the wrong kind."
        ) from error
    if problem:
        raise ModelRefused(f"The {name} in it is damaged: {problem}. Publish the model again.")


def check_tree(state: Mapping[str, Any], *, n_features: int, n_classes: int) -> None:
    """Refuse the nodes of a tree that point anywhere but down and inside. Raises ModelRefused."""
    nodes, values = state["nodes"], state["values"]
    count = len(nodes)
    if nodes.dtype != TREE_NODES or nodes.ndim != 1 or not 1 <= count == state["node_count"]:
        raise ModelRefused("A tree in it is damaged: it has another number or kind of nodes.")
    if values.dtype != np.float64 or values.shape != (count, 1, n_classes):
        raise ModelRefused("A tree in it is damaged: it does not have one value a node and class.")
    left, right, feature = nodes["left_child"], nodes["right_child"], nodes["feature"]
    split = left != LEAF
    children = np.stack([left[split], right[split]])
    if (right[~split] != LEAF).any() or not ((children >= 0) & (children < count)).all():
        raise ModelRefused("A tree in it is damaged: a child index is out of range.")
    if not (children > np.flatnonzero(split)).all():
        raise ModelRefused("A tree in it is damaged: a node leads back up, an endless walk.")
    if (np.bincount(children.ravel(), minlength=count)[1:] != 1).any():
        raise ModelRefused("A tree in it is damaged: a node has no parent, or two.")
    if not ((feature[split] >= 0) & (feature[split] < n_features)).all():
        raise ModelRefused("A tree in it is damaged: a split asks for a feature out of range.")
    if np.isnan(nodes["threshold"]).any() or not np.isfinite(values).all():
        raise ModelRefused("A tree in it is damaged: a threshold or value is no number.")


def _forest(forest: Any) -> str | None:
    trees = forest.estimators_
    if not isinstance(trees, list) or not trees or forest.n_outputs_ != 1:
        return "it has no list of trees with one output"
    if any(type(tree).__name__ not in _CLASSIFICATION_TREES for tree in trees):
        return "it holds something that is no decision tree"
    if any(tree.tree_.n_features != forest.n_features_in_ for tree in trees):
        return "a tree has another number of features"
    if any(tree.tree_.max_n_classes != forest.n_classes_ for tree in trees):
        return "a tree has another number of classes"
    return None


def _decision_tree(tree: Any) -> str | None:
    if tree.tree_.n_features != tree.n_features_in_ or tree.n_outputs_ != 1:
        return "its nodes have another number of features"
    return None


def _gradient_boosting(model: Any) -> str | None:
    classes = len(model.classes_)
    columns = 1 if classes == 2 else classes
    stages = model.estimators_
    if not isinstance(stages, np.ndarray) or stages.dtype != object or stages.ndim != 2:
        return "it has no table of trees"
    if stages.shape[1] != columns or not len(stages) or model.n_classes_ != classes:
        return "it has another number of trees a stage than classes"
    if model.n_trees_per_iteration_ != columns:
        return "it has another number of trees a stage than classes"
    for tree in stages.ravel():
        if type(tree).__name__ != "DecisionTreeRegressor" or tree.tree_.max_n_classes != 1:
            return "it holds something that is no regression tree"
        if tree.tree_.n_features != model.n_features_in_:
            return "a tree has another number of features"
    start = model.init_
    if not (isinstance(start, str) and start == "zero") and (
        type(start).__name__ != "DummyClassifier"
        or start._strategy != "prior"
        or start.n_outputs_ != 1
        or start.n_classes_ != classes
        or np.shape(start.class_prior_) != (classes,)
    ):
        return "it starts from something else than the class frequencies"
    # The loss is left out of what is opened; its class is told by the parameters.
    model._loss = model._get_loss(sample_weight=None)
    return None


def _nearest_neighbours(model: Any) -> str | None:
    points, labels = model._fit_X, model._y
    if model._fit_method != "brute" or model._tree is not None:
        return "it does not search by brute force; fit with algorithm='brute'"
    if model.metric not in ("minkowski", "euclidean", "manhattan", "chebyshev", "cosine"):
        return "its metric is not one of minkowski, euclidean, manhattan, chebyshev, cosine"
    if model.weights not in ("uniform", "distance") or model.metric_params is not None:
        return "its weights or metric parameters are not plain ones"
    if set(model.effective_metric_params_) - {"p"} or model.outputs_2d_:
        return "its metric has parameters other than p"
    if points.dtype != np.float64 or points.ndim != 2 or points.shape[1] != model.n_features_in_:
        return "its points have another number of features"
    if labels.dtype.kind != "i" or labels.shape != (len(points),):
        return "it does not have one label a point"
    if labels.min() < 0 or labels.max() >= len(model.classes_):
        return "a label is out of range"
    if model.n_samples_fit_ != len(points) or not 1 <= model.n_neighbors <= len(points):
        return "it has fewer points than neighbours"
    return None


def _support_vectors(model: Any) -> str | None:
    classes = len(model.classes_)
    pairs = classes * (classes - 1) // 2
    vectors = len(model.support_vectors_)
    shapes = {
        "support_": (vectors,),
        "support_vectors_": (vectors, model.n_features_in_),
        "_n_support": (classes,),
        "_dual_coef_": (classes - 1, vectors),
        "_intercept_": (pairs,),
    }
    if model._probA.shape not in ((0,), (pairs,)) or model._probB.shape != model._probA.shape:
        return "its arrays do not fit each other"
    if model.kernel not in ("linear", "poly", "rbf", "sigmoid") or model._sparse is not False:
        return "its kernel is not linear, poly, rbf or sigmoid on dense data"
    if classes < 2 or vectors < 1:
        return "it has no support vectors"
    if any(getattr(model, name).shape != shape for name, shape in shapes.items()):
        return "its arrays do not fit each other"
    counts = model._n_support
    if (counts < 0).any() or int(counts.sum(dtype=np.int64)) != vectors:
        return "its support vectors are not divided among the classes"
    return None


def _pipeline(pipeline: Any) -> str | None:
    if pipeline.memory is not None:
        return "it would write a cache to a folder (memory); publish it with memory=None"
    for step in pipeline.steps:
        if type(step) is not tuple or len(step) != 2 or type(step[0]) is not str:
            return "a step is not a name and an estimator"
    return None


_CLASSIFICATION_TREES = ("DecisionTreeClassifier", "ExtraTreeClassifier")
_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "RandomForestClassifier": _forest,
    "ExtraTreesClassifier": _forest,
    "DecisionTreeClassifier": _decision_tree,
    "ExtraTreeClassifier": _decision_tree,
    "DecisionTreeRegressor": _decision_tree,
    "GradientBoostingClassifier": _gradient_boosting,
    "KNeighborsClassifier": _nearest_neighbours,
    "SVC": _support_vectors,
    "Pipeline": _pipeline,
}
