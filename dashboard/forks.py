"""What belongs to one process is not its children's: a server forks its workers."""

import os
from collections.abc import Callable
from weakref import WeakMethod


def after_fork(forget: Callable[[], None]) -> None:
    """Call this method in each child of the process, as long as its object lives.

    So a request need not ask the system which process it is in.
    """
    method = WeakMethod(forget)

    def run() -> None:
        if (known := method()) is not None:
            known()

    os.register_at_fork(after_in_child=run)
