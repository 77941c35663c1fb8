"""A table of 1,000 rows over HTTP against the bare ``predict_proba`` on the same rows."""

import http.client
import json
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from tests.bench.findings import Finding, ratio
from tests.bench.release import Wine, variables
from tests.bench.served import OURS, Request, Served, serving

MOST = 2.0
ROWS = 1_000
VERSUS = f"POST of {ROWS:,} rows / scikit-learn's predict_proba in process"


def measure(wine: Wine, cache: Path, *, quick: bool) -> list[Finding]:
    """Both in turn, again and again; ours with parsing, answering and loopback.

    The processor time is without the prediction log, as of a single prediction.
    """
    rounds = 30 if quick else 200
    rows = np.resize(wine.rows, (ROWS, wine.rows.shape[1]))
    names = [feature.name for feature in wine.card.features]
    instances = [dict(zip(names, row, strict=True)) for row in rows.tolist()]
    request = Request("/predict", json.dumps({"instances": instances}).encode())
    bare, spent = [], []
    times: dict[str, list[float]] = {"on": [], "off": []}
    with _asked("on", cache) as on, _asked("off", cache) as off, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        before = off.served.cpu_seconds()
        for turn in range(rounds + 1):
            took = {asked.log: asked.milliseconds(request) for asked in (on, off)}
            begin, idle = time.perf_counter(), time.process_time()
            wine.estimator.predict_proba(rows)
            end = time.perf_counter()
            if turn > 0:  # the first round warms up
                for log, milliseconds in took.items():
                    times[log].append(milliseconds)
                bare.append(1000 * (end - begin))
                spent.append(1000 * (time.process_time() - idle))
        server_ms = 1000 * (off.served.cpu_seconds() - before) / (rounds + 1)
    return [
        ratio(f"{VERSUS}, wall", median(times["off"]), median(bare), unit="ms", most=MOST),
        ratio(f"{VERSUS}, CPU", server_ms, median(spent), unit="ms", most=MOST),
        ratio(
            f"{VERSUS}, wall with the log on",
            median(times["on"]),
            median(bare),
            unit="ms",
            most=MOST,
        ),
    ]


@dataclass(frozen=True)
class Asked:
    """A server of ours, with the prediction log on or off, and a connection to it."""

    log: str
    served: Served
    connection: http.client.HTTPConnection

    def milliseconds(self, request: Request) -> float:
        """How long an answer takes. Raises RuntimeError where it is none."""
        begin = time.perf_counter()
        if request.send(self.connection) != 200:
            raise RuntimeError("The table was not answered with 200.")
        return 1000 * (time.perf_counter() - begin)


@contextmanager
def _asked(log: str, cache: Path) -> Iterator[Asked]:
    environment = {**variables(cache / log), "LOG_PREDICTIONS": log}
    with serving(OURS, environment, "/readyz") as served:
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        with closing(connection):
            yield Asked(log, served, connection)
