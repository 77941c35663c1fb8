"""Trees and ensembles of them: every node leads down and inside."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from dashboard.model.dtypes import HISTOGRAM_NODES, TREE_NODES
from store.errors import ModelRefused

LEAF = -1
CLASSIFICATION_TREES = ("DecisionTreeClassifier", "ExtraTreeClassifier")
REGRESSION_TREES = ("DecisionTreeRegressor", "ExtraTreeRegressor")


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


def forest(forest: Any) -> str | None:
    """What is wrong with a forest of trees, if anything."""
    regressor = type(forest).__name__.endswith("Regressor")
    kinds = REGRESSION_TREES if regressor else CLASSIFICATION_TREES
    trees, outputs = forest.estimators_, 1 if regressor else forest.n_classes_
    if not isinstance(trees, list) or not trees or forest.n_outputs_ != 1:
        return "it has no list of trees with one output"
    if any(type(tree).__name__ not in kinds for tree in trees):
        return "it holds something that is no decision tree"
    if any(tree.tree_.n_features != forest.n_features_in_ for tree in trees):
        return "a tree has another number of features"
    if any(tree.tree_.max_n_classes != outputs for tree in trees):
        return "a tree has another number of classes"
    return None


def decision_tree(tree: Any) -> str | None:
    """What is wrong with a single tree, if anything."""
    if type(tree.tree_).__name__ != "Tree" or tree.n_outputs_ != 1:
        return "it has no tree of nodes with one output"
    if tree.tree_.n_features != tree.n_features_in_:
        return "its nodes have another number of features"
    return None


def gradient_boosting(model: Any) -> str | None:
    """What is wrong with gradient boosting, if anything. Puts its loss back."""
    regressor = type(model).__name__.endswith("Regressor")
    classes = 1 if regressor else len(model.classes_)
    columns = 1 if classes <= 2 else classes
    stages = model.estimators_
    if not isinstance(stages, np.ndarray) or stages.dtype != object or stages.ndim != 2:
        return "it has no table of trees"
    told = columns if regressor else model.n_classes_
    if stages.shape[1] != columns or not len(stages) or told != classes:
        return "it has another number of trees a stage than classes"
    if model.n_trees_per_iteration_ != columns:
        return "it has another number of trees a stage than classes"
    for tree in stages.ravel():
        if type(tree).__name__ != "DecisionTreeRegressor" or tree.tree_.max_n_classes != 1:
            return "it holds something that is no regression tree"
        if tree.tree_.n_features != model.n_features_in_:
            return "a tree has another number of features"
    if not _starts_plainly(model.init_, classes, regressor=regressor):
        return "it starts from something else than the class frequencies or a constant"
    # The loss is left out of what is opened; its class is told by the parameters.
    model._loss = model._get_loss(sample_weight=None)
    return None


def _starts_plainly(start: Any, classes: int, *, regressor: bool) -> bool:
    """Whether boosting starts from what it starts from by default, or from zero."""
    if isinstance(start, str):
        return start == "zero"
    if regressor:
        return type(start).__name__ == "DummyRegressor" and np.shape(start.constant_) == (1, 1)
    return (
        type(start).__name__ == "DummyClassifier"
        and start._strategy == "prior"
        and start.n_outputs_ == 1
        and start.n_classes_ == classes
        and np.shape(start.class_prior_) == (classes,)
    )


def tree_predictor(predictor: Any) -> str | None:
    """What is wrong with the nodes of histogram boosting by themselves, if anything."""
    nodes = predictor.nodes
    if nodes.dtype != HISTOGRAM_NODES or nodes.ndim != 1 or not len(nodes):
        return "it has another kind of nodes"
    count, split = len(nodes), nodes["is_leaf"] == 0
    children = np.stack([nodes["left"][split], nodes["right"][split]]).astype(np.int64)
    if not (children < count).all():
        return "a child index is out of range"
    if not (children > np.flatnonzero(split)).all():
        return "a node leads back up, an endless walk"
    if (np.bincount(children.ravel(), minlength=count)[1:] != 1).any():
        return "a node has no parent, or two"
    if nodes["is_categorical"].any():
        return "it splits on categories; encode them before the model, in a ColumnTransformer"
    if np.isnan(nodes["num_threshold"]).any() or not np.isfinite(nodes["value"]).all():
        return "a threshold or value is no number"
    for bits in (predictor.raw_left_cat_bitsets, predictor.binned_left_cat_bitsets):
        if bits.dtype != np.uint32 or bits.ndim != 2:
            return "its sets of categories are of another kind"
    return None


def histogram_boosting(model: Any) -> str | None:
    """What is wrong with histogram boosting, if anything. Puts its loss back."""
    columns = model.n_trees_per_iteration_
    classes = 1 if type(model).__name__.endswith("Regressor") else len(model.classes_)
    if columns != (1 if classes <= 2 else classes):
        return "it has another number of trees a stage than classes"
    stages = model._predictors
    if type(stages) is not list or any(type(s) is not list or len(s) != columns for s in stages):
        return "it has no table of trees"
    width = model.n_features_in_
    for predictor in (predictor for stage in stages for predictor in stage):
        if type(predictor).__name__ != "TreePredictor":
            return "it holds something that is no tree"
        features = predictor.nodes["feature_idx"][predictor.nodes["is_leaf"] == 0]
        if not ((features >= 0) & (features < width)).all():
            return "a split asks for a feature out of range"
    if model._preprocessor is not None or model.is_categorical_ is not None:
        return "it takes categories; encode them before the model, in a ColumnTransformer"
    mapper = model._bin_mapper
    if type(mapper).__name__ != "_BinMapper" or mapper.is_categorical_.shape != (width,):
        return "its bins have another number of features"
    if mapper.is_categorical_.dtype != np.uint8 or mapper.is_categorical_.any():
        return "it takes categories; encode them before the model, in a ColumnTransformer"
    base = model._baseline_prediction
    if base.shape != (1, columns) or base.dtype != np.float64 or not np.isfinite(base).all():
        return "it starts from another number of values than it has trees a stage"
    model._loss = model._get_loss(sample_weight=None)
    return None
