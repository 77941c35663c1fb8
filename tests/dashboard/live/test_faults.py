"""Whatever the store does: the live release stays whole, nobody waits, and it mends by itself."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from dashboard.live.mirror import MirroredStore
from dashboard.live.watcher import LiveRelease
from dashboard.services import Services
from dashboard.settings import Settings
from scripts import servers
from store.artifacts import FolderStore, S3Store, s3
from store.releases import POINTER
from store.schema import Release
from tests import faults
from tests.dashboard.live.test_live import FakeOpener
from tests.dashboard.releases import make_live, put_model

POLL_SECONDS = 0.2
PATIENCE_SECONDS = 30.0
ANSWER_SECONDS = 2.0  # whoever waits for the store waits for three seconds or more here


class Case(NamedTuple):
    """What the network does, and what is said of it."""

    fault: faults.Fault
    said: str
    canned: bytes = b""


def refused(status: str, code: str, said: str) -> Case:
    """S3 answers everything with this error."""
    return Case("answer", said, faults.s3_error(status, code))


CASES = {
    "no answer": Case("black hole", "ReadTimeoutError"),
    "connections that break": Case("reset", "s3://"),
    "nobody there": Case("refuse", "s3://"),
    "half a body": Case("truncate", "s3://"),
    "a body that drips": Case("drip", "took longer than"),
    "another byte": Case("corrupt", "s3://|is not a|changed after"),
    "500": refused("500 Internal Server Error", "InternalError", "InternalError"),
    "503": refused("503 Slow Down", "SlowDown", "SlowDown"),
    "expired credentials": refused("400 Bad Request", "ExpiredToken", "expired"),
    "no permission": refused("403 Forbidden", "AccessDenied", "permission|denied"),
    "a clock that is off": refused("403 Forbidden", "RequestTimeTooSkewed", "clock"),
    "no bucket": refused("404 Not Found", "NoSuchBucket", "bucket"),
    "an answer of somebody else": Case(
        "answer", "is not a|release promises", faults.answer("200 OK", b"<html>")
    ),
}


@pytest.fixture
def direct(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> S3Store:
    """The store without a proxy between, for who publishes."""
    store = S3Store(s3_url)
    store.keys()  # makes its client with the address of the server itself
    for name, seconds in {"CONNECT_SECONDS": 1.0, "READ_SECONDS": 1.0, "BODY_SECONDS": 3.0}.items():
        monkeypatch.setattr(s3, name, seconds)
    monkeypatch.setattr("dashboard.live.watcher.MEND_SECONDS", 1.0)
    return store


@pytest.fixture
def proxy(
    direct: S3Store, s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[faults.FaultProxy]:
    """The network that everybody else has before the server."""
    with faults.in_front_of(s3_server) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", network.url)
        yield network


@pytest.fixture
def release(direct: S3Store, proxy: faults.FaultProxy, tmp_path: Path) -> Iterator[LiveRelease]:
    """A server's release behind the proxy, with version 1 live."""
    make_live(direct, put_model(direct, 1))
    watched = LiveRelease(
        MirroredStore(S3Store(direct.url), tmp_path / "mirror"),
        cache=None,
        poll_seconds=POLL_SECONDS,
        opener=FakeOpener(),
    )
    yield watched
    watched.stop()


@pytest.fixture
def client(release: LiveRelease) -> FlaskClient:
    app = create_app(Settings(), Services(release.snapshot, release.ready))
    return app.server.test_client()


def version(client: FlaskClient) -> str:
    """The version that answers, which it does at once, with everything that belongs to it."""
    begin = time.monotonic()
    answer = client.post("/predict", json={"acidity": 1, "sugar": 2})
    ready = client.get("/readyz")
    assert time.monotonic() - begin < ANSWER_SECONDS
    assert (answer.status_code, ready.status_code) == (200, 200)
    return str(answer.json["model"]["version"])


def until(client: FlaskClient, holds: Callable[[], object]) -> set[str]:
    """Ask again and again until something holds; gives the versions that answered."""
    seen, deadline = set(), time.monotonic() + PATIENCE_SECONDS
    while not holds():
        seen.add(version(client))
        assert time.monotonic() < deadline, client.get("/readyz").json
        time.sleep(0.1)
    return seen


def is_live(release: LiveRelease, made: Release) -> bool:
    """Whether the server has taken this release up."""
    return release.snapshot().release == made


