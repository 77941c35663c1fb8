"""The last predictions of a model: what is asked now, whatever was asked before."""

from collections.abc import Collection

from sqlalchemy import Engine, select

from store.prediction_log.database import reading
from store.prediction_log.entry import Entry, Source
from store.prediction_log.reading import entry_of, served_by_id
from store.prediction_log.tables import PREDICTIONS

LOOKED_AT = 20_000  # so many of all predictions are looked through, however many there are


def newest(
    engine: Engine, name: str, version: str, sources: Collection[Source], *, limit: int
) -> list[Entry]:
    """The last predictions of a model version and some sources, the newest first.

    Only those among the last ``LOOKED_AT`` of all are found. Raises DatabaseAway.
    """
    last = select(PREDICTIONS).order_by(PREDICTIONS.c.id.desc()).limit(LOOKED_AT).subquery()
    with reading(engine) as connection:
        served = served_by_id(connection)
        models = [number for number, of in served.items() if of[:2] == (name, version)]
        wanted = (
            select(last)
            .where(last.c.served_id.in_(models), last.c.source.in_([int(s) for s in sources]))
            .order_by(last.c.id.desc())
            .limit(limit)
        )
        return [entry_of(row, served) for row in connection.execute(wanted)]
