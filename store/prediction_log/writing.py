"""What changes the prediction log. Every function is one transaction, all of it or nothing."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter

from sqlalchemy import Connection, Engine, literal, select, update
from sqlalchemy.exc import IntegrityError

from store.errors import InputError
from store.prediction_log import tallying
from store.prediction_log.database import changing
from store.prediction_log.entry import Entry, Served
from store.prediction_log.statements import add_tallies, insert_into, insert_predictions
from store.prediction_log.tables import DRIFT_STATES, FEEDBACK, PREDICTIONS, SERVED

NUL = "A text has the character NUL, which the prediction log cannot keep."


def write(
    engine: Engine, entries: Sequence[Entry], failures: Mapping[tuple[int, str], int] | None = None
) -> int:
    """Keep predictions, each once however often it is written, and count them and the errors.

    Args:
        engine: The database.
        entries: They count in the tallies when they are new.
        failures: How many errors there were, by the minute in ms since 1970 and their kind.

    Returns:
        How many predictions were new.

    Raises:
        DatabaseAway: Nothing was written, or all of it and the answer was lost on its way. Written
            again, predictions count once all the same; of errors nobody can tell.
        InputError: A text has NUL or half a character, which no database keeps as it is.
    """
    # In the order of the ids, or two writers would wait for each other.
    entries = sorted({entry.id: entry for entry in entries}.values(), key=itemgetter(0))
    served = {entry.served for entry in entries}
    failures = failures or {}
    _refuse_nul(*chain(*served), *(kind for _minute, kind in failures))
    with changing(engine) as connection:
        served_ids = _served_ids(connection, served)
        new = _keep(connection, entries, served_ids)
        counted = tallying.of_entries(new, served_ids)
        add_tallies(connection, tallying.rows(counted, tallying.of_failures(failures)))
    return len(new)


def _keep(
    connection: Connection, entries: Sequence[Entry], served_ids: Mapping[Served, int]
) -> Sequence[Entry]:
    """Insert the entries; gives those that are new."""
    if not entries:
        return entries
    rows = list(_rows(entries, served_ids))
    ids = insert_predictions(connection, rows)
    return entries if ids is None else [entry for entry in entries if entry.id in ids]


def _rows(
    entries: Iterable[Entry], served_ids: Mapping[Served, int]
) -> Iterator[tuple[bytes, int, int, str, str, str, int, float | None]]:
    for id, served, source, features, answer, outputs, microseconds, plausibility in entries:
        if "\0" in features or "\0" in answer or "\0" in outputs:
            raise InputError(NUL)
        number = served_ids[served]
        yield id, number, int(source), features, answer, outputs, microseconds, plausibility


def _served_ids(connection: Connection, wanted: Iterable[Served]) -> dict[Served, int]:
    """The number of each model that answered; a new one is given the next."""
    found = {}
    for served in sorted(wanted):
        same = (getattr(SERVED.c, name) == value for name, value in served._asdict().items())
        known = select(SERVED.c.id).where(*same)
        number = connection.scalar(known)
        if number is None:
            new = insert_into(connection, SERVED).values(served._asdict())
            connection.execute(new.on_conflict_do_nothing())
            number = connection.scalars(known).one()
        found[served] = number
    return found


def give_feedback(engine: Engine, id: bytes, right: bool, truth: str | None = None) -> bool:
    """Keep what a person says of an answer; the last word counts. False: no such prediction.

    Raises:
        DatabaseAway: Nothing was written.
        InputError: The text has NUL or half a character.
    """
    _refuse_nul(truth or "")
    said = {"is_right": right, "truth": truth, "milliseconds": time.time_ns() // 1_000_000}
    of = PREDICTIONS.c.id, PREDICTIONS.c.served_id, PREDICTIONS.c.answer, PREDICTIONS.c.source
    new = (literal(value).label(name) for name, value in said.items())
    there = select(*of, *new).where(PREDICTIONS.c.id == id)
    try:
        with changing(engine) as connection:
            kept = insert_into(connection, FEEDBACK).from_select(
                ["id", "served_id", "answer", "source", *said], there
            )
            kept = kept.on_conflict_do_update(index_elements=["id"], set_=said)
            return connection.scalar(kept.returning(FEEDBACK.c.id)) is not None
    except IntegrityError:  # it was forgotten at the same time
        return False


def save_drift_state(
    engine: Engine, key: str, old_position: bytes | None, new_position: bytes, state: str
) -> bool:
    """Replace a state unless somebody else did; ``old_position`` is None where there was none.

    Returns:
        Whether it was replaced. False: another position is there, start again from its state.
    """
    new = {"position": new_position, "state": state}
    with changing(engine) as connection:
        if old_position is None:
            first = insert_into(connection, DRIFT_STATES).values(key=key, **new)
            saved = first.on_conflict_do_nothing().returning(DRIFT_STATES.c.key)
            return connection.scalar(saved) is not None
        same = DRIFT_STATES.c.key == key, DRIFT_STATES.c.position == old_position
        return connection.execute(update(DRIFT_STATES).where(*same).values(new)).rowcount == 1


def _refuse_nul(*texts: str) -> None:
    """SQLite would take it, PostgreSQL would not."""
    if any("\0" in text for text in texts):
        raise InputError(NUL)
