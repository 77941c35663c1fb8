"""What a machine says of itself, and what it keeps to itself."""

import getpass
import os
import socket

import pytest

from pipeline.benchmark import fingerprint
from pipeline.benchmark.fingerprint import cpu_info, cpu_quota, machine, threads, where


def test_a_machine_tells_what_it_is_and_not_whose():
    told = machine(instance="m7i.large")
    text = told.model_dump_json()

    assert told.instance == "m7i.large"
    assert told.cores == os.cpu_count()
    assert told.memory_bytes > 10**8
    assert told.packages["scikit-learn"].count(".") >= 1
    assert told.blas
    assert told.accelerators_note
    for secret in (socket.gethostname(), os.getcwd(), os.path.expanduser("~"), getpass.getuser()):
        assert secret == "root" or secret not in text


def test_no_text_of_a_fingerprint_is_a_path():
    told = machine().model_dump(mode="json")

    assert "/" not in "".join(str(value) for name, value in told.items() if name != "packages")


@pytest.mark.parametrize(
    ("vendor", "product", "found"),
    [
        ("Amazon EC2", "g4dn.xlarge", ("aws", "g4dn.xlarge")),
        ("Amazon EC2", "HVM domU", ("aws", None)),
        ("Google", "Google Compute Engine", ("gcp", None)),
        ("Microsoft Corporation", "Virtual Machine", ("azure", None)),
        ("LENOVO", "ThinkPad", ("local", None)),
    ],
)
def test_a_rented_machine_is_told_by_its_maker(vendor, product, found, tmp_path, monkeypatch):
    monkeypatch.delenv("COLAB_RELEASE_TAG", raising=False)
    (tmp_path / "sys_vendor").write_text(f"{vendor}\n")
    (tmp_path / "product_name").write_text(f"{product}\n")

    assert where(tmp_path) == found


def test_colab_is_told_by_its_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-1")

    assert where(tmp_path) == ("colab", None)


def test_the_cores_that_a_container_may_use_are_read_in_both_forms(tmp_path):
    assert cpu_quota(tmp_path) is None

    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("50000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert cpu_quota(tmp_path) == 0.5

    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert cpu_quota(tmp_path) is None

    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert cpu_quota(tmp_path) == 1.5


def test_there_are_as_many_threads_as_cores_that_may_be_used(monkeypatch):
    monkeypatch.setattr(fingerprint, "cpu_quota", lambda: None)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2, 3}, raising=False)
    assert threads() == 4

    monkeypatch.setattr(fingerprint, "cpu_quota", lambda: 0.4)
    assert threads() == 1


def test_the_first_core_speaks_for_all(tmp_path):
    (tmp_path / "cpuinfo").write_text(
        "processor\t: 0\nmodel name\t: Test CPU\nflags\t: fpu hypervisor\n\nmodel name\t: Other\n"
    )

    assert cpu_info(tmp_path)["model name"] == "Test CPU"
    assert cpu_info(tmp_path / "elsewhere") == {}
