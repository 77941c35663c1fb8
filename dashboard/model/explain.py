"""Exact Shapley values: how much each feature moves an answer away from the average answer.

Interventional: a coalition's features keep the row's values, the others take those of a background
row, and the mean over the background is the coalition's worth. So the contributions of a row and
the base value, the mean answer over the background, add up to the model's answer.

For trees the sum over all coalitions has a closed form. Of the features on the way to a leaf with
the value v, let the row alone satisfy the conditions of those in A and a background row alone of
those in B. Where some feature's conditions are satisfied by neither, no coalition reaches the leaf;
else each feature of A gets v (|A|-1)! |B|! / (|A|+|B|)!, and each of B loses
v |A|! (|B|-1)! / (|A|+|B|)!.
"""

from functools import cached_property
from math import factorial
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.model.arrays import Floats, Indices
from dashboard.model.flat import FlatModel
from dashboard.model.linear import Linear, Regression
from dashboard.model.trees import LEAF, Trees
from store.errors import NoExplanation

Scale = Literal["probability", "log-odds", "prediction"]
Flags = NDArray[np.bool_]

MAX_PREPARED = 100_000_000  # leaves x features on their way x background rows: about a second
MAX_CELLS = 10_000_000  # of them those that differ, kept: ten megabytes and half a second a row
MAX_ASKED = 20_000_000  # cells that one request may look at: about a second
MAX_CONDITIONS = 62  # features on the way to a leaf, as the bits of one integer
AT_ONCE = 1_000_000


class Explainer(Protocol):
    """What explains the answers of one model against one background.

    ``base`` has a number an output (a class, or the one prediction); ``scale`` says of what.
    """

    base: Floats
    scale: Scale

    def contributions(self, rows: ArrayLike) -> Floats:
        """(n, n_features) -> (n, n_features, n_outputs). Raises NoExplanation for too many rows."""


def explainer_of(model: FlatModel, background: ArrayLike) -> Explainer:
    """What explains the answers of a model.

    Args:
        model: Trees or a linear model, with or without scalers before.
        background: (n, n_features) rows of training data, n at least 1.

    Raises:
        NoExplanation: The model is another, or too large for the budget.
        ValueError: The background is no table that the model answers.
    """
    rows = np.array(background, dtype=np.float64, ndmin=2)
    predictor = model.predictor
    if model.encoding is None and isinstance(predictor, Trees):
        return TreeShapley(model, predictor, rows)
    if model.encoding is None and isinstance(predictor, (Linear, Regression)):
        return LinearShapley(model, predictor, rows)
    raise NoExplanation(
        "There is no exact explanation for this kind of model. Ask without explain."
    )


class LinearShapley:
    """Of the scores before the logistic function or the softmax: weight x distance to the mean.

    The score of a regressor is its prediction. With two classes the score is the log-odds of the
    second, and its negative that of the first. With more, a class's score is its log-odds but for
    a number that all classes share.
    """

    def __init__(self, model: FlatModel, linear: Linear | Regression, background: Floats) -> None:
        self._model = model
        self.scale: Scale = "log-odds" if isinstance(linear, Linear) else "prediction"
        weights = np.array(linear.weights, dtype=np.float64, ndmin=2).T
        intercept = np.array(linear.intercept, dtype=np.float64, ndmin=1)
        if isinstance(linear, Linear) and weights.shape[1] == 1:
            weights = np.hstack([-weights, weights])
            intercept = np.hstack([-intercept, intercept])
        self._weights: Floats = weights
        self._mean = _stepped(model, background).mean(axis=0)
        self.base: Floats = self._mean @ weights + intercept

    def contributions(self, rows: ArrayLike) -> Floats:
        """(n, n_features) -> (n, n_features, n_classes)."""
        distance = _stepped(self._model, np.array(rows, dtype=np.float64)) - self._mean
        found: Floats = distance[:, :, None] * self._weights
        return found


