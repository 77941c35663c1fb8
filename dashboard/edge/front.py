"""What stands in front of Flask: plain predictions are answered here, the rest passes through.

Flask and Dash take ten times as long to route a request as the model takes to answer it. A POST
of JSON to ``/predict`` or ``/models/<name>/predict`` needs neither; its answer is the same to the
last byte of the body and of the headers (a test sends a corpus through both). Whatever is not
plain goes on to Flask: CSV, a query such as ``?explain=1``, a body of unknown length, an answer
that may be worth packing, a model that is not open.

Every answer gets its request id here, is counted, and is written to the access log.
"""

import json
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from random import randbytes
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.http import HTTP_STATUS_CODES

from dashboard.api.answering import Reply, reply_to
from dashboard.api.keeping import ARRIVED, KEPT, keeper
from dashboard.edge.headers import MIN_COMPRESSED_BYTES
from dashboard.edge.limits import Environ, Headers, Limits
from dashboard.edge.metrics import Metrics, kind_of
from dashboard.edge.plain import JSON, LABELS, Plain
from dashboard.services import Services

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")
STATUS = {code: f"{code} {phrase.upper()}" for code, phrase in HTTP_STATUS_CODES.items()}
PREDICT, PREDICT_WITH = "/predict", "/models/<name>/predict"
ROUTE = "cellar_lab.route"  # in a request's environ: route and model of what is answered here


