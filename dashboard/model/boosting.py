"""Gradient boosting as arrays: trees that are added up, then a link."""

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model.arrays import Floats, floats, require
from dashboard.model.linear import logistic
from dashboard.model.trees import Trees

Link = Literal["identity", "logistic", "doubled logistic", "softmax"]


@dataclass(frozen=True, eq=False)
class Boosting:
    """A start, plus the leaves of all trees in their order, then the link.

    Args:
        trees: Its leaves hold what each tree adds to each score, learning rate included.
        start: The scores before the first tree.
        link: From scores to the answer: "identity" of a regressor; "logistic", or that of twice
            the score, for two classes; "softmax" for more.

    Raises:
        ModelRefused: The parts do not fit together.
    """

    trees: Trees
    start: ArrayLike
    link: Link
    _start: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        start = floats(self.start, "start", ndim=1)
        require(self.link in get_args(Link), "its link is unknown")
        require(len(start) == self.trees.n_classes, "it has another number of scores than trees")
        require(self.link == "softmax" or len(start) == 1, "its link takes one score")
        object.__setattr__(self, "_start", start)

    @property
    def n_features(self) -> int:
        """How many inputs a row has."""
        return self.trees.n_features

    @property
    def n_classes(self) -> int:
        """How many numbers an answer has."""
        return 2 if "logistic" in self.link else len(self._start)

    def predict(self, row: Any) -> list[float]:
        """The answer to one row. Raises OverflowError beyond what the trees compare."""
        added = np.concatenate([self._start[None, :], self.trees.reached(row)])
        # accumulate adds in order, always; a plain sum may add pairwise
        return self._linked(np.add.accumulate(added)[-1:])[0].tolist()  # type: ignore[no-any-return]

    def predict_rows(self, rows: Floats) -> Floats:
        """The answers to n rows. Raises OverflowError likewise."""
        scores = np.broadcast_to(self._start, (len(rows), len(self._start))).copy()
        return self._linked(self.trees.add_reached(rows, scores))

    def _linked(self, scores: Floats) -> Floats:
        if self.link == "identity":
            return scores
        if self.link == "softmax":
            scores = scores - scores.max(axis=1, keepdims=True)
            np.exp(scores, out=scores)
            return scores / scores.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]
        factor = 2.0 if self.link == "doubled logistic" else 1.0
        second = np.array([logistic(factor * score) for score in scores[:, 0].tolist()])
        return np.stack([1 - second, second], axis=1)

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps."""
        return {
            "kind": "boosting",
            "trees": {k: v for k, v in self.trees.to_data().items() if k != "kind"},
            "start": self._start.tolist(),
            "link": self.link,
        }
