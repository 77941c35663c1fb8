"""The flip from one release to the next: whole, signed, and back from disk without the store."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.live.mirror import MirroredStore
from dashboard.live.polling import JITTER, MAX_POLLS, pause
from dashboard.live.snapshot import Live
from dashboard.live.watcher import LiveRelease
from store.releases import POINTER, read_pointer
from store.schema import Pointer, Release, ReleasedModel, encode
from store.signature import KeyPair, new_key, sign
from tests.dashboard.live.test_live import FakeOpener
from tests.dashboard.live.test_mirror import Remote
from tests.dashboard.releases import make_live, put_model


class Opener(FakeOpener):
    """Opens every model but version 3."""

    bad_version = "3"


@pytest.fixture
def store() -> Remote:
    return Remote()


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def release(store: Remote, opener: Opener) -> LiveRelease:
    return LiveRelease(store, cache=None, poll_seconds=0, opener=opener)


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return new_key()


def live(release: LiveRelease) -> Live:
    """The snapshot, without starting the watcher."""
    return release._live


def version(release: LiveRelease) -> str | None:
    """The version that answers."""
    model = live(release).default
    return model.card.version if model else None


def signed_live(store: Remote, model: ReleasedModel, key: KeyPair) -> Release:
    """Make a release with this model live, signed."""
    made = make_live(store, model)
    data = store.get(f"releases/{made.id}.json", max_bytes=100_000)
    signature = sign(key.private, data)
    store.put(f"releases/{made.id}.sig", signature.encode())
    pointer = read_pointer(store).model_copy(update={"signature": signature})
    store.put(POINTER, encode(pointer))
    return made


# Watching


def test_a_pointer_that_did_not_move_is_confirmed_and_nothing_is_read_again(store, release, opener):
    make_live(store, put_model(store, 1))
    release.refresh()
    store.gave.clear()
    before = live(release)

    assert release.refresh()

    assert store.gave == []
    assert opener.opened == ["1"]
    assert live(release).confirmed >= before.confirmed
    assert live(release).since == before.since


def test_looks_back_off_while_the_store_fails_but_never_for_long():
    for failures in (0, 1, 2, 3, 4, 1000):
        polls = min(2**failures, MAX_POLLS)
        times = [pause(10.0, failures) for _ in range(200)]
        assert min(times) >= 10 * polls * (1 - JITTER)
        assert max(times) <= 10 * polls * (1 + JITTER)
        assert len(set(times)) > 100  # workers do not ask all at once


def test_a_store_that_fails_in_the_middle_leaves_the_release_before_whole(store, release):
    first = make_live(store, put_model(store, 1))
    release.refresh()
    make_live(store, put_model(store, 2))
    pointer = store.get(POINTER, max_bytes=100_000)
    whole = live(release)
    store.away_but = {POINTER}

    assert not release.refresh()

    now = live(release)
    assert now.release == first
    assert (now.profiles, now.cards, now.models) == (whole.profiles, whole.cards, whole.models)
    assert "cannot be read: no connection" in now.problems["release"]
    assert now.outage.away
    assert store.get(POINTER, max_bytes=100_000) == pointer

    store.away_but = None
    assert release.refresh()
    assert version(release) == "2"
    assert (live(release).problems, live(release).outage) == ({}, None)


def test_an_object_that_is_gone_costs_that_part_alone(store, release, monkeypatch):
    monkeypatch.setattr("dashboard.live.watcher.MEND_SECONDS", 0.0)
    make_live(store, put_model(store, 1))
    release.refresh()
    second = make_live(store, put_model(store, 2))
    store.remove([second.models[0].file.key])

    assert release.refresh()  # the store did answer

    assert version(release) == "1"
    assert live(release).release == second
    assert "There is no models/drinks/2/model.joblib" in live(release).problems["model drinks"]
    put_model(store, 2)
    assert release.refresh()
    assert (version(release), live(release).problems) == ("2", {})


def test_a_broken_part_of_a_new_release_is_what_it_was_before(store, release):
    make_live(store, put_model(store, 1))
    release.refresh()
    second = make_live(store, put_model(store, 1))
    store.put(second.profiles[0].file.key, b"{}")

    release.refresh()

    assert live(release).profiles["drinks"].run_id == "run-1"
    assert "profile drinks" in live(release).problems


def test_the_outage_tells_since_when_and_ends_with_the_next_answer(store, release):
    make_live(store, put_model(store, 1))
    release.refresh()
    store.away = True
    release.refresh()
    begun = live(release).outage
    release.refresh()

    assert begun.away
    assert live(release).outage.since == live(release).stale_since == begun.since
    assert live(release).confirmed is not None

    store.away = False
    release.refresh()
    assert live(release).stale_since is None


def test_a_model_that_serves_no_more_is_closed_once_nobody_asks_it(store, release, monkeypatch):
    monkeypatch.setattr("dashboard.live.retirement.RETIRED_SECONDS", 0.0)
    make_live(store, put_model(store, 1))
    release.refresh()
    old = live(release).default.predictor
    make_live(store, put_model(store, 2))

    release.refresh()
    assert not old.closed  # a request may still hold it
    release.refresh()

    assert old.closed
    assert not live(release).default.predictor.closed


def test_a_refusal_is_known_to_the_other_workers(store, tmp_path):
    openers = [Opener(), Opener()]
    for number in (1, 3):
        make_live(store, put_model(store, number))
    for opener in openers:
        worker = LiveRelease(store, cache=tmp_path, poll_seconds=0, opener=opener)
        worker.refresh()
        assert version(worker) == "1"
        assert "golden rows" in live(worker).problems["model drinks"]

    assert [opener.opened for opener in openers] == [["3", "1"], ["1"]]


def test_of_workers_that_come_to_a_broken_model_at_once_one_opens_it(store, tmp_path):
    make_live(store, put_model(store, 1))
    make_live(store, put_model(store, 3))
    openers = [Opener() for _ in range(4)]
    workers = [
        LiveRelease(store, cache=tmp_path, poll_seconds=0, opener=opener) for opener in openers
    ]

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(LiveRelease.refresh, workers))

    assert [version(worker) for worker in workers] == ["1"] * 4
    assert [opened for opener in openers for opened in opener.opened].count("3") == 1


# Candidates


def test_a_candidate_is_open_beside_the_live_model_and_becomes_it_without_being_opened_again(
    store, release, opener
):
    one, two = put_model(store, 1), put_model(store, 2)
    make_live(store, one, candidates=[two])
    release.refresh()
    assert version(release) == "1"
    assert live(release).candidates["drinks"].card.version == "2"

    make_live(store, two)
    release.refresh()

    assert (version(release), dict(live(release).candidates)) == ("2", {})
    assert opener.opened == ["1", "2"]


def test_a_candidate_that_is_refused_costs_nothing_else(store, release):
    make_live(store, put_model(store, 1), candidates=[put_model(store, 3)])

    release.refresh()

    assert version(release) == "1"
    assert dict(live(release).candidates) == {}
    assert "golden rows" in live(release).problems["candidate drinks"]


# Signatures


@pytest.fixture
def strict(store: Remote, opener: Opener, key: KeyPair) -> LiveRelease:
    """A server with our public key."""
    keys = (new_key().public, key.public)  # the old one and the new one
    return LiveRelease(store, cache=None, poll_seconds=0, public_keys=keys, opener=opener)


def test_with_a_key_set_a_signed_release_is_live_and_the_opener_is_told(store, strict, opener, key):
    signed_live(store, put_model(store, 1), key)

    assert strict.refresh()

    assert version(strict) == "1"
    assert opener.signed == [True]


def test_with_a_key_set_an_unsigned_release_never_becomes_live(store, strict, key):
    make_live(store, put_model(store, 1))
    assert strict.refresh()  # the store did answer: there is no need to ask it less often
    assert (live(strict).release, version(strict)) == (None, None)
    assert "sign" in live(strict).problems["release"]

    signed_live(store, put_model(store, 2), key)
    strict.refresh()
    make_live(store, put_model(store, 1))
    strict.refresh()

    assert version(strict) == "2"
    assert not live(strict).outage.away


def test_a_signature_of_another_key_or_of_another_release_is_none(store, strict, key):
    signed_live(store, put_model(store, 1), new_key())
    strict.refresh()
    assert version(strict) is None

    signed_live(store, put_model(store, 1), key)
    good = read_pointer(store)
    other = make_live(store, put_model(store, 2))
    store.put(POINTER, encode(Pointer(release=other, signature=good.signature)))
    strict.refresh()
    assert version(strict) is None

    forged = good.release.model_copy(update={"models": other.models})
    store.put(POINTER, encode(good.model_copy(update={"release": forged})))
    strict.refresh()
    assert version(strict) is None


def test_for_a_refused_model_only_a_signed_release_of_before_steps_in(store, strict, key):
    signed_live(store, put_model(store, 1), key)
    make_live(store, put_model(store, 2))  # by somebody who can write to the bucket
    signed_live(store, put_model(store, 3), key)

    strict.refresh()

    assert version(strict) == "1"
    assert "Version 3 is refused" in live(strict).problems["model drinks"]


# From disk


def restarted(store: Remote, folder: Path, **options) -> LiveRelease:
    """A server that has just started, with the mirror of the one before."""
    opener = options.pop("opener", None) or Opener()
    mirror = MirroredStore(store, folder)
    return LiveRelease(mirror, cache=None, poll_seconds=0, opener=opener, **options)


def test_after_a_restart_without_the_store_the_last_good_release_serves_whole(store, tmp_path):
    made = make_live(store, put_model(store, 1))
    before = restarted(store, tmp_path)
    before.refresh()
    store.away = True

    after = restarted(store, tmp_path)
    after.restore()
    assert not after.refresh()

    now = live(after)
    assert (now.release, version(after)) == (made, "1")
    assert (set(now.profiles), set(now.cards)) == ({"drinks"}, {"drinks"})
    assert now.outage.away
    assert now.confirmed == live(before).confirmed
    assert set(now.problems) == {"release"}

    store.away = False
    assert after.refresh()
    assert (live(after).problems, live(after).outage) == ({}, None)


def test_pages_are_described_from_disk_before_any_worker_starts(store, tmp_path):
    make_live(store, put_model(store, 1))
    restarted(store, tmp_path).refresh()
    store.away = True
    opener = Opener()

    after = restarted(store, tmp_path, opener=opener)
    after.read()

    assert set(live(after).profiles) == {"drinks"}
    assert opener.opened == []


def test_a_restart_after_a_refusal_serves_the_release_before_whole(store, tmp_path):
    first = make_live(store, put_model(store, 1))
    running = restarted(store, tmp_path)
    running.refresh()
    make_live(store, put_model(store, 3))
    running.refresh()
    store.away = True

    opener = Opener()
    after = restarted(store, tmp_path, opener=opener)
    after.restore()

    assert (live(after).release, version(after), live(after).problems) == (first, "1", {})
    assert opener.opened == ["1"]


@pytest.mark.parametrize("pointer", [b"", b"{}", b"\xff" * 100])
def test_a_pointer_that_is_broken_never_replaces_the_last_good_one(store, tmp_path, pointer):
    make_live(store, put_model(store, 1))
    restarted(store, tmp_path).refresh()
    store.put(POINTER, pointer)

    after = restarted(store, tmp_path)
    after.restore()
    after.refresh()

    assert version(after) == "1"
    assert not live(after).outage.away


def test_what_is_on_disk_needs_a_signature_too(store, tmp_path, key):
    make_live(store, put_model(store, 1))
    restarted(store, tmp_path).refresh()
    store.away = True

    after = restarted(store, tmp_path, public_keys=(key.public,))
    after.restore()

    assert version(after) is None


def test_a_release_that_could_not_be_read_whole_is_not_the_last_good_one(store, tmp_path):
    make_live(store, put_model(store, 1))
    running = restarted(store, tmp_path)
    running.refresh()
    make_live(store, put_model(store, 2))
    store.away_but = {POINTER}
    running.refresh()
    store.away = True

    after = restarted(store, tmp_path)
    after.restore()

    assert version(after) == "1"


# What an answer says


def test_an_answer_says_which_model_it_is_of_in_headers_that_hold(release, store):
    make_live(store, put_model(store, 1))
    release.refresh()
    model = live(release).models["drinks"]

    sha256 = model.card.file.sha256
    assert live(release).headers == (("X-Model-Version", "1"), ("X-Model-Hash", sha256[:12]))
    odd = replace(model, card=model.card.model_copy(update={"version": "1\r\nSet-Cookie: a=b"}))
    assert odd.headers[0] == ("X-Model-Version", "1%0D%0ASet-Cookie%3A%20a%3Db")
    assert Live().headers == ()
