"""Every page says in its headers which model serves; an answer of the API names its own."""

from flask import Flask, Response, request

from dashboard.services import services

STATIC = ("/assets/", "/_dash-component-suites/")


def install_provenance(server: Flask) -> None:
    """Label answers with the version and hash of the default model.

    What already says of which model it is keeps that.
    """

    @server.after_request
    def _label(response: Response) -> Response:
        if not request.path.startswith(STATIC):  # those are cached, and no model made them
            for name, value in services().live().headers:
                response.headers.setdefault(name, value)
        return response
