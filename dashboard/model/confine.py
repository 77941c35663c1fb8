"""What the child gives up before it reads a model file.

A pickle is read as data and built by an allow-list; this is what is left if that ever fails:

    limits      memory, processor time, open files, no file of more than 0 bytes, no core dump,
                no new process (which does not bind root)
    network     a namespace of its own with no interface in it, where the kernel grants that
    tripwire    Python reports what it is about to do; reaching for the network, for another
                process, for writing or for files that no import needs ends the child at once

The tripwire sees Python code alone: native code that has been taken over goes around it.
"""

import ctypes
import os
import resource
import sys
from pathlib import Path
from typing import Any

MEMORY_BYTES = 3 * 2**30  # of address space: scikit-learn and its libraries map about 1 GiB
CPU_SECONDS = 60
OPEN_FILES = 64
TRIPPED = 87  # the exit code of a child that the tripwire ended

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_NO_NEW_PRIVS, PR_SET_DUMPABLE = 38, 4

FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "pty.",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "os.kill",
    "shutil.",
    "tempfile.",
    "ftplib.",
    "smtplib.",
    "urllib.",
    "http.",
    "webbrowser.",
    "sqlite3.",
    "pickle.find_class",
    "signal.pthread_kill",
)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def confine() -> None:
    """Give up all of it, for good. Call it before anything else, with one thread running."""
    limit_resources()
    leave_network()
    sys.addaudithook(_tripwire())


def limit_resources() -> None:
    """Give up what opening a model does not need. The soft CPU limit alone is lifted later."""
    _, cpu = resource.getrlimit(resource.RLIMIT_CPU)
    for kind, limit in (
        (resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES)),
        (resource.RLIMIT_CPU, (CPU_SECONDS, cpu)),
        (resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES)),
        (resource.RLIMIT_FSIZE, (0, 0)),
        (resource.RLIMIT_CORE, (0, 0)),
        (resource.RLIMIT_NPROC, (0, 0)),  # no effect for root, who is exempt
    ):
        resource.setrlimit(kind, limit)


def lift_cpu_limit() -> None:
    """A model that stays to serve may use processor time as long as it lives."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))


def leave_network() -> bool:
    """Move to a network namespace with nothing in it; whether the kernel let us."""
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    alone: int = libc.unshare(CLONE_NEWNET)
    if alone != 0:  # a person may do it who is root in a user namespace of their own
        alone = libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    return alone == 0


def _tripwire() -> Any:
    readable = _readable()

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if not (flags or 0) & WRITING and _may_read(path, readable):
                return
        elif not event.startswith(FORBIDDEN):
            return
        os._exit(TRIPPED)

    return hook


def _readable() -> tuple[str, ...]:
    """Where imports read: Python, its packages, this program, and facts of the kernel."""
    places = {sys.prefix, sys.base_prefix, str(Path(__file__).resolve().parents[2]), *sys.path}
    places.add(sys.pycache_prefix or "")
    real = {os.path.realpath(place) for place in places if place}
    kernel = ("/sys/", "/proc/cpuinfo", "/proc/meminfo", "/proc/self/", "/proc/stat")
    return (*(f"{place}/" for place in places | real if place), *kernel, "/usr/share/zoneinfo/",
            "/usr/lib/", "/dev/null", "/dev/urandom")  # fmt: skip


def _may_read(path: Any, readable: tuple[str, ...]) -> bool:
    if isinstance(path, int):  # a file that is open already
        return True
    place = os.path.abspath(os.fsdecode(path))
    return place.startswith(readable) and not place.endswith("/environ")
