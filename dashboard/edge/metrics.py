"""What the server counts: ``GET /metrics``, as Prometheus reads it, over all workers.

What a release is and how old is told by the worker that is asked, from its own snapshot; which
versions answer at all is in the counts of predictions.
"""

import hmac
import os
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from dashboard.edge.counts import Counts, Key, processes, shared_folder, sums
from dashboard.forks import after_fork
from dashboard.live.snapshot import Live, short_hash
from dashboard.prediction_log.state import LogState
from store.schema import now

Model = tuple[str, str] | None  # its name and version

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
BOUNDS = [*(str(bound) for bound in BUCKETS), "+Inf"]
COUNTERS = {
    "requests": ("Answered requests, by route and status.", ("route", "status")),
    "predictions": ("Answers of a model, a table counting once.", ("model", "version")),
    "errors": ("Requests that were not answered as asked, by kind.", ("kind",)),
}
ANSWERED, SECONDS = "answered", "request_seconds"
SECONDS_MEANING = "From a request's arrival in Python until its answer begins, by route."
KINDS = {
    400: "malformed",
    404: "not found",
    405: "method",
    411: "no length",
    413: "too large",
    415: "media type",
    422: "wrong fields",
    429: "too many requests",
    503: "no model",
}


def kind_of(status: int) -> str:
    """The kind of error that a status tells of."""
    return KINDS.get(status, "failure" if status >= 500 else "other")


class Metrics:
    """The counters of one worker, safe to share between threads."""

    def __init__(self) -> None:
        self.folder = shared_folder()
        self._of_worker: _Cells | None = None
        after_fork(self._forget)

    def answered(self, route: str, status: int, seconds: float, model: Model = None) -> None:
        """Count a request.

        Args:
            route: One of Flask's rules: a bounded set.
            status: That of the answer.
            seconds: What it took.
            model: Name and version of the model whose answer it is, where it is one's.
        """
        cells = self._of_worker
        if cells is None:
            cells = self._of_worker = _Cells(Counts(self.folder))
        of = route, status, model
        slots = cells.requests.get(of) or cells.request(*of)
        bucket, values = slots[bisect_left(BUCKETS, seconds)], cells.counts.values
        with cells.counts.turn:
            values[bucket] += 1
            values[slots[-1]] += seconds

    def _forget(self) -> None:
        """A child counts in a file of its own."""
        self._of_worker = None

    def text(self, live: Live, log: LogState) -> bytes:
        """All of it, as text."""
        registry = CollectorRegistry()
        registry.register(_Log(log))
        registry.register(_Counted(sums(self.folder)))
        registry.register(_State(live, processes(self.folder)))
        return generate_latest(registry)


class _Cells:
    """The counts of a process with the places it has looked up.

    A request is counted once: in the bucket of its time, among those of its route and status that
    one model answered, if any. Every other number is a sum of these.
    """

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.requests: dict[tuple[str, int, Model], list[int]] = {}

    def request(self, route: str, status: int, model: Model) -> list[int]:
        """Where the buckets of such requests are, then the seconds of their route."""
        of = (route, str(status), *(model or ()))
        slots = [self.counts.slot(ANSWERED, bound, *of) for bound in BOUNDS]
        slots.append(self.counts.slot(SECONDS, route))
        self.requests[route, status, model] = slots
        return slots


