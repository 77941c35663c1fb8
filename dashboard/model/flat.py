"""A fitted model as plain numbers, and the walker that answers from them.

A flat model is an encoding of categories, if it takes any, a few elementwise steps (what scalers
do) and one predictor (trees, boosted trees or a linear model). It answers bit for bit what
scikit-learn's ``predict_proba`` answers, or ``predict`` of a regressor; ``flatten`` proves that
before it lets one out. It holds no code and becomes JSON and back without loss.

    >>> model = FlatModel.from_json(text)           # doctest: +SKIP
    >>> model.predict_proba([13.2, 1.78, 2.14])     # doctest: +SKIP
    [0.91, 0.06, 0.03]
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.model.arrays import Floats, floats, require
from dashboard.model.boosting import Boosting
from dashboard.model.encoding import Encoding
from dashboard.model.linear import Linear, Regression
from dashboard.model.trees import Trees
from store.errors import ModelRefused

FORMAT = 1
Operation = Literal["subtract", "divide", "multiply", "add", "clip"]


@dataclass(frozen=True, eq=False)
class Step:
    """One elementwise operation on a row: with one number a feature, or "clip" to [low, high]."""

    operation: Operation
    values: ArrayLike
    _values: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        require(self.operation in get_args(Operation), "a step has an unknown operation")
        values = floats(self.values, "a step", ndim=1)
        require(self.operation != "divide" or values.all(), "a step divides by zero")
        object.__setattr__(self, "_values", values)

    def fits(self, n_features: int) -> bool:
        """Whether it can be applied to rows of this many features."""
        return len(self._values) == (2 if self.operation == "clip" else n_features)

    def apply(self, rows: Floats) -> None:
        """Change the rows in place, in one operation, as scikit-learn's scalers do."""
        if self.operation == "clip":
            np.clip(rows, self._values[0], self._values[1], out=rows)
        elif self.operation == "subtract":
            np.subtract(rows, self._values, out=rows)
        elif self.operation == "divide":
            np.divide(rows, self._values, out=rows)
        elif self.operation == "multiply":
            np.multiply(rows, self._values, out=rows)
        else:
            np.add(rows, self._values, out=rows)

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps."""
        return {"operation": self.operation, "values": self._values.tolist()}


@dataclass(frozen=True, eq=False)
class FlatModel:
    """An encoding if need be, steps, then a predictor; safe to share between threads.

    Raises:
        ModelRefused: The parts do not fit together.
    """

    n_features: int
    steps: tuple[Step, ...]
    predictor: Trees | Boosting | Linear | Regression
    encoding: Encoding | None = None

    def __post_init__(self) -> None:
        width = self.n_features
        if self.encoding is not None:
            require(width == self.encoding.n_features, "its encoders have other features")
            width = self.encoding.width
        require(width == self.predictor.n_features, "its parts have other features")
        require(all(step.fits(width) for step in self.steps), "a step has other features")

    @property
    def n_classes(self) -> int:
        """How many numbers an answer has: probabilities, or the one that a regressor predicts."""
        return self.predictor.n_classes

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        """The probability of each class, or the predicted number, for one row.

        Args:
            row: One finite number a feature, in the order of the card.

        Raises:
            ValueError: Too few or too many numbers, or one that is not finite or too large.
        """
        if len(row) != self.n_features:
            raise ValueError(f"A row has {self.n_features} numbers, not {len(row)}.")
        try:
            if not isfinite(sum(row)):  # NaN and infinity survive a sum
                raise OverflowError
            if not self.steps and self.encoding is None:
                return self.predictor.predict(row)
            stepped = self._stepped(np.array([row], dtype=np.float64))[0].tolist()
            if not isfinite(sum(stepped)):
                raise OverflowError
            return self.predictor.predict(stepped)
        except OverflowError as error:
            raise ValueError("A number in the row is not finite, or too large.") from error

    @property
    def predict_finite(self) -> Callable[[Sequence[float]], list[float]]:
        """What does the same for a row of the right number of finite numbers.

        It raises ValueError or OverflowError for one that is too large.
        """
        is_alone = not self.steps and self.encoding is None
        return self.predictor.predict if is_alone else self.predict_proba

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        """The probabilities of n rows, (n, n_features) -> (n, n_classes).

        Bit for bit what ``predict_proba`` answers for each row alone.

        Raises:
            ValueError: Another shape, or a number that is not finite or too large.
        """
        x = np.array(rows, dtype=np.float64, order="C")
        if x.ndim != 2 or x.shape[1] != self.n_features:
            raise ValueError(f"Rows have the shape (n, {self.n_features}), not {x.shape}.")
        try:
            if not np.isfinite(x).all() or not np.isfinite(x := self._stepped(x)).all():
                raise OverflowError
            return self.predictor.predict_rows(x)
        except OverflowError as error:
            raise ValueError("A number in the rows is not finite, or too large.") from error

    def _stepped(self, x: Floats) -> Floats:
        """The rows after encoding and steps; what is given may change."""
        x = x if self.encoding is None else self.encoding.apply(x)
        with np.errstate(over="ignore", invalid="ignore"):  # the caller looks at the result
            for step in self.steps:
                step.apply(x)
        return x

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps."""
        return {
            "format": FORMAT,
            "n_features": self.n_features,
            **({"encoding": self.encoding.to_data()} if self.encoding is not None else {}),
            "steps": [step.to_data() for step in self.steps],
            "predictor": self.predictor.to_data(),
        }

    def to_json(self) -> str:
        """Compact JSON; floats come back exactly."""
        return json.dumps(self.to_data(), separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> "FlatModel":
        """The model that ``to_json`` wrote. Raises ModelRefused."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelRefused("The flat model is not JSON. Publish the model again.") from error
        return cls.from_data(data)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "FlatModel":
        """The model that ``to_data`` gave, after JSON. Raises ModelRefused."""
        try:
            require(data["format"] == FORMAT, f"its format is not {FORMAT}")
            width = data["n_features"]
            require(type(width) is int and width >= 1, "it has no number of features")
            steps = tuple(Step(step["operation"], step["values"]) for step in data["steps"])
            encoding = Encoding(width, **data["encoding"]) if "encoding" in data else None
            inner = width if encoding is None else encoding.width
            return cls(width, steps, _predictor(inner, dict(data["predictor"])), encoding)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ModelRefused(
                "The flat model is broken: a part is missing or of the wrong kind. "
                "Publish the model again."
            ) from error


def _predictor(width: int, data: dict[str, Any]) -> Trees | Boosting | Linear | Regression:
    """The last stage, from what JSON kept. Raises ModelRefused, KeyError or TypeError."""
    kind = data.pop("kind")
    if kind == "boosting":
        return Boosting(_trees(width, data["trees"]), data["start"], data["link"])
    if kind == "regression":
        return Regression(width, **data)
    if kind == "linear":
        return Linear(width, **data)
    require(kind == "trees", "its predictor is of an unknown kind")
    return _trees(width, data)


def _trees(width: int, data: Mapping[str, Any]) -> Trees:
    require(type(data.get("trees")) is int, "it has no number of trees")
    return Trees(width, **data)
