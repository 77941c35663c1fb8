"""The child process of a model file, forked from this one: scikit-learn is imported once.

What runs in it is what runs in the real child, with all its limits and its tripwire; only its
start differs. A child answers within a few hundredths of a second.
"""

import gc
import json
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from threadpoolctl import threadpool_limits

from dashboard.model import confine as confinement
from dashboard.model.confine import TRIPPED, confine
from dashboard.model.opener import opened

SECONDS = 60.0


class Outcome(NamedTuple):
    """How a child ended: "answered", "tripped", "raised", "late", or the name of a signal."""

    how: str
    answer: Any
    peak_mib: float


def forked(work: Callable[[], Any], *, seconds: float = SECONDS) -> Outcome:
    """Do the work in a confined child, and tell how it ended."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(work, writing)
    os.close(writing)
    parts, until, late = [], time.monotonic() + seconds, False
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            late = True
            os.kill(pid, signal.SIGKILL)
            break
        if not (part := os.read(reading, 2**20)):
            break
        parts.append(part)
    os.close(reading)
    _, status, usage = os.wait4(pid, 0)
    peak = usage.ru_maxrss / 1024
    if late:
        return Outcome("late", None, peak)
    if os.WIFSIGNALED(status):
        return Outcome(signal.Signals(os.WTERMSIG(status)).name, None, peak)
    if os.WEXITSTATUS(status) == TRIPPED:
        return Outcome("tripped", None, peak)
    kind, answer = json.loads(b"".join(parts))
    return Outcome(kind, answer, peak)


def _child(work: Callable[[], Any], writing: int) -> None:
    """Never returns: what belongs to the parent must not run here."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for standard in (0, 1, 2):
            os.dup2(null, standard)
        gc.freeze()  # what others left behind would be collected here, and reach for their sockets
        threadpool_limits(1)  # as the real child's environment says; threads do not survive a fork
        _allow_what_is_there()
        confine()
        try:
            said = ("answered", work())
        except BaseException:
            said = ("raised", traceback.format_exc())
        data = memoryview(json.dumps(said).encode())
        while data:
            data = data[os.write(writing, data) :]
        os._exit(0)
    finally:
        os._exit(1)


def _allow_what_is_there() -> None:
    """As much as the real child has, beside what this process maps and has open already."""
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    confinement.MEMORY_BYTES += mapped
    confinement.OPEN_FILES += max(map(int, os.listdir("/proc/self/fd")))


def answer(data: bytes, card: bytes, *, signed: bool = False) -> Outcome:
    """What the child answers about a model file and its card, without the flat form itself."""

    def work() -> dict[str, Any]:
        said = opened(data, json.loads(card), signed=signed)[1]
        return {key: "..." if key == "flat" else value for key, value in said.items()}

    return forked(work)
