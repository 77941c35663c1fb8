"""Predictions for the tests of the log."""

from datetime import UTC, datetime
from typing import Any

from store.prediction_log.entry import Entry, Served, Source
from store.prediction_log.ids import new_id

WINE = Served("wine", "1", "0123456789ab", "arrays")
CHEESE = Served("cheese", "7", "ba9876543210", "sklearn")
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def entry(**changes: Any) -> Entry:
    """A prediction of now; give what is to be different."""
    usual: dict[str, Any] = {
        "id": new_id(),
        "served": WINE,
        "source": Source.API,
        "features": '{"Alcohol":12.82,"Colour":"deep"}',
        "answer": "2",
        "outputs": '{"Barolo":0.0625,"Barbera":0.9375}',
        "microseconds": 420,
        "plausibility": 0.5,
    }
    return Entry(**usual | changes)


def id_at(moment: datetime, low: int = 0) -> bytes:
    """The id of an answer that was given at a moment."""
    milliseconds = int(moment.timestamp() * 1000)
    return (milliseconds << 80 | 7 << 76 | 2 << 62 | low).to_bytes(16, "big")
