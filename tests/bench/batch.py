"""A table of 1,000 rows over HTTP against the bare ``predict_proba`` on the same rows."""

import http.client
import json
import time
import warnings
from pathlib import Path
from statistics import median

import numpy as np

from tests.bench.findings import Finding, ratio
from tests.bench.release import Wine, variables
from tests.bench.served import OURS, Request, serving

MOST = 2.0
ROWS = 1_000


def measure(wine: Wine, cache: Path, *, quick: bool) -> list[Finding]:
    """Both in turn, again and again; ours with parsing, answering and loopback."""
    rounds = 30 if quick else 200
    rows = np.resize(wine.rows, (ROWS, wine.rows.shape[1]))
    names = [feature.name for feature in wine.card.features]
    instances = [dict(zip(names, row, strict=True)) for row in rows.tolist()]
    request = Request("/predict", json.dumps({"instances": instances}).encode())
    ours, bare, spent = [], [], []
    with serving(OURS, variables(cache), "/readyz") as served, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
        before = served.cpu_seconds()
        for turn in range(rounds + 1):
            begin = time.perf_counter()
            if request.send(connection) != 200:
                raise RuntimeError("The table was not answered with 200.")
            between = time.perf_counter()
            idle = time.process_time()
            wine.estimator.predict_proba(rows)
            end = time.perf_counter()
            if turn > 0:  # the first round warms up
                ours.append(1000 * (between - begin))
                bare.append(1000 * (end - between))
                spent.append(1000 * (time.process_time() - idle))
        server_ms = 1000 * (served.cpu_seconds() - before) / (rounds + 1)
        connection.close()
    versus = f"POST of {ROWS:,} rows / scikit-learn's predict_proba in process"
    return [
        ratio(
            f"{versus}, wall",
            median(ours),
            median(bare),
            unit="ms",
            most=MOST,
        ),
        ratio(f"{versus}, CPU", server_ms, median(spent), unit="ms", most=MOST),
    ]
