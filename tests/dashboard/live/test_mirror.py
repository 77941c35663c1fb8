"""The mirror of a remote store: whole copies, bounded, and good for a start without the store."""

import os
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.live.mirror import MirroredStore, mirrored
from store.artifacts import FolderStore, MemoryStore, S3Store, Tagged
from store.artifacts.law import tag_of
from store.errors import NotFound, StoreUnavailable
from store.releases import POINTER, read_pointer
from store.schema import now
from tests.dashboard.releases import make_live, put_model

KEY = "models/drinks/1/model.joblib"
AGES_AGO = 1_000_000_000


class Remote(MemoryStore):
    """A store over a network that can be away; counts what it gave."""

    def __init__(self) -> None:
        super().__init__()
        self.away = False
        self.away_but: set[str] | None = None  # all but these keys
        self.gave: list[str] = []

    def get(self, key: str, *, max_bytes: int) -> bytes:
        self._reach(key)
        self.gave.append(key)
        return super().get(key, max_bytes=max_bytes)

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        self._reach(key)
        data = MemoryStore.get(self, key, max_bytes=max_bytes)
        tag = tag_of(data)
        return None if tag == unless else Tagged(data, tag)

    def _reach(self, key: str) -> None:
        if self.away or (self.away_but is not None and key not in self.away_but):
            raise StoreUnavailable("no connection")


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "mirror" / "one"


@pytest.fixture
def mirror(remote: Remote, folder: Path) -> MirroredStore:
    return MirroredStore(remote, folder)


def get(store: MirroredStore, key: str) -> bytes:
    return store.get(key, max_bytes=10_000)


def test_an_object_is_fetched_once_and_then_read_from_disk_by_everybody(remote, mirror, folder):
    remote.put_new("a/b", b"data")

    assert get(mirror, "a/b") == get(mirror, "a/b") == b"data"
    assert get(MirroredStore(remote, folder), "a/b") == b"data"

    assert remote.gave == ["a/b"]


def test_what_was_copied_is_there_while_the_store_is_away_and_the_rest_is_not(remote, mirror):
    remote.put_new("a/b", b"data")
    get(mirror, "a/b")
    remote.away = True

    assert get(mirror, "a/b") == b"data"
    with pytest.raises(StoreUnavailable, match="no connection"):
        get(mirror, "a/c")


def test_the_pointer_and_signatures_always_come_from_the_store(remote, mirror):
    for key in (POINTER, "releases/000001-abcdef.sig"):
        remote.put(key, b"old")
        get(mirror, key)
        remote.put(key, b"new")

        assert get(mirror, key) == b"new"


@pytest.mark.parametrize("damage", [b"", b"damaged", b"0" * 64 + b"\ndata"])
def test_a_damaged_copy_is_fetched_again(remote, mirror, folder, damage):
    remote.put_new("a/b", b"data")
    get(mirror, "a/b")
    (folder / "a" / "b").write_bytes(damage)

    assert get(mirror, "a/b") == b"data"
    assert get(mirror, "a/b") == b"data"
    assert remote.gave == ["a/b", "a/b"]


def test_an_object_that_is_not_what_the_release_says_is_never_kept(remote, mirror):
    released = put_model(remote, 1, data=b"not what was published")
    make_live(remote, released)
    read_pointer(mirror)  # says what the object must be

    get(mirror, KEY)
    put_model(remote, 1)

    assert get(mirror, KEY) == remote.get(KEY, max_bytes=10_000)


def test_a_copy_that_a_later_release_pins_otherwise_is_dropped(remote, mirror):
    remote.put(KEY, b"something else")
    get(mirror, KEY)
    make_live(remote, put_model(remote, 1))

    read_pointer(mirror)

    assert get(mirror, KEY) == remote.get(KEY, max_bytes=10_000)


