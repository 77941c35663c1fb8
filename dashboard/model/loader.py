"""The way in for a model: its bytes and its card become a ``Predictor``, or ``ModelRefused``.

Nothing is unpickled here. The bytes are checked against the card, then a child process opens
them once (``opener``) and hands back plain data. Where no exact plain form exists, the child
stays and answers over a pipe, with scikit-learn itself.
"""

import hashlib
import json
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.model.cache import Entry
from dashboard.model.child import Child, ChildFailed
from dashboard.model.flat import FlatModel
from store.errors import ModelRefused
from store.releases import MAX_MODEL_BYTES
from store.schema import ModelCard, encode

OPEN_SECONDS = 120.0  # importing scikit-learn alone takes 5 s, and 30 s on a crowded machine
ANSWER_SECONDS = 30.0
RTOL, ATOL = 1e-9, 1e-12  # matrix products differ that much between processors

Engine = Literal["flat", "scikit-learn"]


class Predictor(Protocol):
    """A model that answers, whatever stands behind it. Safe to share between threads."""

    @property
    def engine(self) -> Engine:
        """Who computes: our walker over plain data, or scikit-learn in a child process."""

    @property
    def reason(self) -> str | None:
        """Why it is scikit-learn, else None."""

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

    def __init__(self, model: FlatModel) -> None:
        self.model = model

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

    def __init__(self, data: bytes, card: ModelCard, child: Child, reason: str) -> None:
        self.reason: str | None = reason
        self._data, self._card = data, card
        self._child: Child | None = child
        self._owner = os.getpid()
        self._turn = threading.Lock()

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        """See ``Predictor``."""
        return self.predict_proba_rows([row])[0].tolist()  # type: ignore[no-any-return]

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        """See ``Predictor``. Raises ModelRefused if no child can be had."""
        x = np.asarray(rows, dtype=np.float64)
        width, classes = len(self._card.features), len(self._card.classes)
        if x.ndim != 2 or x.shape[1] != width or not np.isfinite(x).all():
            raise ValueError(f"Rows have {width} finite numbers each.")
        if not len(x):
            return np.empty((0, classes))
        answer = self._ask(json.dumps({"rows": x.tolist()}).encode())
        found = np.array(answer.get("probabilities", ()), dtype=np.float64)
        if found.shape != (len(x), classes):
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
                self._child, _ = _open_in_child(self._data, encode(self._card))
            try:
                return self._child.ask(question, seconds=ANSWER_SECONDS)
            except ChildFailed as error:
                self._child = None
                raise ModelRefused(
                    f"The process that serves the model {error}. The next request starts another."
                ) from error


def open_model(data: bytes, card: ModelCard, *, cache: Path | None = None) -> Predictor:
    """Open a model file that its card describes.

    Args:
        data: The model file, as ``store.releases.read_model`` gives it.
        card: Its card.
        cache: A folder of this program's own for verified flat models. Without one, every call
            starts a child process, which takes seconds.

    Raises:
        ModelRefused: A check failed; one sentence says which.
    """
    _check_file(data, card)
    described = encode(card)
    if cache is None:
        return _opened(data, card, described)
    entry = Entry.of(cache, model_sha256=card.file.sha256, card=described)
    if (model := entry.read()) and _is_golden(model, card):
        return FlatPredictor(model)
    with entry.locked():
        if (model := entry.read()) and _is_golden(model, card):  # somebody else was quicker
            return FlatPredictor(model)
        predictor = _opened(data, card, described)
        if isinstance(predictor, FlatPredictor):
            entry.write(predictor.model)
        return predictor


def _check_file(data: bytes, card: ModelCard) -> None:
    """Refuse bytes that are not those the card pins."""
    if len(data) > MAX_MODEL_BYTES:
        raise ModelRefused(
            f"The model file has {len(data):,} bytes; at most {MAX_MODEL_BYTES:,} are opened."
        )
    if len(data) != card.file.bytes:
        raise ModelRefused(
            f"The model file has {len(data):,} bytes where its card promises "
            f"{card.file.bytes:,}. Publish model and card together."
        )
    if (found := hashlib.sha256(data).hexdigest()) != card.file.sha256:
        raise ModelRefused(
            f"The model file has sha256 {found[:12]}... where its card promises "
            f"{card.file.sha256[:12]}...: it was changed after publishing. Publish it again."
        )


def _opened(data: bytes, card: ModelCard, described: bytes) -> FlatPredictor | ServedPredictor:
    child, answer = _open_in_child(data, described)
    if "served_by" in answer:
        return ServedPredictor(data, card, child, str(answer.get("reason")))
    child.close()
    model = FlatModel.from_data(answer["flat"])
    if not _is_golden(model, card):
        raise ModelRefused("The flat model answers differently from its card on golden rows.")
    return FlatPredictor(model)


def _open_in_child(data: bytes, described: bytes) -> tuple[Child, dict[str, Any]]:
    """A child that opened the model, and its answer: "flat" or "served_by"."""
    child = Child()
    try:
        answer = child.ask(data, described, seconds=OPEN_SECONDS)
    except ChildFailed as error:
        raise ModelRefused(
            f"The process that opened the model {error}. Do not use this file; publish it again."
        ) from error
    if "flat" in answer or "served_by" in answer:
        return child, answer
    child.close()
    raise ModelRefused(str(answer.get("refused", "The process that opened the model gave none.")))


def _is_golden(model: FlatModel, card: ModelCard) -> bool:
    """Whether the model answers the golden rows as its card promises."""
    if model.n_features != len(card.features) or model.n_classes != len(card.classes):
        return False
    found = model.predict_proba_rows(card.golden.rows)
    return np.allclose(found, card.golden.probabilities, rtol=RTOL, atol=ATOL)
