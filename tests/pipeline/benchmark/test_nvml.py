"""What the driver's own library tells, with one that tells of a GPU which is not there."""

import sys
import time
import types

import pytest

from pipeline.benchmark import nvml
from pipeline.benchmark.nvml import GpuMeter, PeakMemory, first_visible, nvidia_gpus, watched


class NVMLError(Exception):
    """The library's own."""


def fake_nvml(**changes):
    """The package ``pynvml`` on a machine with a T4."""
    fake = types.ModuleType("pynvml")
    told = {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlSystemGetDriverVersion": lambda: "550.54",
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: b"Tesla T4",
        "nvmlDeviceGetMemoryInfo": lambda handle: types.SimpleNamespace(total=16, used=5),
        "nvmlDeviceGetTotalEnergyConsumption": lambda handle: 2_500,
    }
    for name, value in (told | changes).items():
        setattr(fake, name, value)
    return fake


def raising(*_):
    raise NVMLError("Driver Not Loaded")


def test_a_gpu_is_told_by_name_memory_and_driver_and_nothing_else(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml())

    (gpu,), note = nvidia_gpus()

    assert gpu.model_dump() == {
        "kind": "cuda", "name": "Tesla T4", "memory_bytes": 16, "driver": "550.54"
    }  # fmt: skip
    assert "first that is visible" in note


def test_no_gpu_is_a_stated_result(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(nvmlInit=raising))
    assert nvidia_gpus() == ((), "No NVIDIA GPU found: Driver Not Loaded")

    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(nvmlDeviceGetCount=lambda: 0))
    assert nvidia_gpus() == ((), "No NVIDIA GPU found: the driver lists none")

    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert nvidia_gpus() == ((), nvml.NOT_INSTALLED)


def test_a_meter_tells_memory_and_energy_and_nothing_where_there_is_no_gpu():
    meter = GpuMeter(fake_nvml())

    assert (meter.used_bytes(), meter.joules()) == (5, 2.5)
    assert (GpuMeter().used_bytes(), GpuMeter().joules()) == (None, None)


def test_a_gpu_that_does_not_count_energy_tells_none():
    meter = GpuMeter(fake_nvml(nvmlDeviceGetTotalEnergyConsumption=raising))

    assert meter.joules() is None


def test_the_peak_is_the_most_above_what_was_there_before():
    used = iter([7, 30, 12, *[9] * 10_000])
    info = lambda handle: types.SimpleNamespace(used=next(used))  # noqa: E731
    meter = GpuMeter(fake_nvml(nvmlDeviceGetMemoryInfo=info))
    peak = PeakMemory(meter, meter.used_bytes())

    with watched(peak):
        time.sleep(0.1)

    assert peak.bytes == 23


def test_nothing_is_watched_without_a_gpu():
    peak = PeakMemory(GpuMeter(), None)

    with watched(peak):
        pass

    assert peak.bytes is None


@pytest.mark.parametrize(("said", "index"), [("", 0), ("2,0", 2), ("GPU-abc", 0)])
def test_the_gpu_that_cuda_sees_first_is_the_one_that_is_metered(said, index, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", said)

    assert first_visible() == index
