"""A fitted estimator as a flat model, or the reason why it cannot be one: in the child only.

Exactness is shown, not assumed: a flat model leaves here only after it gave, bit for bit, the
estimator's own answers on the golden rows, on random rows, and on rows that stand exactly on each
threshold and on its float64 and float32 neighbours. Random rows alone miss what happens there.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dashboard.model.arrays import Floats, Indices
from dashboard.model.flat import FlatModel, Operation, Step
from dashboard.model.linear import Linear
from dashboard.model.trees import LEAF, Trees
from store.errors import ModelRefused

MOST_NODES = 2_000_000  # about 60 MB of JSON
MOST_PROBES = 20_000
RANDOM_ROWS = 500
SINGLE_ROWS = 50

F = TypeVar("F", np.float32, np.float64)


class CannotFlatten(Exception):
    """The estimator has no exact flat form; the text says why."""


def flatten(estimator: Any, golden: Floats, ranges: Floats) -> FlatModel:
    """The flat form of an estimator, proven exact.

    Args:
        estimator: A fitted classifier or Pipeline.
        golden: Rows to compare on, (n, n_features), n >= 1.
        ranges: The smallest and the largest value of each feature, (n_features, 2).

    Raises:
        CannotFlatten: It is of another kind than scalers followed by trees or a logistic
            regression, or the flat form answered differently on some row.
    """
    *scalers, last = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    width = golden.shape[1]
    try:
        steps = tuple(step for scaler in scalers for step in _steps(scaler))
        flat = FlatModel(width, steps, _predictor(last, width))
        flat = FlatModel.from_json(flat.to_json())  # what is compared is what is published
    except ModelRefused as error:
        raise CannotFlatten(f"its numbers do not make a flat model ({error})") from error
    _prove(flat, estimator, probes(flat, golden, ranges), golden)
    return flat


def _steps(scaler: Any) -> list[Step]:
    """What a scaler does to a row, operation by operation, in scikit-learn's order."""
    kind = type(scaler).__name__
    made: list[tuple[Operation, Any]]
    if scaler is None or scaler == "passthrough":
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
    return [Step(operation, values) for operation, values in made]


def _predictor(model: Any, width: int) -> Trees | Linear:
    kind = type(model).__name__
    if kind in ("RandomForestClassifier", "ExtraTreesClassifier"):
        return _trees([tree.tree_ for tree in model.estimators_], width)
    if kind in ("DecisionTreeClassifier", "ExtraTreeClassifier"):
        return _trees([model.tree_], width)
    if kind in ("LogisticRegression", "LogisticRegressionCV"):
        c_order = model.coef_.flags.c_contiguous
        return Linear(width, model.coef_, model.intercept_, "C" if c_order else "F")
    raise CannotFlatten(f"{kind} has no flat form yet")


def _trees(trees: Sequence[Any], width: int) -> Trees:
    """The trees as one table, level by level (see ``trees``)."""
    counts = [tree.node_count for tree in trees]
    if sum(counts) > MOST_NODES:
        raise CannotFlatten(f"it has {sum(counts):,} nodes; at most {MOST_NODES:,} are flattened")
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
    offset = np.repeat(first, counts)
    left = np.concatenate([tree.children_left for tree in trees])
    split = left != LEAF
    left = left + offset
    right = np.concatenate([tree.children_right for tree in trees]) + offset

    levels = [first]
    while len(parents := levels[-1][split[levels[-1]]]):
        levels.append(np.stack([left[parents], right[parents]], axis=1).ravel())
    order = np.concatenate(levels)
    split = split[order]
    feature = np.concatenate([tree.feature for tree in trees])[order]
    return Trees(
        width,
        len(trees),
        np.where(split, feature, LEAF),
        np.concatenate([tree.threshold for tree in trees])[order][split],
        np.concatenate([tree.value[:, 0, :] for tree in trees])[order][~split],
    )


