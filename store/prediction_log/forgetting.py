"""Predictions that go: one that is to be forgotten, and those that are too old.

What is forgotten leaves the tallies too, so that these always count what is kept.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, select

from store.prediction_log import tallying
from store.prediction_log.database import changing
from store.prediction_log.ids import first_id, since_1970
from store.prediction_log.reading import entry_of, served_by_id
from store.prediction_log.statements import add_tallies
from store.prediction_log.tables import PREDICTIONS, TALLIES

AT_ONCE = 5_000  # predictions of one transaction: others get their turn in between


def forget(engine: Engine, id: bytes) -> bool:
    """Remove a prediction with its feedback. False: no such prediction. Raises DatabaseAway."""
    with changing(engine) as connection:
        return _remove(connection, PREDICTIONS.c.id == id) == 1


def forget_before(engine: Engine, moment: datetime) -> int:
    """Remove all predictions and errors before a moment; errors by whole minutes.

    Returns:
        How many predictions went. Safe to call again, or by several processes at once.

    Raises:
        DatabaseAway: Some may have gone; those that did are in no tally.
    """
    old = PREDICTIONS.c.id < first_id(since_1970(moment))
    ids = select(PREDICTIONS.c.id).where(old).order_by(PREDICTIONS.c.id).limit(AT_ONCE)
    ids = ids.with_for_update(skip_locked=True)  # SQLite has one writer at a time anyway
    removed = 0
    while True:
        with changing(engine) as connection:
            gone = _remove(connection, PREDICTIONS.c.id.in_(ids))
        removed += gone
        if gone < AT_ONCE:
            break
    with changing(engine) as connection:
        _remove_errors(connection, since_1970(moment) // tallying.MINUTE_MS * 60)
    return removed


def _remove(connection: Connection, which: ColumnElement[bool]) -> int:
    served = served_by_id(connection)
    gone = connection.execute(delete(PREDICTIONS).where(which).returning(*PREDICTIONS.c)).all()
    entries = sorted(entry_of(row, served) for row in gone)
    served_ids = {served: number for number, served in served.items()}
    _take(connection, tallying.of_entries(entries, served_ids))
    return len(entries)


def _remove_errors(connection: Connection, before: int) -> None:
    minutes = select(TALLIES.c.at, TALLIES.c.answer, TALLIES.c.n).where(
        TALLIES.c.period == 60, TALLIES.c.at < before, TALLIES.c.measure == "error"
    )
    found = connection.execute(minutes.with_for_update().order_by(TALLIES.c.at, TALLIES.c.answer))
    _take(connection, tallying.of_failures({(at * 1_000, kind): n for at, kind, n in found}))


def _take(connection: Connection, sums: tallying.Sums) -> None:
    """Subtract from the tallies; those that are 0 then go."""
    add_tallies(connection, tallying.rows(sums, sign=-1))
    for period, at in sorted({key[:2] for key in sums}):
        empty = TALLIES.c.period == period, TALLIES.c.at == at, TALLIES.c.n == 0
        connection.execute(delete(TALLIES).where(*empty))
