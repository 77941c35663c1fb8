"""The secret that receipts are signed with: given by a setting, or made once and kept.

Any text of at least 32 characters does; the key is derived from it (HKDF, RFC 5869), so that hosts
that only generate texts can give one.
"""

import contextlib
import logging
import os
import secrets
import tempfile
from pathlib import Path
from typing import NamedTuple

from dashboard.settings import LEAST_SECRET

log = logging.getLogger(__name__)

FILE = "receipt.key"


class Secret(NamedTuple):
    """The text; ``lasting`` is False where it is gone when this server ends."""

    text: str
    lasting: bool


def secret_of(given: str, folder: Path) -> Secret:
    """The secret that was given, else the one kept in a folder of this program's own.

    Where nothing can be kept there, it is a new one for as long as this process lives. Call it
    before the workers are forked, which then share it.

    Args:
        given: The setting, or "".
        folder: Where ``receipt.key`` is, or is made, for its owner alone.
    """
    if given:
        return Secret(given, lasting=True)
    try:
        return Secret(_kept(folder / FILE), lasting=True)
    except (OSError, ValueError) as error:
        log.warning("receipts: no key is kept, they hold until this server ends: %s", error)
        return fresh()


def fresh() -> Secret:
    """A new secret, which nobody keeps."""
    return Secret(secrets.token_hex(32), lasting=False)


def _kept(path: Path) -> str:
    """The secret in the file, which is written whole if it is not there. Raises OSError."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".draft-", dir=path.parent)  # with mode 600
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            with contextlib.suppress(FileExistsError):  # of two that start at once one is first
                os.link(draft, path)
        finally:
            os.unlink(draft)
    if path.stat().st_mode & 0o077:
        raise ValueError(f"{path} can be read by others; take their rights, or remove it.")
    text = path.read_text(encoding="ascii").strip()
    if len(text) < LEAST_SECRET:
        raise ValueError(f"{path} has less than {LEAST_SECRET} characters; remove it.")
    return text
