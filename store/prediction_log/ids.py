"""The ids of predictions: UUIDs of version 7 (RFC 9562), which sort by the time of the answer.

From the left: 48 bits of milliseconds, the version, a count of 12 bits within the millisecond,
the variant, 48 bits of chance, which nobody can guess, and 14 bits that are 0: row i of a table
has the first row's id plus i.
"""

import os
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

ROWS = 1 << 14  # of one table
COUNTS = 1 << 12  # ids of one millisecond; the next borrows from the next millisecond
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION = 7 << 76
_VARIANT = 2 << 62

_turn = threading.Lock()
_last = 0  # milliseconds and count of the newest id


def new_id() -> bytes:
    """An id that is greater than all of this process before it, also when the clock goes back."""
    global _last
    now = time.time_ns() // 1_000_000 * COUNTS
    with _turn:
        _last = max(now, _last + 1)
        milliseconds, count = divmod(_last, COUNTS)
    chance = int.from_bytes(os.urandom(6), "big") << 14
    return (milliseconds << 80 | _VERSION | count << 64 | _VARIANT | chance).to_bytes(16, "big")


def row_id(first: bytes, row: int) -> bytes:
    """The id of a row of the table whose first row has the id ``first``; rows count from 0."""
    return (int.from_bytes(first, "big") + row).to_bytes(16, "big")


def id_text(id: bytes) -> str:
    """The id as people see it: 36 characters in lower case."""
    return str(uuid.UUID(bytes=id))


def id_bytes(text: str) -> bytes:
    """The id of its text. Raises ValueError unless it is one of version 7, spelled as we do."""
    found = uuid.UUID(text)
    if found.version != 7 or str(found) != text:
        raise ValueError("An id of a prediction is a UUID of version 7, in lower case.")
    return found.bytes


def moment(id: bytes) -> datetime:
    """When the answer was given, to the millisecond."""
    return EPOCH + timedelta(milliseconds=milliseconds(id))


def milliseconds(id: bytes) -> int:
    """The same since 1970."""
    return int.from_bytes(id[:6], "big")


def since_1970(moment: datetime) -> int:
    """Milliseconds from 1970 to a moment with a time zone, rounded down."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def first_id(milliseconds: int) -> bytes:
    """No id of this millisecond or a later one is smaller."""
    return milliseconds.to_bytes(6, "big") + bytes(10)


def last_id(milliseconds: int) -> bytes:
    """No id of this millisecond or an earlier one is greater."""
    return milliseconds.to_bytes(6, "big") + b"\xff" * 10
