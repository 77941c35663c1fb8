"""A store that is gone with the process."""

import threading
from collections.abc import Iterable

from store.artifacts.law import Tagged, checked, conflict, tag_of, too_large
from store.errors import AlreadyExists, Conflict, NotFound


class MemoryStore:
    """A store that is gone with the process; for tests."""

    def __init__(self) -> None:
        self.url = "memory://"
        self._objects: dict[str, bytes] = {}
        self._writing = threading.Lock()

    def get(self, key: str, *, max_bytes: int) -> bytes:
        if (data := self._objects.get(checked(key))) is None:
            raise NotFound(f"There is no {key} in {self.url}.")
        if len(data) > max_bytes:
            raise too_large(key, len(data), max_bytes)
        return data

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        data = self.get(key, max_bytes=max_bytes)
        tag = tag_of(data)
        return None if tag == unless else Tagged(data, tag)

    def put_new(self, key: str, data: bytes) -> None:
        with self._writing:
            if checked(key) in self._objects:
                raise AlreadyExists(f"{key} exists in {self.url}; published objects never change.")
            self._objects[key] = data

    def put(self, key: str, data: bytes) -> None:
        self._objects[checked(key)] = data

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        with self._writing:
            now = self._objects.get(checked(key))
            if tag != (None if now is None else tag_of(now)):
                raise Conflict(conflict(key, self.url))
            self._objects[key] = data
        return tag_of(data)

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._objects.pop(checked(key), None)

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(key for key in list(self._objects) if key.startswith(prefix))
