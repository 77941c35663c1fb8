"""A store in a folder."""

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from store.artifacts.law import KEY, Tagged, checked, conflict, tag_of, too_large
from store.errors import AlreadyExists, Conflict, NotFound, StoreUnavailable

DRAFT = ".draft-"
LOCK = ".lock"
STALE_SECONDS = 15 * 60.0  # no draft takes as long to write
FOLDER_ATTEMPTS = 5


class FolderStore:
    """A store in a folder, which is made when something is first put into it.

    An object is written as a draft beside its place, and gets its name when it is whole. The draft
    of a writer that was killed stays behind, under a name that is no key; the next writer to the
    store removes it, once, when it is older than ``STALE_SECONDS``.
    """

    def __init__(self, folder: Path) -> None:
        self.url = str(folder)
        self._folder = folder
        self._swept = False

    def get(self, key: str, *, max_bytes: int) -> bytes:
        path = self._folder / checked(key)
        try:
            with path.open("rb") as file:
                if (size := os.fstat(file.fileno()).st_size) > max_bytes:
                    raise too_large(key, size, max_bytes)
                return file.read(max_bytes)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound(f"There is no {key} in {self.url}.") from error
        except OSError as error:
            raise StoreUnavailable(
                f"{key} in {self.url} cannot be read: {error.strerror}."
            ) from error

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        data = self.get(key, max_bytes=max_bytes)
        tag = tag_of(data)
        return None if tag == unless else Tagged(data, tag)

    def put_new(self, key: str, data: bytes) -> None:
        with self._written(key, data) as draft:
            try:
                os.link(draft, self._folder / key)
            except FileExistsError as error:
                raise AlreadyExists(
                    f"{key} exists in {self.url}; published objects never change."
                ) from error

    def put(self, key: str, data: bytes) -> None:
        with self._written(key, data) as draft:
            os.replace(draft, self._folder / key)

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        with self._written(key, data) as draft, self._alone():
            try:
                now = tag_of((self._folder / key).read_bytes())
            except FileNotFoundError:
                now = None
            if now != tag:
                raise Conflict(conflict(key, self.url))
            os.replace(draft, self._folder / key)
        return tag_of(data)

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            path = self._folder / checked(key)
            try:
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # it has other files
                    while (path := path.parent) != self._folder:
                        path.rmdir()
            except OSError as error:
                raise StoreUnavailable(
                    f"{key} cannot be removed from {self.url}: {error.strerror}."
                ) from error

    def keys(self, prefix: str = "") -> list[str]:
        found = (path for path in self._folder.rglob("*") if path.is_file())
        names = (path.relative_to(self._folder).as_posix() for path in found)
        return sorted(name for name in names if name.startswith(prefix) and KEY.fullmatch(name))

    @contextlib.contextmanager
    def _written(self, key: str, data: bytes) -> Iterator[str]:
        """A file beside the key that holds the data on disk; gone afterwards, whatever happens."""
        target = self._folder / checked(key)
        draft = ""
        self._sweep()
        try:
            handle, draft = _draft(target.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(draft, 0o644)
            yield draft
        except OSError as error:
            raise StoreUnavailable(
                f"{key} cannot be written to {self.url}: {error.strerror}."
            ) from error
        finally:
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(draft)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Alone among those who swap in this folder; the lock ends with its holder."""
        with (self._folder / LOCK).open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _sweep(self) -> None:
        """Remove the drafts that nobody is writing any more; what cannot be removed stays."""
        if self._swept:
            return
        self._swept = True
        before = time.time() - STALE_SECONDS
        with contextlib.suppress(OSError):  # the writing itself says what is wrong
            for draft in self._folder.rglob(f"{DRAFT}*"):
                with contextlib.suppress(OSError):  # another writer may sweep too
                    if draft.is_file() and draft.stat().st_mtime < before:
                        draft.unlink()


def _draft(folder: Path) -> tuple[int, str]:
    """A new file in a folder, which is made if need be; gives its handle and its name.

    Again where the folder is gone by then: ``remove`` takes away those that are empty.
    """
    for attempt in range(FOLDER_ATTEMPTS):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return tempfile.mkstemp(prefix=DRAFT, dir=folder)
        except FileNotFoundError:
            if attempt == FOLDER_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")
