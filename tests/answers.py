"""A hand-made HTTP server that says whatever a test wants to hear."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What the server sends back, and the requests that it saw: their headers and their path.

    ``piece_bytes`` are sent at once, each after a pause. With ``head``, the status of a HEAD of an
    object, every bucket is there too.
    """

    status: int = 200
    body: bytes = b"data"
    headers: Mapping[str, str] = field(default_factory=dict)
    head: int | None = None
    piece_bytes: int = 2**20
    pause_seconds: float = 0.0
    requests: list[Mapping[str, str]] = field(default_factory=list)


class Handler(BaseHTTPRequestHandler):
    """What every server here begins with: one request a connection, and not a word in between."""

    protocol_version = "HTTP/1.1"  # which answers "Expect: 100-continue" at once

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Send all that comes before a body. There is no Date but that of a test."""
        self.close_connection = True
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a server on this machine, until the block ends."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """A server that gives every request the same answer and notes its headers."""

    class Same(Handler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer.requests.append({"path": self.path, **self.headers})
            self.begin(self._status(), {"Content-Length": str(len(answer.body)), **answer.headers})
            if self.command == "HEAD":
                return
            try:
                for start in range(0, len(answer.body), answer.piece_bytes):
                    time.sleep(answer.pause_seconds)
                    self.wfile.write(answer.body[start : start + answer.piece_bytes])
            except ConnectionError:  # the client has seen enough
                pass

        do_HEAD = do_POST = do_PUT = do_DELETE = do_GET

        def _status(self) -> int:
            if self.command != "HEAD" or answer.head is None:
                return answer.status
            return answer.head if "/" in self.path.strip("/") else 200

    with serving(Same) as url:
        yield url
