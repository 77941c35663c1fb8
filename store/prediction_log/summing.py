"""Tallies of a window added up by the database: as a page shows them, there are a few thousand.

Both functions raise DatabaseAway. Errors are of no model and no source.
"""

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Engine, func, select

from store.prediction_log.database import reading
from store.prediction_log.entry import Period, Source, Tally
from store.prediction_log.ids import since_1970
from store.prediction_log.reading import served_by_id
from store.prediction_log.tables import TALLIES

T = TALLIES.c


def by_time(engine: Engine, since: datetime, until: datetime, period: Period) -> list[Tally]:
    """How many predictions and errors each period of a window has; ``bin`` is 0, of all bins."""
    of = (T.at, T.measure, T.served_id, T.source, T.answer)
    with reading(engine) as connection:
        served = served_by_id(connection)
        summed = (
            select(*of, func.sum(T.n))
            .where(*_begin(since, until, period), T.measure != "confidence")
            .group_by(*of)
        )
        return [
            Tally(
                datetime.fromtimestamp(at, UTC),
                served.get(number),
                Source(source) if source else None,
                answer,
                measure,
                0,
                int(n),
            )
            for at, measure, number, source, answer, n in connection.execute(summed)
        ]


def by_bin(engine: Engine, since: datetime, until: datetime, period: Period) -> list[Tally]:
    """How many predictions of a window each bin has; ``at`` is where the window begins."""
    of = (T.measure, T.served_id, T.source, T.answer, T.bin)
    with reading(engine) as connection:
        served = served_by_id(connection)
        summed = (
            select(*of, func.sum(T.n))
            .where(*_begin(since, until, period), T.measure != "error")
            .group_by(*of)
        )
        return [
            Tally(since, served.get(number), Source(source), answer, measure, bin, int(n))
            for measure, number, source, answer, bin, n in connection.execute(summed)
        ]


def _begin(since: datetime, until: datetime, period: Period) -> list[ColumnElement[bool]]:
    """That a period begins in the window."""
    first, end = (-(-since_1970(moment) // 1_000) for moment in (since, until))
    return [T.period == period, T.at >= first, T.at < end]
