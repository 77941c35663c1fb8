"""Rolling back: an earlier release, or one model of it."""

from store.artifacts import ArtifactStore
from store.errors import Conflict, NoRelease, NotFound
from store.releases.contents import live_model, served
from store.releases.layout import sequence_of
from store.releases.pointer import (
    Choice,
    change,
    insist_on_staying,
    make_live,
    write_signature,
)
from store.releases.reading import (
    check_release,
    check_signature,
    decode_release,
    read_card,
    read_flat,
    read_model,
    read_pointer,
    read_release,
    read_signature,
    release_bytes,
)
from store.schema import Pointer, Release, ReleasedModel
from store.signature import KeyPair


def rollback(
    store: ArtifactStore, release_id: str | None = None, *, key: KeyPair | None = None
) -> Release:
    """Make an earlier release live again: the one named, or the one before the live one.

    It takes its signature along. Where a key is given, a release that is named is signed with it;
    one that is not named has to be signed with it already.

    Raises:
        NoRelease: There is nothing to go back to.
        NotFound: No release has this id.
        NotSigned: A key was given, and the release before is not signed with it.
        Conflict: The live release is another one than when this began, so that the one before
            it is another too.
        ArtifactError, StoreError: The release is not whole any more, or the store failed.
    """
    first = read_pointer(store)
    target = release_id or _release_before(store, first)

    def choose(before: Pointer | None) -> Choice:
        if release_id is None and (before is None or before.release.id != first.release.id):
            raise Conflict(
                f"{first.release.id} is not live any more, so nothing was rolled back. Look at "
                "what is (python -m pipeline list), then say to which release to go."
            )
        data = release_bytes(store, target)
        release = decode_release(target, data)
        insist_on_staying(release, before)
        signature = read_signature(store, target)
        if key is not None and release_id is None:
            check_signature(target, data, signature, (key.public,))
        check_release(store, release)
        if key is not None:
            signature = write_signature(store, target, data, key)
        return Choice(release, signature)

    return make_live(store, choose)


def rollback_model(store: ArtifactStore, name: str, *, key: KeyPair | None = None) -> Release:
    """Make the version before the live one of a model live; everything else stays.

    That is the newest one that was live in a release of the history and is older. Versions sort by
    the time when they were trained, so doing it twice goes back twice.

    Raises:
        NotFound: No model of this name is live.
        NoRelease: It has no version before.
        Conflict: Somebody replaced the model in the meantime.
        ArtifactError, StoreError: As ``publish``.
    """
    pointer = read_pointer(store)
    live_version = live_model(pointer.release, name).version
    earlier = [
        model
        for release_id in pointer.history
        for model in _models_of(store, release_id)
        if model.name == name and model.version < live_version
    ]
    if not earlier:
        raise NoRelease(f"{name} has no version before {live_version} that was live.")
    target = max(earlier, key=lambda model: model.version)

    def edit(live: Release) -> Release:
        if live_model(live, name).version != live_version:
            raise Conflict(f"{name} is not {live_version} any more; nothing was rolled back.")
        read_card(store, target)
        read_model(store, target)
        read_flat(store, target)
        return served(live, target)

    return change(store, edit, key=key)


def _release_before(store: ArtifactStore, pointer: Pointer) -> str:
    earlier = [id_ for id_ in pointer.history if sequence_of(id_) < pointer.release.sequence]
    if not earlier:
        raise NoRelease(f"{store.url} has no release before {pointer.release.id}.")
    return earlier[0]


def _models_of(store: ArtifactStore, release_id: str) -> tuple[ReleasedModel, ...]:
    """The models of a release of the history; none where it was removed."""
    try:
        return read_release(store, release_id).models
    except NotFound:
        return ()
