"""The phases of a cell: when clocks are read, how often is fitted, what stops it."""

import types
from collections.abc import Callable

import psutil
import pytest

from pipeline.benchmark import protocol
from pipeline.benchmark.devices import Host
from pipeline.benchmark.job import Job, Score
from pipeline.benchmark.nvml import GpuMeter
from pipeline.benchmark.protocol import FellBack, TooSlow, measure, predicted, timed
from store.benchmark_data import make_data
from tests.pipeline.benchmark.conftest import FakeProcessor, job_on

DATA = make_data(0, 1_000)


def measured(job, processor, device="cuda", limit=10.0, meter=None):
    return measure(job, device, processor, DATA, limit_seconds=limit, meter=meter or GpuMeter())


class Clock:
    """Stands in for ``time``: it moves where a job says so, whatever the machine does."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.now


@pytest.fixture
def job_taking(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Makes a job whose fits take so long by a clock of ours, the last time again and again."""
    clock = Clock()
    monkeypatch.setattr(protocol, "time", clock)

    def make(*seconds: float) -> Job:
        left = list(seconds)

        def fit(_):
            clock.now += left.pop(0) if len(left) > 1 else left[0]

        return Job(fit=fit, score=lambda fitted, data: Score("accuracy", 0.9, 10))

    return make


def test_the_processor_is_waited_for_right_before_both_readings_of_the_clock(fake_gpu, monkeypatch):
    readings = iter([5.0, 7.0])

    def clock():
        fake_gpu.calls.append("clock")
        return next(readings)

    monkeypatch.setattr(protocol, "time", types.SimpleNamespace(perf_counter=clock))
    seconds, result = timed(fake_gpu, lambda: fake_gpu.calls.append("work") or "done")

    assert fake_gpu.calls == ["synchronise", "clock", "work", "synchronise", "clock"]
    assert (seconds, result) == (2.0, "done")


def test_every_phase_is_between_two_waits(fake_gpu):
    found = measured(job_on(fake_gpu), fake_gpu)

    phases = ["load", "fit", *["fit"] * len(found.fits.seconds), "back"]
    assert fake_gpu.calls == [
        call for phase in phases for call in ("synchronise", phase, "synchronise")
    ]


def test_work_that_goes_on_after_the_call_is_in_the_time():
    processor = FakeProcessor(seconds=0.02)

    found = measured(job_on(processor), processor)

    assert min(found.fits.seconds) >= 0.02
    assert min(found.to_device, found.cold_fit, found.back) >= 0.02


def test_fits_are_repeated_on_fresh_estimators_at_least_five_times():
    models: list[object] = []

    def fit(_):
        models.append(object())
        return models[-1]

    job = Job(fit=fit, score=lambda fitted, data: Score("accuracy", 0.9, 10))

    found = measured(job, Host(), device="cpu")

    assert len(found.fits.seconds) == len(models) - 1 == protocol.MOST_REPEATS
    assert len({id(model) for model in models}) == len(models)


def test_long_fits_are_five(job_taking):
    assert len(measured(job_taking(0.11), Host(), device="cpu").fits.seconds) == 5


def test_a_fit_elsewhere_than_asked_keeps_no_time(fake_gpu):
    with pytest.raises(FellBack) as caught:
        measured(job_on(fake_gpu, ran_on="cpu"), fake_gpu)

    assert caught.value.device == "cpu"
    assert fake_gpu.calls.count("fit") == 1


def test_fits_that_would_not_keep_to_the_limit_are_not_begun(job_taking):
    with pytest.raises(TooSlow, match=r"^1\."):
        measured(job_taking(0.2), Host(), device="cpu", limit=0.3)
    with pytest.raises(TooSlow):
        measured(job_taking(0.05), Host(), device="cpu", limit=0.2)


def test_a_slow_first_fit_is_no_reason_when_the_second_is_fast(job_taking):
    found = measured(job_taking(0.2, 0.001), Host(), device="cpu", limit=0.45)

    assert found.cold_fit == 0.2


def test_what_moves_inside_the_fit_is_no_phase_of_its_own(fake_gpu):
    found = measured(job_on(fake_gpu)._replace(transfer="inside"), fake_gpu)

    assert (found.to_device, found.back) == (0.0, 0.0)


def test_others_at_work_are_told_by_fit_and_flag_the_cell(monkeypatch, job_taking):
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    machine = iter(range(100))  # a second of CPU time between any two looks
    monkeypatch.setattr(protocol, "busy_seconds", lambda: float(next(machine)))

    fits = measured(job_taking(0.11), Host(), device="cpu").fits

    assert fits.noisy
    assert min(fits.busy) > 0.5


def test_ticks_of_a_clock_are_not_taken_for_others(monkeypatch, job_taking):
    ticks = iter(range(10_000))
    monkeypatch.setattr(protocol, "busy_seconds", lambda: 0.01 * next(ticks))

    fits = measured(job_taking(0.11), Host(), device="cpu").fits

    assert fits.busy == [0.0] * 5
    assert not fits.noisy


def test_a_fit_on_more_rows_is_foretold_by_the_last_two_sizes():
    assert predicted([1_000], [0.1], 10_000) == pytest.approx(1.0)
    assert predicted([1_000, 10_000], [0.1, 0.2], 100_000) == pytest.approx(0.4)
    assert predicted([1_000, 10_000], [0.2, 0.1], 100_000) == pytest.approx(0.1)
    assert predicted([1_000, 10_000], [0.001, 1.0], 100_000) == pytest.approx(100.0)


def test_energy_is_told_where_the_gpu_counts_it_and_the_fits_are_long_enough(
    monkeypatch, job_taking
):
    class Counter(GpuMeter):
        def __init__(self):
            super().__init__()
            self.told = iter([100.0, 140.0])

        def joules(self):
            return next(self.told)

    short = measured(job_taking(0.001), Host(), device="cpu", meter=Counter()).fits
    monkeypatch.setattr(protocol, "LEAST_ENERGY_SECONDS", 0.0)
    long = measured(job_taking(0.001), Host(), device="cpu", meter=Counter()).fits

    assert (short.joules, long.joules) == (None, 40.0)
    assert measured(job_taking(0.001), Host(), device="cpu").fits.joules is None


def test_peak_memory_is_that_of_this_process():
    before = protocol.peak_ram()
    block = bytearray(b"x") * 200_000_000
    held = psutil.Process().memory_info().rss
    del block

    assert held > 200_000_000
    assert protocol.peak_ram() >= max(before, 0.95 * held)
