"""How a long run is stopped: by Ctrl-C, or by a request to terminate."""

import contextlib
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Take a request to terminate as Ctrl-C, so that the process of a cell under way ends too."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
