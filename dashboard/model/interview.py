"""The child process that gets to know a model without a card.

Started as ``python -m dashboard.model.interview``. Standard input carries two messages
(``frames``): the model file, and ``{"signed": false}``. The answer has what the bytes say of
themselves, and the model or the reason why it is refused:

    {"file": {...}, "model": {"kind": "regressor", "features": 4, ...}}     the child stays
    {"file": {...}, "refused": "..."}                                       the child ends

A child that stays answers {"card": {"kind": ..., "features": [...]}, "rows": [[...], ...]} with
{"answers": [[...], ...]} or {"problem": "..."}. It lives under the limits of ``opener``.
"""

import json
import sys
import warnings
from typing import Any

import numpy as np

from dashboard.model.asking import Asking
from dashboard.model.confine import confine, lift_cpu_limit
from dashboard.model.frames import read_frame, write_frame
from dashboard.model.opener import private_output
from dashboard.model.survey import survey
from dashboard.model.unpickle import open_estimator
from store.errors import ModelRefused


def main() -> None:
    """Open the model on standard input, say what it is, and answer for it."""
    warnings.simplefilter("ignore")  # nobody reads them here
    answers, questions = private_output(), sys.stdin.buffer
    confine()
    data, options = read_frame(questions), json.loads(read_frame(questions))
    estimator, told = introduced(data, signed=options["signed"])
    write_frame(answers, json.dumps({"file": survey(data), **told}).encode())
    if estimator is None:
        return
    lift_cpu_limit()
    while True:
        try:
            question = json.loads(read_frame(questions))
        except EOFError:
            return
        try:
            found = Asking(estimator, question["card"])(question["rows"])
            answer: dict[str, Any] = {"answers": found.tolist()}
        except Exception as error:  # whatever scikit-learn raises, the person is told
            answer = {"problem": f"{type(error).__name__}: {error}"[:500]}
        write_frame(answers, json.dumps(answer).encode())


def introduced(data: bytes, *, signed: bool) -> tuple[Any, dict[str, Any]]:
    """The estimator in a file (None if refused), and what to say of it."""
    try:
        estimator = open_estimator(data, signed=signed)
        return estimator, {"model": introduction(estimator)}
    except ModelRefused as error:
        return None, {"refused": str(error)}
    except MemoryError:
        return None, {"refused": "Opening the model takes more memory than a model may take."}
    except Exception as error:  # whatever a forged or old file makes scikit-learn raise
        return None, {"refused": f"It does not open: {type(error).__name__}: {error}"[:500]}


def introduction(estimator: Any) -> dict[str, Any]:
    """What an estimator says of itself. Raises ModelRefused for one that can predict nothing."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    if not (is_classifier(estimator) or is_regressor(estimator)):
        raise ModelRefused(
            f"The {name} is neither a classifier nor a regressor. Adopt the estimator or the whole "
            "Pipeline that predicts."
        )
    if is_classifier(estimator) and not hasattr(estimator, "predict_proba"):
        raise ModelRefused(
            f"The {name} tells no probabilities (it has no predict_proba), and the dashboard shows "
            "them. Wrap it in CalibratedClassifierCV, or take one that tells them."
        )
    if (width := getattr(estimator, "n_features_in_", None)) is None:
        raise ModelRefused(f"The {name} was never fitted. Adopt a fitted one.")
    names = getattr(estimator, "feature_names_in_", None)
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    return {
        "kind": "classifier" if is_classifier(estimator) else "regressor",
        "name": name,
        "features": int(width),
        "names": None if names is None else [str(name) for name in names],
        "classes": _classes(estimator) if is_classifier(estimator) else [],
        "importances": _importances(steps[-1], int(width)),
        "steps": [_step(step) for step in steps],
    }


def _classes(estimator: Any) -> list[bool | int | str]:
    """The classes as JSON has them. Raises ModelRefused for several targets at once."""
    classes = np.asarray(estimator.classes_)
    if classes.ndim != 1 or classes.dtype.kind not in "biufUSO":
        raise ModelRefused("It tells several targets at once, and a page shows one. Split it.")
    plain = classes.tolist()
    return [int(v) if isinstance(v, float) and v.is_integer() else v for v in plain]


def _importances(last: Any, width: int) -> list[float] | None:
    """How much impurity each feature removed, where the last step sees the features themselves."""
    try:
        found = np.asarray(last.feature_importances_, dtype=np.float64)
    except Exception:  # most have none, and some cannot compute them
        return None
    whole = found.shape == (width,) and np.isfinite(found).all()
    return found.tolist() if whole else None


def _step(step: Any) -> dict[str, Any]:
    """The import path under which people know a class, and every parameter, as text."""
    if not hasattr(step, "get_params"):
        return {"estimator": f"builtins.{type(step).__name__}", "parameters": {"is": repr(step)}}
    public = [part for part in type(step).__module__.split(".") if not part.startswith("_")]
    parameters = {k: repr(v)[:500] for k, v in sorted(step.get_params(deep=False).items())}
    return {"estimator": ".".join([*public, type(step).__name__]), "parameters": parameters}


if __name__ == "__main__":
    main()
