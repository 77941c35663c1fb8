"""What a store holds, and whether what is live is whole."""

import pytest

from pipeline.holdings import CARD, PROFILE, Stored, newest, only_name, stored, verify
from store.artifacts import FolderStore, MemoryStore
from store.engine_run import EngineRun
from store.errors import ArtifactError, InputError, NoRelease
from store.releases import ENGINES, engines_key, publish, publish_result
from store.schema import encode
from tests import builders

OLD, NEW = "20261101T120000Z-aaaaaa", "20261102T120000Z-bbbbbb"


def test_profiles_are_listed_oldest_first_with_the_live_one_marked() -> None:
    store = MemoryStore()
    publish(store, builders.put_profile(store, run_id=NEW), None)
    builders.put_profile(store, run_id=OLD)

    assert stored(store, PROFILE) == [
        Stored("drinks", OLD, f"profiles/drinks/{OLD}/profile.json", live=False),
        Stored("drinks", NEW, f"profiles/drinks/{NEW}/profile.json", live=True),
    ]


def test_the_newest_is_of_one_name_only() -> None:
    store = MemoryStore()
    builders.put_model(store, version=OLD)
    builders.put_model(store, version=NEW, name="sweets")

    assert newest(store, CARD, "drinks") == f"models/drinks/{OLD}/card.json"
    assert newest(store, CARD, "wine") is None


def test_several_names_have_to_be_chosen_from() -> None:
    store = MemoryStore()
    builders.put_profile(store)
    assert only_name(store) == "drinks"

    builders.put_profile(store, name="sweets")
    with pytest.raises(InputError, match=r"holds drinks, sweets\. Choose one with --name\."):
        only_name(store)


def test_an_empty_store_is_nothing_to_choose_from_or_verify() -> None:
    with pytest.raises(InputError, match="holds no profile"):
        only_name(MemoryStore())
    with pytest.raises(NoRelease):
        verify(MemoryStore())


@pytest.mark.parametrize(
    "kind", ["profile.json", "application.json", "card.json", "model.joblib", "engines.json"]
)
def test_a_changed_byte_is_found(kind: str, shelf: FolderStore) -> None:
    profile_at = builders.put_profile(shelf)
    builders.put_application(shelf, profile_at)
    publish(shelf, profile_at, builders.put_model(shelf))
    shelf.put_new(engines_key(NEW), encode(builders.engine_run()))
    publish_result(shelf, ENGINES, engines_key(NEW), EngineRun)
    assert verify(shelf).objects == 5

    [key] = [key for key in shelf.keys("") if key.endswith(kind)]
    content = bytearray(shelf.get(key, max_bytes=10**6))
    content[len(content) // 2] ^= 1
    shelf.put(key, bytes(content))

    with pytest.raises(ArtifactError, match=f"^{key} has sha256 .* changed after publishing"):
        verify(shelf)
