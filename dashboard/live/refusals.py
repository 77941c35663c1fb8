"""Which models were refused, for a while: by every worker of this machine, and after a restart.

So workers agree, and one that starts while a broken model is released does not open it again
before it can answer with the one before.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import platform
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

REFUSED_SECONDS = 600.0  # it may have been for a crowded machine: ask again after a while
PACKAGES = ("scikit-learn", "numpy", "joblib")


class Refusals:
    """Reasons by the sha256 of a model's card, which pins the model file.

    Args:
        folder: Where workers share them; None keeps them in this process.
        signed: Whether releases are signed, which lets more models pass.
    """

    def __init__(self, folder: Path | None, *, signed: bool) -> None:
        self._folder = folder
        self._about = [platform.python_version(), *map(metadata.version, PACKAGES), str(signed)]
        self._reasons: dict[str, tuple[float, str]] = {}

    def reason(self, card_sha256: str) -> str | None:
        """Why the model of this card was refused lately, or None."""
        found = self._reasons.get(card_sha256) or self._read(card_sha256)
        if found is None or not 0 <= time.time() - found[0] < REFUSED_SECONDS:
            return None
        self._reasons[card_sha256] = found
        return found[1]

    def add(self, card_sha256: str, reason: str) -> None:
        """Refuse the model of this card for a while."""
        self._reasons[card_sha256] = refusal = (time.time(), reason)
        if (path := self._path(card_sha256)) is None:
            return
        with contextlib.suppress(OSError):  # then each worker finds out for itself
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(refusal, file)
            os.replace(draft, path)

    @contextlib.contextmanager
    def alone(self, card_sha256: str) -> Iterator[None]:
        """Alone among the workers with the model of this card: one judges it, the others wait.

        The lock ends with its holder; where there can be none, everybody judges for himself.
        """
        with contextlib.ExitStack() as stack:
            if (path := self._path(card_sha256)) is not None:
                with contextlib.suppress(OSError):
                    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                    file = stack.enter_context(path.with_suffix(".lock").open("ab"))
                    fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def forget(self) -> bool:
        """Drop what was refused long ago; whether there was something."""
        old = [card for card in self._reasons if self.reason(card) is None]
        for card in old:
            del self._reasons[card]
        return bool(old)

    def _path(self, card_sha256: str) -> Path | None:
        if self._folder is None:
            return None
        name = hashlib.sha256("\n".join([*self._about, card_sha256]).encode()).hexdigest()
        return self._folder / f"{name}.json"

    def _read(self, card_sha256: str) -> tuple[float, str] | None:
        if (path := self._path(card_sha256)) is None:
            return None
        try:
            when, reason = json.loads(path.read_bytes())
            return float(when), str(reason)
        except (OSError, ValueError, TypeError):
            return None
