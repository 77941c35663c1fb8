"""The law that every store keeps; ``tests/store/test_artifacts.py`` asks each of them."""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

from store.errors import StoreUnavailable

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*(/[A-Za-z0-9][A-Za-z0-9._=-]*)*")


class Tagged(NamedTuple):
    """An object's bytes, and a mark that another content does not have in the same place."""

    data: bytes
    tag: str


class ArtifactStore(Protocol):
    """Bytes under keys such as ``models/wine/20261101T120000Z-3fa2c1/card.json``."""

    url: str

    def get(self, key: str, *, max_bytes: int) -> bytes:
        """The object's bytes. Raises NotFound, and StoreUnavailable beyond ``max_bytes``."""

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        """The object's bytes and its tag, or None while it still has the tag ``unless``.

        Raises as ``get`` does.
        """

    def put_new(self, key: str, data: bytes) -> None:
        """Write an object that nobody may replace. Raises AlreadyExists."""

    def put(self, key: str, data: bytes) -> None:
        """Write or replace an object; a reader sees the old bytes or the new, never a mix."""

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        """Replace the object that has this tag, or write the first one where the tag is None.

        Of several writers who saw the same tag one succeeds.

        Returns:
            The new tag.

        Raises:
            Conflict: Another one is there by now; nothing was written.
        """

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects; one that is gone already is no error."""

    def keys(self, prefix: str = "") -> list[str]:
        """The keys that begin with ``prefix``, sorted."""


def checked(key: str) -> str:
    """The key itself. Raises ValueError where it could leave the store or confuse a server."""
    if not KEY.fullmatch(key):
        raise ValueError(f"not a store key: {key!r}")
    return key


def too_large(key: str, size: int, max_bytes: int) -> StoreUnavailable:
    """What to raise of an object that has more bytes than are read."""
    return StoreUnavailable(f"{key} has {size:,} bytes; at most {max_bytes:,} are read.")


def tag_of(data: bytes) -> str:
    """The tag of these bytes in a store that has none of its own."""
    return hashlib.sha256(data).hexdigest()


def conflict(key: str, url: str) -> str:
    """What to say of an object that somebody else replaced."""
    return f"{key} in {url} was changed by somebody else in the meantime. Try again."


def taken(key: str, url: str) -> str:
    """What to say of a key that is written once and has its object."""
    return f"{key} exists in {url}; published objects never change."


def install(url: str, package: str, *, extra: str) -> StoreUnavailable:
    """What to raise where the package that speaks to this kind of store is missing."""
    return StoreUnavailable(
        f"{url} needs the package {package}: pip install {package} (the extra {extra} of "
        "pyproject.toml)."
    )
