"""Linear models as arrays: the last stage of a flat model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model.arrays import Floats, floats, require


@dataclass(frozen=True, eq=False)
class Linear:
    """Scores ``x @ weights.T + intercept``, then the logistic function or the softmax.

    The same operations in the same order as scikit-learn makes for one row. Sums in a matrix
    product depend on the memory layout of its operands, so the layout is kept.

    Args:
        weights: (1, n_features) for two classes, else (n_classes, n_features).
        intercept: One number a row of ``weights``.
        layout: "C" or "F": how the estimator had its weights in memory.

    Raises:
        ModelRefused: The numbers are not what this docstring promises.
    """

    n_features: int
    weights: ArrayLike
    intercept: ArrayLike
    layout: Literal["C", "F"]
    _weights: Floats = field(init=False, repr=False)
    _intercept: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weights = floats(self.weights, "weights", ndim=2)
        intercept = floats(self.intercept, "intercept", ndim=1)
        rows = len(weights)
        require(self.layout in ("C", "F"), "layout is neither C nor F")
        require(rows == 1 or rows >= 3, "it has no weights for two classes, or three or more")
        require(weights.shape[1] == self.n_features, "it does not have one weight a feature")
        require(intercept.shape == (rows,), "it does not have one intercept a row of weights")
        object.__setattr__(self, "_weights", np.array(weights, order=self.layout).T)
        object.__setattr__(self, "_intercept", intercept)

    @property
    def n_classes(self) -> int:
        """How many probabilities an answer has."""
        return max(2, len(self._intercept))

    def predict(self, row: Sequence[float]) -> list[float]:
        """The probabilities of one row."""
        scores = np.array(row, dtype=np.float64) @ self._weights
        scores += self._intercept
        if len(scores) == 1:
            second = logistic(float(scores[0]))
            return [1 - second, second]
        scores -= scores.max()
        np.exp(scores, out=scores)
        return (scores / scores.sum()).tolist()  # type: ignore[no-any-return]

    def predict_rows(self, rows: Floats) -> Floats:
        """The probabilities of n rows: (n, n_classes); each as if it had come alone."""
        # A stack of one-row products: a product of all rows at once would add in another order.
        scores = np.matmul(np.ascontiguousarray(rows)[:, None, :], self._weights)[:, 0, :]
        scores += self._intercept
        if scores.shape[1] == 1:
            second = np.array([logistic(score) for score in scores[:, 0].tolist()])
            return np.stack([1 - second, second], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return scores / scores.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps; the constructor takes it back."""
        return {
            "kind": "linear",
            "weights": self._weights.T.tolist(),
            "intercept": self._intercept.tolist(),
            "layout": self.layout,
        }


@dataclass(frozen=True, eq=False)
class Regression:
    """The number ``x @ weights + intercept``, in the operations that scikit-learn makes for a row.

    Raises:
        ModelRefused: There is not one weight a feature.
    """

    n_features: int
    weights: ArrayLike
    intercept: Any
    _weights: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        weights = floats(self.weights, "weights", ndim=1)
        require(len(weights) == self.n_features, "it does not have one weight a feature")
        require(
            isinstance(self.intercept, float) and math.isfinite(self.intercept),
            "its intercept is no number",
        )
        object.__setattr__(self, "_weights", weights)

    @property
    def n_classes(self) -> int:
        """How many numbers an answer has."""
        return 1

    def predict(self, row: Sequence[float]) -> list[float]:
        """The prediction for one row, as the only item."""
        scores = np.array([row], dtype=np.float64) @ self._weights
        return (scores + self.intercept).tolist()  # type: ignore[no-any-return]

    def predict_rows(self, rows: Floats) -> Floats:
        """The predictions for n rows: (n, 1); each as if it had come alone."""
        scores = np.array([row[None, :] @ self._weights for row in np.ascontiguousarray(rows)])
        return np.asarray(scores.reshape(len(rows), 1) + self.intercept)

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps; the constructor takes it back."""
        return {
            "kind": "regression",
            "weights": self._weights.tolist(),
            "intercept": self.intercept,
        }


def logistic(score: float) -> float:
    """1 / (1 + e**-score) with the exponential of the C library, as scipy.special.expit has it."""
    try:
        return 1 / (1 + math.exp(-score))
    except OverflowError:
        return 0.0
