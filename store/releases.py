"""Releases: write-once objects, then one pointer that flips last.

    profiles/<name>/<run id>/profile.json      written by the Spark job
    profiles/<name>/<run id>/application.json  what Spark did for it, where that was kept
    applications/<name>/<version>/application.json  what any Spark application did
    engines/<version id>/engines.json          timings of one aggregation on many engines
    models/<name>/<version>/model.joblib       the estimator
    models/<name>/<version>/card.json          what it is, with the hash of model.joblib
    releases/<release id>.json                 which of them belong together
    current.json                               the pointer: the live release and its history

A reader starts at ``current.json`` and checks size and hash of everything it follows, so it
sees the whole of a release or nothing of it. Rolling back moves the pointer, nothing else.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime

from store.application import Application
from store.artifacts import ArtifactStore
from store.engine_run import EngineRun
from store.errors import AlreadyExists, ArtifactError, NoRelease, NotFound
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
    encode,
    now,
    software,
)

POINTER = "current.json"
MAX_JSON_BYTES = 16 * 2**20
MAX_MODEL_BYTES = 256 * 2**20
HISTORY = 50
ENGINES = "engines"  # the kind of the result that is an EngineRun
APPLICATION = "application:"  # begins the kind of a result that tells what an application did


def profile_key(name: str, run_id: str) -> str:
    """Where the profile of this run is."""
    return f"profiles/{name}/{run_id}/profile.json"


def application_key(name: str, run_id: str) -> str:
    """Where it is told what Spark did for this run's profile."""
    return f"profiles/{name}/{run_id}/application.json"


def logged_key(name: str, version: str) -> str:
    """Where an application is that was read from its event log alone."""
    return f"applications/{name}/{version}/application.json"


def engines_key(version: str) -> str:
    """Where the engines' timings of this version are."""
    return f"engines/{version}/engines.json"


def model_key(name: str, version: str, file: str) -> str:
    """Where a file (``model.joblib`` or ``card.json``) of this model version is."""
    return f"models/{name}/{version}/{file}"


def version_id(moment: datetime, content: bytes) -> str:
    """An id that sorts by time and tells contents apart: ``20261101T120000Z-3fa2c1``."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{hashlib.sha256(content).hexdigest()[:6]}"


def stored(key: str, data: bytes) -> StoredFile:
    """The pin of these bytes under this key."""
    return StoredFile(key=key, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


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


def read_pinned(store: ArtifactStore, file: StoredFile, *, max_bytes: int) -> bytes:
    """The bytes of a pinned object.

    Raises:
        ArtifactError: Too large, or not the size or hash that the release promises.
        StoreError: The store does not give it.
    """
    if file.bytes > max_bytes:
        raise ArtifactError(f"{file.key} has {file.bytes:,} bytes; at most {max_bytes:,} are read.")
    data = store.get(file.key, max_bytes=max_bytes)
    if len(data) != file.bytes:
        raise ArtifactError(
            f"{file.key} has {len(data):,} bytes where the release promises {file.bytes:,}."
        )
    if (found := hashlib.sha256(data).hexdigest()) != file.sha256:
        raise ArtifactError(
            f"{file.key} has sha256 {found[:12]}... where the release promises "
            f"{file.sha256[:12]}...; it was changed after publishing."
        )
    return data


def read_profile(store: ArtifactStore, released: ReleasedProfile) -> Profile:
    """The profile of a release, its size, hash and schema checked."""
    data = read_pinned(store, released.file, max_bytes=MAX_JSON_BYTES)
    return decode(Profile, data, name=released.file.key)


def read_application(store: ArtifactStore, file: StoredFile) -> Application:
    """What Spark did, as a release pins it: with a profile, or as a result of its own."""
    return decode(Application, read_pinned(store, file, max_bytes=MAX_JSON_BYTES), name=file.key)


def applications(release: Release) -> dict[str, StoredFile]:
    """The applications of a release by name: those of profiles, then those of event logs.

    Where both have a name, that of the event log keeps its prefix.
    """
    found = {p.name: p.application for p in release.profiles if p.application is not None}
    for kind, file in release.results.items():
        if kind.startswith(APPLICATION):
            name = kind.removeprefix(APPLICATION)
            found[kind if name in found else name] = file
    return found


def read_engine_run(store: ArtifactStore, file: StoredFile) -> EngineRun:
    """The engines' timings of a release, checked."""
    return decode(EngineRun, read_pinned(store, file, max_bytes=MAX_JSON_BYTES), name=file.key)


def read_card(store: ArtifactStore, released: ReleasedModel) -> ModelCard:
    """The card of a released model, checked; it must pin the same model file as the release."""
    data = read_pinned(store, released.card, max_bytes=MAX_JSON_BYTES)
    card = decode(ModelCard, data, name=released.card.key)
    if card.file != released.file:
        raise ArtifactError(f"{released.card.key} and the release pin different model files.")
    return card


def read_model(store: ArtifactStore, released: ReleasedModel) -> bytes:
    """The bytes of a released model file, their size and hash checked; never unpickled here."""
    return read_pinned(store, released.file, max_bytes=MAX_MODEL_BYTES)


def read_pointer(store: ArtifactStore) -> Pointer:
    """The live release and its history. Raises NoRelease, ArtifactError, StoreError."""
    try:
        data = store.get(POINTER, max_bytes=MAX_JSON_BYTES)
    except NotFound as error:
        raise NoRelease(
            f"Nothing is published in {store.url} yet. Run: python -m pipeline run"
        ) from error
    return decode(Pointer, data, name=POINTER)


