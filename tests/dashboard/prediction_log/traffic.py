"""Clients of a real server that remember the id of every prediction that they were given."""

import http.client
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil

from scripts import servers
from store.artifacts import open_store
from store.prediction_log.database import Engine
from store.prediction_log.ids import id_bytes, row_id
from store.prediction_log.reading import predictions
from store.releases import read_card, read_pointer

ROWS = 20  # of a table


@dataclass
class Server:
    """A real one over the committed release."""

    url: str
    process: psutil.Process

    def workers(self) -> list[psutil.Process]:
        return [one for one in self.process.children() if one.status() != "zombie"]

    def state(self) -> dict[str, Any]:
        with urlopen(f"{self.url}/readyz", timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)["prediction_log"]
        return told


@contextmanager
def serving(cache: Path, url: str, **variables: str) -> Iterator[Server]:
    """Two workers that keep their predictions in the database at ``url``."""
    port = servers.free_port()
    address = f"http://127.0.0.1:{port}"
    given = {"CACHE_DIR": str(cache), "DATABASE_URL": url, "PORT": str(port), **variables}
    command = servers.web_command()
    with servers.running(command, f"{address}/readyz", os.environ | given, quiet=True) as pid:
        yield Server(address, psutil.Process(pid))


@dataclass
class Traffic:
    """What was answered; ``broken`` counts the requests that got no answer."""

    singles: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    broken: int = 0

    @property
    def ids(self) -> set[bytes]:
        """The id of every row that was answered."""
        firsts = map(id_bytes, self.tables)
        rows = {row_id(first, place) for first in firsts for place in range(ROWS)}
        return rows | set(map(id_bytes, self.singles))


@contextmanager
def asking(
    url: str, *, clients: int = 4, rate: float = 200.0, every: int = 10
) -> Iterator[Traffic]:
    """Ask so many times a second until the block ends; each ``every``-th time for a table."""
    traffic, over, row = Traffic(), threading.Event(), body()
    threads = [
        threading.Thread(target=_client, args=(url, row, clients / rate, every, traffic, over))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield traffic
    finally:
        over.set()
        for thread in threads:
            thread.join(20)


def body() -> bytes:
    """A row of the committed release's default model."""
    store = open_store(str(servers.ROOT / "data" / "artifacts"))
    release = read_pointer(store).release
    [released] = [model for model in release.models if model.name == release.default]
    card = read_card(store, released)
    names = [feature.name for feature in card.features]
    return json.dumps(dict(zip(names, card.golden.rows[0], strict=True))).encode()


def _client(
    url: str, row: bytes, pause: float, every: int, traffic: Traffic, over: threading.Event
) -> None:
    table = b'{"instances": [' + b",".join([row] * ROWS) + b"]}"
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    count = 0
    while not over.wait(pause):
        count += 1
        kept, body = (traffic.tables, table) if count % every == 0 else (traffic.singles, row)
        begin = time.monotonic()
        try:
            connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):  # its worker is gone
            traffic.broken += 1
            connection.close()
            continue
        traffic.seconds.append(time.monotonic() - begin)
        if answer.status != 200:
            traffic.failures.append(f"status {answer.status}")
        else:
            kept.append(answer.headers.get("X-Prediction-Id", ""))
    connection.close()


def stored(engine: Engine) -> list[bytes]:
    """The ids of all predictions in a database."""
    found: list[bytes] = []
    while page := predictions(engine, after=found[-1] if found else None):
        found += [entry.id for entry in page]
    return found


def soon(holds: Any, seconds: float = 30.0) -> bool:
    """Whether something becomes true within a while."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
