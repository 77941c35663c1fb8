"""``POST /predict`` against a hello world of plain WSGI on the same server.

The prediction log is off; the part ``log`` tells what it adds.
"""

import os
from pathlib import Path

from tests.bench.findings import Finding, ratio
from tests.bench.load import Load, load
from tests.bench.release import variables
from tests.bench.served import OURS, RAW_HELLO, Request, serving

MOST_CPU = 2.0
MOST_P50 = 3.0
LEAST_THROUGHPUT = 0.5
CONNECTIONS = 32


def measure(body: bytes, cache: Path, *, quick: bool) -> list[Finding]:
    """Both in turn, again and again: over one connection, then over 32."""
    rounds, seconds = (3, 2) if quick else (7, 4)
    asked = {"ours": Request("/predict", body), "hello": Request("/")}
    alone: dict[str, list[Load]] = {"ours": [], "hello": []}
    crowded: dict[str, list[Load]] = {"ours": [], "hello": []}
    with (
        serving(OURS, variables(cache) | {"LOG_PREDICTIONS": "off"}, "/readyz") as app,
        serving(RAW_HELLO, os.environ, "/") as hello,
    ):
        servers = {"ours": app, "hello": hello}
        for turn in range(rounds + 1):
            for name, served in servers.items():
                one = load(served, asked[name], connections=1, seconds=seconds)
                many = load(served, asked[name], connections=CONNECTIONS, seconds=seconds)
                if turn > 0:  # the first round warms up
                    alone[name].append(one)
                    crowded[name].append(many)
    ours, hello_many = Load.median(crowded["ours"]), Load.median(crowded["hello"])
    ours_alone, hello_alone = Load.median(alone["ours"]), Load.median(alone["hello"])
    versus = "POST /predict / raw WSGI hello world"
    return [
        ratio(
            f"{versus}, requests/s at {CONNECTIONS} connections",
            ours.per_second,
            hello_many.per_second,
            unit="requests/s",
            least=LEAST_THROUGHPUT,
        ),
        ratio(
            f"{versus}, CPU per request at {CONNECTIONS} connections",
            ours.cpu_us,
            hello_many.cpu_us,
            unit="us",
            most=MOST_CPU,
        ),
        ratio(
            f"{versus}, median time at one connection",
            ours_alone.p50_ms,
            hello_alone.p50_ms,
            unit="ms",
            most=MOST_P50,
        ),
    ]
