"""What the child has given up: reaching for it ends the child at once."""

import os
import pickle
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dashboard.model import child, confine
from dashboard.model.child import Child, ChildFailed
from tests.dashboard.model.forked import forked

REACHING: list[Callable[[], Any]] = [
    lambda: socket.socket(),
    lambda: socket.getaddrinfo("localhost", 80),
    lambda: os.system("true"),
    lambda: subprocess.run(["true"]),
    lambda: os.fork(),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: os.kill(os.getppid(), 0),
    lambda: Path("/tmp/never-written").write_text("x"),
    lambda: os.open("/tmp/never-written", os.O_CREAT | os.O_WRONLY),
    lambda: Path("/etc/passwd").read_text(),
    lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    lambda: Path("/proc/self/environ").read_bytes(),
    lambda: os.remove("/tmp/never-written"),
    lambda: pickle.loads(b"cos\nsystem\n."),
]


@pytest.mark.parametrize("reach", REACHING)
def test_reaching_out_trips_the_wire(reach: Callable[[], Any]) -> None:
    assert forked(reach).how == "tripped"


def test_what_imports_read_may_be_read() -> None:
    outcome = forked(lambda: len(Path(confine.__file__).read_text()) > 0)

    assert (outcome.how, outcome.answer) == ("answered", True)


def test_memory_beyond_the_limit_is_not_to_be_had() -> None:
    outcome = forked(lambda: len(bytes(4 * 2**30)))

    assert outcome.how == "raised"
    assert "MemoryError" in outcome.answer


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has network namespaces")
def test_no_network_interface_is_left_where_the_kernel_grants_it() -> None:
    program = (
        "import socket\n"
        "from dashboard.model.confine import leave_network\n"
        "left = leave_network()\n"
        "print(left, [name for _, name in socket.if_nameindex()])\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", program], env=child._environment(), capture_output=True, text=True
    )

    left, _, names = ran.stdout.strip().partition(" ")
    assert left == "False" or names == "['lo']"


def test_the_parent_says_that_the_wire_tripped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\nexit {confine.TRIPPED}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    with pytest.raises(ChildFailed, match="reached for a file, the network or another process"):
        Child().ask(b"x", seconds=5.0)
