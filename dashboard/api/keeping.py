"""How a request's predictions get into the log, and its id into the answer."""

from collections.abc import Callable, MutableMapping
from time import perf_counter
from typing import Any

from dashboard.api.asked import Asked
from dashboard.live.snapshot import LiveModel
from dashboard.prediction_log.recorder import PredictionLog
from store.prediction_log.entry import Source

ID_HEADER = "X-Prediction-Id"  # of a table that of its first row
# In a request's environ: the header by which the Predict page says who it is, the id of what was
# kept, and when the request came on the clock of perf_counter.
SOURCE, KEPT, ARRIVED = "HTTP_X_PREDICTION_SOURCE", "cellar_lab.prediction", "cellar_lab.arrived"

Environ = MutableMapping[str, Any]
Keep = Callable[[Asked, list[list[float]]], str]


def source_of(environ: Environ) -> Source:
    """Who asks for a row: the Predict page says so, all others are programs."""
    return Source.PAGE if environ.get(SOURCE) == "page" else Source.API


def keeper(log: PredictionLog, model: LiveModel, environ: Environ) -> Keep | None:
    """What keeps the answers to this request, and gives their id; None where nothing is kept."""
    if log.off:
        return None
    begin: float = environ.get(ARRIVED) or perf_counter()

    def keep(question: Asked, outputs: list[list[float]]) -> str:
        source = source_of(environ) if question.single else Source.BATCH
        id = log.of(model).rows(source, perf_counter() - begin, question.rows, outputs)
        if id:
            environ[KEPT] = id
        return id

    return keep
