"""What people call the places where predictions are asked for."""

from dashboard.drift.stream import Group
from store.prediction_log.entry import Source

ORIGINS = {
    Source.PAGE: "from the page",
    Source.API: "by API",
    Source.BATCH: "in tables",
}
STREAMS = {Group.PROGRAMS: "asked by programs", Group.PAGE: "asked on the page"}
TOGETHER = "What programs ask is tested together, row by row and in tables. "


def stream_note(source: Source | None, group: Group) -> str:
    """What the drift test counts beyond a source that was chosen; "" where it is that alone."""
    return TOGETHER if source is not None and len(group.value) > 1 else ""
