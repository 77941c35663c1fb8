"""Applications under the server of the Procfile, with all of its settings and a host's packages."""

import http.client
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from scripts.servers import free_port, running, web_command
from tests.bench.installed import host

OURS = "app:server"
RAW_HELLO = "tests.bench.raw_hello:server"
EMPTY_DASH = "tests.bench.empty_dash:server"


@dataclass(frozen=True)
class Request:
    """What a client sends; a body makes it a POST of JSON."""

    path: str = "/"
    body: bytes | None = None

    def send(self, connection: http.client.HTTPConnection) -> int:
        """Send it, read all of the answer, give its status."""
        headers = {"Content-Type": "application/json"} if self.body else {}
        connection.request("POST" if self.body else "GET", self.path, self.body, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status


@dataclass(frozen=True)
class Served:
    """A running server."""

    port: int
    process: psutil.Process

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def workers(self) -> list[psutil.Process]:
        """The processes that answer."""
        return self.process.children()

    def cpu_seconds(self) -> float:
        """Processor time so far, of the server and all it started."""
        own = [self.process, *self.process.children(recursive=True)]
        return sum(sum(process.cpu_times()[:2]) for process in own)


def command(application: str) -> list[str]:
    """The Procfile's command as a host runs it, with this application in place of ours."""
    return [str(host() / "bin" / "python"), *web_command()[1:-1], application]


@contextmanager
def serving(application: str, environment: Mapping[str, str], ready: str) -> Iterator[Served]:
    """Serve an application until the block ends; it begins when ``ready`` answers 200."""
    port = free_port()
    variables = {**environment, "PORT": str(port)}
    url = f"http://127.0.0.1:{port}{ready}"
    with running(command(application), url, variables, quiet=True) as pid:
        yield Served(port, psutil.Process(pid))


def wait_for_answer(port: int, request: Request, *, seconds: float = 90) -> None:
    """Send it again and again until it is answered with 200. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            if request.send(connection) == 200:
                return
        except OSError:
            pass  # it does not listen yet
        finally:
            connection.close()
        time.sleep(0.005)
    raise TimeoutError(f"{request.path} was not answered within {seconds:.0f} s.")
