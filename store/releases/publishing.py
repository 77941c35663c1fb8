"""Publishing and promoting.

Each moves the pointer by compare and swap (``store.releases.pointer``) and reads all that it makes
live, so that a release is live as a whole or not at all.
"""

from collections.abc import Callable

from store.application import Application
from store.artifacts import ArtifactStore
from store.errors import NotFound
from store.releases.contents import candidate_of, served, with_model
from store.releases.layout import MAX_JSON_BYTES, model_key, stored
from store.releases.pointer import change
from store.releases.reading import read_flat, read_model, read_pointer
from store.schema import (
    Artifact,
    ModelCard,
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
            return changed.model_copy(update={"candidates": with_model(live.candidates, model)})
        return served(changed, model, default=default)

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
        version = candidate_of(read_pointer(store).release, name).version
    check = _once(check)

    def edit(live: Release) -> Release:
        card_at = model_key(name, version, "card.json")
        model = _model_at(store, card_at, _profile_of(live, name), check)
        return served(live, model)

    return change(store, edit, key=key)


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


def _profile_of(live: Release, name: str) -> str:
    """The profile that a model of this name has, or one of the same name."""
    served = {model.name: model.profile for model in (*live.candidates, *live.models)}
    profile = served.get(name, name)
    if profile not in {released.name for released in live.profiles}:
        raise NotFound(
            f"No profile of {name} is live. Publish both: python -m pipeline publish --name {name}"
        )
    return profile
