"""The page around the pages: head, header, navigation, skeleton and footer, before JavaScript.

Header and footer are plain HTML from ``templates/shell.html``; React draws only what is inside
``main``. ``assets/cellar.js`` keeps the links within the page. A page that starts early has its
application drawn into the skeleton, before Dash is there.
"""

import base64
import hashlib
import re
from importlib.resources import files
from typing import Any

import dash
from flask import after_this_request, render_template, request
from flask.wrappers import Response

from dashboard.services import services
from dashboard.styles import sheet_address
from dashboard.theme import PALETTES, template
from dashboard.what_if.routes import start

# Dash sends to every page what only browsers of before 2018 need, and a table that no page has.
# The one part of its polyfill that its own scripts use is in assets/vendor.
NOT_SENT = re.compile(r'<script src="[^"]*/dash/(deps/polyfill@|dash_table/)[^"]*"></script>\s*')
# Of a page that starts early: no component of it is Bootstrap's, but of those one may go to.
LATER = re.compile(r'<script src="([^"]*/dash_bootstrap_components/[^"]*)"></script>\s*')
BOOT = files("dashboard").joinpath("templates/boot.js").read_text(encoding="utf-8").strip()


def boot_hash() -> str:
    """The CSP source of the one inline script, which sets the mode before the first paint."""
    digest = hashlib.sha256(BOOT.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class Shell(dash.Dash):
    """Dash with its own index page."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash's is untyped
        """The HTML of the requested page, its header and skeleton included; 404 if unknown."""
        pages = {page["path"]: page for page in dash.page_registry.values()}
        page = pages.get(request.path) or _of_template(request.path)
        if page is None:
            after_this_request(_not_found)
            page = pages["/not-found"]
        parts["scripts"] = NOT_SENT.sub("", parts["scripts"])
        later: list[str] = []
        if page.get("starts_early"):
            later = LATER.findall(parts["scripts"])
            parts["scripts"] = LATER.sub("", parts["scripts"])
        return render_template("shell.html", **_context(page), **parts, later=later)


def _of_template(path: str) -> dict[str, Any] | None:
    """The page whose path has a part that may be anything, such as ``/receipt/<receipt_id>``."""
    for page in dash.page_registry.values():
        if template := page.get("path_template"):
            pattern = re.sub(r"<[^>]+>", "[^/]+", template)
            if re.fullmatch(pattern, path):
                return dict(page)
    return None


def _context(page: dict[str, Any]) -> dict[str, Any]:
    live = services().live()
    links = [p for p in dash.page_registry.values() if p.get("in_navigation")]
    default = live.release.default if live.release else ""
    early = live.default if page.get("starts_early") else None
    return {
        "page": page,
        "links": sorted(links, key=lambda link: link["order"]),
        "boot": BOOT,
        "sheet": sheet_address(),
        "release": live.release,
        "profile": live.profiles.get(default),
        "card": live.cards.get(default),
        "source_url": services().source_url,
        "start": start(early, live) if early else None,
        "templates": {mode: template(mode) for mode in PALETTES},
    }


def _not_found(response: Response) -> Response:
    response.status_code = 404
    return response
