"""The child process that opens one model file: ``python -m dashboard.model.opener``.

Standard input carries three messages (``frames``): the model file, its card, and the options
``{"signed": false}``. One JSON answer goes back on what was standard output:

    {"flat": {...}}                                    the model as data; the child ends
    {"served_by": "scikit-learn", "reason": "..."}     no exact flat form; the child stays
    {"refused": "...", "versions": false}              one sentence; the child ends. "versions"
                                                       if it was made for others than those here

A child that stays answers {"rows": [[...], ...]} with {"probabilities": [[...], ...]} or
{"problem": "..."} until its input ends. It starts with no credentials in its environment, may
write no file, and has limits on memory, processor time, open files and new processes.
"""

import json
import os
import sys
import warnings
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from dashboard.model.asking import Asking
from dashboard.model.confine import MEMORY_BYTES, confine, lift_cpu_limit
from dashboard.model.flat import FlatModel
from dashboard.model.flatten import CannotFlatten, flatten
from dashboard.model.frames import read_frame, write_frame
from dashboard.model.promises import Answering, check_golden, check_interface
from dashboard.model.unpickle import open_estimator
from dashboard.model.versions import made_with
from store.errors import CannotOpen, ModelRefused


def main() -> None:
    """Open the model on standard input, answer, and serve it if need be."""
    warnings.simplefilter("ignore")  # nobody reads them here; what counts is the answer
    answers, questions = private_output(), sys.stdin.buffer
    confine()
    data = read_frame(questions)
    card = json.loads(read_frame(questions))
    options = json.loads(read_frame(questions))
    ask, answer = opened(data, card, signed=options["signed"])
    del data
    write_frame(answers, json.dumps(answer).encode())
    if ask is not None and "served_by" in answer:
        lift_cpu_limit()
        serve(ask, questions, answers)


def opened(
    data: bytes, card: Mapping[str, Any], *, signed: bool = False
) -> tuple[Answering | None, dict[str, Any]]:
    """How to ask the model in a file (None if refused), and the answer about it."""
    try:
        if data.startswith(b"{"):
            return None, {"flat": _flat(data, card).to_data()}
        estimator = open_estimator(data, signed=signed)
        check_interface(estimator, card)
        ask = Asking(estimator, card)
        golden = check_golden(ask, card)
    except MemoryError:
        limit = MEMORY_BYTES // 2**20
        return None, {"refused": f"Opening the model takes more than {limit:,} MiB of memory."}
    except CannotOpen as error:
        return None, {"refused": str(error), "versions": bool(made_with(card["software"]))}
    except ModelRefused as error:
        return None, {"refused": str(error)}
    except Exception as error:  # whatever a forged or old model makes scikit-learn raise
        problem = f"The model does not open: {type(error).__name__}: {error}"[:500]
        return None, {"refused": problem, "versions": bool(made_with(card["software"]))}
    ranges = np.array([[f["minimum"], f["maximum"]] for f in card["features"]], dtype=np.float64)
    try:
        texts = [feature.get("categories") for feature in card["features"]]
        flat = flatten(estimator, golden, ranges, ask=ask, categories=texts)
        return ask, {"flat": flat.to_data()}
    except CannotFlatten as error:
        return ask, {"served_by": "scikit-learn", "reason": str(error)}
    except Exception as error:  # likewise: exactness was not shown, the estimator itself is sound
        problem = f"its flat form could not be checked ({type(error).__name__})"
        return ask, {"served_by": "scikit-learn", "reason": problem}


def _flat(data: bytes, card: Mapping[str, Any]) -> FlatModel:
    """The flat model in a file, if it is the one its card describes. Raises ModelRefused."""
    flat = FlatModel.from_json(data)
    if flat.n_features != (width := len(card["features"])):
        raise ModelRefused(
            f"The flat model takes {flat.n_features:,} features; its card lists {width}."
        )
    check_golden(flat.predict_proba_rows, card)
    return flat


def serve(ask: Answering, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer predictions until the questions end."""
    while True:
        try:
            rows = json.loads(read_frame(questions))["rows"]
        except EOFError:
            return
        try:
            answer: dict[str, Any] = {"probabilities": ask(rows).tolist()}
        except Exception as error:  # the web process turns it into its own error
            answer = {"problem": f"{type(error).__name__}: {error}"[:500]}
        write_frame(answers, json.dumps(answer).encode())


def private_output() -> IO[bytes]:
    """The pipe to the parent under a number of its own; whatever prints goes nowhere."""
    private = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return private


if __name__ == "__main__":
    main()
