"""What the stores of every cloud share: a prefix of a bucket, and one client a process."""

import contextlib
import os
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from store.artifacts.law import KEY, ArtifactStore, conflict
from store.errors import AlreadyExists, Conflict, NoBucket, NotFound, StoreUnavailable

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0  # without any byte
DEADLINE_SECONDS = 60.0  # for reading one object, however steadily a few bytes come
MAX_COMPARED_BYTES = 256 * 2**20

Client = TypeVar("Client")


class RemoteStore(ArtifactStore, Generic[Client]):
    """A store under a prefix of a bucket that a server keeps.

    Raises:
        StoreUnavailable: The URL names no bucket.
    """

    scheme: ClassVar[str]
    place: ClassVar[str] = "bucket"  # what the vendor calls it

    def __init__(self, url: str) -> None:
        name, _, prefix = url.removeprefix(self.scheme).partition("/")
        if not name:
            raise StoreUnavailable(
                f"{url} names no {self.place}; write {self.scheme}{self.place}/prefix."
            )
        self.url = url.rstrip("/")
        self._name = name
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._made: tuple[int, Client] | None = None

    @abstractmethod
    def _connect(self) -> Client:
        """A new client. Raises AccessDenied, and StoreUnavailable without its package."""

    @abstractmethod
    def _errors(self, key: str) -> contextlib.AbstractContextManager[None]:
        """Translate what the vendor's package raises into what ``store.errors`` promises."""

    @abstractmethod
    def _write(self, key: str, data: bytes, *, onto: str | None) -> str:
        """Write onto the object of this tag, "" for none and None for whichever; the new tag.

        Raises:
            AlreadyExists, NotFound: There is another.
        """

    @abstractmethod
    def _delete(self, key: str) -> None:
        """Remove an object, or raise what means NotFound."""

    def get(self, key: str, *, max_bytes: int) -> bytes:
        found = self.get_tagged(key, max_bytes=max_bytes)
        assert found is not None
        return found.data

    def put_new(self, key: str, data: bytes) -> None:
        self._write(key, data, onto="")

    def put(self, key: str, data: bytes) -> None:
        self._write(key, data, onto=None)

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        try:
            return self._write(key, data, onto=tag or "")
        except (AlreadyExists, NotFound) as error:
            raise Conflict(conflict(key, self.url)) from error

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            with contextlib.suppress(NotFound), self._errors(key):
                self._delete(key)

    @property
    def _client(self) -> Client:
        """The client, made on first use: its package takes longer to import than a page to answer.

        A process that was forked makes its own, as two must not share a connection.
        """
        if self._made is None or self._made[0] != os.getpid():
            self._made = os.getpid(), self._connect()
        return self._made[1]

    def _keys_of(self, names: Iterable[str]) -> list[str]:
        """The keys among the bucket's names, sorted."""
        own = (name.removeprefix(self._prefix) for name in names)
        return sorted(key for key in own if KEY.fullmatch(key))

    def _tag_if_written(self, key: str, data: bytes, lost: Sequence[object]) -> str | None:
        """The tag of an object that is there already, where a try of our own has written it.

        A try whose answer was lost may have done so, and the next one finds it there.
        """
        now = self.get_tagged(key, max_bytes=MAX_COMPARED_BYTES) if lost else None
        return now.tag if now is not None and now.data == data else None

    def _no_bucket(self) -> NoBucket:
        return NoBucket(
            f"There is no {self.place} {self._name}. Make it, or correct ARTIFACTS_URL."
        )
