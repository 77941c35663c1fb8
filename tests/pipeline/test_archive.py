"""The archive of Java's classes: made once, whole or not at all, and nobody waits for it."""

import contextlib
import os
from pathlib import Path

import pytest

from pipeline import archive
from pipeline.archive import Archive, archive_for
from pipeline.java import Java, cache_folder, find_java
from pipeline.spark_settings import SERIAL


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def some(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "spark-4-java-25-abc.aot", True, SERIAL)


def make(some: Archive, content: bytes = b"classes") -> bool:
    with some.making() as draft:
        if draft is not None:
            draft.write_bytes(content)
        return draft is not None


def files(of: Archive) -> set[str]:
    return {file.name for file in of.path.parent.glob("spark-*")}


def test_an_archive_is_used_once_it_is_made(some: Archive) -> None:
    assert some.options() == []

    assert make(some)

    assert some.options() == [f"-XX:AOTCache={some.path}", "-Xlog:disable"]
    assert files(some) == {some.path.name, f"{some.path.name}.size"}
    assert not make(some)  # it is there


def test_an_archive_that_is_not_whole_is_not_used(some: Archive) -> None:
    make(some)

    some.path.write_bytes(b"class")

    assert some.options() == []


def test_a_draft_that_fails_leaves_nothing_and_is_tried_again_after_a_day(some: Archive) -> None:
    with contextlib.suppress(OSError), some.making() as draft:
        assert draft is not None
        draft.write_bytes(b"cla")
        raise OSError("the disk is full")

    assert files(some) == {f"{some.path.name}.size"}
    assert some.options() == []
    assert not make(some)
    yesterday = os.stat(some.path.parent).st_mtime - 2 * archive.DAY
    os.utime(some.path.with_name(f"{some.path.name}.size"), (yesterday, yesterday))
    assert make(some)


def test_a_java_that_writes_no_archive_is_an_error_and_leaves_nothing(some: Archive) -> None:
    with pytest.raises(FileNotFoundError), some.making():
        pass

    assert some.options() == []


def test_two_that_make_it_at_once_do_not_meet(some: Archive) -> None:
    with some.making() as first, some.making() as second:
        assert first is not None
        assert second is None
        first.write_bytes(b"classes")

    assert some.is_whole()


def test_a_cache_that_cannot_be_written_to_starts_nothing_that_matters(tmp_path: Path) -> None:
    nowhere = Archive(tmp_path / "no folder" / "spark.aot", True, SERIAL)

    assert nowhere.options() == []
    with pytest.raises(OSError, match="no folder"), nowhere.making():
        pytest.fail("it was made")


def test_another_java_or_collector_has_an_archive_of_its_own(tmp_path: Path) -> None:
    java = find_java()
    other = Java(tmp_path / "jdk", java.major)
    (other.home / "lib").mkdir(parents=True)
    (other.home / "lib" / "modules").write_text("-")

    found = [
        archive_for(java, SERIAL),
        archive_for(java, "-XX:+UseG1GC"),
        archive_for(other, SERIAL),
    ]

    assert len({of.path for of in found if of}) == 3
    assert archive_for(java, SERIAL) == found[0]


def test_an_earlier_java_has_one_only_where_it_brings_one_to_build_on(tmp_path: Path) -> None:
    java = Java(tmp_path / "jdk", 21)
    server = java.home / "lib" / "server"
    server.mkdir(parents=True)
    (java.home / "lib" / "modules").write_text("-")

    assert archive_for(java, SERIAL) is None
    (server / "classes.jsa").write_text("-")
    found = archive_for(java, SERIAL)

    assert found is not None
    assert found.recording(Path("draft")) == ["-XX:ArchiveClassesAtExit=draft", "-Xlog:disable"]


def test_what_nothing_used_for_a_month_is_cleared_away(some: Archive) -> None:
    used = Archive(cache_folder() / "spark-4-java-25-used.aot", True, SERIAL)
    unused = Archive(cache_folder() / "spark-3-java-25-unused.aot", True, SERIAL)
    for each in (used, unused):
        make(each)
        for file in cache_folder().glob(f"{each.path.name}*"):
            os.utime(file, (0, 0))
    used.options()

    archive.clear_unused()

    assert used.path.exists()
    assert not unused.path.exists()
