"""Pruning: what is removed, what never is, and what it means for publishers at work."""

import contextlib
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.artifacts import ArtifactStore, MemoryStore, open_store
from store.engine_run import EngineRun
from store.errors import ArtifactError, Conflict, NoRelease, NotFound, StoreUnavailable
from store.releases import (
    ENGINES,
    POINTER,
    check_release,
    engines_key,
    files_of,
    model_key,
    promote,
    prune,
    publish,
    publish_result,
    read_pointer,
    read_release,
    release_key,
    rollback,
    rollback_model,
    sign_release,
    signature_key,
)
from store.schema import Release, encode
from store.signature import new_key
from tests import builders
from tests.store.children import exit_of, forked

NOW = timedelta(0)
TURNS, PRUNES = 25, 10


@pytest.fixture
def store() -> ArtifactStore:
    return MemoryStore()


def id_of(number: int) -> str:
    """A version of the n-th day of 2026."""
    return f"{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number):%Y%m%dT%H%M%SZ}-aaaaaa"


def published(
    store: ArtifactStore, number: int, *, name: str = "drinks", candidate: bool = False
) -> Release:
    profile_at = builders.put_profile(store, name=name, run_id=id_of(number))
    builders.put_application(store, profile_at)
    card_at = builders.put_model(store, name=name, version=id_of(number))
    return publish(store, profile_at, card_at, candidate=candidate)


def held(store: ArtifactStore) -> set[str]:
    return set(store.keys())


def reachable(releases: Iterable[Release]) -> set[str]:
    return {file.key for release in releases for file in files_of(release)}


# What goes and what stays


def test_what_only_earlier_releases_had_is_removed(any_store: ArtifactStore) -> None:
    first, second, third = (published(any_store, number) for number in (1, 2, 3))
    sign_release(any_store, new_key(), first.id)
    before = {key: len(any_store.get(key, max_bytes=10**6)) for key in held(any_store)}

    removed = prune(any_store, keep=2, older=NOW)

    gone = set(before) - held(any_store)
    assert gone == {
        *reachable([first]),
        release_key(first.id),
        signature_key(first.id),
    }
    assert gone == {key for item in removed for key in item.keys}
    assert sum(item.bytes for item in removed) == sum(before[key] for key in gone)
    assert [item.name for item in removed] == [
        f"releases/{first.id}",
        f"models/drinks/{id_of(1)}",
        f"profiles/drinks/{id_of(1)}",
    ]
    pointer = read_pointer(any_store)
    assert (pointer.release, pointer.history, pointer.removing) == (third, (second.id,), ())
    check_release(any_store, pointer.release)
    assert rollback(any_store) == second


def test_a_candidate_and_results_stay(store: ArtifactStore) -> None:
    published(store, 1)
    published(store, 2, candidate=True)
    for number in (1, 2):
        store.put_new(engines_key(id_of(number)), encode(builders.engine_run()))
        publish_result(store, ENGINES, engines_key(id_of(number)), EngineRun)

    removed = prune(store, keep=1, older=NOW)

    kept = store.keys()
    assert {item.name for item in removed if not item.name.startswith("releases/")} == {
        f"engines/{id_of(1)}",
        f"profiles/drinks/{id_of(2)}",  # only the model of a candidate joins
    }
    assert model_key("drinks", id_of(2), "model.joblib") in kept
    check_release(store, read_pointer(store).release)
    assert promote(store, "drinks").models[0].version == id_of(2)


def test_other_objects_of_the_bucket_are_never_touched(store: ArtifactStore) -> None:
    published(store, 1)
    others = [
        "models/drinks/readme.json",
        "engines/readme.json",
        "releases/notes.json",
        "releases/000001-abcdef.json.bak",
        "backups/models/drinks/20200101T000000Z-aaaaaa/card.json",
        "table.parquet",
    ]
    for key in others:
        store.put(key, b"{}")

    assert prune(store, keep=1, older=NOW) == []
    assert set(others) <= held(store)


def test_files_that_nobody_finished_are_removed_once_they_are_old(store: ArtifactStore) -> None:
    published(store, 1)
    store.put(model_key("drinks", id_of(0), "model.joblib"), b"12345")
    store.put(model_key("drinks", "99991231T235959Z-aaaaaa", "model.joblib"), b"12345")

    [removed] = prune(store, keep=1)

    assert removed == (f"models/drinks/{id_of(0)}", (f"models/drinks/{id_of(0)}/model.joblib",), 5)


def test_a_release_that_lost_a_race_is_removed_with_time(store: ArtifactStore) -> None:
    published(store, 1)
    lost = read_pointer(store).release.model_copy(update={"id": "000001-abcdef"})
    store.put_new(release_key(lost.id), encode(lost))

    assert prune(store, keep=5) == []
    assert [item.name for item in prune(store, keep=5, older=NOW)] == ["releases/000001-abcdef"]


