"""What may happen to the live release: publish, promote, roll back, sign.

Each of them moves the pointer by compare and swap (``store.releases.pointer``) and reads all that
it makes live, so that a release is live as a whole or not at all.
"""

from collections.abc import Callable, Mapping

from store.application import Application
from store.artifacts import ArtifactStore
from store.errors import ArtifactError, Conflict, NoRelease, NotFound
from store.releases.layout import (
    MAX_JSON_BYTES,
    model_key,
    release_key,
    sequence_of,
    stored,
)
from store.releases.pointer import Choice, change, make_live, swap_pointer, write_signature
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
from store.schema import (
    Artifact,
    ModelCard,
    Pointer,
    Profile,
    Release,
    ReleasedModel,
    ReleasedProfile,
    StoredFile,
    decode,
)
from store.signature import KeyPair

Check = Callable[[bytes, ModelCard], object]  # raises ModelRefused


def publish(
    store: ArtifactStore,
    profile_at: str,
    card_at: str | None,
    *,
    default: bool = False,
    candidate: bool = False,
    key: KeyPair | None = None,
    check: Check | None = None,
) -> Release:
    """Make a profile, and a model if given, live; everything else of the live release stays.

    Args:
        store: Where both are, and where the release goes.
        profile_at: Key of a profile.
        card_at: Key of a model card; its files are checked against it.
        default: Serve this model under ``/predict`` from now on. The first model always is.
        candidate: Keep the model beside those that are live, for ``promote``; the profile joins
            only where none of its name is live.
        key: Signs the release (``store.releases.pointer.change``).
        check: Asked of the model file and its card before they become live.

    Raises:
        ArtifactError, ModelRefused: An object is not what it should be; what is live stays.
        StoreError: The store failed; likewise.
    """
    check = _once(check)

    def edit(live: Release) -> Release:
        profiles = {profile.name: profile for profile in live.profiles}
        profile = _profile_at(store, profile_at)
        if not candidate or profile.name not in profiles:
            profiles[profile.name] = profile
        changed = live.model_copy(update={"profiles": tuple(profiles.values())})
        if card_at is None:
            return changed
        model = _model_at(store, card_at, profile.name, check)
        if candidate:
            return changed.model_copy(update={"candidates": _with(live.candidates, model)})
        return _served(changed, model, default=default)

    return change(store, edit, key=key)


def publish_result(
    store: ArtifactStore,
    kind: str,
    at: str,
    artifact: type[Artifact],
    *,
    key: KeyPair | None = None,
) -> Release:
    """Make a measurement live under its kind; everything else of the live release stays.

    Args:
        store: Where it is, and where the release goes.
        kind: Such as ``engines`` or ``application:NAME``; one of this kind is replaced.
        at: Its key.
        artifact: What it has to be.
        key: Signs the release.

    Raises:
        ArtifactError: It is not what it should be; the live release stays as it was.
        StoreError: The store failed; likewise.
    """

    def edit(live: Release) -> Release:
        data = store.get(at, max_bytes=MAX_JSON_BYTES)
        decode(artifact, data, name=at)
        return live.model_copy(update={"results": {**live.results, kind: stored(at, data)}})

    return change(store, edit, key=key)


def promote(
    store: ArtifactStore,
    name: str,
    version: str | None = None,
    *,
    key: KeyPair | None = None,
    check: Check | None = None,
) -> Release:
    """Make the candidate of a name live, or any version whose card is in the store.

    Everything else of the live release stays, and so does which model is the default.

    Raises:
        NotFound: There is no such candidate, or no such version.
        ArtifactError, ModelRefused, StoreError: As ``publish``.
    """
    if version is None:
        version = _candidate(read_pointer(store).release, name).version
    check = _once(check)

    def edit(live: Release) -> Release:
        card_at = model_key(name, version, "card.json")
        model = _model_at(store, card_at, _profile_of(live, name), check)
        return _served(live, model)

    return change(store, edit, key=key)


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
    live_version = _live_model(pointer.release, name).version
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
        if _live_model(live, name).version != live_version:
            raise Conflict(f"{name} is not {live_version} any more; nothing was rolled back.")
        read_card(store, target)
        read_model(store, target)
        read_flat(store, target)
        return _served(live, target)

    return change(store, edit, key=key)


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
            raise ArtifactError(f"current.json says another release than {release_key(target)}.")
        return before.model_copy(update={"signature": signature})

    swap_pointer(store, following)
    return release


def _served(live: Release, model: ReleasedModel, *, default: bool = False) -> Release:
    """The release with this model live in the place of its name, and no candidate any more."""
    waiting = tuple(
        c for c in live.candidates if (c.name, c.version) != (model.name, model.version)
    )
    chosen = model.name if default or not live.default else live.default
    return live.model_copy(
        update={"models": _with(live.models, model), "candidates": waiting, "default": chosen}
    )


def _with(models: tuple[ReleasedModel, ...], model: ReleasedModel) -> tuple[ReleasedModel, ...]:
    return tuple({**{known.name: known for known in models}, model.name: model}.values())


def _profile_at(store: ArtifactStore, key: str) -> ReleasedProfile:
    data = store.get(key, max_bytes=MAX_JSON_BYTES)
    profile = decode(Profile, data, name=key)
    return ReleasedProfile(
        name=profile.name,
        run_id=profile.run_id,
        file=stored(key, data),
        application=_application_of(store, key),
    )


def _application_of(store: ArtifactStore, profile_at: str) -> StoredFile | None:
    """What Spark did for a profile, if that lies beside it."""
    at = f"{profile_at.rpartition('/')[0]}/application.json"
    try:
        data = store.get(at, max_bytes=MAX_JSON_BYTES)
    except NotFound:
        return None
    decode(Application, data, name=at)
    return stored(at, data)


def _model_at(store: ArtifactStore, card_at: str, profile: str, check: Check) -> ReleasedModel:
    """The model of a card, its files read and checked."""
    data = store.get(card_at, max_bytes=MAX_JSON_BYTES)
    card = decode(ModelCard, data, name=card_at)
    model = ReleasedModel(
        name=card.name,
        version=card.version,
        profile=profile,
        card=stored(card_at, data),
        file=card.file,
        flat=card.flat,
    )
    read_flat(store, model)
    check(read_model(store, model), card)
    return model


def _once(check: Check | None) -> Check:
    """A check that is not made again of the same file when somebody else was faster."""
    passed: set[str] = set()

    def checked(data: bytes, card: ModelCard) -> None:
        if check is not None and card.file.sha256 not in passed:
            check(data, card)
            passed.add(card.file.sha256)

    return checked


def _candidate(release: Release, name: str) -> ReleasedModel:
    candidates = {model.name: model for model in release.candidates}
    if name not in candidates:
        raise NotFound(_none_of("candidate", name, candidates) + " Or name a --version.")
    return candidates[name]


def _live_model(release: Release, name: str) -> ReleasedModel:
    models = {model.name: model for model in release.models}
    if name not in models:
        raise NotFound(_none_of("live model", name, models))
    return models[name]


def _none_of(kind: str, name: str, found: Mapping[str, object]) -> str:
    return f"There is no {kind} {name}. Found: {', '.join(found) or 'none'}."


def _profile_of(live: Release, name: str) -> str:
    """The profile that a model of this name has, or one of the same name."""
    served = {model.name: model.profile for model in (*live.candidates, *live.models)}
    profile = served.get(name, name)
    if profile not in {released.name for released in live.profiles}:
        raise NotFound(
            f"No profile of {name} is live. Publish both: python -m pipeline publish --name {name}"
        )
    return profile


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
