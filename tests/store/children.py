"""Work in child processes, some of which are killed in the middle of it."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from store.artifacts import ArtifactStore, Tagged


def forked(work: Callable[[], object]) -> int:
    """Do the work in a child process, which exits with 0 where it succeeds; gives its pid.

    What it raises goes to standard error.
    """
    if pid := os.fork():
        return pid
    code = 1
    try:
        work()
        code = 0
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


def exit_of(pid: int) -> int:
    """The exit code of a child once it ended; minus the signal where one ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def kill_at(step: int) -> Callable[[], None]:
    """A function that kills this process with SIGKILL when it is called for that time."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return count


def killed_at_file_operation(folder: Path, step: int) -> None:
    """Let this process be killed before its n-th change to the files of a folder.

    A kill before it reads leaves the same files as a kill before its next change.
    """
    count = kill_at(step)

    def seen(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            changes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        else:
            changes = event.startswith("os.") and event not in {"os.listdir", "os.scandir"}
        if changes and str(folder) in str(arguments[:2]):
            count()

    sys.addaudithook(seen)


class KilledStore:
    """Another store, whose user is killed before or after its n-th call."""

    def __init__(self, store: ArtifactStore, step: int, *, before: bool) -> None:
        self.url = store.url
        self._store = store
        self._count = kill_at(step)
        self._before = before

    def _call(self, call: Callable[[], Any]) -> Any:
        if self._before:
            self._count()
        try:
            return call()
        finally:
            if not self._before:
                self._count()

    def get(self, key: str, *, max_bytes: int) -> bytes:
        found: bytes = self._call(lambda: self._store.get(key, max_bytes=max_bytes))
        return found

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        found: Tagged | None = self._call(
            lambda: self._store.get_tagged(key, max_bytes=max_bytes, unless=unless)
        )
        return found

    def put_new(self, key: str, data: bytes) -> None:
        self._call(lambda: self._store.put_new(key, data))

    def put(self, key: str, data: bytes) -> None:
        self._call(lambda: self._store.put(key, data))

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        new: str = self._call(lambda: self._store.swap(key, data, tag=tag))
        return new

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._call(partial(self._store.remove, [key]))

    def keys(self, prefix: str = "") -> list[str]:
        found: list[str] = self._call(lambda: self._store.keys(prefix))
        return found