@pytest.mark.parametrize("version", ["v-1", "20269999T000000Z-aaaaaa"])
def test_age_is_what_an_artifact_says_where_its_id_tells_none(
    version: str, store: ArtifactStore
) -> None:
    published(store, 1)
    builders.put_model(store, version=version)  # created 2026-11-01
    store.put(model_key("drinks", "no-age", "model.joblib"), b"1")
    store.put(model_key("drinks", "broken", "card.json"), b"[")

    assert [item.name for item in prune(store, keep=1)] == [f"models/drinks/{version}"]


def test_nothing_young_is_removed_nor_what_a_young_release_reaches(store: ArtifactStore) -> None:
    for number in (1, 2, 3):
        published(store, number)
    before = read_pointer(store), store.keys()

    assert prune(store, keep=1) == []  # the releases were made a moment ago

    assert (read_pointer(store), store.keys()) == before


def test_a_dry_run_says_the_same_and_changes_nothing(store: ArtifactStore) -> None:
    for number in (1, 2, 3):
        published(store, number)
    before = read_pointer(store), store.keys()

    would = prune(store, keep=1, older=NOW, dry_run=True)

    assert (read_pointer(store), store.keys()) == before
    assert prune(store, keep=1, older=NOW) == would
    assert prune(store, keep=1, older=NOW) == []


def test_an_empty_store_is_not_pruned(store: ArtifactStore) -> None:
    builders.put_model(store)

    with pytest.raises(NoRelease, match="so nothing is pruned"):
        prune(store, keep=1, older=NOW)
    with pytest.raises(ValueError, match="live release always stays"):
        prune(store, keep=0)


def test_a_kept_release_that_cannot_be_read_stops_a_prune(store: ArtifactStore) -> None:
    first, second, _ = (published(store, number) for number in (1, 2, 3))
    store.put(release_key(second.id), b"{}")
    keys = store.keys()

    with pytest.raises(ArtifactError, match=second.id):
        prune(store, keep=2, older=NOW)
    assert store.keys() == keys

    store.put(release_key(first.id), b"{}")
    store.put(release_key(second.id), encode(second))
    prune(store, keep=2, older=NOW)
    assert release_key(first.id) in held(store)  # nobody knows how old it is


# Publishers at work


class Stopped(MemoryStore):
    """Fails at the n-th removal, as a prune that was killed leaves it."""

    def __init__(self, removals: int) -> None:
        super().__init__()
        self.removals = removals

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            if self.removals == 0:
                raise StoreUnavailable("The line is cut.")
            self.removals -= 1
            super().remove([key])


@pytest.mark.parametrize("removals", range(5))
def test_what_a_prune_began_to_remove_is_not_published(removals: int) -> None:
    store = Stopped(removals)
    first, second = published(store, 1), published(store, 2)
    with pytest.raises(StoreUnavailable):
        prune(store, keep=1, older=NOW)
    begun = read_pointer(store)

    for act in (
        lambda: rollback(store, first.id),
        lambda: promote(store, "drinks", id_of(1)),
    ):
        with pytest.raises((Conflict, NotFound)):
            act()
    assert (begun.release, begun.history) == (second, ())
    assert model_key("drinks", id_of(1), "model.joblib") in begun.removing
    assert read_pointer(store).release == second

    third = published(store, 3)  # what is new joins all the same
    store.removals = 100
    prune(store, keep=1)  # however young: it was begun
    assert read_pointer(store).removing == ()
    assert not [key for key in held(store) if id_of(1) in key]
    assert check_release(store, read_pointer(store).release).release == third


def test_the_text_says_how_to_finish_a_prune() -> None:
    store = Stopped(0)
    published(store, 1)
    published(store, 2)
    with pytest.raises(StoreUnavailable):
        prune(store, keep=1, older=NOW)

    with pytest.raises(Conflict, match=r"is being removed by a prune .* python -m pipeline prune"):
        promote(store, "drinks", id_of(1))


class Between(MemoryStore):
    """Lets a prune do all its work between a publisher's last look and its swap."""

    def __init__(self) -> None:
        super().__init__()
        self.armed = False

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        if self.armed:
            self.armed = False
            prune(self, keep=1, older=NOW)
        return super().swap(key, data, tag=tag)


def test_a_version_that_was_pruned_while_it_was_promoted_does_not_become_live() -> None:
    store = Between()
    published(store, 1)
    second = published(store, 2)
    prune(store, keep=1, older=NOW)  # nothing in the pointer will change but its revision
    builders.put_model(store, version=id_of(1))
    store.armed = True

    with pytest.raises(NotFound, match=f"no models/drinks/{id_of(1)}/card.json"):
        promote(store, "drinks", id_of(1))

    assert read_pointer(store).release == second
    check_release(store, second)


