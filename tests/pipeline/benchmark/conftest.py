"""A processor that works on after a call returns, as a GPU does, and notes who waited for it."""

import time

import pytest

from pipeline.benchmark.job import Job, Score
from store.benchmark_run import Device


class FakeProcessor:
    """Does its work when it is waited for; ``calls`` has what happened, in order."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.calls: list[str] = []
        self.seconds = seconds
        self._ordered = 0

    def open(self) -> None:
        self.calls.append("open")

    def order(self, name: str) -> None:
        self.calls.append(name)
        self._ordered += 1

    def synchronise(self) -> None:
        self.calls.append("synchronise")
        time.sleep(self.seconds * self._ordered)
        self._ordered = 0


def job_on(processor: FakeProcessor, *, ran_on: Device = "cuda") -> Job:
    """A job that orders its work on the processor."""

    def step(name, result):
        def ordered(_):
            processor.order(name)
            return result

        return ordered

    return Job(
        fit=lambda loaded: step("fit", object())(loaded),
        score=lambda fitted, data: Score("accuracy", 0.9, 10),
        ran_on=lambda model: ran_on,
        load=step("load", "rows"),
        back=step("back", "model"),
        transfer="separate",
    )


@pytest.fixture
def fake_gpu() -> FakeProcessor:
    return FakeProcessor()
