"""Publishers side by side, candidates, promoting, rolling back a model, and signatures."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from store.artifacts import ArtifactStore, MemoryStore, open_store
from store.errors import (
    ArtifactError,
    Conflict,
    ModelRefused,
    NoRelease,
    NotFound,
    NotSigned,
)
from store.releases import (
    POINTER,
    check_release,
    promote,
    publish,
    read_pointer,
    read_release,
    read_signed_pointer,
    read_signed_release,
    release_key,
    rollback,
    rollback_model,
    sequence_of,
    sign_release,
    signature_key,
)
from store.releases.pointer import ATTEMPTS
from store.schema import ModelCard, Pointer, Release, encode
from store.signature import KeyPair, new_key
from tests import builders
from tests.store.children import exit_of, forked

PUBLISHERS = 4


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return new_key()


@pytest.fixture
def store() -> ArtifactStore:
    return MemoryStore()


def made(store: ArtifactStore, number: int, *, name: str = "drinks") -> tuple[str, str]:
    """Write a profile and a model; gives their keys."""
    profile_at = builders.put_profile(store, name=name, run_id=f"run-{number}")
    return profile_at, builders.put_model(store, name=name, version=f"v-{number}")


def published(store: ArtifactStore, number: int, *, name: str = "drinks", **how: Any) -> Release:
    """Publish a new profile and model version, told apart by ``number``."""
    return publish(store, *made(store, number, name=name), **how)


def versions(release: Release) -> dict[str, str]:
    return {model.name: model.version for model in release.models}


class Interrupted(MemoryStore):
    """Lets somebody else act whenever the pointer is about to be swapped."""

    def __init__(self, act: Callable[[ArtifactStore], object], times: int = 1) -> None:
        super().__init__()
        self.act, self.times = act, 0
        self.wanted = times

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        if self.times < self.wanted:
            self.times += 1
            wanted, self.wanted = self.wanted, 0
            self.act(self)
            self.wanted = wanted
        return super().swap(key, data, tag=tag)


# Publishers side by side


def test_who_comes_second_builds_on_what_is_live_by_then() -> None:
    store = Interrupted(lambda store: published(store, 1, name="sweets"))

    release = published(store, 1)

    assert versions(release) == {"sweets": "v-1", "drinks": "v-1"}
    assert release.default == "sweets"
    pointer = read_pointer(store)
    assert pointer.release == release
    assert [sequence_of(id_) for id_ in pointer.history] == [1]
    assert pointer.revision == 2


def test_who_is_late_every_time_gives_up_and_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("store.releases.pointer.JITTER_SECONDS", 0)
    numbers = iter(range(100))
    store = Interrupted(lambda store: published(store, next(numbers), name="sweets"), times=99)
    keys = made(store, 1)

    with pytest.raises(Conflict, match=f"Others moved current.json .* {ATTEMPTS} times"):
        publish(store, *keys)

    assert versions(read_pointer(store).release) == {"sweets": f"v-{ATTEMPTS - 1}"}


def test_publishers_in_threads_all_get_their_models_in(any_store: ArtifactStore) -> None:
    start = threading.Barrier(PUBLISHERS)

    def publish_one(number: int) -> None:
        own = open_store(any_store.url) if any_store.url != "memory://" else any_store
        keys = made(own, 1, name=f"table-{number}")
        start.wait()
        publish(own, *keys)

    with ThreadPoolExecutor(PUBLISHERS) as pool:
        list(pool.map(publish_one, range(PUBLISHERS)))

    pointer = read_pointer(any_store)
    assert versions(pointer.release) == {f"table-{n}": "v-1" for n in range(PUBLISHERS)}
    assert (pointer.revision, len(pointer.history)) == (PUBLISHERS, PUBLISHERS - 1)
    check_release(any_store, pointer.release)


def test_publishers_in_processes_all_get_their_models_in(s3_url: str) -> None:
    rounds = 2

    def publish_some(number: int) -> None:
        store = open_store(s3_url)
        for turn in range(rounds):
            published(store, turn, name=f"table-{number}")

    children = [forked(partial(publish_some, number)) for number in range(PUBLISHERS)]

    assert [exit_of(pid) for pid in children] == [0] * PUBLISHERS
    pointer = read_pointer(open_store(s3_url))
    assert versions(pointer.release) == {f"table-{n}": f"v-{rounds - 1}" for n in range(PUBLISHERS)}
    assert pointer.revision == PUBLISHERS * rounds
    check_release(open_store(s3_url), pointer.release)


# What is checked before it is live


def test_a_model_that_fails_its_check_never_becomes_live(store: ArtifactStore) -> None:
    before = published(store, 1)

    def refuse(data: bytes, card: ModelCard) -> None:
        assert (data, card.version) == (builders.MODEL_BYTES, "v-2")
        raise ModelRefused("It opens a shell.")

    with pytest.raises(ModelRefused, match="opens a shell"):
        published(store, 2, check=refuse)
    with pytest.raises(ModelRefused):
        promote(store, "drinks", "v-2", check=refuse)

    assert read_pointer(store).release == before


def test_a_model_is_checked_once_however_often_others_are_faster() -> None:
    numbers = iter(range(100))
    store = Interrupted(lambda store: published(store, next(numbers), name="sweets"), times=3)
    seen: list[str] = []

    published(store, 1, check=lambda _data, card: seen.append(card.version))

    assert seen == ["v-1"]


# Candidates


def test_a_candidate_is_not_live_and_leaves_the_profile_alone(store: ArtifactStore) -> None:
    published(store, 1)

    release = published(store, 2, candidate=True)

    assert versions(release) == {"drinks": "v-1"}
    assert [(c.name, c.version, c.profile) for c in release.candidates] == [
        ("drinks", "v-2", "drinks")
    ]
    assert [profile.run_id for profile in release.profiles] == ["run-1"]


def test_a_candidate_may_be_the_first_of_its_name(store: ArtifactStore) -> None:
    waiting = published(store, 1, candidate=True)

    live = promote(store, "drinks")

    assert (waiting.default, waiting.models) == ("", ())
    assert [profile.run_id for profile in waiting.profiles] == ["run-1"]
    assert (live.default, versions(live), live.candidates) == ("drinks", {"drinks": "v-1"}, ())


def test_a_candidate_that_is_published_waits_no_longer(store: ArtifactStore) -> None:
    published(store, 1)
    published(store, 2, candidate=True)
    waiting = published(store, 3)

    live = publish(store, "profiles/drinks/run-2/profile.json", "models/drinks/v-2/card.json")

    assert [model.version for model in waiting.candidates] == ["v-2"]
    assert (versions(live), live.candidates) == ({"drinks": "v-2"}, ())


def test_promoting_takes_the_candidate_that_was_seen_though_another_came() -> None:
    store = Interrupted(lambda store: published(store, 3, candidate=True), times=0)
    published(store, 1)
    published(store, 2, candidate=True)
    store.wanted = 1

    live = promote(store, "drinks")

    assert versions(live) == {"drinks": "v-2"}
    assert [model.version for model in live.candidates] == ["v-3"]


def test_a_model_without_a_live_profile_is_not_promoted(store: ArtifactStore) -> None:
    published(store, 1)
    builders.put_model(store, name="sweets", version="v-1")

    with pytest.raises(NotFound, match="No profile of sweets is live"):
        promote(store, "sweets", "v-1")


# Rolling back


def test_one_model_goes_back_while_the_others_stay(store: ArtifactStore) -> None:
    for number in (1, 2, 3):
        published(store, number)
    published(store, 7, name="sweets")

    once = rollback_model(store, "drinks")
    twice = rollback_model(store, "drinks")

    assert versions(once) == {"drinks": "v-2", "sweets": "v-7"}
    assert versions(twice) == {"drinks": "v-1", "sweets": "v-7"}
    assert twice.sequence == 6
    with pytest.raises(NoRelease, match="drinks has no version before v-1"):
        rollback_model(store, "drinks")
    with pytest.raises(NotFound, match=r"no live model wine\. Found: drinks, sweets\."):
        rollback_model(store, "wine")


def test_a_model_that_somebody_replaced_meanwhile_is_not_rolled_back() -> None:
    store = Interrupted(lambda store: published(store, 3), times=0)
    published(store, 1)
    published(store, 2)
    store.wanted = 1

    with pytest.raises(Conflict, match="drinks is not v-2 any more"):
        rollback_model(store, "drinks")

    assert versions(read_pointer(store).release) == {"drinks": "v-3"}


def test_a_rollback_does_not_undo_what_its_caller_never_saw() -> None:
    store = Interrupted(lambda store: published(store, 3), times=0)
    first, _ = published(store, 1), published(store, 2)
    store.wanted = 1

    with pytest.raises(Conflict, match="is not live any more, so nothing was rolled back"):
        rollback(store)
    assert versions(read_pointer(store).release) == {"drinks": "v-3"}

    assert rollback(store, first.id) == first


def test_a_release_that_is_not_whole_any_more_is_not_rolled_back_to(store: ArtifactStore) -> None:
    first, second = published(store, 1), published(store, 2)
    store.remove([first.models[0].file.key])

    with pytest.raises(NotFound, match=r"no models/drinks/v-1/model\.joblib"):
        rollback(store)

    assert read_pointer(store).release == second


# Signatures


def test_a_signed_release_is_read_by_who_trusts_its_key(
    any_store: ArtifactStore, key: KeyPair
) -> None:
    release = published(any_store, 1, key=key)
    old = new_key()

    for keys in ((), (key.public,), (old.public, key.public)):
        found = read_signed_pointer(any_store, keys)
        assert found is not None
        pointer, tag = found
        assert pointer.release == release
        assert read_signed_pointer(any_store, keys, unless=tag) is None
        assert read_signed_release(any_store, release.id, keys) == release
    with pytest.raises(NotSigned, match=f"{release.id} is not trusted: .* another key"):
        read_signed_pointer(any_store, (old.public,))
    with pytest.raises(NotSigned):
        read_signed_release(any_store, release.id, (old.public,))


def test_an_unsigned_release_is_not_trusted_where_keys_are_set(
    store: ArtifactStore, key: KeyPair
) -> None:
    release = published(store, 1)

    with pytest.raises(NotSigned, match=rf"no signature\. .* sign {release.id} --key FILE"):
        read_signed_pointer(store, (key.public,))


def forged_pointer(store: ArtifactStore, pointer: Pointer) -> None:
    """A pointer with the signature of a good release around another."""
    [model] = pointer.release.models
    other = model.model_copy(update={"version": "v-9"})
    forged = pointer.release.model_copy(update={"models": (other,)})
    store.put(POINTER, encode(pointer.model_copy(update={"release": forged})))


def forged_release(store: ArtifactStore, pointer: Pointer) -> None:
    """Both files changed alike."""
    forged_pointer(store, pointer)
    store.put(release_key(pointer.release.id), encode(read_pointer(store).release))


def stolen_signature(store: ArtifactStore, pointer: Pointer) -> None:
    """The signature of one release on another."""
    published(store, 9)
    other = read_pointer(store)
    store.put(POINTER, encode(other.model_copy(update={"signature": pointer.signature})))


@pytest.mark.parametrize("attack", [forged_pointer, forged_release, stolen_signature])
def test_who_may_write_to_the_store_cannot_make_a_release_that_is_trusted(
    store: ArtifactStore, key: KeyPair, attack: Callable[[ArtifactStore, Pointer], None]
) -> None:
    published(store, 1, key=key)

    attack(store, read_pointer(store))

    with pytest.raises(ArtifactError):
        read_signed_pointer(store, (key.public,))


def test_a_key_does_not_vouch_for_what_was_live_without_it(
    store: ArtifactStore, key: KeyPair
) -> None:
    before = published(store, 1)

    for act in (
        lambda: published(store, 2, key=key),
        lambda: promote(store, "drinks", "v-2", key=key),
    ):
        with pytest.raises(NotSigned, match=f"live release {before.id} is not signed with this"):
            act()
    assert read_pointer(store).release == before

    sign_release(store, key)
    live = promote(store, "drinks", "v-2", key=key)

    read_signed_pointer(store, (key.public,))
    assert versions(live) == {"drinks": "v-2"}


def test_a_forged_live_release_is_not_built_upon(store: ArtifactStore, key: KeyPair) -> None:
    published(store, 1, key=key)
    forged_pointer(store, read_pointer(store))

    with pytest.raises(ArtifactError, match="says another release"):
        published(store, 2, key=key)


def test_a_release_takes_its_signature_along_when_it_is_live_again(
    store: ArtifactStore, key: KeyPair
) -> None:
    first, second = published(store, 1, key=key), published(store, 2, key=key)

    rollback(store)
    back = read_signed_pointer(store, (key.public,))
    rollback(store, second.id)
    forth = read_signed_pointer(store, (key.public,))

    assert back is not None
    assert forth is not None
    assert (back[0].release, forth[0].release) == (first, second)


def test_with_a_key_only_a_signed_release_is_gone_back_to_unless_it_is_named(
    store: ArtifactStore, key: KeyPair
) -> None:
    first = published(store, 1)
    sign_release(store, key)
    store.remove([signature_key(first.id)])
    second = published(store, 2, key=key)

    with pytest.raises(NotSigned, match=f"{first.id} is not trusted"):
        rollback(store, key=key)
    assert read_pointer(store).release == second

    rollback(store, first.id, key=key)
    found = read_signed_pointer(store, (key.public,))
    assert found is not None
    assert found[0].release == first


def test_a_release_is_signed_again_with_a_new_key(store: ArtifactStore, key: KeyPair) -> None:
    release = published(store, 1, key=key)
    new = new_key()

    sign_release(store, new)

    found = read_signed_pointer(store, (new.public,))
    assert found is not None
    assert found[0].release == release
    with pytest.raises(NotSigned):
        read_signed_pointer(store, (key.public,))


def test_signing_an_earlier_release_leaves_the_pointer_alone(
    store: ArtifactStore, key: KeyPair
) -> None:
    first, _ = published(store, 1), published(store, 2)
    before = read_pointer(store)

    sign_release(store, key, first.id)

    assert read_pointer(store) == before
    assert read_signed_release(store, first.id, (key.public,)) == first


def test_a_release_that_is_not_whole_is_not_signed(store: ArtifactStore, key: KeyPair) -> None:
    release = published(store, 1)
    store.put(release.models[0].file.key, b"THE" + builders.MODEL_BYTES[3:])

    with pytest.raises(ArtifactError, match="changed after publishing"):
        sign_release(store, key)

    assert read_pointer(store).signature is None


def test_a_release_file_that_holds_another_is_refused(store: ArtifactStore) -> None:
    first, second = published(store, 1), published(store, 2)
    store.put(release_key(first.id), encode(second))

    with pytest.raises(ArtifactError, match=f"{first.id}.json holds the release {second.id}"):
        read_release(store, first.id)
