"""How a GPU is woken and waited for, with a driver that only notes what it is told."""

import sys
import types

import pytest

from pipeline.benchmark.devices import CUDA_LIBRARY, Cuda, Host, Mps, NoDevice, processor


class FakeDriver:
    """NVIDIA's driver; ``failing`` gives an error."""

    def __init__(self, failing: str = "") -> None:
        self.calls: list[str] = []
        self._failing = failing

    def __getattr__(self, name):
        def call(*_):
            self.calls.append(name)
            return 100 if name == self._failing else 0

        return call


def fake_torch(*, available: bool):
    """PyTorch as far as an Apple GPU goes; ``torch.calls`` has what it was told."""
    calls: list[str] = []
    return types.SimpleNamespace(
        calls=calls,
        zeros=lambda *_, device: calls.append(f"zeros on {device}"),
        mps=types.SimpleNamespace(synchronize=lambda: calls.append("synchronize")),
        backends=types.SimpleNamespace(mps=types.SimpleNamespace(is_available=lambda: available)),
    )


def test_a_gpu_is_woken_as_a_cuda_library_wakes_it_and_waited_for_as_a_whole():
    driver = FakeDriver()
    gpu = Cuda(driver)

    gpu.open()
    gpu.synchronise()

    woken = ["cuInit", "cuDeviceGet", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent"]
    assert driver.calls == [*woken, "cuCtxSynchronize"]


def test_an_error_of_the_driver_means_that_there_is_no_gpu():
    driver = FakeDriver(failing="cuInit")
    gpu = Cuda(driver)

    with pytest.raises(NoDevice, match="cuInit of the NVIDIA driver gave error 100"):
        gpu.open()
    gpu.synchronise()

    assert driver.calls == ["cuInit"]  # nothing is waited for where there is none


def test_work_that_failed_on_the_gpu_is_an_error_when_it_is_waited_for():
    gpu = Cuda(FakeDriver(failing="cuCtxSynchronize"))
    gpu.open()

    with pytest.raises(NoDevice, match="error 100"):
        gpu.synchronise()


def test_a_machine_without_a_driver_has_no_gpu(monkeypatch):
    def missing(name):
        assert name == CUDA_LIBRARY
        raise OSError

    monkeypatch.setattr("pipeline.benchmark.devices.ctypes.CDLL", missing)

    with pytest.raises(NoDevice, match="No GPU found: there is no NVIDIA driver"):
        Cuda().open()


def test_an_apple_gpu_is_woken_and_waited_for_through_torch(monkeypatch):
    torch = fake_torch(available=True)
    monkeypatch.setitem(sys.modules, "torch", torch)

    gpu = Mps()
    gpu.open()
    gpu.synchronise()

    assert torch.calls == ["zeros on mps", "synchronize", "synchronize"]


def test_a_machine_without_an_apple_gpu_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", fake_torch(available=False))

    with pytest.raises(NoDevice, match="No GPU found: PyTorch sees no Apple GPU"):
        Mps().open()


def test_every_device_has_its_processor():
    kinds = {name: type(processor(name)) for name in ("cpu", "cuda", "mps")}

    assert kinds == {"cpu": Host, "cuda": Cuda, "mps": Mps}
