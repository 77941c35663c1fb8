"""Whether the web half would open a model, asked of the web half itself before publishing.

The two halves import nothing of each other: this one starts ``python -m dashboard.model.check``
and reads its answer.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.errors import ModelRefused
from store.schema import ModelCard, encode

ROOT = Path(__file__).resolve().parents[1]
CHECK_SECONDS = 180.0  # its child may take 120 s, which crowded machines have needed


@dataclass(frozen=True)
class Opening:
    """How a model would be served.

    Args:
        engine: "flat" (its numbers, by the web half itself) or "scikit-learn" (in a child).
        flat: The flat form as ``flat.json`` keeps it, where there is one.
        reason: Why there is no flat form, else None.
    """

    engine: str
    flat: bytes | None
    reason: str | None


def check_opens(model: bytes, card: ModelCard, *, signed: bool = False) -> Opening:
    """Open a model the way the web half will, with all its checks.

    Args:
        model: The model file.
        card: Its card, which pins the file.
        signed: Whether its release will be signed; then any scikit-learn estimator may open.

    Raises:
        ModelRefused: The web half would not serve it; the text says why.
    """
    answer = _ask(_framed(model) + _framed(encode(card)), ["--signed"] if signed else [])
    if "engine" not in answer:
        raise ModelRefused(str(answer.get("refused", "The check of the model gave no answer.")))
    flat = answer["flat"]
    text = None if flat is None else json.dumps(flat, separators=(",", ":"), allow_nan=False)
    return Opening(answer["engine"], text.encode() if text else None, answer["reason"])


def _ask(question: bytes, options: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "dashboard.model.check", *options]
    try:
        done = subprocess.run(
            command, input=question, stdout=subprocess.PIPE, timeout=CHECK_SECONDS, cwd=ROOT
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise ModelRefused(f"The check of the model took over {CHECK_SECONDS:g} s.") from error
    except ValueError as error:
        raise ModelRefused(
            f"The check of the model ended without an answer (exit code {done.returncode}). "
            "It needs the packages of the web half: install requirements.txt."
        ) from error
    return answer if isinstance(answer, dict) else {}


def _framed(data: bytes) -> bytes:
    """A message as ``dashboard.model.frames`` reads it: eight bytes that count, then as many."""
    return len(data).to_bytes(8, "big") + data
