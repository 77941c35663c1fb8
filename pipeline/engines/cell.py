"""One engine on one table, in a process of its own: ``python -m pipeline.engines.cell ...``.

The harness starts it and says when that was, so that the first run is timed from the start of
Python on. It writes what it found beside what it was asked, after the first run and after each
repeat: when it is cut off, what is there stays.
"""

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.engines.meter import busy_seconds, cpu_seconds
from pipeline.engines.question import Answer, Question
from pipeline.engines.registry import BY_NAME, Engine

ASK, TOLD = "ask.json", "told.json"
PYTHON = "Start Python"
IMPORTS = "Import the engine"
SESSION = "Start Java and Spark"
FIRST_JOB = "First Spark job"
AGGREGATE = "Read and aggregate"
PHASES = (PYTHON, IMPORTS, SESSION, FIRST_JOB, AGGREGATE)


class Ask(NamedTuple):
    """What the process is to do.

    After the first run there is one more while that keeps to ``seconds``, and others, up to
    ``repeats``, while they keep to ``share_seconds``; both count from the start.
    """

    engine: str
    files: list[str]
    question: str
    repeats: int
    seconds: float
    share_seconds: float


class Told(NamedTuple):
    """What it found; a timing is [wall seconds, CPU seconds, CPU seconds of all others]."""

    cold: list[float]
    phases: dict[str, float]
    warm: list[list[float]]
    answer: str


def main(folder: Path, started: float, busy_then: float) -> None:
    """Do what the folder's ``ask.json`` says, and tell in ``told.json``.

    Args:
        folder: Has the ask.
        started: ``time.monotonic()`` when this process was started.
        busy_then: The machine's CPU seconds at that time.
    """
    ask = Ask(**json.loads((folder / ASK).read_text(encoding="utf-8")))
    engine, files = BY_NAME[ask.engine], [Path(file) for file in ask.files]
    question = Question.from_json(ask.question)
    phases: dict[str, float] = {}
    clock = _phases(phases, started)
    clock(PYTHON)
    aggregate = engine.aggregate()
    clock(IMPORTS)
    with _session(engine, clock):
        answer = aggregate(files, question)
        clock(AGGREGATE)
        wall, cpu = sum(phases.values()), cpu_seconds()
        cold = [wall, cpu, max(0.0, busy_seconds() - busy_then - cpu)]
        told = Told(cold, phases, [], answer.to_json())
        _tell(folder, told)
        last = phases[AGGREGATE]
        while len(told.warm) < ask.repeats:
            limit = ask.share_seconds if told.warm else ask.seconds
            if time.monotonic() - started + last > limit:
                break
            told.warm.append(_timed(lambda: aggregate(files, question)))
            last = told.warm[-1][0]
            _tell(folder, told)


@contextlib.contextmanager
def _session(engine: Engine, clock: Callable[[str], None]) -> Iterator[None]:
    """For an engine on Spark, a session that it finds running, and the first job of it."""
    if not engine.spark:
        yield
        return
    from pipeline.session import spark_session

    with spark_session() as spark:
        clock(SESSION)
        spark.range(1).collect()
        clock(FIRST_JOB)
        yield


def _phases(into: dict[str, float], begun: float) -> Callable[[str], None]:
    """A function that ends a phase and begins the next."""
    last = begun

    def end(name: str) -> None:
        nonlocal last
        moment = time.monotonic()
        into[name], last = moment - last, moment

    return end


def _timed(work: Callable[[], Answer]) -> list[float]:
    busy, cpu, wall = busy_seconds(), cpu_seconds(), time.monotonic()
    work()
    wall, cpu = time.monotonic() - wall, cpu_seconds() - cpu
    return [wall, cpu, max(0.0, busy_seconds() - busy - cpu)]


def _tell(folder: Path, told: Told) -> None:
    draft = folder / f"{TOLD}.draft"
    draft.write_text(json.dumps(told._asdict()), encoding="utf-8")
    os.replace(draft, folder / TOLD)


def told_in(folder: Path) -> Told | None:
    """What a process has told so far, or None."""
    with contextlib.suppress(FileNotFoundError):
        said: dict[str, Any] = json.loads((folder / TOLD).read_text(encoding="utf-8"))
        return Told(**said)
    return None


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]))
