"""Reading what is published: sizes and hashes are checked, and signatures where keys are set."""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

from store.application import Application
from store.artifacts import ArtifactStore
from store.benchmark_run import BenchmarkRun
from store.engine_run import EngineRun
from store.errors import ArtifactError, NoRelease, NotFound, NotSigned
from store.releases.layout import (
    APPLICATION,
    BENCHMARK,
    ENGINES,
    MAX_JSON_BYTES,
    MAX_MODEL_BYTES,
    POINTER,
    release_key,
    signature_key,
)
from store.schema import (
    ModelCard,
    Pointer,
    Profile,
    Release,
    ReleasedModel,
    ReleasedProfile,
    StoredFile,
    decode,
)
from store.signature import verify_any


class Checked(NamedTuple):
    """A release whose every object is what it promises."""

    release: Release
    objects: int
    bytes: int


# The pointer


def read_pointer(store: ArtifactStore) -> Pointer:
    """The live release and its history. Raises NoRelease, ArtifactError, StoreError."""
    found = read_signed_pointer(store, ())
    assert found is not None
    return found[0]


def read_signed_pointer(
    store: ArtifactStore, public_keys: tuple[str, ...], unless: str | None = None
) -> tuple[Pointer, str] | None:
    """The pointer and its tag; None while it still has the tag ``unless``.

    Where keys are given, the release in it has to be that of ``releases/<id>.json``, signed with
    one of them.

    Raises:
        NoRelease: Nothing is published.
        NotSigned: The release has no signature of such a key.
        ArtifactError: It breaks its schema, or the two releases differ.
        StoreError: The store failed.
    """
    try:
        seen = store.get_tagged(POINTER, max_bytes=MAX_JSON_BYTES, unless=unless)
    except NotFound as error:
        raise NoRelease(
            f"Nothing is published in {store.url} yet. Run: python -m pipeline run"
        ) from error
    if seen is None:
        return None
    pointer = decode(Pointer, seen.data, name=POINTER)
    if public_keys:
        signed = signed_release(store, pointer.release.id, public_keys, pointer.signature)
        if signed != pointer.release:
            raise ArtifactError(f"{POINTER} says another release than {release_key(signed.id)}.")
    return pointer, seen.tag


# Releases


def read_release(store: ArtifactStore, release_id: str) -> Release:
    """A release by its id. Raises NotFound, ArtifactError, StoreError."""
    return decode_release(release_id, release_bytes(store, release_id))


def read_signed_release(
    store: ArtifactStore, release_id: str, public_keys: tuple[str, ...]
) -> Release:
    """A release by its id, signed with one of the keys where any are given.

    Raises:
        NotSigned: It has no signature of such a key.
        NotFound, ArtifactError, StoreError: As ``read_release``.
    """
    if not public_keys:
        return read_release(store, release_id)
    return signed_release(store, release_id, public_keys, read_signature(store, release_id))


def decode_release(release_id: str, data: bytes) -> Release:
    """The release in these bytes, which has to have this id. Raises ArtifactError."""
    release = decode(Release, data, name=release_key(release_id))
    if release.id != release_id:
        raise ArtifactError(f"{release_key(release_id)} holds the release {release.id}.")
    return release


def signed_release(
    store: ArtifactStore, release_id: str, public_keys: tuple[str, ...], signature: str | None
) -> Release:
    """A release by its id, whose bytes have this signature of one of the keys.

    Raises:
        NotSigned: They have not.
        NotFound, ArtifactError, StoreError: As ``read_release``.
    """
    data = release_bytes(store, release_id)
    check_signature(release_id, data, signature, public_keys)
    return decode_release(release_id, data)


def release_bytes(store: ArtifactStore, release_id: str) -> bytes:
    """A release as it was written, which is what is signed."""
    return store.get(release_key(release_id), max_bytes=MAX_JSON_BYTES)


def read_signature(store: ArtifactStore, release_id: str) -> str | None:
    """The signature that lies beside a release, unchecked."""
    try:
        return store.get(signature_key(release_id), max_bytes=1_000).decode("ascii").strip()
    except (NotFound, UnicodeDecodeError):
        return None


def check_signature(
    release_id: str, data: bytes, signature: str | None, public_keys: tuple[str, ...]
) -> None:
    """Check the signature over a release's bytes. Raises NotSigned, which names the release."""
    try:
        verify_any(public_keys, data, signature)
    except NotSigned as error:
        raise NotSigned(
            f"Release {release_id} is not trusted: {error} Look at it, then run: "
            f"python -m pipeline sign {release_id} --key FILE"
        ) from error


def files_of(release: Release) -> Iterator[StoredFile]:
    """Every object that a release pins."""
    for profile in release.profiles:
        yield from filter(None, (profile.file, profile.application))
    for model in (*release.models, *release.candidates):
        yield from filter(None, (model.card, model.file, model.flat))
    yield from release.results.values()


def check_release(store: ArtifactStore, release: Release) -> Checked:
    """Read all that a release pins and check size, hash and schema, candidates too.

    Raises:
        ArtifactError: An object is not what the release promises; the text names it.
        StoreError: The store does not give one.
    """
    for profile in release.profiles:
        read_profile(store, profile)
    for model in (*release.models, *release.candidates):
        read_card(store, model)
        read_model(store, model)
        read_flat(store, model)
    for application in applications(release).values():
        read_application(store, application)
    for kind, result in release.results.items():
        if kind == ENGINES:
            read_engine_run(store, result)
    for result in benchmarks(release).values():
        read_benchmark(store, result)
    sizes = {file.key: file.bytes for file in files_of(release)}
    return Checked(release, len(sizes), sum(sizes.values()))


# What a release pins


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


def benchmarks(release: Release) -> dict[str, StoredFile]:
    """The benchmark runs of a release by id, the oldest first."""
    kinds = sorted(kind for kind in release.results if kind.startswith(BENCHMARK))
    return {kind.removeprefix(BENCHMARK): release.results[kind] for kind in kinds}


def read_benchmark(store: ArtifactStore, file: StoredFile) -> BenchmarkRun:
    """A benchmark run of a release, checked as ``store.benchmark_check`` says."""
    from store.benchmark_check import MAX_RUN_BYTES, read_run  # not before: it needs NumPy

    return read_run(read_pinned(store, file, max_bytes=MAX_RUN_BYTES), name=file.key)


def read_card(store: ArtifactStore, released: ReleasedModel) -> ModelCard:
    """The card of a released model, checked; it must pin the same files as the release."""
    data = read_pinned(store, released.card, max_bytes=MAX_JSON_BYTES)
    card = decode(ModelCard, data, name=released.card.key)
    if (card.file, card.flat) != (released.file, released.flat):
        raise ArtifactError(f"{released.card.key} and the release pin different model files.")
    return card


def read_model(store: ArtifactStore, released: ReleasedModel) -> bytes:
    """The bytes of a released model file, their size and hash checked; never unpickled here."""
    return read_pinned(store, released.file, max_bytes=MAX_MODEL_BYTES)


def read_flat(store: ArtifactStore, released: ReleasedModel) -> bytes | None:
    """The same model as plain numbers, size and hash checked, where it was published so."""
    if released.flat is None:
        return None
    return read_pinned(store, released.flat, max_bytes=MAX_MODEL_BYTES)
