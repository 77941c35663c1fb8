"""What every answer of the server carries: compression, caching, security headers.

The security headers follow the OWASP Secure Headers project; ``style-src`` keeps
``unsafe-inline`` because Plotly writes inline styles.
"""

from collections.abc import Callable, Sequence
from functools import cache

from flask import Flask, Request, Response, request
from flask_compress import Compress

from dashboard.provenance import STATIC

FOREVER = "public, max-age=31536000, immutable"
BROTLI_QUALITY = 9  # 11 costs seconds a file; 9 is within a tenth of its size
MIN_COMPRESSED_BYTES = 600


class _StaticFiles(dict[str, bytes]):
    """Compressed static files, made once a process; nothing else is kept."""

    def set(self, key: str, value: bytes) -> None:
        if not key.endswith(";"):
            self[key] = value


def _static_path(req: Request) -> str:
    return req.full_path if req.path.startswith(STATIC) else ""


def install_headers(server: Flask, inline_scripts: Callable[[], Sequence[str]]) -> None:
    """Compress and label every answer of the server.

    Args:
        server: The Flask app.
        inline_scripts: Gives the hashes of the inline scripts that pages hold, as CSP sources.
            Asked once, at the first page: until then Dash still adds scripts of its own.
    """
    server.config |= {
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_BR_LEVEL": BROTLI_QUALITY,
        "COMPRESS_MIN_SIZE": MIN_COMPRESSED_BYTES,
        "COMPRESS_CACHE_BACKEND": _StaticFiles,
        "COMPRESS_CACHE_KEY": _static_path,
    }
    Compress(server)

    @cache
    def policy() -> str:
        directives = (
            "default-src 'self'",
            f"script-src 'self' {' '.join(inline_scripts())}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
        return "; ".join(directives)

    @server.after_request
    def _label(response: Response) -> Response:
        headers = response.headers
        headers["X-Content-Type-Options"] = "nosniff"
        if response.mimetype == "text/html":
            headers["Content-Security-Policy"] = policy()
            headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Cache-Control"] = "no-cache"
        elif headers.get("Cache-Control") == FOREVER:
            pass  # it is under an address of its content
        elif request.path.startswith(STATIC) and response.status_code == 200:
            headers["Cache-Control"] = FOREVER if request.query_string else "public, max-age=86400"
        return response
