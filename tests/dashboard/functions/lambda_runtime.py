"""AWS Lambda's side of a function: the Runtime API that its client polls for events."""

import json
import queue
import sys
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import DEVNULL, Popen
from typing import Any

from scripts.servers import ROOT

WAIT_SECONDS = 20
API = "/2018-06-01/runtime"
ABOUT_EVENT = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "demo-1",
    "Lambda-Runtime-Deadline-Ms": "4102444800000",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-3:0:function:predict",
    "Lambda-Runtime-Trace-Id": "Root=1-demo",
}


class LambdaRuntime:
    """Runs a handler in ``awslambdaric``, the client that AWS runs it in, until the block ends."""

    def __init__(self, handler: str, environment: Mapping[str, str]) -> None:
        self._events: queue.Queue[bytes | None] = queue.Queue()
        self._answers: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._command = [sys.executable, "-m", "awslambdaric", handler]
        self._environment = dict(environment) | {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._server.server_port}",
            "AWS_LAMBDA_FUNCTION_NAME": "predict",
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        }

    def __enter__(self) -> "LambdaRuntime":
        self._thread.start()
        self._process = Popen(
            self._command, cwd=ROOT, env=self._environment, stdin=DEVNULL, stdout=DEVNULL
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(WAIT_SECONDS)
        self._events.put(None)  # whoever still waits for an event
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """What the handler gives for an event. Raises RuntimeError where it fails."""
        self._events.put(json.dumps(event).encode())
        kind, body = self._answers.get(timeout=WAIT_SECONDS)
        if kind != "response":
            raise RuntimeError(body.decode())
        answer: dict[str, Any] = json.loads(body)
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        events, answers = self._events, self._answers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                event = events.get() if self.path == f"{API}/invocation/next" else None
                if event is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                for name, value in ABOUT_EVENT.items():  # the client crashes where one is missing
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(event)))
                self.end_headers()
                self.wfile.write(event)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answers.put((self.path.rpartition("/")[2], body))
                self.send_response(202)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
