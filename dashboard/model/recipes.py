"""The parts of a flat model from those of a fitted estimator, by its family: in the child only.

Nothing here is trusted to be exact: ``flatten`` compares every answer bit by bit afterwards.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.model.arrays import Floats
from dashboard.model.boosting import Boosting, Link
from dashboard.model.encoding import Encoding
from dashboard.model.flat import Operation, Step
from dashboard.model.linear import Linear, Regression
from dashboard.model.trees import LEAF, Trees

MOST_NODES = 2_000_000  # about 60 MB of JSON
MOST_COLUMNS = 2_000

FORESTS = {
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "RandomForestRegressor",
    "ExtraTreesRegressor",
}
SINGLE_TREES = {
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
    "DecisionTreeRegressor",
    "ExtraTreeRegressor",
}
LINEAR_REGRESSORS = {
    *("LinearRegression", "Ridge", "RidgeCV", "Lasso", "LassoCV", "LassoLars", "LassoLarsCV"),
    *("LassoLarsIC", "Lars", "LarsCV", "ElasticNet", "ElasticNetCV", "BayesianRidge"),
    *("ARDRegression", "HuberRegressor", "TheilSenRegressor", "QuantileRegressor", "LinearSVR"),
    *("OrthogonalMatchingPursuit", "OrthogonalMatchingPursuitCV", "SGDRegressor"),
}
LINKS: dict[str, Link] = {"log_loss": "logistic", "exponential": "doubled logistic"}
REAL_LOSSES = ("squared_error", "absolute_error", "quantile", "huber")

Categories = Sequence[Sequence[str] | None]


class CannotFlatten(Exception):
    """The estimator has no exact flat form; the text says why."""


class _Tree(NamedTuple):
    """A tree as arrays with an item a node; ``left`` is -1 at a leaf, ``value`` is (nodes, k)."""

    left: NDArray[Any]
    right: NDArray[Any]
    feature: NDArray[Any]
    threshold: NDArray[Any]
    value: NDArray[Any]


def steps_of(scaler: Any) -> list[Step]:
    """What a scaler does to a row, operation by operation, in scikit-learn's order."""
    return [Step(operation, values) for operation, values in _operations(scaler)]


def _operations(scaler: Any) -> list[tuple[Operation, Any]]:
    kind = type(scaler).__name__
    made: list[tuple[Operation, Any]]
    if scaler is None or (isinstance(scaler, str) and scaler == "passthrough"):
        return []
    if kind == "FunctionTransformer" and scaler.func is None:
        return []
    if kind == "StandardScaler":
        made = [("subtract", scaler.mean_)] if scaler.with_mean else []
        made += [("divide", scaler.scale_)] if scaler.with_std else []
    elif kind == "RobustScaler":
        made = [("subtract", scaler.center_)] if scaler.with_centering else []
        made += [("divide", scaler.scale_)] if scaler.with_scaling else []
    elif kind == "MinMaxScaler":
        made = [("multiply", scaler.scale_), ("add", scaler.min_)]
        made += [("clip", scaler.feature_range)] if scaler.clip else []
    elif kind == "MaxAbsScaler":
        made = [("divide", scaler.scale_)]
        made += [("clip", (-1.0, 1.0))] if scaler.clip else []
    else:
        raise CannotFlatten(f"{kind} has no flat form yet")
    return made


def encoding_of(transformer: Any, categories: Categories) -> tuple[Encoding, list[Step]]:
    """A ColumnTransformer of encoders and scalers: what its columns are, then the scalers.

    Args:
        transformer: Fitted.
        categories: Of each input its texts, None of a number.
    """
    sources: list[int] = []
    tables: list[list[float] | None] = []
    scaled: list[tuple[int, list[tuple[Operation, Any]]]] = []
    for name, part, _ in transformer.transformers_:
        if isinstance(part, str) and part == "drop":
            continue
        chosen = list(map(int, transformer._transformer_to_input_indices[name]))
        steps = [step for _, step in getattr(part, "steps", [("", part)])]
        if type(steps[0]).__name__ in ("OneHotEncoder", "OrdinalEncoder"):
            if len(steps) > 1:
                raise CannotFlatten("an encoder with further steps behind it has no flat form yet")
            for place, source in enumerate(chosen):
                made = _encoded(steps[0], place, categories[source])
                sources += [source] * len(made)
                tables += made
            continue
        if any(categories[source] for source in chosen):
            raise CannotFlatten(f"{type(part).__name__} on categories has no flat form yet")
        scaled += [(len(sources), _operations(step)) for step in steps]
        sources += chosen
        tables += [None] * len(chosen)
    if not 0 < len(sources) <= MOST_COLUMNS:
        raise CannotFlatten(f"{len(sources):,} encoded columns; at most {MOST_COLUMNS:,} are flat")
    width = len(sources)
    spread = [_spread(at, o, v, width) for at, operations in scaled for o, v in operations]
    return Encoding(len(categories), sources, tables), spread


