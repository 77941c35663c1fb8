"""The test of a model's stream in the database: how far it came, and carrying it on.

There is one stream for each model version and group of sources. Rows are folded in the order of
their ids, each once: whoever folds saves the state together with the place it came to, and only
where nobody else has moved it meanwhile. Only the rows of one table are folded in an order of
chance: a table that is sorted, as many are, would seem to drift from its first row to its last.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import NamedTuple

from dashboard.drift.baseline import Baseline
from dashboard.drift.e_process import fold
from dashboard.drift.ranks import row_hashes
from dashboard.drift.state import State, fresh
from store.prediction_log.database import Engine
from store.prediction_log.entry import Entry, Source
from store.prediction_log.ids import ROWS
from store.prediction_log.reading import drift_state, predictions
from store.prediction_log.writing import save_drift_state

AT_ONCE = 2_000  # rows of one checkpoint: more than a table has


class Group(Enum):
    """Sources whose predictions are tested together: people at sliders ask for other rows."""

    PROGRAMS = (Source.API, Source.BATCH)
    PAGE = (Source.PAGE,)

    @property
    def key(self) -> str:
        """What the group is called in the database."""
        return self.name.lower()


class Stream(NamedTuple):
    """The predictions of one model version from one group of sources."""

    name: str
    version: str
    group: Group

    @property
    def key(self) -> str:
        """Under which the state is saved."""
        return f"{self.group.key} {self.version} {self.name}"


def state_of(engine: Engine, stream: Stream, baseline: Baseline) -> State | None:
    """What the test has found so far; None where it found nothing yet, or of other references.

    Raises:
        DatabaseAway: The database does not answer.
    """
    return _saved(engine, stream, baseline)[1]


def advance(
    engine: Engine,
    stream: Stream,
    baseline: Baseline,
    until: datetime,
    is_over: Callable[[], bool] = lambda: False,
) -> int:
    """Fold what has come before a moment, or until it is over: 15 us of a processor a row.

    ``is_over`` is asked before every ``AT_ONCE`` rows.

    Returns:
        How many predictions were folded; those that another process folded are not among them.

    Raises:
        DatabaseAway: The database does not answer; what was folded and saved is kept.
    """
    if (reference := baseline.reference) is None:
        return 0
    place, state = _saved(engine, stream, baseline)
    # Against other references all that is kept is folded again.
    after, state = (place, state) if state else (None, fresh(reference))
    total = 0
    while not is_over():
        entries = predictions(
            engine,
            name=stream.name,
            version=stream.version,
            sources=stream.group.value,
            until=until,
            after=after,
            limit=AT_ONCE,
        )
        if not entries:
            break
        if len(entries) == AT_ONCE:
            entries = whole_tables(entries)
        ids, values = baseline.table(shuffled(entries))
        state = fold(state, reference, ids, values[:, baseline.tested])
        after = entries[-1].id
        if not save_drift_state(engine, stream.key, place, after, state.to_json()):
            break
        place = after
        total += len(ids)
    return total


def whole_tables(entries: list[Entry]) -> list[Entry]:
    """The entries without those of the last table, which may go on; all where there is no other."""
    last = _table(entries[-1])
    return [entry for entry in entries if _table(entry) != last] or entries


def shuffled(entries: list[Entry]) -> list[Entry]:
    """The entries in the order of their tables, those of one table by chance, the same again."""
    hashes = row_hashes([entry.id for entry in entries]).tolist()
    keys = zip(map(_table, entries), hashes, range(len(entries)), strict=True)
    return [entries[i] for *_, i in sorted(keys)]


def _table(entry: Entry) -> int:
    """What the ids of one table's rows have in common; a single row is a table of its own."""
    return int.from_bytes(entry.id, "big") // ROWS


def _saved(engine: Engine, stream: Stream, baseline: Baseline) -> tuple[bytes | None, State | None]:
    """The place that was reached, and the state there unless it is of other references."""
    found = drift_state(engine, stream.key)
    if found is None or baseline.reference is None:
        return None, None
    try:
        state = State.from_json(found.state)
    except (KeyError, TypeError, ValueError):  # of another version of this program
        return found.position, None
    is_same = state.reference == baseline.reference.fingerprint
    return found.position, state if is_same else None
