"""The body of a request that takes JSON alone."""

from flask import Request

from dashboard.api.asked import JSON_TYPE
from dashboard.api.problems import Problem


def json_body(request: Request) -> bytes:
    """The bytes. Raises Problem: 411 where they come in chunks, 415 where they are no JSON."""
    if "Transfer-Encoding" in request.headers:
        raise Problem(411, "Length required", "Send the body whole, with a Content-Length.")
    if request.mimetype != JSON_TYPE:
        raise Problem(
            415,
            "Unsupported media type",
            f"Send the body as Content-Type: {JSON_TYPE}.",
            headers={"Accept-Post": JSON_TYPE},
        )
    return request.get_data()
