"""Java's archive of Spark's classes, read and linked: with it Java starts in half the time.

Java 25 makes one that has profiles too (JEP 514); earlier ones archive classes where they bring
an archive of their own to build on (JEP 350). It is made once, in the background, after the
first session, and lies in the cache folder. Java checks that it fits and does without one that
does not; so does everything here.

``CELLAR_JAVA_ARCHIVE`` says what may be done: ``make`` and use (the default), ``use`` what is
there, or ``off``.
"""

import contextlib
import fcntl
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from pipeline import REPOSITORY
from pipeline.driver import MODULE_OPTIONS, jars
from pipeline.java import Java, cache_folder

VARIABLE = "CELLAR_JAVA_ARCHIVE"
AOT_MAJOR = 25  # JEP 514: one option that trains and makes
DAY = 86_400.0
UNUSED_DAYS = 30
# Java says on standard output, where the log is read for errors, that an archive does not fit.
SILENT = "-Xlog:disable"


class Archive(NamedTuple):
    """Where the archive of a Java with some options is, or would be.

    Beside it lies a note: when it was last tried, and how many bytes the whole one has.
    """

    path: Path
    ahead_of_time: bool
    collector: str

    def options(self) -> list[str]:
        """What makes Java use it; nothing where it is missing or not whole."""
        if not self.is_whole():
            return []
        with contextlib.suppress(OSError):
            os.utime(self.path)  # in use, so it is not cleared away
        kind = "AOTCache" if self.ahead_of_time else "SharedArchiveFile"
        return [f"-XX:{kind}={self.path}", SILENT]

    def recording(self, draft: Path) -> list[str]:
        """What makes Java write one to ``draft`` when it ends."""
        kind = "AOTCacheOutput" if self.ahead_of_time else "ArchiveClassesAtExit"
        return [f"-XX:{kind}={draft}", SILENT]

    def is_whole(self) -> bool:
        """Whether it has the size that it was made with."""
        try:
            return self.path.stat().st_size == int(self._note.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False

    @contextlib.contextmanager
    def making(self) -> Iterator[Path | None]:
        """Give a file to write the archive to; it takes its place when the block ends well.

        None where another process is at it, where it is there, or was tried within a day.

        Raises:
            OSError: The folder cannot be written to.
        """
        with self._note.open("a+b") as note:
            try:
                fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield None
                return
            tried = note.tell() > 0 and time.time() - os.fstat(note.fileno()).st_mtime < DAY
            if self.is_whole() or tried:
                yield None
                return
            note.truncate(0)
            note.write(b"-")  # tried; it is no size, so what lies there now is not used
            note.flush()
            draft = self.path.with_name(f"{self.path.name}.draft")
            try:
                draft.unlink(missing_ok=True)
                yield draft
                size = draft.stat().st_size
                draft.replace(self.path)
                note.truncate(0)
                note.write(b"%d" % size)
            finally:
                draft.unlink(missing_ok=True)
                # Java 25 leaves what it noted while it recorded, where it is stopped half way.
                draft.with_name(f"{draft.name}.config").unlink(missing_ok=True)

    def make_later(self) -> None:
        """Start to make it in a process of its own that nobody waits for, unless it is there."""
        if self.is_whole() or self._tried_lately():
            return
        with contextlib.suppress(OSError):
            subprocess.Popen(
                [sys.executable, "-m", "pipeline.rehearsal", self.collector],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ).returncode = 0  # it outlives us by design; Python would warn of that

    def _tried_lately(self) -> bool:
        try:
            return time.time() - self._note.stat().st_mtime < DAY
        except OSError:
            return False

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.size")


def archive_for(java: Java, collector: str) -> Archive | None:
    """The archive for a Java that runs with a garbage collector; None where there is none to have.

    Its name is a hash of all that it holds: the Java, Spark's jars and the collector, which is
    an option of Java's such as ``-XX:+UseSerialGC``.
    """
    ahead_of_time = java.major >= AOT_MAJOR
    if not ahead_of_time and not (java.home / "lib" / "server" / "classes.jsa").is_file():
        return None
    try:
        runtime = (java.home / "lib" / "modules").stat()
        seen: list[object] = [java.home, runtime.st_size, runtime.st_mtime_ns, collector, jars()]
        with os.scandir(jars()) as files:
            found = [(file.name, file.stat()) for file in files]
        seen += sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)
        seen += MODULE_OPTIONS
    except OSError:
        return None
    key = hashlib.sha256(repr(seen).encode()).hexdigest()[:12]
    kind = "aot" if ahead_of_time else "jsa"
    name = f"spark-{version('pyspark')}-java-{java.major}-{key}.{kind}"
    return Archive(cache_folder() / name, ahead_of_time, collector)


def may_use() -> bool:
    """Whether an archive that is there may be used."""
    return os.environ.get(VARIABLE, "make") != "off"


def may_make() -> bool:
    """Whether one may be made."""
    return os.environ.get(VARIABLE, "make") == "make"


def clear_unused() -> None:
    """Remove the archives that nothing has used for a month: of other versions, most likely."""
    old = time.time() - UNUSED_DAYS * DAY
    for file in cache_folder().glob("spark-*"):
        with contextlib.suppress(OSError):
            if re.search(r"\.(aot|jsa)(\.\w+)*$", file.name) and file.stat().st_mtime < old:
                file.unlink()
