"""The only place where the parts of the web half meet."""

import plotly.graph_objects as go
from dash import Dash, html, page_container
from flask import Flask, Response, send_file
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.api.routes import api
from dashboard.edge.front import Front
from dashboard.edge.headers import install_headers
from dashboard.edge.limits import Limits
from dashboard.edge.metrics import Metrics, install_metrics
from dashboard.failures import install_failures
from dashboard.live.mirror import mirrored
from dashboard.live.watcher import LiveRelease
from dashboard.provenance import install_provenance
from dashboard.services import EXTENSION, Services
from dashboard.settings import REPOSITORY, Settings
from dashboard.shell import Shell, boot_hash
from dashboard.styles import styles
from dashboard.theme import PALETTES, template
from dashboard.uploads import MAX_UPLOAD_BYTES
from dashboard.what_if.routes import what_if
from store.artifacts import open_store

ASSETS = REPOSITORY / "assets"
PLOTLY = ASSETS / "vendor" / "plotly-cartesian-4.1.1.min.js"
NOT_INCLUDED = r".*\.(css|woff2|txt|svg)|plotly-cartesian.*"  # dashboard/styles.py joins sheets
NOT_ON_EVERY_PAGE = r"^what_if$"  # dashboard/what_if/bundle.py joins these for their own page


def wire(settings: Settings, services: Services | None) -> Dash:
    """Build the app; ``services`` replaces the release at ``settings.artifacts_url``."""
    app = Shell(
        "dashboard",
        use_pages=True,
        assets_folder=str(ASSETS),
        assets_ignore=NOT_INCLUDED,
        assets_path_ignore=[NOT_ON_EVERY_PAGE],
        update_title="",
        # Otherwise every page would carry the layouts of all pages; a test knows the ids instead.
        suppress_callback_exceptions=True,
    )
    app.layout = html.Div(page_container, className="site-main")
    app.enable_dev_tools(debug=False)
    server: Flask = app.server
    door = server.extensions[EXTENSION] = services or _live_services(settings)
    server.config["MAX_CONTENT_LENGTH"] = 2 * MAX_UPLOAD_BYTES  # as text it is a third longer
    server.register_blueprint(api)
    server.register_blueprint(what_if)
    server.register_blueprint(styles)

    @server.get("/_dash-component-suites/plotly/package_data/<path:_name>")
    def plotly(_name: str) -> Response:
        """The cartesian bundle in place of all of plotly.js: a third of the bytes."""
        return Response(PLOTLY.read_bytes(), mimetype="text/javascript")

    @server.get("/robots.txt")
    def robots() -> Response:
        return Response("User-agent: *\nAllow: /\n", mimetype="text/plain")

    @server.get("/favicon.ico")
    @server.get("/_favicon.ico")
    def favicon() -> Response:
        return send_file(ASSETS / "icons" / "mark.svg", mimetype="image/svg+xml")

    metrics = Metrics()
    install_metrics(server, metrics, door.live, token=settings.metrics_token)
    install_failures(server)
    install_provenance(server)
    install_headers(server, lambda: [boot_hash(), *app.csp_hashes()])
    _load_plotly()
    front = Front(server, door, Limits(settings), metrics, access_log=settings.access_log)
    # Behind a host's router the client's address and scheme are what the router says.
    server.wsgi_app = ProxyFix(front) if settings.hosted else front  # type: ignore[method-assign]
    return app


def _load_plotly() -> None:
    """Draw a chart once: Plotly loads 8 MB with its first, which workers share if it is now."""
    for mode in PALETTES:
        layout = {"template": template(mode), "xaxis": {"title": {"text": ""}}, "yaxis": {}}
        go.Figure([go.Scatter(x=[0], y=[0]), go.Heatmap(z=[[0]])], layout).to_json()


def _live_services(settings: Settings) -> Services:
    live = LiveRelease(
        mirrored(open_store(settings.artifacts_url), settings.cache_dir),
        cache=settings.cache_dir,
        poll_seconds=settings.model_poll_seconds,
        public_keys=settings.model_public_keys,
    )
    live.read()
    return Services(live.snapshot, live.ready, settings.source_url)
