"""Publishing, the pointer that flips last, rolling back, and what a reader refuses."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from store.application import Application
from store.artifacts import ArtifactStore, MemoryStore, open_store
from store.errors import AlreadyExists, ArtifactError, NoRelease, NotFound, StoreUnavailable
from store.releases import (
    HISTORY,
    POINTER,
    application_key,
    applications,
    keep,
    logged_key,
    publish,
    publish_result,
    read_application,
    read_card,
    read_model,
    read_pointer,
    read_profile,
    read_release,
    rollback,
    sequence_of,
    version_id,
)
from store.schema import Pointer, Release, encode
from tests.builders import (
    CREATED,
    MODEL_BYTES,
    application,
    model_card,
    profile,
    put_application,
    put_model,
    put_profile,
)


@pytest.fixture
def store() -> ArtifactStore:
    return MemoryStore()


def published(store: ArtifactStore, number: int, *, name: str = "drinks") -> Release:
    """Publish a new profile and model version, told apart by ``number``."""
    profile_at = put_profile(store, name=name, run_id=f"run-{number}")
    card_at = put_model(store, name=name, version=f"v-{number}")
    return publish(store, profile_at, card_at)


class FailingStore(MemoryStore):
    """Works until ``writes_left`` writes are used up, then fails before it writes."""

    writes_left = 1_000

    def put_new(self, key: str, data: bytes) -> None:
        self._count()
        super().put_new(key, data)

    def put(self, key: str, data: bytes) -> None:
        self._count()
        super().put(key, data)

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        self._count()
        return super().swap(key, data, tag=tag)

    def _count(self) -> None:
        if self.writes_left == 0:
            raise StoreUnavailable("The line is cut.")
        self.writes_left -= 1


# Publishing


def test_a_published_release_reads_back_whole(store: ArtifactStore) -> None:
    release = published(store, 1)

    pointer = read_pointer(store)
    [released_profile], [released_model] = pointer.release.profiles, pointer.release.models
    assert pointer == Pointer(release=release, history=(), revision=1)
    assert release == read_release(store, release.id)
    assert (release.sequence, release.default) == (1, "drinks")
    assert read_profile(store, released_profile) == profile(run_id="run-1")
    assert read_card(store, released_model) == model_card(version="v-1")
    assert read_model(store, released_model) == MODEL_BYTES


def test_a_release_reads_back_from_s3(s3_url: str) -> None:
    release = published(open_store(s3_url), 1)

    reader = open_store(s3_url)
    assert read_pointer(reader).release == release
    assert read_model(reader, release.models[0]) == MODEL_BYTES


def test_an_empty_store_says_how_to_publish(store: ArtifactStore) -> None:
    with pytest.raises(NoRelease, match="python -m pipeline run"):
        read_pointer(store)


def test_a_profile_alone_is_a_release(store: ArtifactStore) -> None:
    release = publish(store, put_profile(store), None)

    assert [p.name for p in release.profiles] == ["drinks"]
    assert (release.models, release.default) == ((), "")


def test_a_second_model_keeps_the_first_and_its_place(store: ArtifactStore) -> None:
    first = published(store, 1)

    second = published(store, 1, name="iris")

    assert [model.name for model in second.models] == ["drinks", "iris"]
    assert [p.name for p in second.profiles] == ["drinks", "iris"]
    assert second.models[0] == first.models[0]
    assert second.default == "drinks"


def test_a_model_becomes_the_default_when_asked(store: ArtifactStore) -> None:
    published(store, 1)

    card_at = put_model(store, name="iris")
    release = publish(store, put_profile(store, name="iris"), card_at, default=True)

    assert release.default == "iris"


def test_a_new_version_replaces_the_old_one_of_the_same_name(store: ArtifactStore) -> None:
    published(store, 1)

    release = published(store, 2)

    assert [model.version for model in release.models] == ["v-2"]
    assert [p.run_id for p in release.profiles] == ["run-2"]


def test_every_release_joins_the_history_newest_first(store: ArtifactStore) -> None:
    first, second, third = (published(store, number) for number in (1, 2, 3))

    assert [release.sequence for release in (first, second, third)] == [1, 2, 3]
    assert read_pointer(store).history == (second.id, first.id)
    assert read_release(store, first.id) == first


def test_the_history_keeps_its_length(store: ArtifactStore) -> None:
    for number in range(HISTORY + 3):
        published(store, number)

    history = read_pointer(store).history
    assert len(history) == HISTORY
    assert [sequence_of(id_) for id_ in history] == list(range(HISTORY + 2, 2, -1))


@pytest.mark.parametrize("writes", range(5))
def test_a_write_that_fails_leaves_the_live_release_whole(writes: int) -> None:
    store = FailingStore()
    before = published(store, 1)
    store.writes_left = writes  # profile, model, card, release, pointer: each in turn

    with pytest.raises(StoreUnavailable, match="The line is cut"):
        published(store, 2)

    pointer = read_pointer(store)
    assert pointer == Pointer(release=before, history=(), revision=1)
    assert read_model(store, pointer.release.models[0]) == MODEL_BYTES
    assert read_card(store, pointer.release.models[0]) == model_card(version="v-1")
    assert read_profile(store, pointer.release.profiles[0]) == profile(run_id="run-1")


def test_publishing_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "store.releases.pointer.now", lambda: CREATED
    )  # both tries in the same second
    store = FailingStore()
    published(store, 1)
    profile_at = put_profile(store, run_id="run-2")
    store.writes_left = 1
    with pytest.raises(StoreUnavailable):
        publish(store, profile_at, None)

    store.writes_left = 2
    release = publish(store, profile_at, None)

    assert read_pointer(store).release == release
    assert release.profiles[0].run_id == "run-2"


def test_a_published_object_is_never_written_again(store: ArtifactStore) -> None:
    published(store, 1)

    with pytest.raises(AlreadyExists):
        published(store, 1)


# What Spark did, and other results


def test_what_spark_did_is_released_with_its_profile(store: ArtifactStore) -> None:
    profile_at = put_profile(store)
    put_application(store, profile_at)

    [released] = publish(store, profile_at, None).profiles

    assert released.application is not None
    assert released.application.key == application_key("drinks", released.run_id)
    assert read_application(store, released.application) == application()


def test_a_profile_without_an_application_is_released_all_the_same(store: ArtifactStore) -> None:
    assert publish(store, put_profile(store), None).profiles[0].application is None


def test_a_broken_application_is_not_published(store: ArtifactStore) -> None:
    profile_at = put_profile(store)
    store.put(application_key("drinks", "20261101T120000Z-000001"), b"{}")

    with pytest.raises(ArtifactError, match=r"application\.json is not a Application"):
        publish(store, profile_at, None)


def test_a_result_joins_the_release_and_stays_when_others_are_published(
    store: ArtifactStore,
) -> None:
    before = published(store, 1)
    key = logged_key("sales", "v-1")
    store.put_new(key, encode(application()))

    release = publish_result(store, "application:sales", key, Application)
    after = published(store, 2)

    assert (release.profiles, release.models, release.default) == (
        before.profiles,
        before.models,
        "drinks",
    )
    assert after.results == release.results
    assert read_application(store, after.results["application:sales"]) == application()
    assert applications(after) == {"sales": after.results["application:sales"]}


def test_a_result_can_be_the_first_of_a_store(store: ArtifactStore) -> None:
    store.put_new("applications/a.json", encode(application()))

    release = publish_result(store, "application:a", "applications/a.json", Application)

    assert (release.sequence, release.default, release.profiles) == (1, "", ())


def test_a_result_that_is_something_else_is_not_published(store: ArtifactStore) -> None:
    before = published(store, 1)

    with pytest.raises(ArtifactError, match="is not a Application"):
        publish_result(store, "application:a", before.profiles[0].file.key, Application)

    assert read_pointer(store).release == before


# What is not published


def wrong_profile(store: ArtifactStore) -> None:
    store.put("profiles/p.json", b'{"schema_version": 1}')
    publish(store, "profiles/p.json", None)


def model_file_changed(store: ArtifactStore) -> None:
    card_at = put_model(store, version="v-2")
    store.put("models/drinks/v-2/model.joblib", MODEL_BYTES.replace(b"b", b"B"))
    publish(store, put_profile(store, run_id="run-2"), card_at)


def card_of_another_file(store: ArtifactStore) -> None:
    card_at = put_model(store, version="v-2", content=b"short")
    store.put("models/drinks/v-2/card.json", encode(model_card(version="v-2")))
    publish(store, put_profile(store, run_id="run-2"), card_at)


@pytest.mark.parametrize("publish_it", [wrong_profile, model_file_changed, card_of_another_file])
def test_what_breaks_its_promise_is_not_published(
    store: ArtifactStore, publish_it: Callable[[ArtifactStore], None]
) -> None:
    before = published(store, 1)

    with pytest.raises(ArtifactError):
        publish_it(store)

    assert read_pointer(store) == Pointer(release=before, history=(), revision=1)


def test_what_was_never_written_is_not_published(store: ArtifactStore) -> None:
    with pytest.raises(NotFound, match=r"no models/drinks/v-9/card\.json"):
        publish(store, put_profile(store), "models/drinks/v-9/card.json")

    assert store.keys("releases/") == []


# Reading


def test_a_changed_byte_is_refused(store: ArtifactStore) -> None:
    release = published(store, 1)
    store.put(release.models[0].file.key, b"THE" + MODEL_BYTES[3:])

    with pytest.raises(ArtifactError, match=r"sha256 .* it was changed after publishing"):
        read_model(store, release.models[0])


@pytest.mark.parametrize("content", [b"", MODEL_BYTES[:-1], MODEL_BYTES + b"\n"])
def test_a_wrong_size_is_refused(store: ArtifactStore, content: bytes) -> None:
    release = published(store, 1)
    store.put(release.models[0].file.key, content)

    with pytest.raises(
        ArtifactError, match=f"has {len(content)} bytes where .* promises {len(MODEL_BYTES)}"
    ):
        read_model(store, release.models[0])


def test_a_model_that_is_too_large_is_not_fetched(store: ArtifactStore) -> None:
    [model] = published(store, 1).models
    huge = model.model_copy(update={"file": model.file.model_copy(update={"bytes": 2**40})})

    with pytest.raises(ArtifactError, match="1,099,511,627,776 bytes; at most 268,435,456"):
        read_model(store, huge)


def test_a_card_that_pins_another_model_file_is_refused(store: ArtifactStore) -> None:
    first = published(store, 1)
    second = published(store, 2)
    mixed = second.models[0].model_copy(update={"file": first.models[0].file})

    with pytest.raises(ArtifactError, match="pin different model files"):
        read_card(store, mixed)


def test_a_pointer_of_another_schema_is_refused(store: ArtifactStore) -> None:
    published(store, 1)
    data = store.get(POINTER, max_bytes=10_000)
    store.put(POINTER, data.replace(b'"schema_version":1', b'"schema_version":2', 1))

    with pytest.raises(ArtifactError, match=r"current\.json is not a Pointer of schema 1: schema_"):
        read_pointer(store)


def test_a_pointer_that_leads_out_of_the_store_is_refused(store: ArtifactStore) -> None:
    published(store, 1)
    data = store.get(POINTER, max_bytes=10_000)
    store.put(POINTER, data.replace(b'"key":"models/drinks', b'"key":"models/../../../etc'))

    with pytest.raises(ArtifactError, match=r"current\.json .* release\.models\.0\.card\.key"):
        read_pointer(store)


# Rolling back


def test_rolling_back_makes_the_release_before_live(store: ArtifactStore) -> None:
    first, second = published(store, 1), published(store, 2)

    live = rollback(store)

    assert live == first
    assert read_pointer(store) == Pointer(release=first, history=(second.id,), revision=3)


def test_rolling_back_twice_goes_back_twice(store: ArtifactStore) -> None:
    first, _, _ = (published(store, number) for number in (1, 2, 3))

    rollback(store)
    live = rollback(store)

    assert live == first


def test_any_release_can_be_made_live_by_its_id(store: ArtifactStore) -> None:
    first, second, third = (published(store, number) for number in (1, 2, 3))

    rollback(store, first.id)
    live = rollback(store, third.id)

    pointer = read_pointer(store)
    assert (live, pointer.release) == (third, third)
    assert set(pointer.history) == {first.id, second.id}


def test_a_release_after_a_rollback_takes_a_new_number(store: ArtifactStore) -> None:
    first, second = published(store, 1), published(store, 2)
    rollback(store)

    third = published(store, 3)

    assert third.sequence == 3
    assert set(read_pointer(store).history) == {first.id, second.id}


def test_there_is_nothing_before_the_first_release(store: ArtifactStore) -> None:
    first = published(store, 1)

    with pytest.raises(NoRelease, match=f"no release before {first.id}"):
        rollback(store)
    with pytest.raises(NotFound, match="000009-abcdef"):
        rollback(store, "000009-abcdef")

    assert read_pointer(store).release == first


def test_a_rollback_that_cannot_write_changes_nothing() -> None:
    store = FailingStore()
    published(store, 1)
    published(store, 2)
    before = read_pointer(store)
    store.writes_left = 0

    with pytest.raises(StoreUnavailable):
        rollback(store)

    assert read_pointer(store) == before


# Ids


def test_a_version_sorts_by_time_and_tells_contents_apart() -> None:
    early, late = (datetime(2026, 11, day, 8, 30, tzinfo=UTC) for day in (9, 10))

    assert version_id(early, b"a") == "20261109T083000Z-ca9781"
    assert version_id(early, b"a") < version_id(late, b"a")
    assert version_id(early, b"a") != version_id(early, b"b")


def test_what_is_kept_may_be_there_already_but_no_other(store: ArtifactStore) -> None:
    keep(store, "a/b.json", b"1")
    keep(store, "a/b.json", b"1")

    with pytest.raises(AlreadyExists):
        keep(store, "a/b.json", b"2")
    assert store.get("a/b.json", max_bytes=9) == b"1"
