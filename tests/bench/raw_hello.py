"""The smallest WSGI application: what a request costs on our server before Python does much."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BODY = b"Hello, World!"
HEADERS = [("Content-Type", "text/plain"), ("Content-Length", str(len(BODY)))]


def server(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Say hello to whatever is asked."""
    start_response("200 OK", HEADERS)
    return [BODY]
