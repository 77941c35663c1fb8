"""The prediction log from end to end: which models are in it, and page after page of it.

Every function raises DatabaseAway.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine as Engine  # for callers, who do not speak to databases themselves
from sqlalchemy import select

from store.prediction_log.database import reading
from store.prediction_log.entry import Entry, Feedback, Kept, Served, Source
from store.prediction_log.reading import predictions, served_by_id
from store.prediction_log.tables import FEEDBACK, PREDICTIONS


def models(engine: Engine) -> list[Served]:
    """Every model that ever answered, the one that came last first."""
    with reading(engine) as connection:
        found = served_by_id(connection)
    return [found[number] for number in sorted(found, reverse=True)]


def newest(engine: Engine) -> bytes | None:
    """The greatest id of the log; None where it is empty."""
    with reading(engine) as connection:
        ids = select(PREDICTIONS.c.id).order_by(PREDICTIONS.c.id.desc())  # of bytes is no max()
        found = connection.scalar(ids.limit(1))
    return None if found is None else bytes(found)


def pages(
    engine: Engine,
    last: bytes,
    *,
    name: str | None = None,
    version: str | None = None,
    sources: Collection[Source] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    rows: int = 10_000,
) -> Iterator[list[Kept]]:
    """Predictions with what was said of them, in the order of their ids up to ``last``.

    The other arguments choose as those of ``reading.predictions`` do. A page is a transaction of
    its own, so that nobody waits for a long reader.
    """
    after = None
    while True:
        page = predictions(
            engine,
            name=name,
            version=version,
            sources=sources,
            since=since,
            until=until,
            after=after,
            limit=rows,
        )
        entries = [entry for entry in page if entry.id <= last]
        if entries:
            yield _with_feedback(engine, entries)
        if len(entries) < rows:
            return
        after = entries[-1].id


def _with_feedback(engine: Engine, entries: Sequence[Entry]) -> list[Kept]:
    of = FEEDBACK.c.id, FEEDBACK.c.is_right, FEEDBACK.c.truth, FEEDBACK.c.milliseconds
    between = FEEDBACK.c.id.between(entries[0].id, entries[-1].id)
    with reading(engine) as connection:
        said = {
            bytes(id): Feedback(right, truth, datetime.fromtimestamp(milliseconds / 1_000, UTC))
            for id, right, truth, milliseconds in connection.execute(select(*of).where(between))
        }
    return [Kept(entry, said.get(entry.id)) for entry in entries]
