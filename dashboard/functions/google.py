"""The API as a function of Google Cloud: ``functions-framework --source main.py --target predict``.

A deployed ``main.py`` is the one line ``from dashboard.functions.google import predict``.
"""

from flask import Request
from werkzeug import Response

from dashboard.functions.plain import create_app

server = create_app()


def predict(request: Request) -> Response:
    """Answer a request of any path, as the dashboard's server does; ``POST /`` predicts."""
    return Response.from_app(server.wsgi_app, request.environ, buffered=True)
