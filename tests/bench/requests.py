"""``POST /predict`` against a Flask hello world on the same server, in processor time."""

import http.client
import os
from pathlib import Path
from statistics import median

from tests.bench.findings import Finding, ratio
from tests.bench.release import variables
from tests.bench.served import HELLO, OURS, Request, Served, serving

TARGET = 2.0
CONNECTIONS = 4


def measure(body: bytes, cache: Path, *, quick: bool) -> list[Finding]:
    """Processor time of the whole server per request, blocks of both in turn."""
    rounds, block = (3, 400) if quick else (7, 1_000)
    ours, theirs = [], []
    with (
        serving(OURS, variables(cache), "/readyz") as app,
        serving(HELLO, os.environ, "/") as hello,
    ):
        for turn in range(rounds + 1):
            spent = _cpu_milliseconds(app, Request("/predict", body), block)
            idle = _cpu_milliseconds(hello, Request("/"), block)
            if turn > 0:  # the first block warms up
                ours.append(spent)
                theirs.append(idle)
    return [
        ratio(
            f"CPU time of POST /predict / Flask hello world, {rounds} x {block:,} requests each",
            median(ours),
            median(theirs),
            unit="ms",
            most=TARGET,
        )
    ]


def _cpu_milliseconds(served: Served, request: Request, times: int) -> float:
    """Processor time per request, in milliseconds, over connections that stay open."""
    connections = [
        http.client.HTTPConnection("127.0.0.1", served.port, timeout=30) for _ in range(CONNECTIONS)
    ]
    before = served.cpu_seconds()
    for turn in range(times):
        status = request.send(connections[turn % CONNECTIONS])
        if status != 200:
            raise RuntimeError(f"{request.path} answered {status}.")
    spent = served.cpu_seconds() - before
    for connection in connections:
        connection.close()
    return 1000 * spent / times
