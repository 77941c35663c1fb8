"""How the prediction log is, over all workers: what waits, what is lost, whether the database is.

Each worker leaves a file in its folder while there is anything to tell.
"""

import contextlib
import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

FILE = "state.json"


class LogState(NamedTuple):
    """What people are told.

    Args:
        rows: Predictions that wait for the database.
        bytes: What they take.
        lost: Predictions that nobody has any more, since they found no room.
        away_since: Since when the database does not take them; None while it does.
        reason: Why, in a sentence that names no place; None while it does.
    """

    rows: int = 0
    bytes: int = 0
    lost: int = 0
    away_since: datetime | None = None
    reason: str | None = None

    @classmethod
    def together(cls, states: Iterable["LogState"]) -> "LogState":
        """Those of all workers: what they hold adds up, the longest outage counts."""
        found = list(states)
        away = min((one for one in found if one.away_since), key=_since, default=cls())
        return cls(
            sum(one.rows for one in found),
            sum(one.bytes for one in found),
            sum(one.lost for one in found),
            away.away_since,
            away.reason,
        )


def write_state(folder: Path, state: LogState) -> None:
    """Leave a state for others to read; that nothing is to be told is no file."""
    path = folder / FILE
    with contextlib.suppress(OSError):  # of a full disk, say: the next one may be told
        if state == LogState():
            path.unlink(missing_ok=True)
            return
        new = path.with_suffix(".new")
        new.write_text(json.dumps(state, default=datetime.isoformat), encoding="utf-8")
        os.replace(new, path)


def read_state(folder: Path) -> LogState:
    """What was left there, also by a process that is gone."""
    try:
        rows, size, lost, since, reason = json.loads((folder / FILE).read_bytes())
        return LogState(rows, size, lost, datetime.fromisoformat(since) if since else None, reason)
    except (OSError, ValueError):
        return LogState()


def _since(state: LogState) -> datetime:
    assert state.away_since is not None
    return state.away_since
