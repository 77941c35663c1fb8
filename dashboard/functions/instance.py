"""What is live in one instance of a function, which is frozen between two requests."""

import threading
import time

from dashboard.live.polling import pause
from dashboard.live.snapshot import Live
from dashboard.live.watcher import LiveRelease


class Instance:
    """Opens the release at its start, and looks for a new one within requests.

    No thread does so: it would be frozen with the instance, or be billed for. Now and then one
    request looks at the pointer, and waits for the new model where there is one; those beside it
    are answered by the model before. While the store fails it is asked less often, and what is
    open goes on.

    Args:
        release: Loads what the store's pointer names.
        poll_seconds: How long one look is good for; 0 never looks again.
    """

    def __init__(self, release: LiveRelease, *, poll_seconds: float) -> None:
        self._release = release
        self._poll_seconds = poll_seconds
        self._failures = 0
        self._turn = threading.Lock()
        self._look()

    def live(self) -> Live:
        """The snapshot; now and then it is brought up to date before."""
        if self._due() and self._turn.acquire(blocking=False):
            try:
                if self._due():
                    self._look()
            finally:
                self._turn.release()
        return self._release.live

    def _due(self) -> bool:
        # Not the monotonic clock: it may stand still while the instance is frozen.
        return self._poll_seconds > 0 and not 0 <= time.time() - self._looked < self._pause

    def _look(self) -> None:
        self._failures = 0 if self._release.refresh() else self._failures + 1
        self._looked, self._pause = time.time(), pause(self._poll_seconds, self._failures)
