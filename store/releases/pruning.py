"""Removing what nobody can reach any more, beside publishers at work.

What stays: the live release, the last ones that were live, every release younger than a given
age, all that these pin, and every version younger than that. Age is what an id tells or what the
artifact says of itself (``created``), never a file's time; where neither tells, it stays.

Why a publisher is safe. A prune first swaps the pointer for one that names what it will remove.
Whoever read the pointer before cannot swap it any more, and reads it again; whoever reads it
afterwards does not publish what is named there. A publisher looks for its objects after it read
the pointer, so that it finds those missing that were removed earlier. The age is for those who
have not come so far: a model that was trained, and is to be published in a moment.
"""

import contextlib
from datetime import timedelta

from store.artifacts import ArtifactStore
from store.errors import Conflict, NoRelease
from store.releases.pointer import known, swap_pointer
from store.releases.reachable import Removable, read_shelf
from store.schema import Pointer, now

YOUNG = timedelta(hours=1)


def prune(
    store: ArtifactStore, *, keep: int, older: timedelta = YOUNG, dry_run: bool = False
) -> list[Removable]:
    """Remove the versions and releases that are neither live, nor a candidate, nor kept.

    Args:
        store: Where they are.
        keep: How many releases stay, the live one and those that were live last; at least 1.
        older: Nothing younger is removed.
        dry_run: Only say what would be.

    Returns:
        What was removed, or would be, with its bytes.

    Raises:
        NoRelease: Nothing is published, so nothing tells what is needed.
        ArtifactError: A release that stays cannot be read, so that nothing was removed.
        Conflict: Publishers moved the pointer again and again; nothing was removed.
        StoreError: The store failed. What was removed until then nobody could reach.
    """
    if keep < 1:
        raise ValueError("the live release always stays")
    doomed: list[Removable] = []

    def following(before: Pointer | None) -> Pointer | None:
        if before is None:
            raise NoRelease(f"Nothing is published in {store.url}, so nothing is pruned.")
        shelf = read_shelf(store, before, keep=known(before)[:keep], moment=now() - older)
        doomed[:] = shelf.removable
        after = before.model_copy(
            update={
                "history": tuple(id_ for id_ in before.history if id_ in shelf.staying),
                "removing": tuple(sorted({*before.removing, *(k for d in doomed for k in d.keys)})),
            }
        )
        return None if dry_run or (after == before and not before.removing) else after

    marked = swap_pointer(store, following)
    if marked is not None:
        for removed in doomed:
            store.remove(removed.keys)
        with contextlib.suppress(Conflict):  # then the next prune does it
            swap_pointer(store, lambda pointer: _without(pointer, set(marked.removing)))
    return doomed


def _without(pointer: Pointer | None, gone: set[str]) -> Pointer | None:
    """The pointer without keys that nobody is removing any more."""
    if pointer is None:
        return None
    left = tuple(key for key in pointer.removing if key not in gone)
    return pointer.model_copy(update={"removing": left})
