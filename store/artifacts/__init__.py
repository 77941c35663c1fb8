"""Where artifacts live: bytes under keys, in a folder, in S3, or in memory.

One law for every store (``law``): ``get`` gives back what was put; ``put_new`` never replaces;
``put`` replaces at once or not at all; ``swap`` replaces only what its caller saw; ``keys`` is
sorted.
"""

from pathlib import Path

from store.artifacts.folder import FolderStore
from store.artifacts.law import KEY, ArtifactStore, Tagged
from store.artifacts.memory import MemoryStore
from store.artifacts.s3 import S3Store
from store.errors import StoreUnavailable

__all__ = [
    "KEY",
    "ArtifactStore",
    "FolderStore",
    "MemoryStore",
    "S3Store",
    "Tagged",
    "open_store",
]


def open_store(url: str) -> ArtifactStore:
    """The store at ``url``: ``s3://bucket/prefix``, ``memory://``, or the path of a folder.

    Raises:
        StoreUnavailable: The URL is of another kind.
    """
    if url.startswith("s3://"):
        return S3Store(url)
    if url.startswith("memory://"):
        return MemoryStore()
    if "://" in url:
        raise StoreUnavailable(f"{url} is no store; write s3://bucket/prefix or a folder.")
    return FolderStore(Path(url))
