"""A copy on this machine's disk of what a remote store gave, for the time when it is away.

Published objects never change, so a copy is as good as the object. The pointer does, so it always
comes from the remote; ``copies`` has the last good one, and when it was confirmed. Copies are
written whole or not at all and may be shared by workers and servers. The folder must belong to
this program: whoever writes there decides what is served while the store is away.
"""

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from dashboard.live.copies import Copies
from store.artifacts import ArtifactStore, Tagged
from store.errors import ArtifactError, StoreError
from store.releases import POINTER, files_of
from store.schema import Pointer, Release, StoredFile, decode, encode

log = logging.getLogger(__name__)

MAX_MIRROR_BYTES = 2**30
RELEASE = re.compile(r"releases/[^/]+\.json")
SIGNATURE = ".sig"  # may be replaced by that of another key
# Another server may have a bucket of the same name.
ENDPOINTS = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL",
    "STORAGE_EMULATOR_HOST",
    "AZURE_STORAGE_ACCOUNT",
    "AZURE_STORAGE_CONNECTION_STRING",  # it names the account
)


def mirrored(
    store: ArtifactStore, cache: Path, environment: Mapping[str, str] = os.environ
) -> ArtifactStore:
    """The store with a mirror below ``cache``, if it is a remote one; else the store itself."""
    if not store.url.startswith(("s3://", "gs://", "az://")):
        return store
    place = "\n".join([store.url, *(environment.get(name, "") for name in ENDPOINTS)])
    return MirroredStore(store, cache / "mirror" / hashlib.sha256(place.encode()).hexdigest()[:16])


class MirroredStore:
    """A remote store with copies of what was read from it. What is written goes to the remote.

    Args:
        remote: Where the objects are.
        folder: For the copies, of this remote alone.
        max_bytes: The most that copies take; those that were read longest ago go first, never
            what the last good release needs.
    """

    def __init__(
        self, remote: ArtifactStore, folder: Path, *, max_bytes: int = MAX_MIRROR_BYTES
    ) -> None:
        self.url = remote.url
        self.copies = Copies(folder)
        self._remote = remote
        self._folder = folder
        self._max_bytes = max_bytes
        self._pins: dict[str, StoredFile] = {}

    def get(self, key: str, *, max_bytes: int) -> bytes:
        data = self._copy(key, max_bytes)
        if data is None:
            data = self._remote.get(key, max_bytes=max_bytes)
            if key != POINTER and self._is_pinned(key, data):
                self._write(key, data)
        self._learn(key, data)
        return data

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        found = self._remote.get_tagged(key, max_bytes=max_bytes, unless=unless)
        if found is not None:
            self._learn(key, found.data)
        return found

    def put_new(self, key: str, data: bytes) -> None:
        self._remote.put_new(key, data)

    def put(self, key: str, data: bytes) -> None:
        self._remote.put(key, data)
        self._forget(key)

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        new = self._remote.swap(key, data, tag=tag)
        self._forget(key)
        return new

    def remove(self, keys: Iterable[str]) -> None:
        gone = list(keys)
        self._remote.remove(gone)
        for key in gone:
            self._forget(key)

    def keys(self, prefix: str = "") -> list[str]:
        return self._remote.keys(prefix)

    def keep(self, pointer: Pointer) -> None:
        """From now on this is the last good pointer; ``copies`` has it."""
        self._write(POINTER, encode(pointer))

    def confirm(self) -> None:
        """The remote has just said that the last good pointer is the live one."""
        with contextlib.suppress(OSError):  # never kept, on a full disk perhaps
            os.utime(self._folder / POINTER)

    def confirmed(self) -> datetime | None:
        """When the remote last said so, to this process or another."""
        try:
            return datetime.fromtimestamp(int((self._folder / POINTER).stat().st_mtime), UTC)
        except OSError:
            return None

    def _copy(self, key: str, max_bytes: int) -> bytes | None:
        """The copy of an object that never changes; one that breaks its hash is dropped."""
        if key == POINTER or key.endswith(SIGNATURE):
            return None
        try:
            data = self.copies.get(key, max_bytes=max_bytes)
        except StoreError:
            return None
        if self._is_pinned(key, data):
            return data
        self._forget(key)
        return None

    def _is_pinned(self, key: str, data: bytes) -> bool:
        """Whether an object is what a release says of it, if one says something."""
        pin = self._pins.get(key)
        return pin is None or (
            len(data) == pin.bytes and hashlib.sha256(data).hexdigest() == pin.sha256
        )

    def _learn(self, key: str, data: bytes) -> None:
        """Pointer and releases say what the other objects have to be."""
        with contextlib.suppress(ArtifactError):
            if key == POINTER:
                release = decode(Pointer, data, name=key).release
            elif RELEASE.fullmatch(key):
                release = decode(Release, data, name=key)
            else:
                return
            self._pins |= {file.key: file for file in files_of(release)}

    def _write(self, key: str, data: bytes) -> None:
        """Keep a copy. Where that fails, the store is all there is, and it works without."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.copies.put(key, data)
            self.copies.prune(self._max_bytes)
        except (StoreError, OSError) as error:
            log.warning("mirror: %s", error)

    def _forget(self, key: str) -> None:
        if key != POINTER:  # the last good one stays until there is another
            with contextlib.suppress(StoreError):
                self.copies.remove([key])
