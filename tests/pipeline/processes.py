"""Verbs as processes of their own, as a person starts them."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import psutil


def command(root: Path, *words: str, cwd: Path, env: dict[str, str]) -> subprocess.Popen[str]:
    """Start a verb as a process of its own, as a person would."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(root), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def processes_of(shelf: Path) -> list[psutil.Process]:
    """The processes that were started to write to this store, Java too."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("ARTIFACTS_URL") == str(shelf):
                found.append(process)
    return found
