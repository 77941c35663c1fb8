"""The web half: shows what a release holds and predicts with its models."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dash import Dash

    from dashboard.services import Services
    from dashboard.settings import Settings


def create_app(settings: "Settings", services: "Services | None" = None) -> "Dash":
    """The dashboard and its API as one app; ``.server`` is the WSGI application.

    Args:
        settings: Where the release is, and how the server behaves.
        services: What pages see, in place of the release at ``settings.artifacts_url``.
    """
    # Imported here because the child process that opens model files imports this package too,
    # and has no use for Dash.
    from dashboard.wiring import wire

    return wire(settings, services)
