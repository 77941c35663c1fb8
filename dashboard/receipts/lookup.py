"""One kept prediction by its id, which is all that anybody needs to know to see it.

An id has 48 bits of chance, so nobody finds another's by trying. What is no id and what is nobody's
id are the same here, so that an answer says nothing of what there is.
"""

import time
from datetime import UTC, datetime, timedelta

from dashboard.api.problems import Problem
from dashboard.prediction_log.recorder import PredictionLog
from store.errors import LogError
from store.prediction_log.entry import Kept
from store.prediction_log.ids import id_bytes, moment

FRESH = timedelta(seconds=3)  # an answer so young may still wait in a worker's journal
WAIT_SECONDS = 1.5
BETWEEN_LOOKS = 0.1


def kept(log: PredictionLog, text: str) -> Kept | None:
    """The prediction of an id; None where there is none. Raises Problem 503."""
    try:
        id = id_bytes(text)
    except ValueError:
        return None
    if log.off:
        return None
    from store.prediction_log.reading import find  # SQL is for servers that keep a log

    try:
        found = find(log.engine, id)
        if found is None and abs(datetime.now(UTC) - moment(id)) < FRESH:
            end = time.monotonic() + WAIT_SECONDS
            log.flush(WAIT_SECONDS)
            while (found := find(log.engine, id)) is None and time.monotonic() < end:
                time.sleep(BETWEEN_LOOKS)
    except LogError as error:
        raise log_away() from error
    return found


def unknown() -> Problem:
    """What is told of an id that is nobody's."""
    return Problem(404, "No such prediction", "No prediction is kept under this id.")


def log_away() -> Problem:
    """What is told while the database does not answer."""
    return Problem(
        503,
        "The prediction log is away",
        "The database of the prediction log does not answer at the moment. Try again later.",
        headers={"Retry-After": "10"},
    )
