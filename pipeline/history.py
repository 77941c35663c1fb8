"""What changed from release to release."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from store.artifacts import ArtifactStore
from store.errors import ArtifactError, NotFound
from store.releases import read_release
from store.releases.reading import read_signature
from store.schema import Pointer, Release


class Entry(NamedTuple):
    """A release of the history, and how it differs from the one with the number before.

    ``changes`` of the oldest one that is known are what it holds.
    """

    id: str
    live: bool
    signed: bool
    created: datetime | None
    changes: tuple[str, ...]


def history(store: ArtifactStore, pointer: Pointer) -> list[Entry]:
    """The live release and those of its history, by number, the newest first.

    Raises:
        StoreError: The store failed. A release that is gone or broken is told as that.
    """
    releases: dict[str, Release | str] = {pointer.release.id: pointer.release}
    for release_id in pointer.history:
        releases[release_id] = _release(store, release_id)
    entries: list[Entry] = []
    before: Release | None = None
    for release_id, release in sorted(releases.items()):
        if isinstance(release, str):
            entries.append(Entry(release_id, False, False, None, (release,)))
            continue
        live = release_id == pointer.release.id
        signature = pointer.signature if live else read_signature(store, release_id)
        told = changes(before, release) if before else contents(release)
        entries.append(Entry(release_id, live, signature is not None, release.created, tuple(told)))
        before = release
    return entries[::-1]


def contents(release: Release) -> list[str]:
    """What a release holds, a line for each part."""
    return sorted(
        f"{kind} {name}: {which}"
        for kind, parts in _parts(release).items()
        for name, which in parts.items()
    )


def changes(before: Release, after: Release) -> list[str]:
    """How a release differs from the one before it, a line for each part that does."""
    old, new = _parts(before), _parts(after)
    lines = [
        f"{kind} {name}: {old[kind].get(name, 'new')} -> {new[kind].get(name, 'gone')}"
        for kind in new
        for name in old[kind].keys() | new[kind].keys()
        if old[kind].get(name) != new[kind].get(name)
    ]
    if before.default != after.default:
        lines.append(f"default: {before.default or 'none'} -> {after.default or 'none'}")
    return sorted(lines)


def _parts(release: Release) -> dict[str, Mapping[str, str]]:
    """What a release consists of: by kind and name, which one."""
    return {
        "model": {model.name: model.version for model in release.models},
        "candidate": {model.name: model.version for model in release.candidates},
        "profile": {profile.name: profile.run_id for profile in release.profiles},
        "result": {kind: _version(file.key) for kind, file in release.results.items()},
    }


def _version(key: str) -> str:
    """The folder that an artifact is in, which is its version; or the key, where it is in none."""
    return key.rpartition("/")[0].rpartition("/")[2] or key


def _release(store: ArtifactStore, release_id: str) -> Release | str:
    """A release, or why it cannot be told."""
    try:
        return read_release(store, release_id)
    except NotFound:
        return "it was removed"
    except ArtifactError as error:
        return str(error)
