"""The API as a function of AWS Lambda; its handler is ``dashboard.functions.aws.handler``."""

import base64
from typing import Any

from dashboard.functions.plain import ask, create_app

server = create_app()


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer an event of API Gateway (payload format 2.0) or of a function URL."""
    about = event["requestContext"]
    path, stage = event["rawPath"], about.get("stage", "$default")
    if path.startswith(f"/{stage}/"):
        path = path.removeprefix(f"/{stage}")
    body = event.get("body") or ""
    answer = ask(
        server,
        about["http"]["method"],
        path,
        event.get("rawQueryString", ""),
        event.get("headers", {}).items(),
        base64.b64decode(body) if event.get("isBase64Encoded") else body.encode(),
    )
    return {
        "statusCode": answer.status_code,
        "headers": dict(answer.headers),
        "body": answer.get_data(as_text=True),  # all that the API answers is text
        "isBase64Encoded": False,
    }
