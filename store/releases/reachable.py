"""What a store holds, and what of it neither the pointer nor a release that stays can reach."""

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from store.artifacts import ArtifactStore
from store.errors import ArtifactError, NotFound
from store.releases.layout import MAX_JSON_BYTES, MAX_MODEL_BYTES, release_key
from store.releases.reading import files_of, read_release
from store.schema import ModelCard, Pointer, Release, decode

# How deep a version's folder lies.
DEPTHS = {"applications": 3, "benchmarks": 2, "engines": 2, "models": 3, "profiles": 3}
RELEASE = re.compile(r"releases/([0-9]{6,}-[0-9a-f]{6})\.(?:json|sig)")
MOMENT = re.compile(r"[0-9]{8}T[0-9]{6}Z")  # begins the id of a version


class Removable(NamedTuple):
    """A release or a version that nobody can reach: where it is, its objects, their bytes."""

    name: str
    keys: tuple[str, ...]
    bytes: int


class Shelf(NamedTuple):
    """The ids of the releases that stay, and what can be removed beside them, releases first."""

    staying: frozenset[str]
    removable: tuple[Removable, ...]


def read_shelf(
    store: ArtifactStore, pointer: Pointer, *, keep: Iterable[str], moment: datetime
) -> Shelf:
    """Look through a store for what nobody can reach.

    Args:
        store: What to look through.
        pointer: Its pointer; what this one reaches stays.
        keep: The ids of releases that stay too, if they are there.
        moment: What is not older stays.

    Raises:
        ArtifactError: A release to keep cannot be read, so that nobody knows what it reaches.
        StoreError: The store failed.
    """
    folders = _by_folder(store)
    releases = _releases(store, pointer, [n for n in folders if n.startswith("releases/")], {*keep})
    begun = {*pointer.removing}  # by a prune that was cut off, perhaps

    def is_kept(id_: str, release: Release | None) -> bool:
        if id_ in keep or release is None:
            return True
        keys = {release_key(id_), *(file.key for file in files_of(release))}
        return release.created > moment and begun.isdisjoint(keys)

    staying = {id_ for id_, release in releases.items() if is_kept(id_, release)}
    reached = {f.key for id_ in staying if (r := releases[id_]) for f in files_of(r)}

    def stays(name: str, keys: list[str]) -> bool:
        if name.startswith("releases/"):
            return name.removeprefix("releases/") in staying
        return not reached.isdisjoint(keys)

    def is_old(name: str, keys: list[str]) -> bool:
        if name.startswith("releases/"):
            return release_key(name.removeprefix("releases/")) in keys
        made = _made(store, name, keys)
        return made is not None and made <= moment

    pins = {f.key: f.bytes for release in releases.values() if release for f in files_of(release)}
    removable = [
        Removable(name, tuple(keys), _bytes(store, keys, pins))
        for name, keys in folders.items()
        if not stays(name, keys) and (not begun.isdisjoint(keys) or is_old(name, keys))
    ]
    removable.sort(key=lambda found: (not found.name.startswith("releases/"), found.name))
    return Shelf(frozenset(staying), tuple(removable))


def _by_folder(store: ArtifactStore) -> dict[str, list[str]]:
    """The keys of the layout by version or release; no other key of the store is looked at."""
    folders: defaultdict[str, list[str]] = defaultdict(list)
    for kind, depth in DEPTHS.items():
        for key in store.keys(f"{kind}/"):
            parts = key.split("/")
            if len(parts) > depth:
                folders["/".join(parts[:depth])].append(key)
    for key in store.keys("releases/"):
        if found := RELEASE.fullmatch(key):
            folders[f"releases/{found[1]}"].append(key)
    return dict(folders)


def _releases(
    store: ArtifactStore, pointer: Pointer, names: Iterable[str], keep: set[str]
) -> dict[str, Release | None]:
    """The releases of a store by id; None where one cannot be read, which then stays."""
    releases: dict[str, Release | None] = {}
    for id_ in (name.removeprefix("releases/") for name in names):
        try:
            releases[id_] = read_release(store, id_)
        except NotFound:  # by another prune, or a signature without its release
            continue
        except ArtifactError:
            if id_ in keep:
                raise
            releases[id_] = None
    return {**releases, pointer.release.id: pointer.release}


def _made(store: ArtifactStore, name: str, keys: Iterable[str]) -> datetime | None:
    """When a version was made: by its id, else by what one of its artifacts says."""
    if found := MOMENT.match(name.rpartition("/")[2]):
        with contextlib.suppress(ValueError):  # no such day
            return datetime.strptime(found[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    for key in keys:
        if key.endswith(".json"):
            with contextlib.suppress(NotFound, ValueError, KeyError, TypeError):
                said = json.loads(store.get(key, max_bytes=MAX_JSON_BYTES))["created"]
                made = datetime.fromisoformat(said)
                return made if made.tzinfo else None
    return None


def _bytes(store: ArtifactStore, keys: Iterable[str], pins: Mapping[str, int]) -> int:
    """How many bytes these objects have; one that no release and no card pins is read."""
    known = dict(pins)
    total = 0
    for key in sorted(keys):  # a card before the files that it pins
        if key not in known:
            try:
                data = store.get(key, max_bytes=MAX_MODEL_BYTES)
            except NotFound:
                continue
            known[key] = len(data)
            if key.endswith("/card.json"):
                with contextlib.suppress(ArtifactError):
                    card = decode(ModelCard, data, name=key)
                    known |= {f.key: f.bytes for f in (card.file, card.flat) if f}
        total += known[key]
    return total
