"""What people said of answers, out of the prediction log."""

from collections.abc import Iterator

from pipeline.feedback import Saying
from pipeline.prediction_log.database import open_log
from store.prediction_log.browsing import models
from store.prediction_log.reading import labelled


def said_of(model: str) -> Iterator[Saying]:
    """Inputs and true classes of the answers of a model, oldest first.

    Raises:
        InputError: There is no log.
        DatabaseAway: The database does not answer; that is known before the first is asked for.
    """
    with open_log() as engine:
        models(engine)
    return _said_of(model)


def _said_of(model: str) -> Iterator[Saying]:
    with open_log() as engine:
        yield from labelled(engine, model)
