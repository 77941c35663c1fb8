"""Whether a model file opens here: ``python -m dashboard.model.check [--signed] < frames``.

Standard input carries two messages (``frames``): the model file and its card. One line of JSON
goes to standard output, and the exit code is 0:

    {"engine": "flat", "flat": {...}, "reason": null}
    {"engine": "scikit-learn", "flat": null, "reason": "..."}
    {"refused": "..."}

The file passes everything that it passes before it serves, in the same child process. The offline
half asks this way, so that it publishes nothing that the web half would refuse.
"""

import json
import sys
from typing import Any

from dashboard.model.frames import read_frame
from dashboard.model.loader import FlatPredictor, open_model
from store.errors import CellarError
from store.schema import ModelCard, decode


def main() -> None:
    """Answer about the model and card on standard input."""
    data, card = read_frame(sys.stdin.buffer), read_frame(sys.stdin.buffer)
    answer = checked(data, card, signed="--signed" in sys.argv[1:])
    sys.stdout.write(json.dumps(answer, separators=(",", ":"), allow_nan=False) + "\n")


def checked(data: bytes, card: bytes, *, signed: bool) -> dict[str, Any]:
    """The answer about a model file and its card."""
    try:
        predictor = open_model(data, decode(ModelCard, card, name="The card"), signed=signed)
    except CellarError as error:
        return {"refused": str(error)}
    flat = predictor.model.to_data() if isinstance(predictor, FlatPredictor) else None
    predictor.close()
    return {"engine": predictor.engine, "flat": flat, "reason": predictor.reason}


if __name__ == "__main__":
    main()
