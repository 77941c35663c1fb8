"""Event logs that visitors bring: read in memory, shown to them, kept nowhere."""

import base64
import binascii
import threading
from collections.abc import Sequence
from io import BytesIO
from typing import Final

from store.application import Application
from store.errors import NotAnEventLog
from store.event_log import Limits, read_event_log, rolled

MAX_UPLOAD_BYTES: Final = 16 * 2**20
MAX_EXPANDED_BYTES: Final = 256 * 2**20
MAX_TASKS: Final = 200_000  # twice what real logs of this size have
MAX_SECONDS: Final = 20.0
MAX_FILES: Final = 50
READING = threading.BoundedSemaphore(1)  # one log at a time: memory for two would be too much


def read_upload(names: Sequence[str], contents: Sequence[str]) -> Application:
    """What the application did whose log a visitor brought.

    Args:
        names: The names of the files; those of a rolling log are put into their order.
        contents: Each as ``data:...;base64,...``.

    Raises:
        NotAnEventLog: It cannot be read here; the text says why, and what to do.
    """
    given = dict(zip((name.rpartition("/")[2] for name in names), contents, strict=True))
    if len(names) > MAX_FILES:
        raise NotAnEventLog(f"{len(names)} files are more than the {MAX_FILES} read here.")
    if sum(map(len, contents)) * 3 // 4 > MAX_UPLOAD_BYTES + 3 * MAX_FILES:
        raise NotAnEventLog(
            f"The log is larger than {MAX_UPLOAD_BYTES // 2**20} MB. Pack it with zstd, or run: "
            "python -m pipeline application EVENT_LOG"
        )
    logs = rolled(given) or [name for name in given if not name.startswith((".", "appstatus_"))]
    if len(logs) != 1 and not rolled(given):
        raise NotAnEventLog("Choose one log: one file, or all files of one rolling log.")
    if not READING.acquire(timeout=MAX_SECONDS):
        raise NotAnEventLog("Another log is being read. Try again in a moment.")
    try:
        streams = (BytesIO(_decoded(given.pop(name))) for name in logs)
        limits = Limits(MAX_EXPANDED_BYTES, MAX_TASKS, MAX_SECONDS)
        return read_event_log(streams, limits=limits)
    finally:
        READING.release()


def _decoded(content: str) -> bytes:
    try:
        return base64.b64decode(content.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        raise NotAnEventLog("The file did not arrive whole. Try again.") from None
