"""Three workers answer 50 requests a second while releases come and go and a worker is killed."""

import json
import math
import os
import signal
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from dashboard.model.loader import open_model
from scripts import servers
from store.artifacts import ArtifactStore, open_store
from store.releases import read_card, read_model, rollback
from store.schema import ReleasedModel
from tests.dashboard.load import Load, under_load
from tests.dashboard.releases import make_live, put_model

WORKERS = 3
POLLS = 7.5  # in the whole time


@dataclass(frozen=True)
class Server:
    """A server and the process that starts its workers."""

    url: str
    pid: int

    def workers(self) -> list[int]:
        """The workers' process ids."""
        return [child.pid for child in psutil.Process(self.pid).children()]

    def readyz(self) -> dict[str, Any]:
        """What it says of itself."""
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=30) as answer:
            told: dict[str, Any] = json.load(answer)
        return told


@contextmanager
def serving(store: ArtifactStore, cache: Path, *, poll_seconds: float) -> Iterator[Server]:
    """What the Procfile starts, with three workers on this store."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    variables = {
        "ARTIFACTS_URL": store.url,
        "CACHE_DIR": str(cache),
        "MODEL_POLL_SECONDS": str(poll_seconds),
        "PORT": str(port),
        "WEB_CONCURRENCY": str(WORKERS),
    }
    environment = os.environ | variables
    with servers.running(servers.web_command(), f"{url}/readyz", environment, quiet=True) as pid:
        yield Server(url, pid)


class Timeline:
    """What happens when, in shares of the whole time."""

    def __init__(self, seconds: float) -> None:
        self._begin, self._seconds = time.monotonic(), seconds

    def wait_until(self, share: float) -> float:
        """Wait; gives the moment."""
        time.sleep(max(0.0, self._begin + share * self._seconds - time.monotonic()))
        return time.monotonic()


@pytest.mark.slow
@pytest.mark.parametrize(("place", "seconds"), [("folder", 60.0), ("s3", 30.0)])
def test_no_request_fails_and_no_bad_version_serves_while_releases_come_and_go(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    place: str,
    seconds: float,
) -> None:
    url = request.getfixturevalue("s3_url") if place == "s3" else str(tmp_path / "artifacts")
    store = open_store(url)
    first = make_live(store, put_model(store, 1))
    longer = POLLS * 2 * _opening_seconds(store, first.models[0])
    seconds = max(seconds, min(longer, 2.5 * seconds))
    poll_seconds = seconds / POLLS
    grace = 2 * poll_seconds

    with serving(store, tmp_path / "cache", poll_seconds=poll_seconds) as server:
        with under_load(server.url) as load:
            timeline = Timeline(seconds)
            to_second = timeline.wait_until(2 / 60)
            second = make_live(store, put_model(store, 2))
            timeline.wait_until(19 / 60)
            make_live(store, put_model(store, 3, promised=4))  # the golden rows do not reproduce
            timeline.wait_until(27 / 60)
            victim = server.workers()[0]
            os.kill(victim, signal.SIGKILL)
            timeline.wait_until(30 / 60)
            make_live(store, put_model(store, 4, data=b"not what was published"))
            timeline.wait_until(40 / 60)
            rollback(store, second.id)
            to_first = timeline.wait_until(43 / 60)
            rollback(store, first.id)
            end = timeline.wait_until(1)
        told, workers = server.readyz(), server.workers()

    measured = _measured(load, to_second, to_first)
    assert load.failures == [], measured
    assert len(load.answers) > 0.5 * 50 * seconds, measured
    assert load.resets <= 5  # what the killed worker was answering: one a client at most
    assert load.versions(0, to_second) == {"1"}
    assert load.versions(to_second, to_second + grace) <= {"1", "2"}
    assert load.versions(to_second + grace, to_first) == {"2"}, measured
    assert load.versions(to_first, to_first + grace) <= {"1", "2"}
    assert load.versions(to_first + grace, end) == {"1"}, measured
    assert (told["release"], told["reasons"], told["stale"]) == (first.id, {}, False)
    assert victim not in workers
    assert len(workers) == WORKERS


def _opening_seconds(store: ArtifactStore, released: ReleasedModel) -> float:
    """How long a model takes to open here and now: on a crowded machine longer than a poll.

    Two polls are one to see the flip and one to open what is new, so a poll has to be longer.
    """
    begin = time.monotonic()
    open_model(read_model(store, released), read_card(store, released)).close()
    return time.monotonic() - begin


def _measured(load: Load, to_second: float, to_first: float) -> str:
    """What a failing test shows: how late each old version answered, and what took longest."""
    flips = (("1", to_second, to_first), ("2", to_first, math.inf))
    late = [
        max(
            (a.asked - flip for a in load.answers if a.version == old and a.asked < until),
            default=0,
        )
        for old, flip, until in flips
    ]
    longest = max(answer.seconds for answer in load.answers)
    return (
        f"{len(load.answers)} answers, {load.resets} resets, the longest took {longest:.2f} s; "
        f"the last answer of an old version came so many seconds after each flip: {late}"
    )
