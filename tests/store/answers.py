"""A hand-made S3 server that says whatever a test wants to hear."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What a hand-made S3 server sends back, and the requests that it saw."""

    status: int = 200
    body: bytes = b"data"
    headers: Mapping[str, str] = field(default_factory=dict)
    requests: list[Mapping[str, str]] = field(default_factory=list)


@contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """A server that gives every request the same answer and notes its headers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # which answers "Expect: 100-continue" at once

        def do_GET(self) -> None:
            self.close_connection = True
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            answer.requests.append(dict(self.headers))
            self.send_response_only(answer.status)
            for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_HEAD = do_PUT = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
