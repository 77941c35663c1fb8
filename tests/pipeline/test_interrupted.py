"""Runs that end in the middle: what was live stays so, and the next run cleans up."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from pipeline import scratch
from store.artifacts import FolderStore
from store.errors import StoreUnavailable
from tests import builders
from tests.pipeline.conftest import Verb, Write
from tests.pipeline.processes import command, processes_of

DAYS_AGO = time.time() - 3 * 24 * 3600

# What a pool of processes does when its owner is killed: each tells its number, then works on.
POOL = """
import os, sys, time
from pipeline.runners import LocalRunner
from pipeline.table.files import Split

def work(split):
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(1.0)
    return b""

if __name__ == "__main__":
    list(LocalRunner(2).run(work, [Split(i, ()) for i in range(1_000)], ""))
"""


@pytest.fixture
def live(verb: Verb, shelf: FolderStore) -> str:
    """A release that is live: what ``list`` says of the store."""
    builders.put_profile(shelf)
    builders.put_model(shelf)
    assert verb("publish").exit_code == 0
    return verb("list").stdout


def age(path: Path) -> Path:
    """Make a file or folder three days old."""
    os.utime(path, (DAYS_AGO, DAYS_AGO))
    return path


def ended() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_that_is_killed_at_work_leaves_what_is_live_and_the_next_one_cleans_up(
    root: Path, tmp_path: Path, live: str, verb: Verb, shelf: FolderStore
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    environment = {"ARTIFACTS_URL": shelf.url, "TMPDIR": str(temporary)}
    keys = shelf.keys()
    wine = str(root / "data" / "wine.csv")

    process = command(root, "profile", wine, cwd=tmp_path, env=environment)
    for line in process.stderr:
        if line.startswith("Start Java and Spark"):
            break
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)

    assert psutil.wait_procs(processes_of(Path(shelf.url)), timeout=30)[1] == []
    assert (shelf.keys(), verb("list").stdout) == (keys, live)
    assert "is whole" in verb("verify").stdout
    left = [path for path in temporary.iterdir() if scratch.OWNED.fullmatch(path.name)]
    assert {path.name.rpartition(f"-{process.pid}-")[0] for path in left} == {
        "spark-events",
        "spark-log",
        "spark-sockets",
    }

    for path in left:
        age(path)
    words = ["profile", wine, "--engine", "local"]
    again = command(root, *words, cwd=tmp_path, env=environment)
    _, err = again.communicate(timeout=120)
    assert again.returncode == 0, err
    assert not any(path.exists() for path in left)


def test_processes_of_a_run_that_is_killed_end_with_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "pool.py").write_text(POOL)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "pool.py")],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )
    workers = [psutil.Process(int(process.stdout.readline())) for _ in range(2)]

    process.kill()
    process.wait()

    assert psutil.wait_procs(workers, timeout=10)[1] == []
    process.stdout.close()


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_disk_that_is_full_keeps_what_is_live_and_shows_nothing_half(
    fails_at: int,
    live: str,
    verb: Verb,
    write: Write,
    shelf: FolderStore,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write("new.csv", "x,shop", "1,A", "2,B")
    written = []

    def full(handle: int) -> None:
        written.append(handle)
        if len(written) == fails_at:  # the descriptor, then the profile
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    result = verb("profile", file, "--engine", "local")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[-1].endswith(f"{shelf.url}: No space left on device.")
    assert verb("list").stdout == live
    assert "is whole" in verb("verify").stdout
    assert list(Path(shelf.url).rglob(".draft-*")) == []
    assert verb("profile", file, "--engine", "local").exit_code == 0


def test_a_disk_that_is_full_is_no_release(
    live: str, verb: Verb, shelf: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.put_profile(shelf, run_id="20261201T120000Z-bbbbbb")
    before = verb("list").stdout

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    assert verb("publish").exit_code == 1
    assert verb("list").stdout == before
    assert "is whole" in verb("verify").stdout


# What is removed, and what is not


def test_only_what_is_old_and_owned_by_a_dead_run_is_removed(tmp_path: Path) -> None:
    dead, alive = ended(), os.getpid()
    gone = [tmp_path / f"spark-events-{dead}-a", tmp_path / f"cellar-lab-zip-{dead}-b"]
    for folder in gone:
        folder.mkdir()
        (folder / "inside").write_text("x")
    gone.append(tmp_path / f"spark-log-{dead}-c.log")
    kept = [
        tmp_path / f"spark-log-{alive}-d.log",
        tmp_path / f"spark-events-{10**30}-far",
        tmp_path / f"other-{dead}-e",
        tmp_path / "spark-events-x-f",
        tmp_path / f"cellar-lab-{os.getuid()}",
    ]
    for path in (gone[-1], *kept):
        path.write_text("x")
    for path in tmp_path.iterdir():
        age(path)
    young = tmp_path / f"spark-log-{dead}-g.log"
    young.write_text("x")
    link = tmp_path / f"spark-events-{dead}-link"
    link.symlink_to(tmp_path / "elsewhere")

    scratch.sweep(tmp_path)

    assert set(tmp_path.iterdir()) == {*kept, young, link}


def test_a_draft_is_removed_by_the_next_writer_when_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / "profiles" / "wine"
    folder.mkdir(parents=True)
    (folder / "profile.json").write_text("{}")
    old, young, file = folder / ".draft-old", folder / ".draft-young", folder / ".drafted"
    for path in (old, young, file):
        path.write_text("half")
    age(old)

    store = FolderStore(tmp_path)
    assert store.keys() == ["profiles/wine/profile.json"]
    assert old.exists()  # who only reads removes nothing
    store.put("a", b"")

    assert {path.name for path in folder.iterdir()} == {"profile.json", ".draft-young", ".drafted"}
    age(young)
    store.put("b", b"")
    assert young.exists()  # it looks once
    FolderStore(tmp_path).put("c", b"")
    assert not young.exists()


def test_a_store_that_is_no_folder_says_so_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(StoreUnavailable, match=r"cannot be written to .*file"):
        FolderStore(tmp_path / "file").put("a", b"")
