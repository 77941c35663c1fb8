"""What the log tells of a window."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.monitoring.opinions import Opinions, opinions
from dashboard.monitoring.traffic import Traffic, traffic
from dashboard.monitoring.windows import EARLIEST, LATEST, Window
from store.prediction_log import reading, summing
from store.prediction_log.database import Engine
from store.prediction_log.entry import Period, Source, Tally
from store.schema import ModelCard

DAY: Period = 86_400


@dataclass(frozen=True)
class Overview:
    """The predictions of a window, and what people said of them.

    ``source`` is the one they are of, None of all. ``last`` is the day of the last prediction of
    all time, asked only where the window has none.
    """

    traffic: Traffic
    opinions: Opinions
    source: Source | None = None
    last: datetime | None = None


def overview(
    engine: Engine, window: Window, card: ModelCard, source: Source | None = None
) -> Overview:
    """What the log has of a model's predictions, of one source or of all.

    Errors are of all models and sources: a request that is refused has none yet. Raises
    DatabaseAway.
    """
    span = window.since, window.until
    said = reading.feedback_counts(engine, *span, name=card.name, source=source)
    by_time, by_bin = (
        _of(summed(engine, *span, window.period), card.name, source)
        for summed in (summing.by_time, summing.by_bin)
    )
    seen = traffic(by_time, by_bin, window, card)
    last = None if seen.total else _last(engine, card.name, source)
    judged = ((one.answer, one.truth, one.right, one.n) for one in said)
    return Overview(seen, opinions(judged, card.classes), source, last)


def _of(tallies: Sequence[Tally], name: str, source: Source | None) -> list[Tally]:
    """Those of a model and a source, and the errors, which are of none."""
    return [
        tally
        for tally in tallies
        if tally.served is None or (tally.served.name == name and source in (None, tally.source))
    ]


def _last(engine: Engine, name: str, source: Source | None) -> datetime | None:
    days = reading.tallies(engine, EARLIEST, LATEST, DAY, name=name, source=source)
    return max((tally.at for tally in days if tally.served), default=None)