class _Counted(Collector):
    """The sums of all workers."""

    def __init__(self, found: dict[Key, float]) -> None:
        self._seconds = {key[1]: value for key, value in found.items() if key[0] == SECONDS}
        self._buckets: defaultdict[str, defaultdict[str, float]]
        self._buckets = defaultdict(lambda: defaultdict(float))
        self._counters: defaultdict[str, defaultdict[Key, float]]
        self._counters = defaultdict(lambda: defaultdict(float))
        for key, value in found.items():
            if key[0] == ANSWERED and value:
                self._add(value, *key[1:])

    def _add(self, requests: float, bound: str, route: str, status: str, *model: str) -> None:
        self._buckets[route][bound] += requests
        self._counters["requests"][route, status] += requests
        if model:
            self._counters["predictions"][model] += requests
        if status >= "400":
            self._counters["errors"][kind_of(int(status)),] += requests

    def collect(self) -> Iterator[Metric]:
        """The counters, then the histogram."""
        for family, (meaning, labels) in COUNTERS.items():
            counter = CounterMetricFamily(f"cellar_lab_{family}", meaning, labels=labels)
            for key, value in sorted(self._counters[family].items()):
                counter.add_metric(key, value)
            yield counter
        seconds = HistogramMetricFamily(f"cellar_lab_{SECONDS}", SECONDS_MEANING, labels=["route"])
        for route, counted in sorted(self._buckets.items()):
            below = accumulate(counted[bound] for bound in BOUNDS)
            buckets = list(zip(BOUNDS, below, strict=True))
            seconds.add_metric([route], buckets, self._seconds.get(route, 0.0))
        yield seconds


class _State(Collector):
    """What is true at the moment of asking."""

    def __init__(self, live: Live, running: list[int]) -> None:
        self._live = live
        self._running = running

    def collect(self) -> Iterator[Metric]:
        """Gauges of memory, release and models."""
        memory = GaugeMetricFamily(
            "cellar_lab_resident_memory_bytes",
            "Memory of each worker; what they share counts in each.",
            labels=["pid"],
        )
        for process in self._running:
            if (resident := _resident_bytes(process)) is not None:
                memory.add_metric([str(process)], resident)
        yield memory
        if (release := self._live.release) is None:
            return
        yield _gauge("release_sequence", "The live release's number.", release.sequence)
        age = (now() - release.created).total_seconds()
        yield _gauge("release_age_seconds", "Since the live release was made.", age)
        if self._live.confirmed is not None:
            confirmed = (now() - self._live.confirmed).total_seconds()
            yield _gauge("release_confirmed_seconds", "Since the store last said so.", confirmed)
        models = GaugeMetricFamily(
            "cellar_lab_model_info",
            "The models that answer.",
            labels=["model", "version", "engine", "hash"],
        )
        for name, model in self._live.models.items():
            card, engine = model.card, model.predictor.engine
            models.add_metric([name, card.version, engine, short_hash(card)], 1)
        yield models


class _Log(Collector):
    """How the prediction log is, over all workers."""

    def __init__(self, state: LogState) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """What waits, what is lost, and whether the database is away."""
        state = self._state
        yield _gauge("log_waiting_rows", "Predictions that wait for the database.", state.rows)
        yield _gauge("log_waiting_bytes", "What these take on disk.", state.bytes)
        yield _gauge(
            "log_lost_rows", "Predictions that found no room while it was away.", state.lost
        )
        away = state.away_since is not None
        yield _gauge("log_database_away", "1 while the database takes no predictions.", float(away))


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(f"cellar_lab_{name}", meaning, value=value)


def _resident_bytes(process: int) -> int | None:
    """What Linux says; None where it does not, or the process is gone."""
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return None
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def install_metrics(
    server: Flask,
    metrics: Metrics,
    live: Callable[[], Live],
    log: Callable[[], LogState],
    *,
    token: str,
) -> None:
    """Serve ``/metrics``, to whoever has the token where there is one."""

    @server.get("/metrics")
    def read() -> Response:
        given = request.headers.get("Authorization", "").encode()
        if token and not hmac.compare_digest(given, f"Bearer {token}".encode()):
            return Response(
                "The metrics ask for a bearer token.\n",
                status=401,
                mimetype="text/plain",
                headers={"WWW-Authenticate": "Bearer"},
            )
        headers = {"Cache-Control": "no-store"}
        return Response(
            metrics.text(live(), log()), content_type=CONTENT_TYPE_LATEST, headers=headers
        )
