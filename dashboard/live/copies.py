"""What a mirror has on this machine's disk: whole objects, and no more of them than fit."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from store.artifacts import FolderStore
from store.errors import ArtifactError, NotFound, StoreError
from store.releases import MAX_JSON_BYTES, POINTER, files_of, release_key, signature_key
from store.schema import Pointer, decode

DIGEST_BYTES = 65  # sha256 as text, and the line's end


class Copies(FolderStore):
    """Objects on disk, each behind its own sha256: one that was damaged is not there."""

    def get(self, key: str, *, max_bytes: int) -> bytes:
        whole = super().get(key, max_bytes=max_bytes + DIGEST_BYTES)
        digest, data = whole[: DIGEST_BYTES - 1], whole[DIGEST_BYTES:]
        if hashlib.sha256(data).hexdigest().encode() != digest:
            self.remove([key])
            raise NotFound(f"The copy of {key} was damaged.")
        if key != POINTER:  # whose time says when it was confirmed
            with contextlib.suppress(OSError):
                os.utime(self._folder / key)
        return data

    def put(self, key: str, data: bytes) -> None:
        super().put(key, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)

    def prune(self, max_bytes: int) -> None:
        """Remove what was read longest ago until the rest fits.

        What the last good release consists of stays, however large.
        """
        listed = [self._folder / key for key in self.keys()]
        found = sorted((stat.st_mtime, stat.st_size, path) for path, stat in _stats(listed))
        total = sum(size for _, size, _ in found)
        needed = self._needed() if total > max_bytes else set()
        for _, size, path in found:
            key = path.relative_to(self._folder).as_posix()
            if total > max_bytes and key not in needed:
                with contextlib.suppress(StoreError):
                    self.remove([key])
                total -= size

    def _needed(self) -> set[str]:
        """The keys that the last good release consists of."""
        try:
            data = self.get(POINTER, max_bytes=MAX_JSON_BYTES)
            release = decode(Pointer, data, name=POINTER).release
        except (StoreError, ArtifactError):
            return {POINTER}
        about = {POINTER, release_key(release.id), signature_key(release.id)}
        return about | {file.key for file in files_of(release)}


def _stats(paths: list[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    """What the file system says of those that are still there."""
    for path in paths:
        with contextlib.suppress(OSError):
            yield path, path.stat()
