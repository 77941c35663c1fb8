"""Decision trees as arrays: the last stage of a flat forest.

All trees stand in one table, level by level: first the roots in tree order, then the children
of the splits of that level, left before right, and so on. The children of the k-th split of the
table are therefore its rows ``trees + 2 k`` and ``trees + 2 k + 1``: the table needs no child
indices, and no table can hold a cycle or point outside itself.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.model.arrays import Floats, Indices, floats, indices, require

LEAF = -1
ROWS_AT_ONCE = 512  # 512 rows x 100 trees of indices fit the second-level cache
SPLITS_A_LEVEL = 800  # to compare so many at once takes no longer than to look up those on the way


@dataclass(frozen=True, eq=False)
class Trees:
    """The mean of the leaf probabilities of one or more trees, as scikit-learn computes it.

    A value goes left when, rounded to float32, it is at most the float64 threshold. Leaf
    probabilities are added in tree order from the first tree on, then divided once. The leaves of
    a regressor hold one number each: its prediction.

    Args:
        n_features: How many inputs a row has.
        trees: How many trees; the first rows of the table are their roots.
        feature: For each row of the table the feature it splits on, or -1 for a leaf.
        threshold: For each split, in table order, its threshold.
        probabilities: For each leaf, in table order, the probability of each class.
        precision: "double" where values meet thresholds without being rounded.

    ``predict`` gives the probabilities of one row, ``reached`` what the leaf of each tree holds for
    it, shape (trees, n_classes).

    Raises:
        ModelRefused: The table is not what this docstring promises.
    """

    n_features: int
    trees: int
    feature: ArrayLike
    threshold: ArrayLike
    probabilities: ArrayLike
    precision: Literal["single", "double"] = "single"
    left: Indices = field(init=False, repr=False)
    depth: int = field(init=False)
    _column: Indices = field(init=False, repr=False)
    _limit: NDArray[np.floating[Any]] = field(init=False, repr=False)
    _value: Floats = field(init=False, repr=False)
    _roots: Indices = field(init=False, repr=False)
    predict: Callable[[Sequence[float]], list[float]] = field(init=False, repr=False)
    reached: Callable[[Sequence[float]], Floats] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        feature = indices(self.feature, "feature")
        threshold = floats(self.threshold, "threshold", ndim=1)
        probabilities = floats(self.probabilities, "probabilities", ndim=2)
        split = feature != LEAF
        rows, splits = len(feature), int(split.sum())
        require(self.trees >= 1 and rows == self.trees + 2 * splits, "its trees are not complete")
        require(len(threshold) == splits, "it does not have one threshold a split")
        require(len(probabilities) == rows - splits, "it does not have probabilities a leaf")
        require(probabilities.shape[1] >= 1, "its leaves are empty")
        require(self.precision in ("single", "double"), "its precision is unknown")
        require(
            ((feature[split] >= 0) & (feature[split] < self.n_features)).all(),
            f"a split asks for a feature outside 0 to {self.n_features - 1}",
        )
        left = np.arange(rows, dtype=np.intp)
        left[split] = self.trees + 2 * np.arange(splits)
        require((left[split] > np.flatnonzero(split)).all(), "a child does not follow its parent")

        limit = np.full(rows, np.inf)  # a leaf answers "left" to any number, and left is itself
        limit[split] = threshold
        if self.precision == "single":
            limit = _at_most(limit)
        value = np.zeros((rows, probabilities.shape[1]))
        value[~split] = probabilities
        levels = _levels(split, self.trees)
        self._set(
            feature=feature,
            threshold=threshold,
            probabilities=probabilities,
            left=left,
            depth=len(levels) - 2,
            _column=np.where(split, feature, 0),
            _limit=limit,
            _value=value,
            _roots=np.arange(self.trees),
        )
        self._set(reached=self._walk(max(levels[-2], self.trees)))
        self._set(predict=self._mean())

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def n_classes(self) -> int:
        """How many probabilities an answer has; 1 of a regressor."""
        return int(self._value.shape[1])

    def _walk(self, inner: int) -> Callable[[Sequence[float]], Floats]:
        """What gives for one row what the leaf of each tree holds: (trees, n_classes).

        ``inner`` is how many rows of the table stand above its last level.
        """
        trees, leaf, dtype = self.trees, self._value.take, self._limit.dtype
        # struct rounds as a cast to float32 does and, with "<", refuses to overflow
        pack, read = struct.Struct(f"<{self.n_features}{dtype.char}").pack, np.frombuffer
        below = range(self.depth - 1)  # levels under the roots
        at_once = inner <= trees + SPLITS_A_LEVEL * len(below)
        first = slice(inner if at_once else trees)
        column, limit, left = self._column, self._limit, self.left
        first_column, first_limit, first_left = column[first], limit[first], left[first]

        # of one row [] is quicker than take, of many it is the other way round
        def of_few(row: Sequence[float]) -> Floats:
            child = first_left + (read(pack(*row), dtype)[first_column] > first_limit)
            node = child[:trees]
            for _ in below:
                node = child[node]
            return leaf(node, axis=0)

        def of_many(row: Sequence[float]) -> Floats:
            x = read(pack(*row), dtype)
            node = first_left + (x[first_column] > first_limit)
            for _ in below:
                node = left[node] + (x[column[node]] > limit[node])
            return leaf(node, axis=0)

        return of_few if at_once else of_many

    def _mean(self) -> Callable[[Sequence[float]], list[float]]:
        """What gives the probabilities of one row; OverflowError beyond the range of float32."""
        reached, trees = self.reached, self.trees
        classes, add = np.tile(np.arange(self.n_classes), trees), np.bincount

        def predict(row: Sequence[float]) -> list[float]:
            # bincount adds in order, always, and quicker than accumulate; a sum may add pairwise
            return [one / trees for one in add(classes, reached(row).ravel()).tolist()]

        return predict

    def predict_rows(self, rows: Floats) -> Floats:
        """The probabilities of n rows: (n, n_classes). Raises OverflowError likewise."""
        total = self.add_reached(rows, np.zeros((len(rows), self.n_classes)))
        return total / self.trees

    def add_reached(self, rows: Floats, total: Floats) -> Floats:
        """Add to the totals of n rows what the leaves hold, tree after tree; gives the totals."""
        if self.precision == "single":
            with np.errstate(over="ignore"):
                rows = rows.astype(np.float32)
            if not np.isfinite(rows).all():
                raise OverflowError("a value is beyond the range of float32")
        for start in range(0, len(rows), ROWS_AT_ONCE):
            end = start + ROWS_AT_ONCE
            self._add_part(np.ascontiguousarray(rows[start:end]), total[start:end])
        return total

    def _add_part(self, x: Floats, total: Floats) -> None:
        flat, first = x.ravel(), np.arange(len(x), dtype=np.intp)[:, None] * self.n_features
        node = np.broadcast_to(self._roots, (len(x), self.trees))
        for _ in range(self.depth):
            value = flat.take(self._column.take(node) + first)
            node = self.left.take(node) + (value > self._limit.take(node))
        for reached in node.T:
            total += self._value.take(reached, axis=0)

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps; the constructor takes it back."""
        return {
            "kind": "trees",
            "trees": self.trees,
            "feature": np.asarray(self.feature).tolist(),
            "threshold": np.asarray(self.threshold).tolist(),
            "probabilities": np.asarray(self.probabilities).tolist(),
            **({"precision": "double"} if self.precision == "double" else {}),
        }


def _at_most(limit: Floats) -> NDArray[np.float32]:
    """The largest float32 that is at most each number: no float32 lies between the two, so that a
    float32 is beyond the one where it is beyond the other.
    """
    with np.errstate(over="ignore"):
        rounded = limit.astype("<f4")
        return np.where(rounded > limit, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def _levels(split: np.ndarray[Any, np.dtype[np.bool_]], trees: int) -> list[int]:
    """Where the levels of the table begin and, last, where it ends."""
    ends = [0, trees]
    while splits := int(split[ends[-2] : ends[-1]].sum()):
        ends.append(ends[-1] + 2 * splits)
    return ends
