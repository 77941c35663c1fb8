"""The web server's own processes, as Linux tells of them: memory, and since when they run."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

START = 19  # the place of a process's start in /proc/PID/stat, counted after its name


class Worker(NamedTuple):
    """A process that answers requests.

    ``resident`` is all of its memory in bytes and ``own`` its part of it, where what is shared
    counts to each in proportion; ``began`` is when it was forked.
    """

    process: int
    resident: int
    own: int | None
    began: datetime


@dataclass(frozen=True)
class Server:
    """The server of which this process is one; made once, when the application stands.

    Args:
        processes: The numbers of the processes that answer requests now.
        began: When the process began that imported the application; None where nobody tells.
        ready: When the application stood.
    """

    processes: Callable[[], list[int]] = field(default=lambda: [os.getpid()])
    began: datetime | None = field(default_factory=lambda: _began(os.getpid()))
    ready: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def start_seconds(self) -> float | None:
        """From the start of the process until the application stood."""
        return None if self.began is None else (self.ready - self.began).total_seconds()

    def workers(self) -> tuple[Worker, ...]:
        """What is known of each; one that ended meanwhile is left out."""
        found = (_worker(process) for process in self.processes())
        return tuple(worker for worker in found if worker is not None)


def _worker(process: int) -> Worker | None:
    began, resident = _began(process), _resident(process)
    if began is None or resident is None:
        return None
    return Worker(process, resident, _own(process), began)


def _resident(process: int) -> int | None:
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _own(process: int) -> int | None:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:  # another user's process, or an old kernel
        return None
    found = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return 1024 * int(found[0]) if found else None


def _began(process: int) -> datetime | None:
    try:
        # The name, in parentheses, may hold anything.
        told = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
    except OSError:
        return None
    age = uptime - int(told[START]) / os.sysconf("SC_CLK_TCK")
    return datetime.now(UTC) - timedelta(seconds=age)
