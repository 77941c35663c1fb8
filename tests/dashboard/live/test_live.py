"""What is live: whole releases, the last good model, and a store that comes and goes."""

from pathlib import Path

import pytest

from dashboard.live.watcher import LiveRelease
from store.application import Application
from store.artifacts import MemoryStore, Tagged
from store.benchmark_run import BenchmarkRun
from store.engine_run import EngineRun
from store.errors import ModelRefused, StoreUnavailable
from store.releases import (
    BENCHMARK,
    ENGINES,
    POINTER,
    benchmark_key,
    engines_key,
    publish,
    publish_result,
    read_pointer,
    rollback,
)
from store.schema import ModelCard, encode
from tests import builders, hardware_runs
from tests.dashboard.conftest import FakePredictor

BOMB = b"a bomb"


class FakeOpener:
    """Opens every file but a bomb and a bad version; notes what it was given and told."""

    bad_version: str | None = None

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.signed: list[bool] = []

    def __call__(
        self,
        data: bytes,
        card: ModelCard,
        *,
        cache: Path | None,
        signed: bool = False,
        flat: bytes | None = None,
    ) -> FakePredictor:
        self.opened.append(card.version)
        self.signed.append(signed)
        if data == BOMB:
            raise ModelRefused("it asks for os.system.")
        if card.version == self.bad_version:
            raise ModelRefused("its golden rows do not reproduce.")
        return FakePredictor()


class Away(MemoryStore):
    """A store that can be away."""

    away = False

    def get(self, key: str, *, max_bytes: int) -> bytes:
        if self.away:
            raise StoreUnavailable("no connection")
        return super().get(key, max_bytes=max_bytes)

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        if self.away:
            raise StoreUnavailable("no connection")
        return super().get_tagged(key, max_bytes=max_bytes, unless=unless)


@pytest.fixture
def store() -> Away:
    return Away()


@pytest.fixture
def opener() -> FakeOpener:
    return FakeOpener()


@pytest.fixture
def release(store, opener) -> LiveRelease:
    return LiveRelease(store, cache=None, poll_seconds=0, opener=opener)


def put_release(store, version="1", content=builders.MODEL_BYTES, run_id="run-1") -> None:
    """Publish a profile and a model, as the pipeline does."""
    profile = builders.put_profile(store, run_id=run_id)
    card = builders.put_model(store, version=version, content=content)
    publish(store, profile, card)


def serving(release: LiveRelease) -> dict[str, str]:
    """Which version of each model answers. Reads the state without starting the watcher."""
    return {name: model.card.version for name, model in release._live.models.items()}


def test_a_release_is_live_whole(store, release):
    put_release(store)

    release.refresh()

    live = release._live
    assert live.release == read_pointer(store).release
    assert (set(live.profiles), set(live.cards), set(live.models)) == ({"drinks"},) * 3
    assert live.problems == {}
    assert live.models["drinks"].microseconds > 0


def test_profiles_and_cards_are_read_before_any_model_is_opened(store, release, opener):
    put_release(store)

    release.read()

    assert set(release._live.profiles) == {"drinks"}
    assert opener.opened == []


def test_an_empty_store_is_a_problem_with_a_way_out_and_mends_itself(store, release):
    release.refresh()
    assert "python -m pipeline run" in release._live.problems["release"]

    put_release(store)
    release.refresh()

    assert serving(release) == {"drinks": "1"}
    assert release._live.problems == {}


def test_a_new_release_is_swapped_in_and_only_its_new_model_is_opened(store, release, opener):
    put_release(store, "1")
    release.refresh()
    put_release(store, "2", content=b"another model", run_id="run-2")

    release.refresh()
    release.refresh()

    assert serving(release) == {"drinks": "2"}
    assert opener.opened == ["1", "2"]


def test_a_refused_model_never_serves_and_the_last_good_one_goes_on(store, release):
    put_release(store, "1")
    release.refresh()
    put_release(store, "2", content=BOMB, run_id="run-2")

    release.refresh()

    assert serving(release) == {"drinks": "1"}
    assert release._live.problems["model drinks"] == "Version 2 is refused: it asks for os.system."
    assert release._live.profiles["drinks"].run_id == "run-2"  # the rest of the release is good


def test_a_server_that_starts_on_a_refused_model_serves_the_one_before(store, opener):
    put_release(store, "1")
    put_release(store, "2", content=b"good", run_id="run-2")
    put_release(store, "3", content=BOMB, run_id="run-3")
    fresh = LiveRelease(store, cache=None, poll_seconds=0, opener=opener)

    fresh.refresh()

    assert serving(fresh) == {"drinks": "2"}


def test_a_refused_model_is_not_opened_again_and_again(store, release, opener):
    put_release(store, "1", content=BOMB)

    for _ in range(3):
        release.refresh()

    assert serving(release) == {}
    assert opener.opened == ["1"]


