"""Servers as processes of their own on 127.0.0.1, for the scripts and the tests."""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90.0  # a web server imports scikit-learn and checks a model before it is ready
STOP_SECONDS = 25.0  # beyond what serve.py gives running requests


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str],
    ready_url: str,
    environment: Mapping[str, str],
    *,
    quiet: bool,
    ready: Collection[int] = (200,),
) -> Iterator[int]:
    """Run a server from when ``ready_url`` answers so until the block ends; gives its pid.

    Args:
        command: Program and arguments; it starts in the repository root.
        ready_url: Asked again and again until it answers.
        environment: The whole environment of the server.
        quiet: Keep what it prints, and show the end of it only where it does not start.
        ready: The statuses of a server that is ready.

    Raises:
        RuntimeError: It ended, or was not ready within 90 seconds.
    """
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
        )
        try:
            if (reason := _not_ready(process, ready_url, ready)) is not None:
                output.seek(0)
                printed = output.read().decode(errors="replace")[-4000:]
                raise RuntimeError(f"{shlex.join(command)} {reason}\n{printed}")
            yield process.pid
        finally:
            workers = _children(process.pid)
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for worker in workers:  # some servers leave them behind
                with suppress(psutil.NoSuchProcess):
                    worker.kill()


def _children(pid: int) -> list[psutil.Process]:
    """All processes below one; none where it is gone."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _not_ready(process: subprocess.Popen[bytes], url: str, ready: Collection[int]) -> str | None:
    """Wait for the server; None when it answers, else what went wrong."""
    deadline = time.monotonic() + START_SECONDS
    last = "no answer"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                status = answer.status
        except urllib.error.HTTPError as error:
            status, last = error.code, str(error)
        except OSError as error:
            status, last = 0, str(error)
        if status in ready:
            return None
        try:
            return f"ended with exit code {process.wait(0.1)}."
        except subprocess.TimeoutExpired:
            continue
    return f"was not ready within {START_SECONDS:.0f} s; {url}: {last}."


@contextmanager
def web_server(
    environment: Mapping[str, str],
    *,
    port: int | None = None,
    quiet: bool = True,
    ready: str = "/readyz",
) -> Iterator[str]:
    """The Procfile's web server with these variables set; gives its URL once ``ready`` is 200."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    variables = os.environ | dict(environment) | {"PORT": str(port)}
    with running(web_command(), url + ready, variables, quiet=quiet):
        yield url


def web_command() -> list[str]:
    """What the Procfile starts as ``web``, with this Python; the application comes last."""
    _python, *arguments = shlex.split(_procfile()["web"])
    return [sys.executable, *arguments]


def _procfile() -> dict[str, str]:
    """The commands of the Procfile by process type."""
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    named = (line.partition(":") for line in lines)
    return {name: command.strip() for name, _, command in named}


@contextmanager
def s3_server() -> Iterator[str]:
    """A server that speaks S3 over HTTP; gives its URL. Its buckets are gone with it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, f"{url}/moto-api/data.json", os.environ, quiet=True):
        yield url


def make_bucket(server_url: str, name: str) -> None:
    """Make a bucket on a server of ``s3_server``, which asks nobody for credentials."""
    request = urllib.request.Request(f"{server_url}/{name}", method="PUT")
    with urllib.request.urlopen(request, timeout=10):
        pass


def s3_variables(server_url: str) -> dict[str, str]:
    """What to set so that S3 means this server, with credentials that are good for nothing.

    The empty configuration files keep a person's own profile out of it.
    """
    return {
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_ENDPOINT_URL_S3": server_url,
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
