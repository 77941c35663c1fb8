"""The child process that opens one model file: ``python -m dashboard.model.opener``.

Standard input carries two messages (``frames``): the model file and its card. One JSON answer
goes back on what was standard output:

    {"flat": {...}}                                    the model as data; the child ends
    {"served_by": "scikit-learn", "reason": "..."}     no exact flat form; the child stays
    {"refused": "..."}                                 one sentence; the child ends

A child that stays answers {"rows": [[...], ...]} with {"probabilities": [[...], ...]} or
{"problem": "..."} until its input ends. It starts with no credentials in its environment, may
write no file, and has limits on memory, processor time, open files and new processes.
"""

import json
import os
import resource
import sys
import warnings
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from dashboard.model.arrays import Floats
from dashboard.model.flatten import CannotFlatten, flatten, probabilities
from dashboard.model.frames import read_frame, write_frame
from dashboard.model.unpickle import open_estimator
from store.errors import ModelRefused

MEMORY_BYTES = 3 * 2**30  # of address space: scikit-learn and its libraries map about 1 GiB
CPU_SECONDS = 60
OPEN_FILES = 64
RTOL, ATOL = 1e-9, 1e-12  # matrix products differ that much between processors


def main() -> None:
    """Open the model on standard input, answer, and serve it if need be."""
    limit_resources()
    warnings.simplefilter("ignore")  # nobody reads them here; what counts is the answer
    answers, questions = _private_output(), sys.stdin.buffer
    data = read_frame(questions)
    card = json.loads(read_frame(questions))
    estimator, answer = opened(data, card)
    del data
    write_frame(answers, json.dumps(answer).encode())
    if "served_by" in answer:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
        serve(estimator, questions, answers)


def limit_resources() -> None:
    """Give up what opening a model does not need. The soft CPU limit alone is lifted later."""
    _, cpu = resource.getrlimit(resource.RLIMIT_CPU)
    for kind, limit in (
        (resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
        (resource.RLIMIT_CPU, (CPU_SECONDS, cpu)),
        (resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES)),
        (resource.RLIMIT_FSIZE, (0, 0)),
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_NPROC, (0, 0)),  # no effect for root, who is exempt
    ):
        resource.setrlimit(kind, limit)


def opened(data: bytes, card: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The estimator in a model file (None if refused) and the answer about it."""
    try:
        estimator = open_estimator(data)
        _check_interface(estimator, card)
        golden = _check_golden(estimator, card)
    except ModelRefused as error:
        return None, {"refused": str(error)}
    except MemoryError:
        limit = MEMORY_BYTES // 2**20
        return None, {"refused": f"Opening the model takes more than {limit:,} MiB of memory."}
    except Exception as error:  # whatever a forged model makes scikit-learn raise is a refusal
        return None, {"refused": f"The model does not open: {type(error).__name__}: {error}"[:500]}
    ranges = np.array([[f["minimum"], f["maximum"]] for f in card["features"]], dtype=np.float64)
    try:
        return estimator, {"flat": flatten(estimator, golden, ranges).to_data()}
    except CannotFlatten as error:
        return estimator, {"served_by": "scikit-learn", "reason": str(error)}
    except Exception as error:  # likewise: exactness was not shown, the estimator itself is sound
        problem = f"its flat form could not be checked ({type(error).__name__})"
        return estimator, {"served_by": "scikit-learn", "reason": problem}


def serve(estimator: Any, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer predictions until the questions end."""
    while True:
        try:
            rows = json.loads(read_frame(questions))["rows"]
        except EOFError:
            return
        try:
            found = probabilities(estimator, np.array(rows, dtype=np.float64))
            answer: dict[str, Any] = {"probabilities": found.tolist()}
        except Exception as error:  # the web process turns it into its own error
            answer = {"problem": f"{type(error).__name__}: {error}"[:500]}
        write_frame(answers, json.dumps(answer).encode())


def _private_output() -> IO[bytes]:
    """The pipe to the parent under a number of its own; whatever prints goes nowhere."""
    private = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return private


def _check_interface(estimator: Any, card: Mapping[str, Any]) -> None:
    """Refuse an estimator that is not the classifier its card describes."""
    name = type(estimator).__name__
    if not hasattr(estimator, "predict_proba"):
        raise ModelRefused(
            f"The {name} has no predict_proba; publish a classifier that gives probabilities."
        )
    if getattr(estimator, "n_features_in_", None) is None or not hasattr(estimator, "classes_"):
        raise ModelRefused(f"The {name} was never fitted. Publish a fitted classifier.")
    features = [feature["name"] for feature in card["features"]]
    if (width := int(estimator.n_features_in_)) != len(features):
        raise ModelRefused(f"The {name} takes {width} features; its card lists {len(features)}.")
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and list(names) != features:
        raise ModelRefused(
            f"The {name} was fitted on features of other names, or in another order, than its "
            "card lists. Publish model and card together."
        )
    classes = [value["value"] for value in card["classes"]]
    if np.asarray(estimator.classes_).tolist() != classes:
        raise ModelRefused(
            f"The {name} knows {len(estimator.classes_)} classes that are not the "
            f"{len(classes)} of its card, in their order. Publish model and card together."
        )


def _check_golden(estimator: Any, card: Mapping[str, Any]) -> Floats:
    """The golden rows, if the estimator answers on them as its card promises."""
    rows = np.array(card["golden"]["rows"], dtype=np.float64)
    expected = np.array(card["golden"]["probabilities"], dtype=np.float64)
    found = probabilities(estimator, rows)
    if found.shape == expected.shape and np.allclose(found, expected, rtol=RTOL, atol=ATOL):
        return rows
    wrong = int((~np.isclose(found, expected, rtol=RTOL, atol=ATOL)).any(axis=1).sum())
    trained = card["software"].get("scikit-learn", "an unnamed version")
    from sklearn import __version__ as here

    raise ModelRefused(
        f"The model answers differently from its card on {wrong} of {len(rows)} golden rows. It "
        f"was trained with scikit-learn {trained}, here is {here}; train and publish it again."
    )


if __name__ == "__main__":
    main()
