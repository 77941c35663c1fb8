"""An instance looks for a new release within requests, seldom, and one request at a time."""

import threading
from dataclasses import dataclass, field
from typing import Any

import pytest

from dashboard.functions import instance
from dashboard.functions.instance import Instance
from dashboard.live.snapshot import Live


@dataclass
class Clock:
    """The time of day, as a test wants it."""

    seconds: float = 1000.0

    def time(self) -> float:
        return self.seconds


@dataclass
class Release:
    """Counts how often the store is asked; says what came of it as the test wants."""

    works: bool = True
    looks: int = 0
    asked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    live: Any = field(default_factory=Live)

    def refresh(self) -> bool:
        self.looks += 1
        if self.looks == 2:
            self.asked.set()
            self.go_on.wait(10)
        return self.works


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(instance, "time", clock)
    return clock


@pytest.fixture
def release() -> Release:
    release = Release()
    release.go_on.set()
    return release


def opened(release: Any, poll_seconds: float = 10.0) -> Instance:
    return Instance(release, poll_seconds=poll_seconds)


def test_the_release_is_open_from_the_start(release: Release, clock: Clock) -> None:
    assert opened(release).live() is release.live
    assert release.looks == 1


def test_a_look_is_good_for_a_while(release: Release, clock: Clock) -> None:
    function = opened(release)

    clock.seconds += 7.9  # polls are jittered by a fifth
    function.live()
    assert release.looks == 1

    clock.seconds += 4.2
    function.live()
    function.live()
    assert release.looks == 2


def test_an_instance_whose_clock_was_set_back_looks(release: Release, clock: Clock) -> None:
    function = opened(release)

    clock.seconds -= 3600
    function.live()

    assert release.looks == 2


def test_a_poll_of_zero_never_looks_again(release: Release, clock: Clock) -> None:
    function = opened(release, poll_seconds=0)

    clock.seconds += 1e6
    function.live()

    assert release.looks == 1


def test_a_store_that_fails_is_asked_less_often(release: Release, clock: Clock) -> None:
    release.works = False
    function = opened(release)

    clock.seconds += 13
    function.live()
    assert release.looks == 1

    clock.seconds += 12
    function.live()
    assert release.looks == 2


def test_a_failure_of_ours_leaves_the_next_request_its_turn(release: Release, clock: Clock) -> None:
    function = opened(release)
    release.go_on = None  # type: ignore[assignment]  # the second look breaks

    clock.seconds += 60
    with pytest.raises(AttributeError):
        function.live()
    function.live()

    assert release.looks == 3


def test_requests_beside_the_one_that_looks_do_not_wait(release: Release, clock: Clock) -> None:
    function = opened(release)
    release.go_on.clear()
    clock.seconds += 60
    looking = threading.Thread(target=function.live)
    looking.start()
    assert release.asked.wait(10)

    assert function.live() is release.live

    release.go_on.set()
    looking.join()
    assert release.looks == 2
