"""The parent's side of the child process that opens a model (``opener``)."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from dashboard.model.confine import TRIPPED
from dashboard.model.frames import read_frame, write_frame

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPYCACHEPREFIX", "TZ")
GRACE_SECONDS = 2.0
SIGNALS: dict[int, str] = {
    signal.SIGXCPU: "used more processor time than opening a model may take",
    signal.SIGKILL: "was killed, most likely for the memory it took",
    signal.SIGSEGV: "crashed (SIGSEGV)",
}


class ChildFailed(Exception):
    """The child gave no answer; the text goes on after "the process that opens the model"."""


class Child:
    """A running ``opener``. One question at a time; not safe to share between threads.

    It sees no environment but what Python needs to start: no credentials, no database.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-B", "-m", "dashboard.model.opener"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            cwd=ROOT,
            start_new_session=True,  # one signal ends it and whatever it started
        )

    def ask(self, *messages: bytes, seconds: float) -> dict[str, Any]:
        """Send messages and wait for the answer.

        Raises:
            ChildFailed: No answer within this time, or the child ended, or said something else
                than a JSON object. The child is gone afterwards.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None or stdin.closed:
            raise ChildFailed("is gone")
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            for message in messages:
                write_frame(stdin, message)
            answer = json.loads(read_frame(stdout))
        except (OSError, EOFError, ValueError, RecursionError) as error:
            timer.cancel()
            raise ChildFailed(self._reason(late.is_set(), seconds)) from error
        timer.cancel()
        if not isinstance(answer, dict):
            self.close()
            raise ChildFailed("answered something else than it should")
        return answer

    def close(self) -> None:
        """End the child; it may be gone already."""
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _reason(self, late: bool, seconds: float) -> str:
        self.close()
        code = self._process.returncode
        if code == TRIPPED:
            return "reached for a file, the network or another process, and was ended"
        if late:
            return f"took longer than {seconds:g} s and was stopped"
        if code < 0:
            return SIGNALS.get(-code, f"was ended by signal {-code}")
        return f"ended without an answer (exit code {code})"

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)


def _environment() -> dict[str, str]:
    """All the child may know: where Python and this program are, and to use one thread."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    path = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return kept | threads | {"PYTHONPATH": os.pathsep.join(path)}
