"""What an artifact store holds, and whether what is live is whole."""

from typing import NamedTuple

from store.artifacts import ArtifactStore
from store.errors import ArtifactError, InputError, NoRelease
from store.releases import (
    MAX_JSON_BYTES,
    check_release,
    read_pointer,
    read_signed_pointer,
    read_signed_release,
)
from store.releases.reading import read_signature
from store.schema import ModelCard, Pointer, Release, asked_name, decode

PROFILE = ("profiles", "profile.json")
CARD = ("models", "card.json")


class Stored(NamedTuple):
    """A profile or a model card, its id (run id or version), and whether it is live."""

    name: str
    id: str
    key: str
    live: bool


class StoredModel(NamedTuple):
    """A version of a model: what its card says, or None with the reason where it cannot be read.

    ``alias`` is ``live``, ``candidate`` or empty; ``default`` marks what ``/predict`` serves.
    """

    name: str
    version: str
    alias: str
    default: bool
    card: ModelCard | None
    problem: str = ""


def stored_models(store: ArtifactStore) -> list[StoredModel]:
    """Every version of every model, by name, oldest first.

    Raises:
        StoreError: The store failed. A broken card is told as that.
    """
    pointer = pointer_of(store)
    aliases: dict[str, str] = {}
    if pointer:
        aliases |= {model.card.key: "candidate" for model in pointer.release.candidates}
        aliases |= {model.card.key: "live" for model in pointer.release.models}
    default = pointer.release.default if pointer else ""
    found = []
    for item in stored(store, CARD):
        alias = aliases.get(item.key, "")
        served = alias == "live" and item.name == default
        try:
            data = store.get(item.key, max_bytes=MAX_JSON_BYTES)
            card = decode(ModelCard, data, name=item.key)
        except ArtifactError as error:
            found.append(StoredModel(item.name, item.id, alias, served, None, str(error)))
        else:
            found.append(StoredModel(item.name, item.id, alias, served, card))
    return found


def stored(store: ArtifactStore, kind: tuple[str, str]) -> list[Stored]:
    """Everything of a kind, by name, oldest first."""
    folder, file = kind
    pointer = pointer_of(store)
    live: set[str] = set()
    if pointer:
        live = {profile.file.key for profile in pointer.release.profiles}
        live |= {model.card.key for model in pointer.release.models}
    parts = ((key, key.split("/")) for key in store.keys(f"{folder}/"))
    return [
        Stored(name=path[1], id=path[2], key=key, live=key in live)
        for key, path in parts
        if len(path) == 4 and path[3] == file
    ]


def newest(store: ArtifactStore, kind: tuple[str, str], name: str) -> str | None:
    """The key of the newest of a kind under this name; None when there is none."""
    keys = [item.key for item in stored(store, kind) if item.name == name]
    return keys[-1] if keys else None


def name_in(key: str | None) -> str | None:
    """The table's name in a key such as ``profiles/wine/20261101T120000Z-3fa2c1/profile.json``."""
    parts = (key or "").split("/")
    return parts[1] if len(parts) > 1 else None


def only_name(store: ArtifactStore) -> str:
    """The name of the profiles in a store that holds those of one table.

    What its model was asked is no further table.

    Raises:
        InputError: There is none, or there are several to choose from.
    """
    every = {item.name for item in stored(store, PROFILE)}
    names = sorted(every - {asked_name(name) for name in every})
    if len(names) == 1:
        return names[0]
    if not names:
        raise InputError(f"{store.url} holds no profile. Run: python -m pipeline profile INPUT")
    raise InputError(f"{store.url} holds {', '.join(names)}. Choose one with --name.")


def pointer_of(store: ArtifactStore) -> Pointer | None:
    """The pointer; None when nothing is published."""
    try:
        return read_pointer(store)
    except NoRelease:
        return None


class Verified(NamedTuple):
    """A release whose every object is what the pointer promises, and whether it is signed."""

    release: Release
    objects: int
    bytes: int
    signed: bool


def verify(
    store: ArtifactStore, public_keys: tuple[str, ...] = (), release_id: str | None = None
) -> Verified:
    """Check size, hash and schema of all that is live or a candidate, or that a release holds.

    Where keys are given, the release has to be signed with one of them.

    Raises:
        NoRelease, NotFound: There is none.
        NotSigned: It is not signed so.
        ArtifactError: An object is not what the release promises; the text names it.
        StoreError: The store does not give one.
    """
    if release_id is not None:
        release = read_signed_release(store, release_id, public_keys)
        return Verified(
            *check_release(store, release), read_signature(store, release_id) is not None
        )
    found = read_signed_pointer(store, public_keys)
    assert found is not None
    pointer, _ = found
    return Verified(*check_release(store, pointer.release), pointer.signature is not None)


def lost_its_signature(store: ArtifactStore) -> bool:
    """Whether the live release is not signed while the one that was live before it is."""
    pointer = pointer_of(store)
    if pointer is None or pointer.signature is not None or not pointer.history:
        return False
    return read_signature(store, pointer.history[0]) is not None
