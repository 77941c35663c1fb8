"""Exact Shapley values of trees, single, averaged or added up, of any depth.

The sum over all coalitions has a closed form. Of the features on the way to a leaf with the value
v, let the row alone satisfy the conditions of those in A and a background row alone of those in B.
Where some feature's conditions are satisfied by neither, no coalition reaches the leaf; else each
feature of A gets v (|A|-1)! |B|! / (|A|+|B|)!, and each of B loses v |A|! (|B|-1)! / (|A|+|B|)!.

Where a coalition reaches the leaf, A is what the background row misses, and B what the row misses.
"""

from functools import cached_property
from math import factorial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.model.arrays import Floats, Indices
from dashboard.model.boosting import Boosting
from dashboard.model.explain.columns import columns_of, sources_of
from dashboard.model.explain.leaves import MAX_FEATURES, Codes, leaves_of
from dashboard.model.explain.scale import Scale, by_output, scale_of
from dashboard.model.flat import FlatModel
from dashboard.model.trees import Trees
from store.errors import NoExplanation

Flags = NDArray[np.bool_]

MAX_PREPARED = 100_000_000  # leaves x conditions on their way x background rows: about a second
MAX_CELLS = 10_000_000  # of them those that differ, kept: ten megabytes and half a second a row
MAX_ASKED = 20_000_000  # cells that one request may look at: about a second
AT_ONCE = 1_000_000


class TreeShapley:
    """Of the mean of the trees' leaves, or of their sum and where it starts.

    Background rows that miss the same features of a leaf count as one: a *case*. ``_missed`` says
    for each case and place of its leaf whether it is missed.
    """

    def __init__(self, model: FlatModel, predictor: Trees | Boosting, background: Floats) -> None:
        self._model = model
        trees = predictor.trees if isinstance(predictor, Boosting) else predictor
        self._single = trees.precision == "single"
        self._leaves = leaves_of(trees, sources_of(model))
        self._value = by_output(predictor, np.array(trees.probabilities, dtype=np.float64))
        self.scale: Scale = scale_of(predictor)
        columns = self._compared(background)
        self.base: Floats = _scores(predictor, columns).mean(axis=0)
        count, conditions = self._leaves.column.shape
        if (
            self._leaves.feature.shape[1] > MAX_FEATURES
            or count * conditions * len(background) > MAX_PREPARED
        ):
            raise _too_large()
        self._leaf, case, rows = self._cases(columns, count, conditions)
        self._case = case
        self._missed = _flags(case, self._leaves.feature.shape[1])
        added = 1 if isinstance(predictor, Boosting) else trees.trees
        self._share: Floats = rows / (len(background) * added)

    def _cases(
        self, columns: Floats, count: int, conditions: int
    ) -> tuple[Indices, Codes, NDArray[np.int64]]:
        """The cases of all leaves: their leaf, what they miss, and their background rows."""
        cells = 0
        parts: list[tuple[Indices, Codes, NDArray[np.int64]]] = []
        step = max(1, AT_ONCE // max(1, conditions * len(columns)))
        for start in range(0, count, step):
            parts.append(_distinct(self._leaves.missed(columns, start, start + step), start))
            cells += len(parts[-1][0]) * self._leaves.feature.shape[1]
            if cells > MAX_CELLS:
                raise _too_large()
        leaf, case, rows = zip(*parts, strict=True)
        return np.concatenate(leaf), np.concatenate(case), np.concatenate(rows)

    def contributions(self, rows: ArrayLike) -> Floats:
        """(n, n_features) -> (n, n_features, n_outputs). Raises NoExplanation for too many rows."""
        asked = self._compared(np.array(rows, dtype=np.float64))
        if len(asked) * self._missed.size > MAX_ASKED:
            raise NoExplanation(
                f"{len(asked):,} rows are too many to explain at once with this model; "
                f"{MAX_ASKED // self._missed.size:,} can be."
            )
        found = np.empty((len(asked), self._model.n_features, len(self.base)))
        for index in range(len(asked)):
            found[index] = self._row(asked[index : index + 1])
        return found

    def _compared(self, rows: Floats) -> Floats:
        """The rows as they meet the thresholds: after the steps, and rounded where trees round."""
        columns = columns_of(self._model, rows)
        return columns.astype(np.float32).astype(np.float64) if self._single else columns

    def _row(self, row: Floats) -> Floats:
        feature, width = self._leaves.feature, self._model.n_features
        mine = self._leaves.missed(row, 0, len(feature))[0]
        reached = np.flatnonzero((self._case & mine[self._leaf]) == 0)
        leaf, missed = self._leaf[reached], self._missed[reached]
        a, b = missed.sum(axis=1), np.bitwise_count(mine[leaf])
        share = self._share[reached]
        gain, loss = self._weights[0][a, b] * share, self._weights[1][a, b] * share
        first = np.flatnonzero(np.diff(leaf, prepend=-1))
        there = leaf[first]
        gained = np.add.reduceat(np.where(missed, gain[:, None], 0), first, axis=0)
        lost = np.add.reduceat(loss, first)[:, None] * _flags(mine[there], feature.shape[1])
        places, moved = feature[there].ravel(), gained - lost
        columns = [
            np.bincount(places, (moved * value[:, None]).ravel(), minlength=width)
            for value in self._value[there].T
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


def _scores(predictor: Trees | Boosting, columns: Floats) -> Floats:
    """The answers to rows as they meet the thresholds, before any link: (n, n_classes)."""
    if isinstance(predictor, Trees):
        return predictor.predict_rows(columns)
    start = np.tile(np.asarray(predictor.start, dtype=np.float64), (len(columns), 1))
    return by_output(predictor, predictor.trees.add_reached(columns, start))


def _distinct(codes: Codes, start: int) -> tuple[Indices, Codes, NDArray[np.int64]]:
    """The cases of the leaves from ``start`` on: their leaf, what they miss, background rows."""
    codes = np.sort(codes, axis=0).T
    new = np.ones(codes.shape, dtype=np.bool_)
    new[:, 1:] = codes[:, 1:] != codes[:, :-1]
    leaf, _ = np.nonzero(new)
    rows = np.diff(np.flatnonzero(new), append=codes.size)
    return leaf + start, codes[new], rows


def _flags(codes: Codes, places: int) -> Flags:
    """(n,) -> (n, places): the bits."""
    return ((codes[:, None] >> np.arange(places)) & 1).astype(np.bool_)


def _too_large() -> NoExplanation:
    return NoExplanation(
        "The model is too large for an exact explanation in a second. Ask without explain."
    )
