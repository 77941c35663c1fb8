"""The prediction log: what it adds to a request, and whether it keeps up with a thousand a second.

What logging adds to the thread that answers is measured within this process: that is what a client
waits for, and what is promised. The processor time until a prediction is kept is that of all
threads, from the first one asked until the last one is in the database; what SQLite takes for a
bare INSERT of the same rows is beside it.
"""

import io
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any, cast
from urllib.request import urlopen

from dashboard.edge.front import Front
from dashboard.prediction_log import writer as writers
from dashboard.services import EXTENSION
from dashboard.settings import Settings
from dashboard.wiring import wire
from scripts import postgres
from store.prediction_log.database import open_database, reading
from store.prediction_log.ids import id_bytes
from store.prediction_log.migrations import upgrade
from store.prediction_log.reading import predictions
from tests.bench.findings import Finding, ratio
from tests.bench.load import load
from tests.bench.release import variables
from tests.bench.served import OURS, Request, Served, serving

MOST = 1.05
CONNECTIONS = 32
PER_SECOND = 1_000
CLIENTS = 10
DRAIN_SECONDS = 120.0
CALLS, TURNS = 500, 60
BARE_ROWS = 100_000


def measure(body: bytes, cache: Path, *, quick: bool) -> list[Finding]:
    """Processor time with the log on against off, then a steady stream into each database."""
    whole, off_us = _whole(body, cache, quick=quick)
    findings = [_alone(body, cache, off_us), *whole, _bare(cache, off_us)]
    seconds = 10 if quick else 60
    findings.append(_steady("SQLite", body, cache, "", seconds))
    if postgres.find() is None:
        return [*findings, Finding("Predictions kept in PostgreSQL", postgres.MISSING)]
    with postgres.running(durable=True) as server:
        url = server.create("steady")
        engine = open_database(url)
        upgrade(engine)
        engine.dispose()
        findings.append(_steady("PostgreSQL", body, cache, url, seconds))
    return findings


# With the log against without


def _whole(body: bytes, cache: Path, *, quick: bool) -> tuple[list[Finding], float]:
    """Both servers in turn; gives the processor time without the log too, in us a request."""
    rounds, seconds = (3, 2) if quick else (7, 4)
    asked = Request("/predict", body)
    spent: dict[str, list[float]] = {"on": [], "off": []}
    p99: dict[str, list[float]] = {"on": [], "off": []}
    with (
        _serving(cache, "on") as on,
        _serving(cache, "off") as off,
    ):
        for turn in range(rounds + 1):
            for name, served in (("on", on), ("off", off)):
                before = served.cpu_seconds()
                found = load(served, asked, connections=CONNECTIONS, seconds=seconds)
                _drained(served)
                cpu = 1e6 * (served.cpu_seconds() - before) / found.requests
                if turn > 0:  # the first round warms up
                    spent[name].append(cpu)
                    p99[name].append(found.p99_ms)
    what = f"POST /predict with the log on / off, at {CONNECTIONS} connections"
    on_us, off_us = median(spent["on"]), median(spent["off"])
    return [
        ratio(f"{what}, CPU per request until it is kept", on_us, off_us, unit="us"),
        ratio(f"{what}, 99 % of times below", median(p99["on"]), median(p99["off"]), unit="ms"),
    ], off_us


def _bare(cache: Path, off_us: float) -> Finding:
    """What SQLite takes for the rows that the server has kept: no journal, no tallies."""
    kept = open_database(Settings(cache_dir=cache / "on").log_url)
    with reading(kept) as connection:
        rows = connection.exec_driver_sql(f"SELECT * FROM predictions LIMIT {BARE_ROWS}").fetchall()
    kept.dispose()
    engine = open_database(f"sqlite:///{cache / 'bare.db'}")
    upgrade(engine)
    with engine.connect() as connection:
        driver = cast(sqlite3.Connection, connection.connection.dbapi_connection)
        places = ", ".join("?" * len(rows[0]))
        begin = time.thread_time()
        for first in range(0, len(rows), writers.BATCH_ROWS):
            driver.execute("BEGIN IMMEDIATE")
            driver.executemany(
                f"INSERT INTO predictions VALUES ({places})",
                [tuple(row) for row in rows[first : first + writers.BATCH_ROWS]],
            )
            driver.execute("COMMIT")
        bare_us = 1e6 * (time.thread_time() - begin) / len(rows)
    engine.dispose()
    return ratio(
        f"POST /predict, CPU per request with a bare INSERT into SQLite ({bare_us:.2f} us)",
        off_us + bare_us,
        off_us,
        unit="us",
    )


