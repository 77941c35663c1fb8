"""Publishers that are killed at any step, and disks that are full: what is live stays whole."""

import itertools
import resource
import shutil
import signal
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from store.artifacts import ArtifactStore, FolderStore, open_store
from store.errors import StoreUnavailable
from store.releases import (
    check_release,
    promote,
    prune,
    publish,
    read_pointer,
    read_signed_pointer,
    rollback,
    rollback_model,
)
from store.schema import Release
from store.signature import KeyPair, new_key
from tests import builders
from tests.store.children import KilledStore, exit_of, forked, killed_at_file_operation

KILLED = -signal.SIGKILL
Act = Callable[[ArtifactStore, int, KeyPair], object]


@pytest.fixture(scope="module")
def key() -> KeyPair:
    return new_key()


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory, key: KeyPair) -> Path:
    """The folder of a store with two releases and a third that waits; tests work on copies."""
    folder = tmp_path_factory.mktemp("three")
    store = FolderStore(folder)
    for number in (1, 2):
        published(store, number, key)
    published(store, 3, key, candidate=True)
    return folder


def published(
    store: ArtifactStore, number: int, key: KeyPair, *, candidate: bool = False
) -> Release:
    profile_at = builders.put_profile(store, run_id=f"run-{number:03d}")
    card_at = builders.put_model(store, version=f"v-{number:03d}")
    return publish(store, profile_at, card_at, key=key, candidate=candidate)


def pruned(store: ArtifactStore, _number: int, _key: KeyPair) -> object:
    return prune(store, keep=1, older=timedelta(0))


ACTS: dict[str, Act] = {
    "publish": published,
    "promote": lambda store, _number, key: promote(store, "drinks", key=key),
    "rollback": lambda store, _number, key: rollback(store, key=key),
    "rollback of a model": lambda store, _number, key: rollback_model(store, "drinks", key=key),
    "prune": pruned,
}


def insist_on_whole(store: ArtifactStore, key: KeyPair) -> None:
    """All that is live can be read, and is signed."""
    found = read_signed_pointer(store, (key.public,))
    assert found is not None
    check_release(store, found[0].release)


@pytest.mark.parametrize("name", ACTS)
def test_a_kill_before_any_file_operation_leaves_a_whole_release(
    name: str, three: Path, tmp_path: Path, key: KeyPair
) -> None:
    for step in itertools.count(1):
        folder = tmp_path / f"step-{step}"
        shutil.copytree(three, folder)
        store = FolderStore(folder)

        def work(folder: Path = folder, step: int = step) -> None:
            killed_at_file_operation(folder, step)
            ACTS[name](FolderStore(folder), 4, key)

        code = exit_of(forked(work))

        assert code in {KILLED, 0}
        insist_on_whole(store, key)
        published(store, 5, key)
        insist_on_whole(store, key)
        pruned(store, 0, key)
        assert read_pointer(store).removing == ()
        insist_on_whole(store, key)
        if code == 0:
            assert step > 10
            return


@pytest.mark.parametrize("before", [True, False])
def test_a_kill_at_any_request_to_s3_leaves_a_whole_release(
    before: bool, s3_url: str, key: KeyPair
) -> None:
    store = open_store(s3_url)
    published(store, 0, key)
    for step in itertools.count(1):

        def work(step: int = step) -> None:
            killed = KilledStore(open_store(s3_url), step, before=before)
            published(killed, 2 * step, key)

        code = exit_of(forked(work))

        assert code in {KILLED, 0}
        insist_on_whole(store, key)
        live = published(store, 2 * step + 1, key)
        assert [model.version for model in live.models] == [f"v-{2 * step + 1:03d}"]
        insist_on_whole(store, key)
        if code == 0:
            assert step > 10
            return


@pytest.mark.parametrize("killing", [True, False])
def test_a_write_that_breaks_off_at_any_byte_leaves_a_whole_release(
    killing: bool, tmp_path: Path, key: KeyPair
) -> None:
    """The system lets no file grow beyond so many bytes, as a full disk or quota does."""
    store = FolderStore(tmp_path / "shelf")
    published(store, 0, key)
    before = read_pointer(store)
    pointer_bytes = len((tmp_path / "shelf" / "current.json").read_bytes())

    def work(limit: int, number: int) -> None:
        # Otherwise Python ignores the signal, and the write fails.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if killing else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        with pytest.raises(StoreUnavailable, match=r"cannot be written to .* File too large"):
            published(store, number, key)

    for number, limit in enumerate((0, 10, 100, 1_000, pointer_bytes - 100), start=1):
        code = exit_of(forked(partial(work, limit, number)))

        assert code == (-signal.SIGXFSZ if killing else 0)
        assert read_pointer(store) == before
        insist_on_whole(store, key)
    published(store, 99, key)
    insist_on_whole(store, key)