def test_a_refused_model_gets_another_try_after_a_while(store, release, opener, monkeypatch):
    put_release(store, "1", content=BOMB)
    release.refresh()
    monkeypatch.setattr("dashboard.live.refusals.REFUSED_SECONDS", 0.0)

    release.refresh()

    assert opener.opened == ["1", "1"]


def test_a_changed_model_file_is_never_opened(store, release, opener):
    put_release(store, "1")
    store.put("models/drinks/1/model.joblib", builders.MODEL_BYTES.replace(b"0.9", b"0.8"))

    release.refresh()

    assert opener.opened == []
    assert "changed after publishing" in release._live.problems["model drinks"]


def test_a_broken_profile_leaves_the_model_serving(store, release):
    put_release(store)
    store.put("profiles/drinks/run-1/profile.json", b"{}")

    release.refresh()

    assert serving(release) == {"drinks": "1"}
    assert release._live.profiles == {}
    assert "profile drinks" in release._live.problems


@pytest.mark.parametrize("pointer", [b"", b"{", b"[]", b'{"schema_version": 9}'])
def test_a_broken_pointer_leaves_the_last_release_serving(store, release, pointer):
    put_release(store)
    release.refresh()
    store.put(POINTER, pointer)

    release.refresh()

    assert serving(release) == {"drinks": "1"}
    assert set(release._live.profiles) == {"drinks"}
    assert "release" in release._live.problems


def test_a_store_that_is_away_leaves_everything_serving_and_is_noticed_when_it_is_back(
    store, release
):
    put_release(store)
    release.refresh()
    store.away = True
    release.refresh()
    assert serving(release) == {"drinks": "1"}
    assert release._live.problems == {"release": "no connection"}

    store.away = False
    release.refresh()

    assert release._live.problems == {}


def test_a_rollback_serves_the_earlier_model_again(store, release):
    put_release(store, "1")
    put_release(store, "2", content=b"another model", run_id="run-2")
    release.refresh()

    rollback(store)
    release.refresh()

    assert serving(release) == {"drinks": "1"}


def test_two_models_are_live_side_by_side(store, release):
    put_release(store)
    profile = builders.put_profile(store, name="juice", run_id="run-9")
    publish(store, profile, builders.put_model(store, name="juice", version="7"))

    release.refresh()

    assert serving(release) == {"drinks": "1", "juice": "7"}
    assert release._live.release.default == "drinks"


def test_asking_starts_the_watcher_which_opens_the_models(store, release):
    put_release(store)

    assert release.ready().models["drinks"].card.version == "1"
    assert release.snapshot().problems == {}


def test_what_spark_did_is_live_with_its_profile_and_from_logs(store, release):
    profile = builders.put_profile(store)
    builders.put_application(store, profile, name="the job")
    publish(store, profile, None)
    for name in ("sales", "drinks"):
        store.put_new(f"applications/{name}.json", encode(builders.application(name=name)))
        publish_result(store, f"application:{name}", f"applications/{name}.json", Application)

    release.read()

    names = {key: found.name for key, found in release._live.applications.items()}
    assert names == {"drinks": "the job", "sales": "sales", "application:drinks": "drinks"}


def test_a_broken_application_leaves_everything_else_live(store, release):
    profile = builders.put_profile(store)
    key = builders.put_application(store, profile)
    publish(store, profile, None)
    store.put(key, b"{}")

    release.read()

    assert set(release._live.profiles) == {"drinks"}
    assert release._live.applications == {}
    assert "where the release promises" in release._live.problems["application drinks"]


def test_the_engines_are_shown_when_they_were_timed_and_missed_when_they_were_changed(
    store, release
):
    put_release(store)
    release.refresh()
    before = release._live.engine_run
    key = engines_key("20261101T120000Z-abcdef")
    store.put_new(key, encode(builders.engine_run()))
    publish_result(store, ENGINES, key, EngineRun)

    release.refresh()
    assert (before, release._live.engine_run) == (None, builders.engine_run())

    store.put(key, encode(builders.engine_run(repeats=9)))
    later = LiveRelease(store, cache=None, poll_seconds=0, opener=FakeOpener())
    later.refresh()
    assert later._live.engine_run is None
    assert "changed after publishing" in later._live.problems[ENGINES]
    assert serving(later) == {"drinks": "1"}


def test_benchmark_runs_are_read_by_id_and_a_broken_one_is_named(store, release):
    put_release(store)
    good = hardware_runs.believable()
    invented = hardware_runs.benchmark_run(id="20261102T120000Z-abcdef")
    for run in (good, invented):
        store.put_new(benchmark_key(run.id), encode(run))
        publish_result(store, f"{BENCHMARK}{run.id}", benchmark_key(run.id), BenchmarkRun)

    release.refresh()

    assert dict(release.live.benchmark_runs) == {good.id: good}
    assert "never shown" in release.live.problems[f"benchmark {invented.id}"]
