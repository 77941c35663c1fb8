"""Which versions of a model answered."""

from dash import html

from dashboard.components.page import Children
from dashboard.components.tables import Cell, table
from dashboard.figures.monitor.over_time import time_format
from dashboard.monitoring.traffic import Traffic

CAPTION = (
    "Every file of this model that answered in the window, by the hash that each answer carries in "
    "X-Model-Hash."
)


def versions(found: Traffic, serving: str | None) -> Children:
    """A row a version, the last to answer first; ``serving`` is the hash of the one that serves."""
    form = time_format(found.window)
    rows: list[list[Cell]] = [
        [
            one.served.version,
            one.served.hash + (", serves now" if one.served.hash == serving else ""),
            one.served.engine,
            one.total,
            100 * one.total / found.total,
            one.first.strftime(form),
            one.last.strftime(form),
        ]
        for one in found.versions
    ]
    if not rows:
        return html.P("No version answered in this window.", className="calm")
    heads = [
        "Version",
        "Hash of the file",
        "Engine",
        "Predictions",
        "Share (%)",
        f"First, to the {found.window.word}",
        f"Last, to the {found.window.word}",
    ]
    return table(heads, rows, caption="Versions served", decimals=1, name="versions-served")
