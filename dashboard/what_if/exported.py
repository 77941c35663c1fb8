"""The what-if page as one HTML file that works from a disk, without any server."""

import base64
import hashlib
import json
import re
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from dashboard.settings import REPOSITORY
from dashboard.styles import joined
from dashboard.what_if.bundle import bundle

STYLES = "[0-4]?-*.css"  # of every page, and from 40 on of this one; other pages' begin at 50
STARTS = "\nbegin();\n"
FONT = re.compile(r'url\("/(assets/fonts/[^"]+)"\)')


def html_of(found: dict[str, Any], *, search: str = "") -> str:
    """A document of ``dashboard.what_if.document`` with the scripts and styles that show it.

    Args:
        found: The document.
        search: The query of an address that says the state to begin with.
    """
    environment = Environment(
        loader=PackageLoader("dashboard"), autoescape=select_autoescape(), trim_blocks=True
    )
    # Within a script element only "<" could end it early; in JSON it may be written as below.
    data = json.dumps(found, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    script = bundle("file") + STARTS
    return environment.get_template("what_if.html").render(
        title=found["title"],
        about=found["about"],
        version=found["version"],
        search=search,
        styles=styles(),
        script=script,
        script_hash=_hash(f"\n{script}\n    "),
        document=data,
    )


def _hash(script: str) -> str:
    """The CSP source of a script as it stands between its tags."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def styles() -> str:
    """The style sheets that the page needs, in the order of the site, with the fonts in them."""
    return FONT.sub(lambda match: f'url("{_data_address(match[1])}")', joined(STYLES))


def _data_address(path: str) -> str:
    font = base64.b64encode((REPOSITORY / path).read_bytes()).decode()
    return f"data:font/woff2;base64,{font}"
