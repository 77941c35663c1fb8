"""The only place where the parts of the web half meet."""

from typing import TYPE_CHECKING

from dash import Dash, html, page_container
from flask import Flask, Response, send_file
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.api.routes import api
from dashboard.edge.counts import processes
from dashboard.edge.front import Front
from dashboard.edge.headers import install_headers
from dashboard.edge.limits import Limits
from dashboard.edge.metrics import Metrics, install_metrics
from dashboard.failures import install_failures
from dashboard.feedback.routes import feedback
from dashboard.live.mirror import mirrored
from dashboard.live.watcher import LiveRelease
from dashboard.monitoring.server import Server
from dashboard.prediction_log.lead import Lead
from dashboard.prediction_log.recorder import PredictionLog
from dashboard.provenance import install_provenance
from dashboard.receipts.desk import Receipts
from dashboard.receipts.keys import secret_of
from dashboard.receipts.registry import Registry
from dashboard.receipts.routes import receipts
from dashboard.services import EXTENSION, Services
from dashboard.settings import REPOSITORY, Settings
from dashboard.shell import Shell, boot_hash
from dashboard.styles import sheet, styles
from dashboard.uploads import MAX_UPLOAD_BYTES
from dashboard.what_if.routes import script, what_if
from store.artifacts import ArtifactStore, open_store
from store.prediction_log.entry import Served
from store.schema import ModelCard

if TYPE_CHECKING:
    from dashboard.keeper import Keeper

ASSETS = REPOSITORY / "assets"
PLOTLY = ASSETS / "vendor" / "plotly-cartesian-4.1.1.min.js"
SETTLE_SECONDS = 5.0  # for what a process answered to be in the database
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
    metrics = Metrics()
    door = server.extensions[EXTENSION] = services or _live_services(settings, metrics)
    server.config["MAX_CONTENT_LENGTH"] = 2 * MAX_UPLOAD_BYTES  # as text it is a third longer
    server.register_blueprint(api)
    server.register_blueprint(what_if)
    server.register_blueprint(styles)
    server.register_blueprint(feedback)
    server.register_blueprint(receipts)

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

    install_metrics(server, metrics, door.live, door.log.state, token=settings.metrics_token)
    install_failures(server)
    install_provenance(server)
    install_headers(server, lambda: [boot_hash(), *app.csp_hashes()])
    _warm_up(app, server, door)
    front = Front(server, door, Limits(settings), metrics, access_log=settings.access_log)
    # Behind a host's router the client's address and scheme are what the router says.
    server.wsgi_app = ProxyFix(front) if settings.hosted else front  # type: ignore[method-assign]
    return app


def _warm_up(app: Dash, server: Flask, door: Services) -> None:
    """Do now what first requests would do: workers share what is loaded before they are forked.

    Dash prepares itself at its first request, and fails a second one that comes beside.
    """
    with server.test_request_context("/_dash-layout"):
        server.preprocess_request()
        app.serve_layout()
    server.jinja_env.get_template("shell.html")
    sheet()
    script()
    door.published()


def _live_services(settings: Settings, metrics: Metrics) -> Services:
    store = mirrored(open_store(settings.artifacts_url), settings.cache_dir)
    live = LiveRelease(
        store,
        cache=settings.cache_dir,
        poll_seconds=settings.model_poll_seconds,
        public_keys=settings.model_public_keys,
    )
    live.read()
    log = _log(settings, live)
    return Services(
        live.snapshot,
        live.ready,
        settings.source_url,
        log=log,
        receipts=_receipts(settings, store),
        server=Server(lambda: processes(metrics.folder)),
        keeper=None if log.off else _keeper(settings, live, log),
    )


def _keeper(settings: Settings, live: LiveRelease, log: PredictionLog) -> "Keeper":
    from dashboard.keeper import Keeper  # SQL is for servers that keep a log

    return Keeper(
        lambda: log.engine,
        live.snapshot,
        retention_days=settings.log_retention_days,
        is_waiting=lambda: log.is_behind(SETTLE_SECONDS),
        # The database takes 10 MB of each process that asks it.
        leads=Lead(settings.log_folder / "keeper.lock").is_ours,
    )


def _receipts(settings: Settings, store: ArtifactStore) -> Receipts:
    secret = secret_of(settings.receipt_key, settings.cache_dir)
    # A host's disk goes with the process, and the key that is kept there.
    lasting = secret.lasting and bool(settings.receipt_key or not settings.hosted)
    registry = Registry(store, cache=settings.cache_dir, public_keys=settings.model_public_keys)
    return Receipts(secret._replace(lasting=lasting), registry)


def _log(settings: Settings, live: LiveRelease) -> PredictionLog:
    if not settings.log_predictions:
        return PredictionLog()

    def card(served: Served) -> ModelCard | None:
        """That of the live model which answered."""
        for model in live.live.opened():
            known = model.card
            if (known.name, known.version) == served[:2]:
                return known
        return None

    import dashboard.prediction_log.writer  # noqa: F401  # SQL, which workers share if it is now

    return PredictionLog(
        settings.log_url,
        settings.log_folder,
        spool_mb=settings.log_spool_mb,
        hosted=settings.hosted,
        cards=card,
    )
