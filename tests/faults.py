"""A network that misbehaves: a proxy in front of a server, for tests."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal[
    "none", "latency", "black hole", "reset", "truncate", "drip", "corrupt", "refuse", "answer"
]

LATENCY_SECONDS = 0.3
DRIP_SECONDS = 0.05
HEAD = b"\r\n\r\n"
LINGER_NONE = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # close with a reset


def answer(status: str, body: bytes = b"") -> bytes:
    """An answer of HTTP as it goes over the wire; ``status`` is such as ``404 Not Found``."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close".encode() + (
        HEAD + body
    )


def s3_error(status: str, code: str) -> bytes:
    """What S3 answers when it refuses something."""
    return answer(status, f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode())


@dataclass
class FaultProxy:
    """Passes connections on to a server; ``fault`` may change at any time, also within one.

    * ``latency`` every answer waits a third of a second
    * ``black hole`` what is asked is taken, and nothing ever comes back
    * ``reset`` the connection breaks instead of an answer
    * ``truncate`` an answer ends before its last byte
    * ``drip`` the head of an answer comes at once, its body byte by byte
    * ``corrupt`` the last byte of an answer is another one
    * ``refuse`` nobody listens
    * ``answer`` everything is answered with ``canned``
    """

    upstream: tuple[str, int]
    fault: Fault = "none"
    canned: bytes = b""
    asked: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, fault: Fault, canned: bytes = b"") -> None:
        """Misbehave so from now on; connections from before are closed."""
        self.canned, self.fault = canned, fault
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        """Listen no more."""
        self.set("refuse")
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            if self.fault in ("refuse", "reset"):
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
                if self.fault == "reset":
                    client.recv(1)
                return
            with socket.create_connection(self.upstream) as server:
                self._open.append(server)
                threading.Thread(target=self._ask, args=(client, server), daemon=True).start()
                while (data := server.recv(2**16)) and self._give(client, data):
                    pass

    def _ask(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(2**16):
                self.asked += 1
                if self.fault == "answer":
                    client.sendall(self.canned)
                    client.shutdown(socket.SHUT_RDWR)
                elif self.fault != "black hole":
                    server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _give(self, client: socket.socket, data: bytes) -> bool:
        """Give a piece of an answer to the client as the fault has it; whether there is more."""
        if self.fault == "latency":
            time.sleep(LATENCY_SECONDS)
        elif self.fault == "truncate":
            client.sendall(data[:-1])
            return False
        elif self.fault == "corrupt":
            data = data[:-1] + bytes([data[-1] ^ 1])
        elif self.fault == "drip":
            head = data.find(HEAD) + len(HEAD) if HEAD in data else 0
            client.sendall(data[:head])
            for byte in data[head:]:
                time.sleep(DRIP_SECONDS)
                client.sendall(bytes([byte]))
            return True
        client.sendall(data)
        return True


@contextlib.contextmanager
def in_front_of(url: str) -> Iterator[FaultProxy]:
    """A proxy in front of the server at this URL."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = FaultProxy((parts.hostname, parts.port))
    try:
        yield proxy
    finally:
        proxy.close()
