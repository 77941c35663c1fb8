"""What changed from release to release."""

import pytest

from pipeline.history import changes, contents, history
from store.artifacts import ArtifactStore, MemoryStore
from store.engine_run import EngineRun
from store.releases import (
    ENGINES,
    engines_key,
    promote,
    publish,
    publish_result,
    read_pointer,
    release_key,
    rollback,
    sign_release,
)
from store.schema import Release, encode
from store.signature import new_key
from tests import builders


@pytest.fixture
def store() -> ArtifactStore:
    return MemoryStore()


def published(store: ArtifactStore, number: int, *, candidate: bool = False) -> Release:
    profile_at = builders.put_profile(store, run_id=f"run-{number}")
    card_at = builders.put_model(store, version=f"v-{number}")
    return publish(store, profile_at, card_at, candidate=candidate)


def test_every_part_that_changed_has_a_line(store: ArtifactStore) -> None:
    first = published(store, 1)
    waiting = published(store, 2, candidate=True)
    live = promote(store, "drinks")
    store.put_new(engines_key("e-1"), encode(builders.engine_run()))
    timed = publish_result(store, ENGINES, engines_key("e-1"), EngineRun)

    assert contents(first) == ["model drinks: v-1", "profile drinks: run-1"]
    assert changes(first, waiting) == ["candidate drinks: new -> v-2"]
    assert changes(waiting, live) == ["candidate drinks: v-2 -> gone", "model drinks: v-1 -> v-2"]
    assert changes(live, timed) == ["result engines: new -> e-1"]
    assert changes(timed, timed) == []


def test_another_default_is_a_change(store: ArtifactStore) -> None:
    release = published(store, 1)

    other = release.model_copy(update={"default": "sweets"})

    assert changes(release, other) == ["default: drinks -> sweets"]


def test_the_history_is_told_by_number_whatever_is_live(store: ArtifactStore) -> None:
    first, second, third = (published(store, number) for number in (1, 2, 3))
    sign_release(store, new_key(), second.id)
    rollback(store, first.id)

    told = history(store, read_pointer(store))

    assert [(entry.id, entry.live, entry.signed) for entry in told] == [
        (third.id, False, False),
        (second.id, False, True),
        (first.id, True, False),
    ]
    assert told[0].changes == ("model drinks: v-2 -> v-3", "profile drinks: run-2 -> run-3")


def test_a_release_that_is_gone_or_broken_is_told_as_that(store: ArtifactStore) -> None:
    first, second, _ = (published(store, number) for number in (1, 2, 3))
    store.remove([release_key(first.id)])
    store.put(release_key(second.id), b"{}")

    live, broken, gone = history(store, read_pointer(store))

    assert gone.changes == ("it was removed",)
    assert "is not a Release" in broken.changes[0]
    assert live.changes == ("model drinks: v-3", "profile drinks: run-3")
