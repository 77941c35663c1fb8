"""The API as a plain Flask app: ``flask --app dashboard.functions.plain run``."""

import os
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from flask import Flask, request
from flask import Response as FlaskResponse
from werkzeug import Response
from werkzeug.test import EnvironBuilder

from dashboard.api.routes import api, predict, response_of
from dashboard.edge.limits import Limits
from dashboard.failures import install_failures
from dashboard.functions.instance import Instance
from dashboard.live.watcher import LiveRelease
from dashboard.provenance import install_provenance
from dashboard.services import EXTENSION, Services
from dashboard.settings import CACHE_DIR, Settings
from store.artifacts import open_store


def create_app(settings: Settings | None = None) -> Flask:
    """The app over the release at ``ARTIFACTS_URL``, which is open when this returns.

    A ``POST`` to ``/`` is one to ``/predict``: a function has an address of its own.

    Args:
        settings: In place of the environment's, where ``CACHE_DIR`` is in the temporary folder
            unless it is set: an instance of a function may write nowhere else.
    """
    if settings is None:
        cache = str(Path(tempfile.gettempdir()) / "cellar-lab")
        settings = Settings.from_environment({CACHE_DIR.name: cache, **os.environ})
    release = LiveRelease(
        open_store(settings.artifacts_url),
        cache=settings.cache_dir,
        poll_seconds=settings.model_poll_seconds,
        public_keys=settings.model_public_keys,
    )
    instance = Instance(release, poll_seconds=settings.model_poll_seconds)
    server = Flask(__name__, static_folder=None)
    server.extensions[EXTENSION] = Services(instance.live, instance.live, settings.source_url)
    server.register_blueprint(api)
    limits = Limits(settings)

    @server.before_request
    def _limit() -> FlaskResponse | None:
        reply = limits.refused(request.environ)
        return None if reply is None else response_of(reply)

    @server.after_request
    def _share(response: FlaskResponse) -> FlaskResponse:
        if limits.has_origins:
            response.headers.extend(limits.cross_origin(request.environ))
        return response

    server.add_url_rule("/", "root", predict, methods=["POST"])
    install_failures(server)
    install_provenance(server)
    return server


def ask(
    server: Flask,
    method: str,
    path: str,
    query: str,
    headers: Iterable[tuple[str, str]],
    body: bytes,
) -> Response:
    """The app's answer to a request that came as a message.

    Args:
        server: The app.
        method: ``POST`` and so on.
        path: As in the URL, with its percent signs.
        query: The same, without the question mark.
        headers: Those of the request; how it was sent is left out, as it is here whole.
        body: Its bytes.
    """
    environ = EnvironBuilder(
        path,
        query_string=query,
        method=method,
        headers=[(name, value) for name, value in headers if name.lower() not in HOW_SENT],
        input_stream=BytesIO(body),
        content_length=len(body),
    ).get_environ()
    return Response.from_app(server.wsgi_app, environ, buffered=True)


HOW_SENT = {"content-length", "transfer-encoding"}
