"""Where artifacts live: bytes under keys, in a folder, in a cloud's object store, or in memory.

One law for every store (``law``): ``get`` gives back what was put; ``put_new`` never replaces;
``put`` replaces at once or not at all; ``swap`` replaces only what its caller saw; ``keys`` is
sorted.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from store.artifacts.azure import AzureStore
from store.artifacts.folder import FolderStore
from store.artifacts.gcs import GcsStore
from store.artifacts.law import KEY, ArtifactStore, Tagged
from store.artifacts.memory import MemoryStore
from store.artifacts.s3 import S3Store
from store.errors import StoreUnavailable

__all__ = [
    "KEY",
    "ArtifactStore",
    "AzureStore",
    "FolderStore",
    "GcsStore",
    "MemoryStore",
    "S3Store",
    "Tagged",
    "open_store",
]


# Each kind of object store imports its vendor's package on first use, and not before.
CLOUDS: Mapping[str, Callable[[str], ArtifactStore]] = {
    "s3://": S3Store,
    "gs://": GcsStore,
    "az://": AzureStore,
}
KINDS = "s3://bucket/prefix, gs://bucket/prefix, az://container/prefix or a folder"


def open_store(url: str) -> ArtifactStore:
    """The store at ``url``: that of a cloud, ``memory://``, or the path of a folder.

    Raises:
        StoreUnavailable: The URL is of another kind.
    """
    for scheme, cloud in CLOUDS.items():
        if url.startswith(scheme):
            return cloud(url)
    if url.startswith("memory://"):
        return MemoryStore()
    if "://" in url:
        raise StoreUnavailable(f"{url} is no store; write {KINDS}.")
    return FolderStore(Path(url))
