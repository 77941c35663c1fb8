"""What a visitor or a program is told when something fails here: one sentence and a short id.

The traceback is in the log under the same id, and nowhere else.
"""

import json
import logging
import secrets

from flask import Flask, Response
from werkzeug.exceptions import InternalServerError

log = logging.getLogger(__name__)

ID_HEADER = "X-Error-Id"  # assets/cellar.js shows it


def install_failures(server: Flask) -> None:
    """Answer whatever nobody caught with a problem of RFC 9457 that names an id."""

    @server.errorhandler(InternalServerError)
    def _failed(error: InternalServerError) -> Response:
        mark = secrets.token_hex(4)
        log.error("error %s", mark, exc_info=error.original_exception or error)
        body = {
            "title": "Internal error",
            "status": 500,
            "detail": f"Something failed here; the log has it as error {mark}.",
        }
        return Response(
            json.dumps(body),
            status=500,
            mimetype="application/problem+json",
            headers={ID_HEADER: mark},
        )