def read_release(store: ArtifactStore, release_id: str) -> Release:
    """A release by its id. Raises NotFound, ArtifactError, StoreError."""
    key = f"releases/{release_id}.json"
    return decode(Release, store.get(key, max_bytes=MAX_JSON_BYTES), name=key)


def publish(
    store: ArtifactStore, profile_at: str, card_at: str | None, *, default: bool = False
) -> Release:
    """Make a profile, and a model if given, live; everything else of the live release stays.

    Args:
        store: Where both are, and where the release goes.
        profile_at: Key of a profile.
        card_at: Key of a model card; its model file is checked against it.
        default: Serve this model under ``/predict`` from now on. The first model always is.

    Raises:
        ArtifactError: An object is not what it should be; the live release stays as it was.
        StoreError: The store failed; likewise.
    """
    before = _before(store)
    profiles = {p.name: p for p in before.release.profiles} if before else {}
    models = {m.name: m for m in before.release.models} if before else {}

    profile_bytes = store.get(profile_at, max_bytes=MAX_JSON_BYTES)
    profile = decode(Profile, profile_bytes, name=profile_at)
    profiles[profile.name] = ReleasedProfile(
        name=profile.name,
        run_id=profile.run_id,
        file=stored(profile_at, profile_bytes),
        application=_application_of(store, profile_at),
    )
    chosen = before.release.default if before else ""
    if card_at is not None:
        card_bytes = store.get(card_at, max_bytes=MAX_JSON_BYTES)
        card = decode(ModelCard, card_bytes, name=card_at)
        released = ReleasedModel(
            name=card.name,
            version=card.version,
            profile=profile.name,
            card=stored(card_at, card_bytes),
            file=card.file,
        )
        read_model(store, released)
        models[card.name] = released
        chosen = card.name if default or not chosen else chosen

    results = before.release.results if before else {}
    return _release(store, before, profiles, models, results, default=chosen)


def publish_result(store: ArtifactStore, kind: str, at: str, artifact: type[Artifact]) -> Release:
    """Make a measurement live under its kind; everything else of the live release stays.

    Args:
        store: Where it is, and where the release goes.
        kind: Such as ``engines`` or ``application:NAME``; one of this kind is replaced.
        at: Its key.
        artifact: What it has to be.

    Raises:
        ArtifactError: It is not what it should be; the live release stays as it was.
        StoreError: The store failed; likewise.
    """
    before = _before(store)
    data = store.get(at, max_bytes=MAX_JSON_BYTES)
    decode(artifact, data, name=at)
    live = before.release if before else None
    return _release(
        store,
        before,
        {p.name: p for p in live.profiles} if live else {},
        {m.name: m for m in live.models} if live else {},
        {**(live.results if live else {}), kind: stored(at, data)},
        default=live.default if live else "",
    )


def rollback(store: ArtifactStore, release_id: str | None = None) -> Release:
    """Make an earlier release live again: the one named, or the one before the live one.

    Raises:
        NoRelease: There is nothing to go back to.
        NotFound: No release has this id.
    """
    before = read_pointer(store)
    if release_id is None:
        earlier = [id_ for id_ in before.history if sequence_of(id_) < before.release.sequence]
        if not earlier:
            raise NoRelease(f"{store.url} has no release before {before.release.id}.")
        release_id = earlier[0]
    release = read_release(store, release_id)
    _point(store, release, before)
    return release


def sequence_of(release_id: str) -> int:
    """The number in a release id: 3 in ``000003-3fa2c1``."""
    return int(release_id.partition("-")[0])


def _before(store: ArtifactStore) -> Pointer | None:
    """The pointer, or None before the first release."""
    try:
        return read_pointer(store)
    except NoRelease:
        return None


def _application_of(store: ArtifactStore, profile_at: str) -> StoredFile | None:
    """What Spark did for a profile, if that lies beside it."""
    at = f"{profile_at.rpartition('/')[0]}/application.json"
    try:
        data = store.get(at, max_bytes=MAX_JSON_BYTES)
    except NotFound:
        return None
    decode(Application, data, name=at)
    return stored(at, data)


def _release(
    store: ArtifactStore,
    before: Pointer | None,
    profiles: Mapping[str, ReleasedProfile],
    models: Mapping[str, ReleasedModel],
    results: Mapping[str, StoredFile],
    *,
    default: str,
) -> Release:
    """Write a release and flip the pointer to it."""
    draft = Release(
        created=now(),
        software=software("pydantic"),
        id="-",
        sequence=1 + max((sequence_of(id_) for id_ in _known(before)), default=0),
        default=default,
        profiles=tuple(profiles.values()),
        models=tuple(models.values()),
        results=dict(results),
    )
    mark = hashlib.sha256(encode(draft)).hexdigest()[:6]
    release = draft.model_copy(update={"id": f"{draft.sequence:06d}-{mark}"})
    key, data = f"releases/{release.id}.json", encode(release)
    keep(store, key, data)  # by a try that failed before it could flip the pointer, perhaps
    _point(store, release, before)
    return release


def _known(pointer: Pointer | None) -> tuple[str, ...]:
    """The ids of the live release and those before it."""
    return (pointer.release.id, *pointer.history) if pointer else ()


def _point(store: ArtifactStore, release: Release, before: Pointer | None) -> None:
    """Flip the pointer; the release that was live joins the history."""
    history = tuple(id_ for id_ in _known(before) if id_ != release.id)[:HISTORY]
    store.put(POINTER, encode(Pointer(release=release, history=history)))
