"""Models that answer: from plain data, or by scikit-learn in a child process."""

import json
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.model.child import Child, ChildFailed
from dashboard.model.flat import FlatModel
from store.errors import ModelRefused
from store.schema import ModelCard

ANSWER_SECONDS = 30.0

Engine = Literal["flat", "scikit-learn"]


class Predictor(Protocol):
    """A model that answers, whatever stands behind it. Safe to share between threads.

    A row has one number a feature; a category stands as its place among those of its feature.
    A regressor answers with one number, its prediction, where a classifier has one probability
    for each class.
    """

    @property
    def engine(self) -> Engine:
        """Who computes: our walker over plain data, or scikit-learn in a child process."""

    @property
    def reason(self) -> str | None:
        """Why it is scikit-learn, else None."""

    @property
    def notice(self) -> str | None:
        """One sentence for people if it was made with other versions than those here."""

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        """The probability of each class for one row. Raises ValueError for a bad row."""

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        """The same for n rows: (n, n_features) -> (n, n_classes)."""

    def close(self) -> None:
        """Give back what it holds."""


class FlatPredictor:
    """A flat model as a ``Predictor``; ``model`` is the data itself."""

    engine: Engine = "flat"
    reason: str | None = None

    def __init__(self, model: FlatModel, notice: str | None = None) -> None:
        self.model, self.notice = model, notice

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        """See ``Predictor``."""
        return self.model.predict_proba(row)

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        """See ``Predictor``."""
        return self.model.predict_proba_rows(rows)

    def close(self) -> None:
        """Nothing to give back."""


class ServedPredictor:
    """scikit-learn in a child process as a ``Predictor``.

    A child belongs to the process that started it: after a fork, and after the child died, the
    next question starts a new one, which passes all checks again.
    """

    engine: Engine = "scikit-learn"

    def __init__(
        self, card: ModelCard, start: Callable[[], Child], child: Child, reason: str
    ) -> None:
        """``child`` has opened the model; ``start`` gives another that has. May raise."""
        self.reason: str | None = reason
        self.notice: str | None = None
        self._card, self._start = card, start
        self._child: Child | None = child
        self._owner = os.getpid()
        self._turn = threading.Lock()

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        """See ``Predictor``."""
        return self.predict_proba_rows([row])[0].tolist()  # type: ignore[no-any-return]

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        """See ``Predictor``. Raises ModelRefused if no child can be had."""
        x = np.asarray(rows, dtype=np.float64)
        width, outputs = len(self._card.features), self._card.outputs
        if x.ndim != 2 or x.shape[1] != width or not np.isfinite(x).all():
            raise ValueError(f"Rows have {width} finite numbers each.")
        if not len(x):
            return np.empty((0, outputs))
        answer = self._ask(json.dumps({"rows": x.tolist()}).encode())
        found = np.array(answer.get("probabilities", ()), dtype=np.float64)
        if found.shape != (len(x), outputs):
            raise ValueError("The model has no answer to these rows.")
        return found

    def close(self) -> None:
        """End the child process."""
        if self._child is not None and self._owner == os.getpid():
            self._child.close()
        self._child = None

    def _ask(self, question: bytes) -> dict[str, Any]:
        if self._owner != os.getpid():  # the child and the lock stayed with the other process
            self._child, self._turn, self._owner = None, threading.Lock(), os.getpid()
        with self._turn:
            if self._child is None:
                self._child = self._start()
            try:
                return self._child.ask(question, seconds=ANSWER_SECONDS)
            except ChildFailed as error:
                self._child = None
                raise ModelRefused(
                    f"The process that serves the model {error}. The next request starts another."
                ) from error