def probes(flat: FlatModel, golden: Floats, ranges: Floats) -> Floats:
    """Rows on which a flat model could differ from its estimator: (n, n_features).

    The golden rows, random rows in the ranges and beyond, and golden and random rows with one
    value moved onto a threshold and onto each of its neighbours. Of very many thresholds an even
    selection is taken.
    """
    rng = np.random.default_rng(0)
    low, high = ranges.T
    margin = 0.1 * (high - low)
    random = rng.uniform(low - margin, high + margin, (RANDOM_ROWS, flat.n_features))
    base = np.concatenate([golden, random])
    if isinstance(flat.predictor, Linear):
        return np.concatenate([base, base * 1e3, -base])

    feature = np.asarray(flat.predictor.feature)
    pairs = np.unique(
        np.stack([feature[feature != LEAF], np.asarray(flat.predictor.threshold)]), axis=1
    )
    near = _neighbours(pairs[1])
    column, value = np.tile(pairs[0].astype(np.intp), len(near)), near.ravel()
    if flat.steps:  # going back through the steps is only about right: look around there too
        value = _before(flat.steps, column, value)
        column, value = np.tile(column, 5), np.concatenate(_around(value, ulps=2))
    if len(value) > MOST_PROBES:
        kept = np.linspace(0, len(value) - 1, MOST_PROBES).astype(np.intp)
        column, value = column[kept], value[kept]
    moved = base[np.arange(len(value)) % len(base)]
    moved[np.arange(len(value)), column] = value
    return np.concatenate([base, moved])


def _before(steps: Sequence[Step], column: Indices, value: Floats) -> Floats:
    """About which raw values of these columns the steps turn into these values."""
    undo: dict[str, Callable[[Floats, Floats], Floats]] = {
        "subtract": np.add,
        "divide": np.multiply,
        "multiply": np.divide,
        "add": np.subtract,
    }
    for step in reversed(steps):
        if step.operation != "clip":
            numbers = np.asarray(step.values, dtype=np.float64)[column]
            value = undo[step.operation](value, np.where(numbers == 0, 1, numbers))
    return value


def _neighbours(values: Floats) -> Floats:
    """Each value, its float64 and float32 neighbours, and where rounding to those turns over."""
    singles = [single.astype(np.float64) for single in _around(values.astype(np.float32), ulps=1)]
    below, same, above = singles
    turns = [(below + same) / 2, (same + above) / 2]
    return np.stack([*_around(values, ulps=1), *singles, *turns])


def _around(values: NDArray[F], *, ulps: int) -> list[NDArray[F]]:
    """The values and the floats next to them, from low to high."""
    below, above = [values], [values]
    for _ in range(ulps):
        below.insert(0, np.nextafter(below[0], values.dtype.type(-np.inf)))
        above.append(np.nextafter(above[-1], values.dtype.type(np.inf)))
    return below + above[1:]


def _prove(flat: FlatModel, estimator: Any, rows: Floats, golden: Floats) -> None:
    """Compare bit by bit: row by row as requests come, and for trees all rows at once."""
    linear = isinstance(flat.predictor, Linear)
    singles = rows if linear else np.concatenate([golden, rows[-SINGLE_ROWS:]])
    expected = np.concatenate([probabilities(estimator, row[None, :]) for row in singles])
    found = np.array([flat.predict_proba(row.tolist()) for row in singles])
    same = np.array_equal(found, expected)
    same = same and np.array_equal(flat.predict_proba_rows(singles), expected)
    if same and not linear:
        same = np.array_equal(flat.predict_proba_rows(rows), probabilities(estimator, rows))
    if not same:
        raise CannotFlatten("its flat form does not answer bit for bit the same")


def probabilities(estimator: Any, rows: Floats) -> NDArray[np.float64]:
    """The estimator's own answer; plain arrays stand for named columns in the card's order."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        return np.asarray(estimator.predict_proba(rows), dtype=np.float64)
