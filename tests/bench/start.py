"""From the command to the first answer, against an empty Dash application on the same server."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from scripts.servers import ROOT, STOP_SECONDS, free_port
from tests.bench.findings import Finding, ratio
from tests.bench.release import variables
from tests.bench.served import EMPTY_DASH, OURS, Request, command, wait_for_answer

TARGET = 1.5


def measure(body: bytes, *, quick: bool) -> list[Finding]:
    """Each variant in turn, again and again; the files are in the system's cache for all."""
    asked = [Request("/"), Request("/predict", body)]
    empty: list[float] = []
    cold: list[list[float]] = []
    warm: list[list[float]] = []
    for _ in range(2 if quick else 5):
        with tempfile.TemporaryDirectory() as cache:
            empty += first_answers(EMPTY_DASH, os.environ, asked[:1])
            cold.append(first_answers(OURS, variables(Path(cache)), asked))
            warm.append(first_answers(OURS, variables(Path(cache)), asked))
    base = median(empty)
    return [
        ratio(
            f"Start to first {what}, {state} model cache / empty Dash",
            median(times[which] for times in found),
            base,
            unit="s",
            most=TARGET,
        )
        for which, what in enumerate(("page", "prediction"))
        for state, found in (("warm", warm), ("cold", cold))
    ]


def first_answers(
    application: str, environment: Mapping[str, str], requests: Sequence[Request]
) -> list[float]:
    """Seconds from the command until each request was answered with 200, in this order."""
    port = free_port()
    begin = time.perf_counter()
    process = subprocess.Popen(
        command(application),
        cwd=ROOT,
        env={**environment, "PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seconds = []
    try:
        for request in requests:
            wait_for_answer(port, request)
            seconds.append(time.perf_counter() - begin)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
    return seconds
