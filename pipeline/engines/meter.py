"""What a process and its children take: CPU seconds, memory, threads; and what others take."""

import contextlib
import os
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Literal

import psutil

LEAST_PAUSE_SECONDS = 0.05
PAUSE_BY_COST = 20  # looking takes at most one part in so many of a core


def cpu_seconds() -> float:
    """CPU time of this process and its children, of those too that ended and were waited for."""
    me = psutil.Process()
    total = sum(me.cpu_times()[:4])
    for child in me.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            total += sum(child.cpu_times()[:4])
    return float(total)


def busy_seconds() -> float:
    """CPU time of the whole machine since it started, with what a host took from it."""
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guest = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # in user already
    return float(sum(times) - idle - guest)


def memory_kind() -> Literal["pss", "rss"]:
    """How memory is counted here: shared pages once where the system tells them."""
    return "pss" if hasattr(psutil.Process().memory_full_info(), "pss") else "rss"


class Peak:
    """The most memory and threads that a process and its children had at once; ``seen`` are all
    of them that there ever were."""

    def __init__(self) -> None:
        self.seen: set[psutil.Process] = set()
        self.memory_bytes = 0
        self.threads = 0

    def look(self, process: psutil.Process) -> None:
        """Take a sample; a process that just ended counts nothing."""
        memory = threads = 0
        with contextlib.suppress(psutil.Error):
            family = [process, *process.children(recursive=True)]
            self.seen.update(family)
            for one in family:
                with contextlib.suppress(psutil.Error):
                    found = one.memory_full_info()
                    memory += getattr(found, "pss", found.rss)
                    threads += one.num_threads()
        self.memory_bytes = max(self.memory_bytes, memory)
        self.threads = max(self.threads, threads)


@contextlib.contextmanager
def peak_of(pid: int) -> Iterator[Peak]:
    """Watch a process and its children until the end of the block."""
    peak, over = Peak(), threading.Event()

    def watch() -> None:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            pause = LEAST_PAUSE_SECONDS / 5
            while not over.wait(pause):
                begun = time.thread_time()
                peak.look(process)
                cost = time.thread_time() - begun
                pause = max(LEAST_PAUSE_SECONDS, PAUSE_BY_COST * cost)

    thread = threading.Thread(target=watch, name="peak", daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def end(processes: Iterable[psutil.Process], *, patience: float) -> None:
    """Wait for processes to end, and end those that do not."""
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)


def load_average() -> float:
    """Processes that ran or waited for a core, over the last minute."""
    return float(os.getloadavg()[0])