class Watched(MemoryStore):
    """Lets somebody act before each removal."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self.act = act

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            self.act()
            super().remove([key])


def test_what_a_prune_removes_cannot_be_made_live_at_any_moment_of_it() -> None:
    refused: list[Exception] = []

    def try_all() -> None:
        for make_live in (
            partial(promote, store, "drinks", id_of(1)),
            partial(rollback, store, first.id),
            partial(publish, store, first.profiles[0].file.key, first.models[0].card.key),
        ):
            with pytest.raises((Conflict, NotFound)) as why:
                make_live()
            refused.append(why.value)

    store = Watched(try_all)
    first, second = published(store, 1), published(store, 2)

    removed = prune(store, keep=1, older=NOW)

    assert len(refused) == 3 * sum(len(item.keys) for item in removed) > 0
    check_release(store, read_pointer(store).release)
    assert read_pointer(store).release == second


def test_what_is_live_stays_whole_while_others_publish_and_prune(tmp_path: Path) -> None:
    url = str(tmp_path / "shelf")
    first = published(open_store(url), 0)

    def publish_again_and_again(first: int) -> None:
        for number in range(first, first + TURNS):
            with contextlib.suppress(NotFound, Conflict):  # pruned before it could be live
                published(open_store(url), number, candidate=number % 3 == 0)

    def promote_again_and_again() -> None:
        for number in range(3 * TURNS):
            with contextlib.suppress(NotFound, Conflict):
                promote(open_store(url), "drinks", id_of(1_000 + number % TURNS))

    def prune_again_and_again() -> None:
        done = 0
        while done < PRUNES:  # the others are often faster, and come to an end
            with contextlib.suppress(Conflict):
                prune(open_store(url), keep=1, older=NOW)
                done += 1

    children = [
        forked(partial(publish_again_and_again, 1_000)),
        forked(partial(publish_again_and_again, 2_000)),
        forked(promote_again_and_again),
        forked(prune_again_and_again),
    ]
    looks = 0
    while any(
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None for pid in children
    ):
        insist_on_whole(open_store(url))
        looks += 1

    assert [exit_of(pid) for pid in children] == [0] * len(children)
    assert looks > 10
    insist_on_whole(open_store(url))
    assert release_key(first.id) not in open_store(url).keys("releases/")


def insist_on_whole(store: ArtifactStore) -> None:
    """All that is live can be read, unless another release is live by then."""
    before = read_pointer(store)
    try:
        check_release(store, before.release)
    except NotFound:
        assert read_pointer(store).release != before.release


# Properties

DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.sampled_from(["drinks", "sweets"])),
        st.tuples(st.just("candidate"), st.sampled_from(["drinks", "sweets"])),
        st.tuples(st.just("promote"), st.sampled_from(["drinks", "sweets"])),
        st.tuples(st.just("rollback"), st.just("")),
        st.tuples(st.just("rollback model"), st.sampled_from(["drinks", "sweets"])),
        st.tuples(st.just("prune"), st.sampled_from(["1", "2", "3"])),
    ),
    min_size=1,
    max_size=15,
)


def act(store: ArtifactStore, number: int, deed: str, what: str) -> None:
    """One thing that somebody does; what is not possible at the time is refused."""
    try:
        match deed:
            case "publish" | "candidate":
                published(store, number, name=what, candidate=deed == "candidate")
            case "promote":
                promote(store, what)
            case "rollback":
                rollback(store)
            case "rollback model":
                rollback_model(store, what)
            case "prune":
                prune(store, keep=int(what), older=NOW)
    except (NoRelease, NotFound):
        pass


@given(deeds=DEEDS, keep=st.integers(1, 4))
def test_whatever_was_done_a_prune_removes_nothing_that_can_be_reached(
    deeds: list[tuple[str, str]], keep: int
) -> None:
    store = MemoryStore()
    published(store, 0)
    for number, (deed, what) in enumerate(deeds, start=1):
        act(store, number, deed, what)
        check_release(store, read_pointer(store).release)
    before = read_pointer(store)
    staying = [before.release.id, *before.history][:keep]
    releases = [read_release(store, id_) for id_ in staying]
    had = held(store)

    prune(store, keep=keep, older=NOW)

    after, left = read_pointer(store), held(store)
    assert after.release == before.release
    assert [after.release.id, *after.history] == staying
    assert reachable(releases) <= left
    for release in releases:
        check_release(store, release)
    folders = {key.rpartition("/")[0] for key in reachable(releases)}
    assert {key.rpartition("/")[0] for key in left} - {"releases", ""} == folders
    assert left - {POINTER} <= had
    assert prune(store, keep=keep, older=NOW) == []
