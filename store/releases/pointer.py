"""Moving the pointer by compare and swap, so that of two publishers neither undoes the other.

The pointer is read, the next release is made from the live one that it names, and written only
while the pointer is still the one that was read. Who comes second makes the release again, from
what is live by then. Objects are looked for after the pointer was read: whoever removes some says
so in the pointer first (``store.releases.pruning``), and then the second half fails too.
"""

import hashlib
import random
import time
from collections.abc import Callable
from typing import NamedTuple

from store.artifacts import ArtifactStore
from store.errors import AlreadyExists, ArtifactError, Conflict, NoRelease, NotSigned
from store.releases.layout import (
    HISTORY,
    MAX_JSON_BYTES,
    POINTER,
    release_key,
    sequence_of,
    signature_key,
)
from store.releases.reading import files_of, read_signed_pointer, signed_release
from store.schema import Pointer, Release, encode, now, software
from store.signature import KeyPair, sign

ATTEMPTS = 8
JITTER_SECONDS = 0.02  # doubled with every attempt


class Choice(NamedTuple):
    """A stored release that is to be live, and its signature if it has one."""

    release: Release
    signature: str | None


def known(pointer: Pointer | None) -> tuple[str, ...]:
    """The ids of the live release and of those that were live before, newest first."""
    return (pointer.release.id, *pointer.history) if pointer else ()


def keep(store: ArtifactStore, key: str, data: bytes) -> None:
    """Write an artifact under a key that tells its content; it may be there from an earlier try.

    Raises:
        AlreadyExists: Another one is there.
        StoreError: The store failed.
    """
    try:
        store.put_new(key, data)
    except AlreadyExists:
        if store.get(key, max_bytes=MAX_JSON_BYTES) != data:
            raise


def swap_pointer(
    store: ArtifactStore, following: Callable[[Pointer | None], Pointer | None]
) -> Pointer | None:
    """Replace the pointer by the one that follows it, made again whenever somebody was faster.

    Args:
        store: Where the pointer is.
        following: Given the pointer (None before the first release), the next one; None leaves
            it as it is. May be called several times.

    Returns:
        What ``following`` gave, as it was written.

    Raises:
        Conflict: Others were faster ``ATTEMPTS`` times, or ``following`` raised it.
        ArtifactError, StoreError: As ``following`` raises it, or the store failed.
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(random.uniform(0, JITTER_SECONDS * 2**attempt))
        before, tag = _seen(store)
        after = following(before)
        if after is None:
            return None
        after = after.model_copy(update={"revision": before.revision + 1 if before else 1})
        try:
            store.swap(POINTER, encode(after), tag=tag)
        except Conflict:
            continue
        return after
    raise Conflict(
        f"Others moved {POINTER} in {store.url} {ATTEMPTS} times while this was to be published. "
        "Nothing was changed; try again."
    )


def make_live(store: ArtifactStore, choose: Callable[[Pointer | None], Choice]) -> Release:
    """Move the pointer to the release that is chosen; what was live joins the history.

    Raises as ``swap_pointer`` does.
    """

    def following(before: Pointer | None) -> Pointer:
        release, signature = choose(before)
        return Pointer(
            release=release,
            history=tuple(id_ for id_ in known(before) if id_ != release.id)[:HISTORY],
            signature=signature,
            removing=before.removing if before else (),
        )

    moved = swap_pointer(store, following)
    assert moved is not None
    return moved.release


def change(
    store: ArtifactStore, edit: Callable[[Release], Release], *, key: KeyPair | None = None
) -> Release:
    """Write the release that ``edit`` makes of the live one, and make it live.

    Args:
        store: Where the releases are.
        edit: Given the live release (an empty one before the first), its successor; id, sequence
            and time are filled in. May be called several times.
        key: Signs the new release. What was live has to be signed with it already, because the
            new release vouches for what it takes over.

    Raises:
        NotSigned: It is not.
        Conflict, ArtifactError, StoreError: As ``swap_pointer``.
    """

    def choose(before: Pointer | None) -> Choice:
        if key is not None and before is not None:
            _insist_on_signed(store, before, key)
        release = _numbered(edit(before.release if before else _empty()), before)
        insist_on_staying(release, before)
        data = encode(release)
        keep(store, release_key(release.id), data)  # by a try that could not move the pointer
        return Choice(release, write_signature(store, release.id, data, key) if key else None)

    return make_live(store, choose)


def insist_on_signed(store: ArtifactStore, key: KeyPair) -> None:
    """Refuse, before any work is done, to build on a live release that this key did not sign.

    Raises:
        NotSigned: It did not; the text says what to do.
        ArtifactError, StoreError: As ``swap_pointer``.
    """
    before, _ = _seen(store)
    if before is not None:
        _insist_on_signed(store, before, key)


def insist_on_staying(release: Release, pointer: Pointer | None) -> None:
    """Refuse to make a release live of which a prune removes something. Raises Conflict."""
    keys = {release_key(release.id), *(file.key for file in files_of(release))}
    if gone := keys.intersection(pointer.removing if pointer else ()):
        raise Conflict(
            f"{min(gone)} is being removed by a prune and cannot be live. If none is at work, run: "
            "python -m pipeline prune"
        )


def write_signature(store: ArtifactStore, release_id: str, data: bytes, key: KeyPair) -> str:
    """Sign a release and keep the signature beside it, where it replaces that of another key."""
    signature = sign(key.private, data)
    store.put(signature_key(release_id), signature.encode() + b"\n")
    return signature


def _empty() -> Release:
    """The release before the first one, to begin from."""
    return Release(
        created=now(),
        software=software("pydantic"),
        id="000000-000000",
        sequence=1,
        default="",
        profiles=(),
        models=(),
    )


def _seen(store: ArtifactStore) -> tuple[Pointer | None, str | None]:
    """The pointer and its tag, both None before the first release."""
    try:
        seen = read_signed_pointer(store, ())
    except NoRelease:
        return None, None
    assert seen is not None
    return seen


def _insist_on_signed(store: ArtifactStore, before: Pointer, key: KeyPair) -> None:
    """Refuse to build on a live release that somebody else may have put there."""
    live = before.release.id
    try:
        checked = signed_release(store, live, (key.public,), before.signature)
    except NotSigned as error:
        raise NotSigned(
            f"The live release {live} is not signed with this key, and a release that is built on "
            "it would vouch for all that it holds. Look at it (python -m pipeline list; python -m "
            f"pipeline verify), then run: python -m pipeline sign {live} --key FILE"
        ) from error
    if checked != before.release:
        raise ArtifactError(f"{POINTER} says another release than {release_key(live)}.")


def _numbered(draft: Release, before: Pointer | None) -> Release:
    """The release with its number, its time and an id that tells its content."""
    sequence = 1 + max(map(sequence_of, known(before)), default=0)
    made = {"created": now(), "software": software("pydantic")}
    draft = draft.model_copy(update={**made, "id": "000000-000000", "sequence": sequence})
    mark = hashlib.sha256(encode(draft)).hexdigest()[:6]
    return draft.model_copy(update={"id": f"{sequence:06d}-{mark}"})
