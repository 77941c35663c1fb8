"""Releases that somebody we trust has signed; without public keys every release will do.

The list of earlier releases in ``current.json`` is not signed: whoever steps in from there has to
show a signature of its own.
"""

import base64

from store.artifacts import ArtifactStore
from store.errors import ArtifactError, NoRelease, NotFound, NotSigned
from store.releases import MAX_JSON_BYTES, POINTER
from store.schema import Pointer, Release, decode

MAX_SIGNATURE_BYTES = 1000


def read_signed_release(
    store: ArtifactStore, release_id: str, public_keys: tuple[str, ...]
) -> Release:
    """A release by its id, signed with one of the keys where there are any.

    Raises:
        NotSigned: It is not, or with another key.
        NotFound, ArtifactError, StoreError: As ``store.releases.read_release``.
    """
    key = f"releases/{release_id}.json"
    data = store.get(key, max_bytes=MAX_JSON_BYTES)
    if public_keys:
        try:
            signature = store.get(f"releases/{release_id}.sig", max_bytes=MAX_SIGNATURE_BYTES)
        except NotFound as error:
            raise NotSigned(f"Release {release_id} is not signed.") from error
        _check(public_keys, release_id, data, signature.decode("ascii", "replace").strip())
    release = decode(Release, data, name=key)
    if release.id != release_id:
        raise ArtifactError(f"{key} is release {release.id}.")
    return release


# Until store.releases has it.


def read_signed_pointer(
    store: ArtifactStore, public_keys: tuple[str, ...], unless: str | None = None
) -> tuple[Pointer, str] | None:
    """The pointer and its tag, or None while it still has the tag ``unless``.

    Raises:
        NotSigned: There are keys, and none of them has signed the release.
        NoRelease, ArtifactError, StoreError: As ``store.releases.read_pointer``.
    """
    try:
        found = store.get_tagged(POINTER, max_bytes=MAX_JSON_BYTES, unless=unless)
    except NotFound as error:
        raise NoRelease(
            f"Nothing is published in {store.url} yet. Run: python -m pipeline run"
        ) from error
    if found is None:
        return None
    pointer = decode(Pointer, found.data, name=POINTER)
    if public_keys:
        key = f"releases/{pointer.release.id}.json"
        data = store.get(key, max_bytes=MAX_JSON_BYTES)
        _check(public_keys, pointer.release.id, data, pointer.signature)
        if decode(Release, data, name=key) != pointer.release:
            raise NotSigned(f"{POINTER} holds another release than the {key} that is signed.")
    return pointer, found.tag


def _check(
    public_keys: tuple[str, ...], release_id: str, data: bytes, signature: str | None
) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    for key in public_keys if signature else ():
        try:
            public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))
            public.verify(base64.b64decode(signature or ""), b"cellar-lab release 1\n" + data)
        except (InvalidSignature, ValueError):
            continue
        return
    raise NotSigned(
        f"Release {release_id} carries no signature of a key in MODEL_PUBLIC_KEY. "
        "Sign it: python -m pipeline sign"
    )
