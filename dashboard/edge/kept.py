"""Answers that never change: each is at an address of its content, and browsers keep it."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property

import brotli
from flask import Response, request

from dashboard.edge.headers import BROTLI_QUALITY, FOREVER

DIGITS = 16  # of a sha256, in an address


@dataclass(frozen=True)
class Kept:
    """Bytes that are known by their content."""

    body: bytes

    @cached_property
    def digest(self) -> str:
        """The first digits of their sha256."""
        return hashlib.sha256(self.body).hexdigest()[:DIGITS]

    @cached_property
    def brotli(self) -> bytes:
        """The same, packed once."""
        packed: bytes = brotli.compress(self.body, quality=BROTLI_QUALITY)
        return packed

    @cached_property
    def gzip(self) -> bytes:
        """The same for those who take no brotli."""
        return gzip.compress(self.body, 9, mtime=0)


def sent(kept: Kept, mimetype: str) -> Response:
    """The answer to the current request, packed as its client takes it."""
    coding = request.accept_encodings.best_match(("br", "gzip"))
    packed = kept.brotli if coding == "br" else kept.gzip if coding else kept.body
    answer = Response(packed, mimetype=mimetype)
    if coding:
        answer.headers["Content-Encoding"] = coding
    answer.headers["Cache-Control"] = FOREVER
    return answer
