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

LATENCY_SECONDS = 0.1
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
    """Passes connections on to a server; ``set`` changes how, at any time.

    * ``latency`` every piece of an answer waits a tenth of a second
    * ``black hole`` what is asked is taken, and nothing ever comes back
    * ``reset`` the connection breaks instead of an answer
    * ``truncate`` the body of an answer ends before its last byte
    * ``drip`` the head of an answer comes at once, its body byte by byte
    * ``corrupt`` the last byte of a body is another one
    * ``refuse`` every connection breaks at once
    * ``answer`` everything is answered with ``canned``
    """

    upstream: tuple[str, int]
    fault: Fault = "none"
    canned: bytes = b""
    only: bytes = b""
    asked: int = 0
    _open: list[socket.socket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def set(self, fault: Fault, canned: bytes = b"", *, only: bytes = b"") -> None:
        """Misbehave so from now on, ``only`` with requests that hold these bytes.

        Connections from before are closed.
        """
        self.canned, self.only, self.fault = canned, only, fault
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
            if self.fault == "refuse":
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
                return
            with socket.create_connection(self.upstream) as server:
                self._open.append(server)
                meant = threading.Event()  # the request at hand is one to misbehave with
                asking = threading.Thread(target=self._ask, args=(client, server, meant))
                asking.start()
                while data := server.recv(2**16):
                    if meant.is_set() and not self._give(client, data):
                        break
                    if not meant.is_set():
                        client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)

    def _ask(self, client: socket.socket, server: socket.socket, meant: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(2**16):
                self.asked += 1
                if self.fault != "none" and self.only in data:
                    meant.set()
                else:
                    meant.clear()
                if meant.is_set() and self.fault == "answer":
                    client.sendall(self.canned)
                    break
                if meant.is_set() and self.fault == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
                    break
                if not (meant.is_set() and self.fault == "black hole"):
                    server.sendall(data)
        for end in (server, client):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _give(self, client: socket.socket, data: bytes) -> bool:
        """Give a piece of an answer to the client as the fault has it; whether to go on."""
        end = data.find(HEAD) + len(HEAD) if HEAD in data else 0
        head, body = data[:end], data[end:]
        client.sendall(head)
        if self.fault == "latency":
            time.sleep(LATENCY_SECONDS)
        elif self.fault == "truncate" and body:
            client.sendall(body[:-1])
            return False
        elif self.fault == "corrupt" and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        elif self.fault == "drip":
            for byte in body:
                time.sleep(DRIP_SECONDS)
                client.sendall(bytes([byte]))
            return True
        client.sendall(body)
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
