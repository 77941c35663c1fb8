"""The folder of a process's journal, and those of processes that are gone.

Whoever lives holds a lock on his folder; the kernel takes it from a process that ends in any way.
A folder without it is taken over by the first who finds it.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

SUFFIX = ".journal"


class Home:
    """A folder that this process alone holds, until ``leave``."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.folder = folder
        self._lock = lock

    def segments(self, stream: str) -> list[Path]:
        """The files of one stream, the oldest first."""
        return sorted(self.folder.glob(f"{stream}-*{SUFFIX}"))

    @property
    def is_read(self) -> bool:
        """Whether no file of a journal is left here."""
        return not any(self.folder.glob(f"*{SUFFIX}"))

    def leave(self) -> None:
        """Give it up; a folder whose journal is read goes."""
        if self.is_read:
            shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def new_home(root: Path) -> Home:
    """A folder for this process. Raises OSError where none can be made."""
    root.mkdir(parents=True, exist_ok=True)
    while True:
        folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        if (home := _taken(folder)) is not None:
            return home


def abandoned(root: Path) -> Iterator[Home]:
    """The folders whose processes are gone, now ours."""
    for folder in sorted(path for path in root.glob("*-*") if path.is_dir()):
        if (home := _taken(folder)) is not None:
            yield home


def _taken(folder: Path) -> Home | None:
    """The folder, locked; None where somebody holds it, or took it away meanwhile."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(lock).st_ino == folder.stat().st_ino:
            return Home(folder, lock)
    except OSError:
        pass
    os.close(lock)
    return None
