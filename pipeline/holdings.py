"""What an artifact store holds, and whether what is live is whole."""

from typing import NamedTuple

from store.artifacts import ArtifactStore
from store.errors import InputError, NoRelease
from store.releases import check_release, read_pointer, read_signed_pointer
from store.releases.reading import Checked
from store.schema import Pointer

PROFILE = ("profiles", "profile.json")
CARD = ("models", "card.json")


class Stored(NamedTuple):
    """A profile or a model card, its id (run id or version), and whether it is live."""

    name: str
    id: str
    key: str
    live: bool


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

    Raises:
        InputError: There is none, or there are several to choose from.
    """
    names = sorted({item.name for item in stored(store, PROFILE)})
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


def verify(store: ArtifactStore, public_keys: tuple[str, ...] = ()) -> Checked:
    """Follow the pointer and check size, hash and schema of all that is live or a candidate.

    Where keys are given, the release has to be signed with one of them.

    Raises:
        NoRelease: Nothing is published.
        NotSigned: It is not signed so.
        ArtifactError: An object is not what the pointer promises; the text names it.
        StoreError: The store does not give one.
    """
    found = read_signed_pointer(store, public_keys)
    assert found is not None
    return check_release(store, found[0].release)
