"""What the prediction log is asked. Every function raises DatabaseAway.

Windows begin with ``since`` and end before ``until``; both are moments with a time zone.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select

from store.prediction_log.database import reading
from store.prediction_log.entry import (
    DriftState,
    Entry,
    Feedback,
    FeedbackCount,
    Kept,
    Period,
    Served,
    Source,
    Tally,
)
from store.prediction_log.ids import first_id, since_1970
from store.prediction_log.tables import DRIFT_STATES, FEEDBACK, PREDICTIONS, SERVED, TALLIES

AT_ONCE = 5_000
IN_ORDER = (
    TALLIES.c.at,
    TALLIES.c.measure,
    TALLIES.c.served_id,
    TALLIES.c.source,
    TALLIES.c.answer,
    TALLIES.c.bin,
)


def find(engine: Engine, id: bytes) -> Kept | None:
    """One prediction with what was said of it; None where there is no such prediction."""
    both = PREDICTIONS.outerjoin(FEEDBACK)
    said = FEEDBACK.c.is_right, FEEDBACK.c.truth, FEEDBACK.c.milliseconds
    with reading(engine) as connection:
        asked = select(*PREDICTIONS.c, *said).select_from(both).where(PREDICTIONS.c.id == id)
        if (row := connection.execute(asked).first()) is None:
            return None
        entry = entry_of(row, served_by_id(connection))
    if row.is_right is None:
        return Kept(entry, None)
    at = datetime.fromtimestamp(row.milliseconds / 1_000, UTC)
    return Kept(entry, Feedback(row.is_right, row.truth, at))


def predictions(
    engine: Engine,
    *,
    name: str | None = None,
    version: str | None = None,
    sources: Collection[Source] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: bytes | None = None,
    limit: int = 10_000,
) -> list[Entry]:
    """The first predictions of a model, of some sources, of a window, after an id; in id order."""
    wanted = _between(PREDICTIONS.c.id, since, until)
    if after is not None:
        wanted.append(PREDICTIONS.c.id > after)
    if sources is not None:
        wanted.append(PREDICTIONS.c.source.in_([int(source) for source in sources]))
    with reading(engine) as connection:
        served = served_by_id(connection)
        wanted += _of(PREDICTIONS.c.served_id, served, name, version)
        rows = select(PREDICTIONS).where(*wanted).order_by(PREDICTIONS.c.id).limit(limit)
        return [entry_of(row, served) for row in connection.execute(rows)]


def labelled(
    engine: Engine, name: str, since: datetime | None = None
) -> Iterator[tuple[dict[str, Any], str]]:
    """Features and true class of each prediction of a model whose truth a person has told.

    An answer that was called right is the truth. Rows come in id order, read in pages.
    """
    known = or_(FEEDBACK.c.is_right, FEEDBACK.c.truth.is_not(None))
    columns = PREDICTIONS.c.id, PREDICTIONS.c.features, PREDICTIONS.c.answer
    after = first_id(0 if since is None else since_1970(since))
    while True:
        with reading(engine) as connection:
            served = _of(PREDICTIONS.c.served_id, served_by_id(connection), name, None)
            page = (
                select(*columns, FEEDBACK.c.is_right, FEEDBACK.c.truth)
                .select_from(FEEDBACK.join(PREDICTIONS))
                .where(FEEDBACK.c.id > after, known, *served)
                .order_by(FEEDBACK.c.id)
                .limit(AT_ONCE)
            )
            rows = connection.execute(page).all()
        for row in rows:
            yield json.loads(row.features), row.answer if row.is_right else row.truth
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].id


def tallies(
    engine: Engine,
    since: datetime,
    until: datetime,
    period: Period,
    *,
    name: str | None = None,
    source: Source | None = None,
) -> list[Tally]:
    """The counts of the periods that begin in a window, in order; of a model, of a source.

    Errors are of no model and no source: they are left out where one is named.
    """
    begins = TALLIES.c.at
    wanted: list[ColumnElement[bool]] = [
        TALLIES.c.period == period,
        begins >= -(-since_1970(since) // 1_000),
        begins < -(-since_1970(until) // 1_000),
    ]
    if source is not None:
        wanted.append(TALLIES.c.source == int(source))
    with reading(engine) as connection:
        served = served_by_id(connection)
        wanted += _of(TALLIES.c.served_id, served, name, None)
        rows = select(*IN_ORDER, TALLIES.c.n).where(*wanted).order_by(*IN_ORDER)
        found = connection.execute(rows).all()
    moments = {at: datetime.fromtimestamp(at, UTC) for at in {row[0] for row in found}}
    sources = {int(one): one for one in Source}
    return [
        Tally(
            moments[at],
            served.get(served_id),
            sources.get(of),
            answer,
            measure,
            bin,
            n,
        )
        for at, measure, served_id, of, answer, bin, n in found
    ]


def feedback_counts(
    engine: Engine,
    since: datetime,
    until: datetime,
    *,
    name: str | None = None,
    source: Source | None = None,
) -> list[FeedbackCount]:
    """What was said of the predictions of a window, counted; of a model, of a source."""
    of = FEEDBACK.c.served_id, FEEDBACK.c.answer, FEEDBACK.c.truth, FEEDBACK.c.is_right
    window = _between(FEEDBACK.c.id, since, until)
    if source is not None:
        window.append(FEEDBACK.c.source == int(source))
    with reading(engine) as connection:
        served = served_by_id(connection)
        wanted = [*window, *_of(FEEDBACK.c.served_id, served, name, None)]
        counted = select(*of, func.count()).where(*wanted).group_by(*of).order_by(*of)
        return [
            FeedbackCount(served[number], answer, truth, right, n)
            for number, answer, truth, right, n in connection.execute(counted)
        ]


def drift_state(engine: Engine, key: str) -> DriftState | None:
    """The state saved last under a key; None where there is none."""
    with reading(engine) as connection:
        columns = DRIFT_STATES.c.position, DRIFT_STATES.c.state
        row = connection.execute(select(*columns).where(DRIFT_STATES.c.key == key)).first()
    return None if row is None else DriftState(bytes(row.position), row.state)


def served_by_id(connection: Connection) -> dict[int, Served]:
    """Every model that ever answered, by its number."""
    return {number: Served(*of) for number, *of in connection.execute(select(SERVED))}


def entry_of(row: Sequence[Any], served: Mapping[int, Served]) -> Entry:
    """A prediction from its row, which begins with the columns of the table."""
    id, number, source, features, answer, outputs, microseconds, plausibility = row[:8]
    return Entry(
        bytes(id),
        served[number],
        Source(source),
        features,
        answer,
        outputs,
        microseconds,
        plausibility,
    )


def _of(
    column: ColumnElement[int], served: Mapping[int, Served], name: str | None, version: str | None
) -> list[ColumnElement[bool]]:
    """The condition that a row is of the model of a name and a version, where they are given."""
    if name is None and version is None:
        return []
    numbers = [
        number
        for number, of in served.items()
        if name in (None, of.name) and version in (None, of.version)
    ]
    return [column.in_(numbers)]


def _between(
    id: ColumnElement[bytes], since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """The condition that an id is of a window, which may have no beginning or end."""
    wanted: list[ColumnElement[bool]] = []
    if since is not None:
        wanted.append(id >= first_id(since_1970(since)))
    if until is not None:
        wanted.append(id < first_id(since_1970(until)))
    return wanted