class Front:
    """A WSGI application before ``server``'s own.

    Args:
        server: The Flask app; ``server.wsgi_app`` is what requests pass on to.
        services: Where the live models are.
        limits: Who is refused.
        metrics: Where requests are counted.
        access_log: Whether to write a line of JSON about each.
    """

    def __init__(
        self,
        server: Flask,
        services: Services,
        limits: Limits,
        metrics: Metrics,
        *,
        access_log: bool = False,
    ) -> None:
        self._server = server
        self._inner: WSGIApplication = server.wsgi_app
        self._services = services
        self._limits = limits
        self._metrics = metrics
        self._access_log = access_log
        self._plain: dict[str, Plain] = {}

    def __call__(self, environ: Environ, start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request, or let Flask do it."""
        begin = perf_counter()
        reply = self._limits.refused(environ)
        if reply is not None:
            if reply.body:
                reply = reply._replace(headers=(*reply.headers, *self._services.live().headers))
        elif environ["REQUEST_METHOD"] == "POST" and (asked := self._asked(environ)) is not None:
            route, plain = asked
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            if (answer := plain.answer(body, environ, begin)) is not None:
                said, headers = answer
                self._complete(environ, 200, headers, perf_counter() - begin, route, plain.counted)
                start_response("200 OK", headers)
                return [said]
            environ[ARRIVED], environ[ROUTE] = begin, (route, plain.counted)
            keep = keeper(self._services.log, plain.model, environ)
            reply = reply_to(plain.model, body, JSON, keep=keep)
        if reply is not None and (
            len(reply.body) < MIN_COMPRESSED_BYTES or "HTTP_ACCEPT_ENCODING" not in environ
        ):
            headers = _headers(reply)
            self._timed(environ, reply.status, headers, begin)
            start_response(STATUS[reply.status], headers)
            return [reply.body]

        def start(status: str, headers: Headers, exc_info: Any = None) -> Any:
            self._timed(environ, int(status[:3]), headers, begin)
            return start_response(status, headers, exc_info)

        if reply:
            return self._processed(reply, environ, start)
        environ[ARRIVED] = begin
        return self._inner(environ, start)

    def _asked(self, environ: Environ) -> tuple[str, Plain] | None:
        """Route and model of a plain request for a prediction; None for every other request."""
        path: str = environ["PATH_INFO"]
        if path == PREDICT:
            route, name = PREDICT, None
        elif path.startswith("/models/") and path.endswith("/predict"):
            route, name = PREDICT_WITH, path[8:-8]
        else:
            return None
        if (
            environ.get("CONTENT_TYPE") != JSON
            or not environ.get("CONTENT_LENGTH", "").isdecimal()
            or environ.get("QUERY_STRING")
            or "HTTP_TRANSFER_ENCODING" in environ
            or "csv" in environ.get("HTTP_ACCEPT", "")
        ):
            return None
        live = self._services.live()
        if name is None:
            name = live.release.default if live.release else ""
        model = live.models.get(name)
        if model is None:
            return None
        plain = self._plain.get(name)
        if plain is None or plain.model is not model:
            plain = self._plain[name] = Plain(model, self._services.log)
        if not plain.is_short and "HTTP_ACCEPT_ENCODING" in environ:
            return None
        return route, plain

    def _processed(self, reply: Reply, environ: Environ, start: "StartResponse") -> Iterable[bytes]:
        """The reply as Flask hands it out: packed as the client takes it."""
        with self._server.request_context(environ):
            response = self._server.response_class(
                reply.body, reply.status, reply.headers, content_type=reply.content_type
            )
            return self._server.process_response(response)(environ, start)

    def _timed(self, environ: Environ, status: int, headers: Headers, begin: float) -> None:
        """Complete the head of an answer that does not tell its time yet."""
        seconds = perf_counter() - begin
        headers.append(("Server-Timing", f"app;dur={1e3 * seconds:.3f}"))
        route, model = environ.get(ROUTE) or self._passed(environ, headers)
        self._complete(environ, status, headers, seconds, route, model)

    def _complete(
        self,
        environ: Environ,
        status: int,
        headers: Headers,
        seconds: float,
        route: str,
        model: tuple[str, str] | None,
    ) -> None:
        """Add to the head of an answer what every answer carries, and count it."""
        headers.append(("X-Request-Id", _request_id(environ)))
        if self._limits.has_origins:
            headers += self._limits.cross_origin(environ)
        self._metrics.answered(route, status, seconds, model if status == 200 else None)
        if status >= 400 and _asks_a_model(environ):
            self._services.log.failed(kind_of(status))
        if self._access_log:
            _log(environ, status, headers, seconds)

    def _passed(self, environ: Environ, headers: Headers) -> tuple[str, tuple[str, str] | None]:
        """The rule that Flask found for a request that went to it, and the model it asked."""
        request = environ.get("werkzeug.request")
        rule = getattr(request, "url_rule", None)
        if request is None or rule is None:
            return "none", None
        if request.method != "POST" or rule.rule not in (PREDICT, PREDICT_WITH):
            return str(rule.rule), None
        name = (request.view_args or {}).get("name") or self._services.default()
        return str(rule.rule), (name, dict(headers).get("X-Model-Version", ""))


def _asks_a_model(environ: Environ) -> bool:
    """Whether a request is one for a prediction."""
    path: str = environ["PATH_INFO"]
    is_path = path == PREDICT or (path.startswith("/models/") and path.endswith("/predict"))
    return is_path and environ["REQUEST_METHOD"] == "POST"


def _request_id(environ: Environ) -> str:
    """The id that came with a request where it is a sane one; else that of its prediction, or new.

    It is no secret; Python seeds what draws it anew after each fork.
    """
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    if given and REQUEST_ID.fullmatch(given):
        return given
    made: str = environ.get(KEPT) or randbytes(16).hex()
    environ["HTTP_X_REQUEST_ID"] = made
    return made


def _headers(reply: Reply) -> Headers:
    """The headers of a reply, in the order in which they come from Flask."""
    if not reply.body:  # of a preflight
        return [*reply.headers, *LABELS]
    about, length = ("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body)))
    return [*reply.headers, about, length, *LABELS]


def _log(environ: Environ, status: int, headers: Headers, seconds: float) -> None:
    """One line about a request: no query, no body, nobody's address."""
    told = dict(headers)
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "status": status,
        "milliseconds": round(1000 * seconds, 3),
        "request_id": told["X-Request-Id"],
        "model_version": told.get("X-Model-Version"),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