def test_the_last_good_pointer_is_kept_with_the_time_it_was_confirmed(remote, mirror, folder):
    make_live(remote, put_model(remote, 1))
    pointer = read_pointer(mirror)
    assert mirror.confirmed() is None

    mirror.keep(pointer)
    os.utime(folder / POINTER, (AGES_AGO, AGES_AGO))
    later = MirroredStore(remote, folder)
    assert later.confirmed().timestamp() == AGES_AGO
    later.confirm()

    assert now() - mirror.confirmed() < timedelta(minutes=1)
    assert read_pointer(later.copies) == pointer


def test_copies_are_bounded_and_what_was_read_longest_ago_goes_first(remote, folder):
    mirror = MirroredStore(remote, folder, max_bytes=1_000)
    for number in range(3):
        remote.put_new(f"key-{number}", b"x" * 400)
    for number in range(2):
        get(mirror, f"key-{number}")
        os.utime(folder / f"key-{number}", (AGES_AGO + number, AGES_AGO + number))
    get(mirror, "key-0")  # read again: now key-1 was read longest ago

    get(mirror, "key-2")

    assert mirror.copies.keys() == ["key-0", "key-2"]


def test_what_the_last_good_release_needs_is_never_removed(remote, folder):
    mirror = MirroredStore(remote, folder, max_bytes=1)
    released = put_model(remote, 1)
    release = make_live(remote, released)
    mirror.keep(read_pointer(mirror))
    remote.put_new("models/other", b"x" * 4000)

    for key in (released.card.key, released.file.key, f"releases/{release.id}.json"):
        mirror.get(key, max_bytes=100_000)
    get(mirror, "models/other")

    kept = {POINTER, released.card.key, released.file.key, f"releases/{release.id}.json"}
    assert set(mirror.copies.keys()) == kept


def test_the_folder_is_this_users_alone(remote, mirror, folder):
    remote.put_new("a/b", b"data")
    get(mirror, "a/b")

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_copies(remote, tmp_path):
    (tmp_path / "file").write_text("where the folder should be")
    mirror = MirroredStore(remote, tmp_path / "file" / "mirror")
    remote.put_new("a/b", b"data")

    assert get(mirror, "a/b") == get(mirror, "a/b") == b"data"
    assert remote.gave == ["a/b", "a/b"]


def test_what_is_written_goes_to_the_store_and_replaces_the_copy(remote, mirror):
    mirror.put_new("a", b"1")
    get(mirror, "a")
    mirror.put("a", b"2")
    assert get(mirror, "a") == b"2"

    tag = mirror.get_tagged("a", max_bytes=9).tag
    mirror.swap("a", b"3", tag=tag)
    assert get(mirror, "a") == b"3"

    assert mirror.keys() == ["a"]
    mirror.remove(["a"])
    with pytest.raises(NotFound):
        get(mirror, "a")


def test_only_remote_stores_are_mirrored_each_server_in_a_folder_of_its_own(tmp_path):
    local = FolderStore(tmp_path)
    assert mirrored(local, tmp_path) is local

    def opened(url: str, server: str) -> MirroredStore:
        store = mirrored(S3Store(url), tmp_path, {"AWS_ENDPOINT_URL_S3": server})
        assert isinstance(store, MirroredStore)
        return store

    places = {
        opened(url, server).copies.url
        for url in ("s3://a/b", "s3://a/c")
        for server in ("http://127.0.0.1:1", "http://127.0.0.1:2")
    }
    assert len(places) == 4


WRITER = """
import sys
from pathlib import Path
from dashboard.live.mirror import MirroredStore
from store.artifacts import MemoryStore

remote = MemoryStore()
mirror = MirroredStore(remote, Path(sys.argv[1]))
print("ready", flush=True)
for number in range(1_000_000):
    mirror.copies.put("large", bytes([number % 256]) * 3_000_000)
"""


def test_a_writer_that_is_killed_at_any_moment_leaves_a_whole_copy(remote, mirror, folder):
    for turn in range(4):
        command = [sys.executable, "-c", WRITER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n"
            time.sleep(0.2 + 0.05 * turn)
            process.kill()

        copy = mirror.copies.get("large", max_bytes=3_000_000)

        assert len(copy) == 3_000_000
        assert len(set(copy)) == 1
