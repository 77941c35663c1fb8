"""What processes cost: wall time, processor time of their whole tree, and the most memory.

    Watched     a process that stays, and is measured again and again
    command()   one that is measured from its start until all that it started has ended
    Peak        the most memory that a tree holds at once

python -m tests.bench.processes COMMAND ...   runs a command, prints its cost as JSON on stderr
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import psutil

from scripts.servers import ROOT, STOP_SECONDS

MB = 1e6
SAMPLE_SECONDS = 0.2
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of Linux' prctl
END = "\n"


class Cost(NamedTuple):
    """What a piece of work took. CPU seconds are those of all processes, user and system."""

    seconds: float
    cpu_seconds: float


class Watched:
    """A process that does a piece of work for each line that it is sent.

    It answers each with a line of JSON, the first one when it is ready. Its standard error is ours.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._name = " ".join(command)
        self._popen = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process = psutil.Process(self._popen.pid)
        self.answer()

    def ask(self, **work: str) -> Cost:
        """Send the work, wait for its answer."""
        assert self._popen.stdin
        before, begin = cpu_seconds(self.process), time.perf_counter()
        self._popen.stdin.write(json.dumps(work) + END)
        self._popen.stdin.flush()
        self.answer()
        seconds = time.perf_counter() - begin
        return Cost(seconds, cpu_seconds(self.process) - before)

    def answer(self) -> Any:
        """The next line. Raises RuntimeError when there is none."""
        assert self._popen.stdout
        line = self._popen.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._name} ended with exit code {self._popen.wait()}.")
        return json.loads(line)

    def end(self) -> None:
        """Let it end, and wait until it has."""
        assert self._popen.stdin
        self._popen.stdin.close()
        try:
            self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()


@contextmanager
def watched(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Watched]:
    """A ``Watched`` that ends with the block."""
    process = Watched(command, environment)
    try:
        yield process
    finally:
        process.end()


def cpu_seconds(process: psutil.Process) -> float:
    """Processor time so far of a tree, with that of its processes that are gone."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            total += sum(one.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue  # it ended just now, and its parent has its time
    return total


class Peak:
    """The most memory that a tree held at once, sampled in a thread while the block runs.

    It is the proportional set size (PSS): what processes share counts once in the sum.
    """

    def __init__(self, process: psutil.Process) -> None:
        self.mb = 0.0
        self._process = process
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "Peak":
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            self.mb = max(self.mb, _memory_mb(self._process))
            if self._over.wait(SAMPLE_SECONDS):
                return


def command(arguments: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end. Raises RuntimeError, with what it wrote, when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed.\n{done.stderr[-4000:]}")
    return Cost(*json.loads(done.stderr.splitlines()[-1]))


def _memory_mb(process: psutil.Process) -> float:
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().pss / MB
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return total


def main() -> int:
    """Run the command, and wait for all that it leaves behind, so that its time counts too.

    Java's workers outlive it by a moment; Linux hands such orphans to the nearest subreaper.
    """
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    begin = time.perf_counter()
    code = subprocess.run(sys.argv[1:], check=False).returncode
    seconds = time.perf_counter() - begin
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps([seconds, used.ru_utime + used.ru_stime]), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
