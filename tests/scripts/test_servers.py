"""A server runs for as long as it is needed and no longer."""

import os
import sys
import urllib.request

import pytest

from scripts.servers import running


def test_a_server_ends_with_its_block(free_port: int) -> None:
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(free_port)]
    url = f"http://127.0.0.1:{free_port}/"

    with running(command, url, os.environ, quiet=True) as pid:
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200
        assert os.getpgid(pid) > 0

    with pytest.raises(ProcessLookupError):
        os.getpgid(pid)


def test_a_server_that_does_not_start_says_why(free_port: int) -> None:
    command = [sys.executable, "-c", "raise SystemExit('the port is taken')"]

    with (
        pytest.raises(RuntimeError, match=r"(?s)ended with exit code 1\..*the port is taken"),
        running(command, f"http://127.0.0.1:{free_port}/", os.environ, quiet=True),
    ):
        pytest.fail("it never ran")