def _alone(body: bytes, cache: Path, off_us: float) -> Finding:
    """What logging adds to the thread that answers, within this process."""
    fronts = {keeps: _front(cache, keeps) for keeps in (True, False)}
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(TURNS):
        for keeps, front in fronts.items():
            times[keeps].append(_microseconds(front, body))
            log = front._services.log
            log.flush(DRAIN_SECONDS)
    added = min(times[True]) - min(times[False])
    return ratio(
        f"POST /predict, CPU per request with what the log adds to its thread ({added:.2f} us)",
        off_us + added,
        off_us,
        unit="us",
        most=MOST,
    )


def _front(cache: Path, keeps: bool) -> Front:
    settings = Settings(cache_dir=cache / "alone", log_predictions=keeps)
    server = wire(settings, None).server
    server.extensions[EXTENSION].ready()
    front = server.wsgi_app
    assert isinstance(front, Front)
    return front


def _microseconds(front: Front, body: bytes) -> float:
    environs = [_environ(body) for _ in range(CALLS)]

    def start(_status: str, _headers: list[tuple[str, str]], _error: Any = None) -> Any: ...

    begin = time.thread_time()
    for environ in environs:
        front(environ, start)
    return 1e6 * (time.thread_time() - begin) / CALLS


def _environ(body: bytes) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/predict",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(body),
    }


# A steady stream


@dataclass
class Stream:
    """What came back of a steady stream."""

    ids: list[bytes] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failures: int = 0


def _steady(database: str, body: bytes, cache: Path, url: str, seconds: int) -> Finding:
    """A thousand predictions a second, and what the database has of them."""
    with TemporaryDirectory(dir=cache) as name:
        url = url or f"sqlite:///{Path(name) / 'log.db'}"
        with _serving(Path(name), "on", DATABASE_URL=url) as served:
            stream = _asked(served.port, body, seconds)
            begin = time.monotonic()
            _drained(served)
            behind = time.monotonic() - begin
        engine = open_database(url)
        stored: list[bytes] = []
        while page := predictions(engine, after=stored[-1] if stored else None):
            stored += [entry.id for entry in page]
        engine.dispose()
    once = sorted(stream.ids) == stored
    p99 = 1e3 * quantiles(stream.seconds, n=100)[-1]
    per_second = len(stream.ids) / seconds
    return Finding(
        f"{PER_SECOND:,} predictions a second for {seconds} s into {database}, each kept once",
        f"{len(stored):,} of {len(stream.ids):,} ({per_second:,.0f}/s, p99 {p99:.1f} ms, "
        f"the last one {behind:.1f} s later)",
        "all, each once",
        once and not stream.failures and per_second >= 0.99 * PER_SECOND,
        {
            "answered": len(stream.ids),
            "stored": len(stored),
            "per_second": per_second,
            "p99_ms": p99,
            "behind_s": behind,
        },
    )


def _asked(port: int, body: bytes, seconds: int) -> Stream:
    stream, begin = Stream(), time.monotonic() + 0.5
    threads = [
        threading.Thread(
            target=_client, args=(port, body, begin + one / PER_SECOND, seconds, stream)
        )
        for one in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return stream


def _client(port: int, body: bytes, due: float, seconds: int, stream: Stream) -> None:
    """One connection's share; what is late is asked at once, so that none is left out."""
    head = ("POST /predict HTTP/1.1", "Host: localhost", "Content-Type: application/json")
    message = "\r\n".join([*head, f"Content-Length: {len(body)}", "", ""]).encode() + body
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(PER_SECOND * seconds // CLIENTS):
            if (early := due - time.monotonic()) > 0:
                time.sleep(early)
            begin = time.monotonic()
            connection.sendall(message)
            id = _answered(connection)
            stream.seconds.append(time.monotonic() - begin)
            if id is None:
                stream.failures += 1
            else:
                stream.ids.append(id_bytes(id))
            due += CLIENTS / PER_SECOND


def _answered(connection: socket.socket) -> str | None:
    """Read an answer; the id of what was kept, None where it was another."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, rest = data.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    missing = int(headers["content-length"]) - len(rest)
    while missing > 0:
        missing -= len(connection.recv(missing))
    return headers.get("x-prediction-id") if " 200 " in status else None


@contextmanager
def _serving(cache: Path, log: str, **more: str) -> Iterator[Served]:
    """Our server, with the log on or off."""
    folder = cache / log
    environment = {**variables(folder), "LOG_PREDICTIONS": log, **more}
    with serving(OURS, environment, "/readyz") as served:
        yield served


def _drained(served: Served) -> None:
    """Wait until nothing waits for the database. Raises TimeoutError."""
    deadline = time.monotonic() + DRAIN_SECONDS
    rounds = 0
    while rounds < 2:  # a worker tells what it has left once in a while
        if time.monotonic() > deadline:
            raise TimeoutError("Predictions still wait for the database.")
        time.sleep(writers.INTERVAL_SECONDS)
        with urlopen(f"{served.url}/readyz", timeout=30) as answer:
            waiting = json.load(answer)["prediction_log"]["rows_waiting"]
        rounds = 0 if waiting else rounds + 1
