"""Of the processes of a server one leads: the first that asks, and when it has ended another."""

import contextlib
import fcntl
import os
from pathlib import Path

from dashboard.forks import after_fork


class Lead:
    """Asked by each process; the kernel takes the lead from one that ends in any way.

    Args:
        lock: A file that is made if need be, in the folder that the processes share.
    """

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._held: int | None = None
        after_fork(self._forget)

    def is_ours(self) -> bool:
        """Whether this process leads. Where no file can be made, every one may think so."""
        if self._held is None:
            try:
                self._lock.parent.mkdir(parents=True, exist_ok=True)
                held = os.open(self._lock, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                return True
            with contextlib.suppress(OSError):
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._held = held
                return True
            os.close(held)
        return self._held is not None

    def _forget(self) -> None:
        """In a child: what its parent holds is not its own."""
        self._held = None
