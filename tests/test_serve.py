"""The server as a host runs it: it ends well, mends itself, and is not held up by slow clients."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from scripts.servers import free_port, running

APPLICATION = """
import os, time

def server(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(1.5)
    body = str(os.getpid()).encode()
    if environ["REQUEST_METHOD"] == "POST":
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""


@pytest.fixture
def serve(tmp_path: Path, root: Path):
    """Run ``serve.py`` with the application above; gives the port and the process."""
    (tmp_path / "slow_app.py").write_text(APPLICATION)

    @contextmanager
    def served(**variables: str) -> Iterator[tuple[int, psutil.Process]]:
        port = free_port()
        environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PORT": str(port), **variables}
        command = [sys.executable, "serve.py", "slow_app:server"]
        with running(command, f"http://127.0.0.1:{port}/", environment, quiet=True) as pid:
            yield port, psutil.Process(pid)

    return served


def get(port: int, path: str = "/") -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def test_a_worker_opens_the_models_before_anybody_asks(tmp_path: Path, root: Path):
    environment = {**os.environ, "PORT": str(free_port()), "CACHE_DIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "serve.py", "app:server"], cwd=root, env=environment
    )
    try:
        end = time.monotonic() + 60
        while not any(tmp_path.glob("*.json")) and time.monotonic() < end:
            time.sleep(0.1)
        assert any(tmp_path.glob("*.json"))
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize("told", ["the first process", "all, and the first once more"])
def test_requests_that_run_are_answered_after_a_sigterm(serve, told):
    with serve() as (port, process):
        answers: list[bytes] = []
        threads = [
            threading.Thread(target=lambda: answers.append(get(port, "/slow"))) for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.7)  # all of them are being answered

        if told != "the first process":  # as a host does it
            for worker in process.children():
                worker.send_signal(signal.SIGTERM)
            process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()

        assert len(answers) == 6
        assert process.wait(10) in (0, None)  # None: somebody else asked for the code before


def test_a_killed_worker_is_replaced_while_the_others_answer(serve):
    with serve() as (port, process):
        before = {worker.pid for worker in process.children()}
        victim = process.children()[0]
        victim.kill()

        answered: set[int] = set()
        deadline = time.monotonic() + 20
        while answered <= before and time.monotonic() < deadline:
            with contextlib.suppress(ConnectionError):  # it waited at the one that was killed
                answered.add(int(get(port)))
            time.sleep(0.1)

        now = {worker.pid for worker in process.children() if worker.status() != "zombie"}
        assert answered - before
        assert victim.pid not in now
        assert len(now) == len(before)


def test_a_connection_may_rest_and_be_used_again(serve):
    with serve(WEB_CONCURRENCY="1") as (port, _process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/")
        first = connection.getresponse().read()
        held = connection.sock
        time.sleep(2)
        connection.request("GET", "/")

        assert connection.getresponse().read() == first
        assert connection.sock is held
        connection.close()


def test_clients_that_are_slow_to_ask_hold_nobody_up(serve):
    with serve(WEB_CONCURRENCY="1") as (port, _process):
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Never")

        begin = time.monotonic()
        assert get(port)
        assert time.monotonic() - begin < 5
        for one in slow:
            one.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"GET /" + b"x" * 600_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused_and_harms_nobody(serve, sent):
    with serve(WEB_CONCURRENCY="1") as (port, process):
        workers = {worker.pid for worker in process.children()}
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            try:
                connection.sendall(sent)
                answer = connection.recv(1000)
            except (ConnectionResetError, BrokenPipeError):
                answer = b""

        assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
        assert get(port)
        assert {worker.pid for worker in process.children()} == workers


def test_a_host_may_speak_both_protocols(serve):
    if not socket.has_ipv6:
        pytest.skip("this system has no IPv6")
    with serve(DYNO="web.1") as (port, _process):
        assert get(port)
        connection = http.client.HTTPConnection("::1", port, timeout=20)
        try:
            connection.request("GET", "/")
        except OSError:
            pytest.skip("this machine has no IPv6 address")
        assert connection.getresponse().status == 200
        connection.close()


def test_a_taken_port_is_said_and_not_shared(serve, root):
    with serve() as (port, _process):
        again = subprocess.run(
            [sys.executable, "serve.py", "tests.bench.raw_hello:server"],
            cwd=root,
            env={**os.environ, "PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert again.returncode == 1
    assert f"Port {port} cannot be used" in again.stderr