def _encoded(encoder: Any, place: int, texts: Sequence[str] | None) -> list[list[float] | None]:
    """The columns that an encoder makes of an input: what stands in each by category."""
    if texts is None:
        raise CannotFlatten("an encoder of numbers has no flat form yet")
    known = [str(value) for value in encoder.categories_[place]]
    if not set(texts) <= set(known):
        raise CannotFlatten("a category of the table is not one that the encoder knows")
    if type(encoder).__name__ == "OrdinalEncoder":
        return [[float(known.index(text)) for text in texts]]
    if getattr(encoder, "_infrequent_enabled", False):
        raise CannotFlatten("infrequent categories that are put together have no flat form yet")
    dropped = None if encoder.drop_idx_ is None else encoder.drop_idx_[place]
    shown = [value for i, value in enumerate(known) if i != dropped]
    return [[float(text == value) for text in texts] for value in shown]


def _spread(at: int, operation: Operation, values: Any, width: int) -> Step:
    """An operation on some columns as one on all, which leaves the others as they are, exactly."""
    if operation == "clip":
        raise CannotFlatten("clipping some columns has no flat form yet")
    full = np.full(width, 1.0 if operation in ("divide", "multiply") else 0.0)
    full[at : at + len(values)] = values
    return Step(operation, full)


def predictor_of(model: Any, width: int) -> Trees | Boosting | Linear | Regression:
    """The last stage. Raises CannotFlatten, or ModelRefused for numbers that do not fit."""
    kind = type(model).__name__
    if kind in FORESTS:
        return _table([_native(tree.tree_) for tree in model.estimators_], width)
    if kind in SINGLE_TREES:
        return _table([_native(model.tree_)], width)
    if kind in ("LogisticRegression", "LogisticRegressionCV"):
        c_order = model.coef_.flags.c_contiguous
        return Linear(width, model.coef_, model.intercept_, "C" if c_order else "F")
    if kind in LINEAR_REGRESSORS and model.coef_.ndim == 1:
        return Regression(width, model.coef_, float(np.ravel(model.intercept_)[0]))
    if kind in ("GradientBoostingClassifier", "GradientBoostingRegressor"):
        return _boosting(model, width)
    if kind in ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"):
        return _histogram_boosting(model, width)
    raise CannotFlatten(f"{kind} has no flat form yet")


def _native(tree: Any) -> _Tree:
    value = tree.value[:, 0, :]
    return _Tree(tree.children_left, tree.children_right, tree.feature, tree.threshold, value)


def _boosting(model: Any, width: int) -> Boosting:
    """scikit-learn adds learning rate x leaf, stage after stage, to a constant."""
    stages = model.estimators_
    start = model._raw_predict_init(np.zeros((1, width), dtype=np.float32))[0]
    trees = []
    for stage in stages:
        for k, tree in enumerate(stage):
            native = _native(tree.tree_)
            added = np.zeros((len(native.left), len(start)))
            added[:, k] = model.learning_rate * native.value[:, 0]
            trees.append(native._replace(value=added))
    return Boosting(_table(trees, width), start, _link(model, len(start)))


def _histogram_boosting(model: Any, width: int) -> Boosting:
    """It compares float64 numbers, and its leaves have the learning rate in them."""
    if model.is_categorical_ is not None and np.any(model.is_categorical_):
        raise CannotFlatten("histogram boosting on categories has no flat form yet")
    start = np.ravel(model._baseline_prediction)
    trees = []
    for stage in model._predictors:
        for k, predictor in enumerate(stage):
            nodes = predictor.nodes
            leaf = nodes["is_leaf"].astype(bool)
            added = np.zeros((len(nodes), len(start)))
            added[:, k] = nodes["value"]
            left, right = (
                np.where(leaf, LEAF, nodes[s].astype(np.intp)) for s in ("left", "right")
            )
            trees.append(_Tree(left, right, nodes["feature_idx"], nodes["num_threshold"], added))
    return Boosting(_table(trees, width, double=True), start, _link(model, len(start)))


def _link(model: Any, scores: int) -> Link:
    if model.loss in REAL_LOSSES:
        return "identity"
    if model.loss not in LINKS:
        raise CannotFlatten(f"boosting with the loss {str(model.loss)[:40]} has no flat form yet")
    return "softmax" if scores > 1 else LINKS[model.loss]


def _table(trees: Sequence[_Tree], width: int, *, double: bool = False) -> Trees:
    """The trees as one table, level by level (see ``trees``)."""
    counts = [len(tree.left) for tree in trees]
    if sum(counts) > MOST_NODES:
        raise CannotFlatten(f"it has {sum(counts):,} nodes; at most {MOST_NODES:,} are flattened")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
    offset = np.repeat(first, counts)
    left = np.concatenate([tree.left for tree in trees])
    split = left != LEAF
    left = left + offset
    right = np.concatenate([tree.right for tree in trees]) + offset

    levels = [first]
    while len(parents := levels[-1][split[levels[-1]]]):
        levels.append(np.stack([left[parents], right[parents]], axis=1).ravel())
    order = np.concatenate(levels)
    split = split[order]
    feature = np.concatenate([tree.feature for tree in trees])[order].astype(np.intp)
    values: Floats = np.concatenate([tree.value for tree in trees])[order][~split]
    return Trees(
        width,
        len(trees),
        np.where(split, feature, LEAF),
        np.concatenate([tree.threshold for tree in trees])[order][split],
        values,
        "double" if double else "single",
    )
