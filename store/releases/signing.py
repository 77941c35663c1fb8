"""Signing a release that is there already."""

from store.artifacts import ArtifactStore
from store.errors import ArtifactError
from store.releases.layout import POINTER, release_key
from store.releases.pointer import swap_pointer, write_signature
from store.releases.reading import check_release, decode_release, read_pointer, release_bytes
from store.schema import Pointer, Release
from store.signature import KeyPair


def sign_release(store: ArtifactStore, key: KeyPair, release_id: str | None = None) -> Release:
    """Sign a release, the live one by default; where it is live, the pointer gets the signature.

    All that it holds is read and checked first.

    Raises:
        NoRelease, NotFound: There is none.
        ArtifactError: It is not whole, or the pointer says another than was written.
        StoreError: The store failed.
    """
    target = release_id or read_pointer(store).release.id
    data = release_bytes(store, target)
    release = decode_release(target, data)
    check_release(store, release)
    signature = write_signature(store, target, data, key)

    def following(before: Pointer | None) -> Pointer | None:
        if before is None or before.release.id != target:
            return None
        if before.release != release:
            raise ArtifactError(f"{POINTER} says another release than {release_key(target)}.")
        return before.model_copy(update={"signature": signature})

    swap_pointer(store, following)
    return release