class TreeShapley:
    """Of the mean of the trees' leaves, in probabilities.

    Background rows that satisfy the same of a leaf's conditions count as one: a *case*. ``_case``
    says for each case and condition whether it is satisfied.
    """

    def __init__(self, model: FlatModel, trees: Trees, background: Floats) -> None:
        self._model = model
        self._leaves = _leaves(trees)
        self.scale: Scale = "prediction" if trees.n_classes == 1 else "probability"
        self.base: Floats = model.predict_proba_rows(background).mean(axis=0)
        count, conditions = self._leaves.feature.shape
        if conditions > MAX_CONDITIONS or count * conditions * len(background) > MAX_PREPARED:
            raise _too_large()
        self._single = trees.precision == "single"
        rounded = self._compared(background)
        cells = 0
        parts: list[tuple[Indices, Flags, Indices]] = []
        step = max(1, AT_ONCE // max(1, conditions * len(background)))
        for start in range(0, count, step):
            parts.append(_cases(self._leaves.satisfied(rounded, start, start + step), start))
            cells += parts[-1][1].size
            if cells > MAX_CELLS:
                raise _too_large()
        leaf, case, rows = zip(*parts, strict=True)
        self._leaf: Indices = np.concatenate(leaf)
        self._case: Flags = np.concatenate(case)
        self._first = np.flatnonzero(np.diff(self._leaf, prepend=-1))
        self._share: Floats = np.concatenate(rows) / (len(background) * trees.trees)

    def contributions(self, rows: ArrayLike) -> Floats:
        """(n, n_features) -> (n, n_features, n_outputs). Raises NoExplanation for too many rows."""
        asked = self._compared(np.array(rows, dtype=np.float64))
        if len(asked) * self._case.size > MAX_ASKED:
            raise NoExplanation(
                f"{len(asked):,} rows are too many to explain at once with this model; "
                f"{MAX_ASKED // self._case.size:,} can be."
            )
        outputs = self._leaves.value.shape[1]
        found = np.empty((len(asked), self._model.n_features, outputs))
        for index in range(len(asked)):
            found[index] = self._row(asked[index : index + 1])
        return found

    def _compared(self, rows: Floats) -> Floats:
        """The rows as they meet the thresholds: after the steps, and rounded where trees round."""
        stepped = _stepped(self._model, rows)
        return stepped.astype(np.float32).astype(np.float64) if self._single else stepped

    def _row(self, row: Floats) -> Floats:
        leaves = self._leaves
        mine = leaves.satisfied(row, 0, len(leaves.value))[0].take(self._leaf, axis=0)
        only_mine, only_theirs = mine & ~self._case, self._case & ~mine
        a, b = only_mine.sum(axis=1), only_theirs.sum(axis=1)
        share = self._share * (mine | self._case).all(axis=1)
        gain, loss = self._weights[0][a, b] * share, self._weights[1][a, b] * share
        moved = np.where(only_mine, gain[:, None], 0) - np.where(only_theirs, loss[:, None], 0)
        by_leaf = np.add.reduceat(moved, self._first, axis=0)
        feature, width = leaves.feature.ravel(), self._model.n_features
        columns = [
            np.bincount(feature, (by_leaf * value[:, None]).ravel(), minlength=width)
            for value in leaves.value.T
        ]
        return np.stack(columns, axis=1)

    @cached_property
    def _weights(self) -> Floats:
        """[gain or loss, |A|, |B|]: the factors of the closed form."""
        size = self._leaves.feature.shape[1] + 1
        weights = np.zeros((2, size, size))
        for a in range(size):
            for b in range(size - a):
                if a:
                    weights[0, a, b] = factorial(a - 1) * factorial(b) / factorial(a + b)
                if b:
                    weights[1, a, b] = factorial(a) * factorial(b - 1) / factorial(a + b)
        return weights


class _Leaves(NamedTuple):
    """The ways to all leaves: a condition ``low < x[feature] <= high`` a feature of the way.

    All are (leaves, conditions), filled up with conditions that every row satisfies; ``value`` is
    (leaves, outputs).
    """

    feature: Indices
    low: Floats
    high: Floats
    value: Floats

    def satisfied(self, rows: Floats, start: int, stop: int) -> Flags:
        """(n, leaves from start to stop, conditions)."""
        x = rows[:, self.feature[start:stop]]
        return (self.low[start:stop] < x) & (x <= self.high[start:stop])


def _leaves(trees: Trees) -> _Leaves:
    feature, threshold = np.asarray(trees.feature), iter(np.asarray(trees.threshold).tolist())
    ways: list[dict[int, tuple[float, float]]] = [{} for _ in range(trees.trees)]
    found = []
    for node, asked in enumerate(feature.tolist()):
        way, ways[node] = ways[node], {}
        if asked == LEAF:
            found.append(way)
            continue
        limit = next(threshold)
        low, high = way.get(asked, (-np.inf, np.inf))
        # The children of the splits follow in the order of the splits.
        ways.append(way | {asked: (low, min(high, limit))})
        ways.append(way | {asked: (max(low, limit), high)})
    shape = len(found), max(map(len, found))
    leaves = _Leaves(
        np.zeros(shape, dtype=np.intp),
        np.full(shape, -np.inf),
        np.full(shape, np.inf),
        np.array(trees.probabilities, dtype=np.float64),
    )
    for leaf, way in enumerate(found):
        for place, (asked, (low, high)) in enumerate(way.items()):
            leaves.feature[leaf, place] = asked
            leaves.low[leaf, place], leaves.high[leaf, place] = low, high
    return leaves


def _cases(satisfied: Flags, start: int) -> tuple[Indices, Flags, Indices]:
    """The cases of the leaves from ``start`` on: their leaf, conditions, and background rows."""
    conditions = satisfied.shape[2]
    codes = np.sort(satisfied @ (1 << np.arange(conditions, dtype=np.int64)), axis=0).T
    new = np.ones(codes.shape, dtype=np.bool_)
    new[:, 1:] = codes[:, 1:] != codes[:, :-1]
    leaf, _ = np.nonzero(new)
    places = np.flatnonzero(new)
    rows = np.diff(places, append=codes.size)
    case = (codes[new][:, None] >> np.arange(conditions)) & 1
    return leaf + start, case.astype(np.bool_), rows


def _stepped(model: FlatModel, rows: Floats) -> Floats:
    """The rows after the steps before the predictor, changed in place."""
    for step in model.steps:
        step.apply(rows)
    return rows


def _too_large() -> NoExplanation:
    return NoExplanation(
        "The model is too large for an exact explanation in a second. Ask without explain."
    )