@pytest.mark.parametrize("where", ["pointer", "objects"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_live_release_serves_whole_and_the_next_one_comes_when_the_fault_is_over(
    client: FlaskClient,
    release: LiveRelease,
    direct: S3Store,
    proxy: faults.FaultProxy,
    case: Case,
    where: str,
) -> None:
    assert client.post("/predict", json={"acidity": 1, "sugar": 2}).status_code == 200
    first = release.snapshot()

    proxy.set(case.fault, case.canned, only=POINTER.encode() if where == "pointer" else b"models/")
    make_live(direct, put_model(direct, 2))
    seen = until(client, lambda: release.snapshot().problems)

    during = release.snapshot()
    assert seen | {version(client)} == {"1"}
    assert (during.profiles.keys(), during.cards.keys()) == (first.profiles.keys(),) * 2
    assert re.search(case.said, " ".join(during.problems.values()))

    proxy.set("none")
    until(client, lambda: version(client) == "2")
    until(client, lambda: not release.snapshot().problems)
    assert release.snapshot().outage is None


def test_an_object_that_was_deleted_or_replaced_costs_the_live_release_nothing(
    client: FlaskClient, release: LiveRelease, direct: S3Store
) -> None:
    assert set(release.ready().models) == {"drinks"}
    for said in ("There is no", "the release promises"):
        released = put_model(direct, 2)
        if said == "There is no":
            direct.remove([released.file.key])
        else:
            direct.put(released.file.key, b"something else")
        made = make_live(direct, released)

        seen = until(client, partial(is_live, release, made))

        assert seen | {version(client)} == {"1"}
        assert said in release.snapshot().problems["model drinks"]

    put_model(direct, 2)
    until(client, lambda: version(client) == "2")
    assert release.snapshot().problems == {}


def test_a_slow_store_delays_a_release_and_no_answer(
    client: FlaskClient, release: LiveRelease, direct: S3Store, proxy: faults.FaultProxy
) -> None:
    release.ready()
    proxy.set("latency")
    make_live(direct, put_model(direct, 2))

    assert until(client, lambda: version(client) == "2") <= {"1", "2"}


@pytest.mark.slow
def test_a_server_that_starts_without_its_store_serves_the_last_good_release_and_says_so(
    direct: S3Store, proxy: faults.FaultProxy, tmp_path: Path
) -> None:
    make_live(direct, put_model(direct, 1))
    variables = {
        "ARTIFACTS_URL": direct.url,
        "CACHE_DIR": str(tmp_path / "cache"),
        "MODEL_POLL_SECONDS": "1",
    }
    with servers.web_server(variables):
        pass

    proxy.set("black hole")
    with servers.web_server(variables) as url:
        told = read(f"{url}/readyz")
        answer = read(f"{url}/predict", b'{"acidity": 1, "sugar": 2}')
        pages = [urllib.request.urlopen(url + path).status for path in ("/", "/model")]
        proxy.set("none")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while read(f"{url}/readyz")["stale"]:
            assert time.monotonic() < deadline
            time.sleep(0.1)

    assert (told["status"], told["models"]["drinks"]["version"]) == ("ready", "1")
    assert answer["model"]["version"] == "1"
    assert pages == [200, 200]


def read(url: str, body: bytes | None = None) -> Any:
    """The JSON behind a URL."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


# The disk

FULL = """
import resource, sys
from pathlib import Path

from dashboard.live.mirror import MirroredStore
from dashboard.live.watcher import LiveRelease
from store.artifacts import FolderStore

resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
store = MirroredStore(FolderStore(Path(sys.argv[1])), Path(sys.argv[2]) / "mirror")
release = LiveRelease(store, cache=Path(sys.argv[2]) / "models", poll_seconds=0)
release.restore()
release.refresh()
live = release._live
print(live.default.card.version, dict(live.problems))
"""


def test_a_full_disk_costs_the_copies_and_nothing_else(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "artifacts")
    make_live(store, put_model(store, 1))
    command = [sys.executable, "-c", FULL, store.url, str(tmp_path / "cache")]

    for _ in range(2):  # also after a restart that finds half of it
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert (done.stdout, done.returncode) == ("1 {}\n", 0), done.stderr

    kept = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert [path for path in kept if path.suffix != ".lock" and path.stat().st_size > 500] == []
    assert [path for path in kept if ".draft" in path.name] == []
