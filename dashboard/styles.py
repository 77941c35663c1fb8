"""The style sheets in ``assets`` as one: a browser waits for one request, not for a dozen."""

from functools import cache

from flask import Blueprint, Response

from dashboard.api.problems import Problem
from dashboard.edge.kept import Kept, sent
from dashboard.settings import REPOSITORY

ASSETS = REPOSITORY / "assets"
ALL = "[0-9][0-9]-*.css"

styles = Blueprint("styles", __name__)


def joined(pattern: str = ALL) -> str:
    """The sheets whose names match, in the order of their numbers."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(ASSETS.glob(pattern)))


@cache
def sheet() -> Kept:
    """All of them."""
    return Kept(joined().encode())


def sheet_address() -> str:
    """Where browsers find the sheet."""
    return f"/assets/styles/{sheet().digest}.css"


@styles.get("/assets/styles/<digest>.css")
def send_sheet(digest: str) -> Response:
    """The sheet of this version of the program; no other is here."""
    if digest != sheet().digest:
        raise Problem(404, "Not here any more", "This sheet is not served any more.")
    return sent(sheet(), "text/css")
