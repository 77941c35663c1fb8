"""What a visitor or a program is told when something fails here: one sentence and a short id.

The traceback is in the log under the same id, and nowhere else.
"""

from flask import Flask, Response
from werkzeug.exceptions import InternalServerError

from dashboard.api.answering import problem_reply
from dashboard.api.problems import internal_error


def install_failures(server: Flask) -> None:
    """Answer whatever nobody caught with a problem of RFC 9457 that names an id."""

    @server.errorhandler(InternalServerError)
    def _failed(error: InternalServerError) -> Response:
        reply = problem_reply(internal_error(error.original_exception or error))
        return Response(reply.body, reply.status, reply.headers, content_type=reply.content_type)
