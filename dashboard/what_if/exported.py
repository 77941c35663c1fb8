"""The what-if page as one HTML file that works from a disk, without any server."""

import json
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from dashboard.settings import REPOSITORY
from dashboard.what_if.bundle import bundle

STYLES = (
    *("00-bootstrap", "10-tokens", "20-layout", "30-components"),
    *("40-predict", "45-answer", "46-change"),
)


def html_of(found: dict[str, Any]) -> str:
    """A document of ``dashboard.what_if.document`` with the scripts and styles that show it."""
    environment = Environment(
        loader=PackageLoader("dashboard"), autoescape=select_autoescape(), trim_blocks=True
    )
    # Within a script element only "<" could end it early; in JSON it may be written as below.
    data = json.dumps(found, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return environment.get_template("what_if.html").render(
        title=found["title"], styles=_styles(), script=bundle(), document=data
    )


def _styles() -> str:
    """The style sheets that the page needs, in the order of the site."""
    names = (REPOSITORY / "assets" / f"{name}.css" for name in STYLES)
    return "\n".join(path.read_text(encoding="utf-8") for path in names if path.exists())
