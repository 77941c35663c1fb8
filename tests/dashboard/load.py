"""Clients that ask a server for predictions at a steady rate, and note every answer."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

BODY = json.dumps({"acidity": 2.0, "sugar": 3.0})
REQUESTS_A_CONNECTION = 15  # then a new one, which may come to another worker
TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 0.05  # after a connection broke


@dataclass(frozen=True)
class Answered:
    """An answer: when it was asked for, how long it took, and the model that it tells of."""

    asked: float
    seconds: float
    status: int
    version: str


@dataclass
class Load:
    """What came back. ``resets`` counts connections that broke; each was asked once more."""

    answers: list[Answered] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    resets: int = 0

    def versions(self, since: float, until: float) -> set[str]:
        """The models that answered what was asked in this time."""
        return {a.version for a in self.answers if since <= a.asked < until}


@contextmanager
def under_load(url: str, *, clients: int = 5, rate: float = 50.0) -> Iterator[Load]:
    """Ask ``/predict`` this many times a second, from clients that keep connections open."""
    load, over = Load(), threading.Event()
    threads = [
        threading.Thread(target=_client, args=(url, clients / rate, load, over))
        for _ in range(clients)
    ]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        over.set()
        for thread in threads:
            thread.join(TIMEOUT_SECONDS + 1)


def _client(url: str, pause: float, load: Load, over: threading.Event) -> None:
    place = urlsplit(url).netloc
    connection = http.client.HTTPConnection(place, timeout=TIMEOUT_SECONDS)
    count, due = 0, time.monotonic()
    while not over.is_set():
        asked = time.monotonic()
        try:
            try:
                answer = _ask(connection, asked)
            except ConnectionError:  # the worker is gone: a prediction may be asked for again
                load.resets += 1
                connection.close()
                time.sleep(PAUSE_SECONDS)  # the kernel takes down what a killed worker held
                answer = _ask(connection, asked)
        except (OSError, http.client.HTTPException, ValueError) as error:
            load.failures.append(f"{type(error).__name__}: {error}")
            connection.close()
        else:
            load.answers.append(answer)
            if answer.status != 200:
                load.failures.append(f"status {answer.status}")
        count += 1
        if count % REQUESTS_A_CONNECTION == 0:
            connection.close()
        due = max(due + pause, time.monotonic() - pause)  # late requests are not made up for
        over.wait(max(0.0, due - time.monotonic()))
    connection.close()


def _ask(connection: http.client.HTTPConnection, asked: float) -> Answered:
    """One prediction. Raises ValueError where the answer does not agree with itself."""
    connection.request("POST", "/predict", BODY, {"Content-Type": "application/json"})
    response = connection.getresponse()
    body = response.read()
    seconds = time.monotonic() - asked
    if response.status != 200:
        return Answered(asked, seconds, response.status, "")
    told = json.loads(body)
    version = str(told["model"]["version"])
    says = {version, str(round(10 * told["probabilities"]["Sweet"]))}
    if says != {response.headers["X-Model-Version"]}:
        raise ValueError(f"the answer is of {says}, its header of another model")
    return Answered(asked, seconds, response.status, version)
