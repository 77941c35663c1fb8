"""Verified flat models on disk, so that a restart or a second worker answers at once.

An entry is named by all that its content depends on: the model file, its card, and the versions
that opened it. It is written beside its place and moved there; one that does not read is as good
as none. The folder must belong to this program: whoever writes there decides what is answered.
"""

import contextlib
import fcntl
import hashlib
import os
import platform
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from dashboard.model.flat import FORMAT, FlatModel
from store.errors import ModelRefused


@dataclass(frozen=True)
class Entry:
    """The place of one model in a cache folder."""

    path: Path

    @classmethod
    def of(cls, folder: Path, *, model_sha256: str, card: bytes) -> "Entry":
        """Where the model with this hash and this card belongs."""
        versions = [f"{p}-{metadata.version(p)}" for p in ("scikit-learn", "numpy", "joblib")]
        parts = (
            f"format-{FORMAT}",
            f"python-{platform.python_version()}-{platform.machine()}",
            *versions,
            model_sha256,
            hashlib.sha256(card).hexdigest(),
        )
        name = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return cls(folder / f"{name}.json")

    def read(self) -> FlatModel | None:
        """The model, or None if it is not there or does not read."""
        try:
            check, _, text = self.path.read_bytes().partition(b"\n")
            if hashlib.sha256(text).hexdigest().encode() != check:
                return None
            return FlatModel.from_json(text)
        except (OSError, ModelRefused):
            return None

    def write(self, model: FlatModel) -> None:
        """Keep the model. A folder that cannot be written costs time at the next start only."""
        text = model.to_json().encode()
        draft = None
        try:
            handle, draft = tempfile.mkstemp(prefix=".draft-", dir=self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            os.replace(draft, self.path)
        except OSError:
            if draft is not None:
                with contextlib.suppress(OSError):
                    os.unlink(draft)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with this entry among all processes and threads; the lock ends with its holder.

        Where there can be no lock, everybody goes on alone.
        """
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                file = stack.enter_context(self.path.with_suffix(".lock").open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX)
            yield
