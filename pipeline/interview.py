"""A model file opened in a child process of the web half, and asked what it is.

The two halves import nothing of each other: this one starts ``python -m dashboard.model.interview``
and talks to it. The file is never opened in this process.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from pipeline import REPOSITORY
from pipeline.cards import as_numbers
from store.errors import DataError, ModelRefused
from store.schema import CardFeature

SECONDS = 180.0  # crowded machines have needed 120 s to import scikit-learn and open a forest
ROWS_AT_ONCE = 5_000
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH", "TZ")


class Interview:
    """A model that was opened; close it when nothing more is asked.

    Args:
        data: The model file.
        signed: Whether any scikit-learn estimator may open, because a signature will vouch for it.

    Attributes:
        file: What its bytes say of themselves (see ``dashboard.model.survey``).
        model: What it says of itself (see ``dashboard.model.interview``); None if it is refused.
        refused: The reason why it is refused, else None.
    """

    def __init__(self, data: bytes, *, signed: bool = False) -> None:
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-m", "dashboard.model.interview"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=kept | threads,  # no credentials, no database
            cwd=REPOSITORY,
        )
        told = self._ask(data, json.dumps({"signed": signed}).encode())
        self.file: dict[str, Any] = told["file"]
        self.model: dict[str, Any] | None = told.get("model")
        self.refused: str | None = told.get("refused")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        self._process.kill()
        self._process.communicate()

    def answers(self, card: Mapping[str, Any], rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """What the model says of rows of numbers: (n, features) -> (n, outputs).

        Raises:
            DataError: It has no answer to them.
            ModelRefused: The child is gone.
        """
        found = []
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = rows[start : start + ROWS_AT_ONCE].tolist()
            told = self._ask(json.dumps({"card": card, "rows": part}).encode())
            if "answers" not in told:
                raise DataError(f"The model has no answer to the rows: {told.get('problem')}.")
            found += told["answers"]
        return np.array(found, dtype=np.float64)

    def _ask(self, *messages: bytes) -> dict[str, Any]:
        late = threading.Timer(SECONDS, self._process.kill)
        late.daemon = True
        late.start()
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            for message in messages:  # as ``dashboard.model.frames`` reads them
                stdin.write(len(message).to_bytes(8, "big") + message)
            stdin.flush()
            size = int.from_bytes(stdout.read(8), "big")
            answer = json.loads(stdout.read(size))
        except (OSError, ValueError) as error:
            self.close()
            raise ModelRefused(
                "The process that opened the model ended without an answer, or took over "
                f"{SECONDS:g} s. Do not use this file; dump the model again. (It needs the "
                "packages of the web half: requirements.txt.)"
            ) from error
        finally:
            late.cancel()
        return dict(answer)


def stand_in(interview: Interview, features: Sequence[CardFeature]) -> Any:
    """An estimator for scikit-learn's own metrics, whose answers come from the child."""
    model = interview.model
    assert model is not None
    if model["kind"] == "regressor":
        return _Regressor(interview, features)
    return _Classifier(interview, features)


class _Asked(BaseEstimator):  # type: ignore[misc]
    """What both stand-ins share."""

    def __init__(self, interview: Interview, features: Sequence[CardFeature]) -> None:
        self.interview = interview
        self.features = features
        model = interview.model
        assert model is not None
        self._card = {
            "kind": model["kind"],
            "features": [{"name": f.name, "categories": f.categories} for f in features],
        }
        if model["importances"] is not None:
            self.feature_importances_ = np.array(model["importances"])

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, _rows: Any, _true: Any = None) -> Self:
        """It is fitted, elsewhere."""
        return self

    def asked(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """The answers to rows as the table has them."""
        named = rows.set_axis([feature.name for feature in self.features], axis=1)
        return self.interview.answers(self._card, as_numbers(named, self.features))


class _Classifier(ClassifierMixin, _Asked):  # type: ignore[misc]
    """Names the class of the highest probability, as the dashboard does."""

    @property
    def classes_(self) -> np.ndarray[Any, Any]:
        """The classes in the model's order."""
        assert self.interview.model is not None
        return np.array(self.interview.model["classes"])

    def predict_proba(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """The probability of each class."""
        return self.asked(rows)

    def predict(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """The most probable class."""
        found: np.ndarray[Any, Any] = self.classes_[self.asked(rows).argmax(axis=1)]
        return found


class _Regressor(RegressorMixin, _Asked):  # type: ignore[misc]
    """Predicts a number."""

    def predict(self, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
        """The number."""
        found: np.ndarray[Any, Any] = self.asked(rows)[:, 0]
        return found
