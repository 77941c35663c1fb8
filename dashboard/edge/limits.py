"""What is refused before anybody works on it, and which scripts of other sites may ask.

    body     a body for the API beyond MAX_BODY_BYTES is a 413
    rate     a client's POST requests beyond RATE_LIMIT are a 429; only these compute something
    origins  scripts from CORS_ORIGINS may call the API; without credentials, and no page

A worker counts for itself, since they share no memory: each gives its share of the rate, so that
all of them together never give more than it. A client that keeps one connection stays with one
worker and may get its share only.
"""

import threading
import time
from typing import TYPE_CHECKING, Any

from dashboard.api.answering import Reply, problem_reply
from dashboard.api.problems import Problem
from dashboard.settings import Settings

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import SlidingWindowCounterRateLimiter

Environ = dict[str, Any]
Headers = list[tuple[str, str]]

API = frozenset(
    ("/predict", "/models", "/openapi.json", "/healthz", "/readyz", "/feedback", "/verify")
)
BELOW = ("/models/", "/receipts/")
READABLE = (
    "X-Model-Version, X-Model-Hash, X-Prediction-Id, X-Request-Id, Server-Timing, Retry-After, "
    "X-Error-Id"
)
PREFLIGHT = (
    ("Access-Control-Allow-Methods", "GET, POST"),
    ("Access-Control-Allow-Headers", "Accept, Content-Type, X-Prediction-Source, X-Request-Id"),
    ("Access-Control-Max-Age", "600"),
)


def is_api(path: str) -> bool:
    """Whether programs ask here, and not people."""
    return path in API or path.startswith(BELOW)


class Limits:
    """The limits that the settings draw, for one worker."""

    def __init__(self, settings: Settings) -> None:
        self._max_body_bytes = settings.max_body_bytes
        self._origins = settings.cors_origins
        self.has_origins = bool(settings.cors_origins)
        self._rate = _Rate(settings.rate_limit, settings.workers) if settings.rate_limit else None

    def refused(self, environ: Environ) -> Reply | None:
        """The answer to a request that goes no further: a problem, or that of a preflight."""
        method = environ["REQUEST_METHOD"]
        if method == "POST":
            if self._rate is not None and (reply := _too_many(self._rate, environ)) is not None:
                return reply
            return self._too_large(environ)
        if method == "OPTIONS" and self._is_preflight(environ):
            return Reply(204, b"", "", PREFLIGHT)
        return None

    def cross_origin(self, environ: Environ) -> Headers:
        """The headers by which a browser lets a script of another site read the answer."""
        if not is_api(environ["PATH_INFO"]):
            return []
        allowed = self._allowed(environ.get("HTTP_ORIGIN", ""))
        granted = [("Access-Control-Allow-Origin", allowed)] if allowed else []
        exposed = [("Access-Control-Expose-Headers", READABLE)] if allowed else []
        return [*granted, *exposed, ("Vary", "Origin")]

    def _allowed(self, origin: str) -> str | None:
        if not origin:
            return None
        if "*" in self._origins:
            return "*"
        return origin if origin in self._origins else None

    def _is_preflight(self, environ: Environ) -> bool:
        return (
            "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ
            and is_api(environ["PATH_INFO"])
            and self._allowed(environ.get("HTTP_ORIGIN", "")) is not None
        )

    def _too_large(self, environ: Environ) -> Reply | None:
        length = environ.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) <= self._max_body_bytes:
            return None
        if not is_api(environ["PATH_INFO"]):
            return None  # the pages' own limit is in Flask: a table may be dropped there
        detail = f"A body has at most {self._max_body_bytes:,} bytes."
        return problem_reply(Problem(413, "Body too large", detail))


class _Rate:
    """A worker's share of a rate. Its storage has a thread, so it is made after the fork."""

    def __init__(self, text: str, workers: int) -> None:
        from limits import parse  # only where there is a limit: it takes 3 MB

        whole = parse(text)
        self._share: RateLimitItem = type(whole)(max(1, whole.amount // workers), whole.multiples)
        self._making = threading.Lock()
        self._limiter: SlidingWindowCounterRateLimiter | None = None

    def wait(self, client: str) -> int | None:
        """Count a request; after how many seconds to try again, where it is one too many."""
        limiter = self._limiter or self._made()
        if limiter.hit(self._share, client):
            return None
        reset = limiter.get_window_stats(self._share, client).reset_time
        return max(1, round(reset - time.time()))

    def _made(self) -> "SlidingWindowCounterRateLimiter":
        from limits.storage import MemoryStorage
        from limits.strategies import SlidingWindowCounterRateLimiter

        with self._making:
            if self._limiter is None:
                self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        return self._limiter


def _too_many(rate: _Rate, environ: Environ) -> Reply | None:
    seconds = rate.wait(environ.get("REMOTE_ADDR", ""))
    if seconds is None:
        return None
    detail = "There were too many requests from this address. Try again later."
    retry = {"Retry-After": str(seconds)}
    return problem_reply(Problem(429, "Too many requests", detail, headers=retry))
