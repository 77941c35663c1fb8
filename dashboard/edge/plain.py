"""The short way to an answer: one row of plain JSON, with everything prepared that can be.

``dashboard.api.answering`` is the way for every question. This one takes a third of its time, and
only knows the question that nearly all are: one JSON object with each feature once, under its own
name, as a number. Whatever else a body is, it leaves alone. It is made from an answer of the other
way, and proves on the card's golden rows that it gives the same bytes.
"""

import logging
from collections.abc import Callable
from operator import itemgetter
from time import perf_counter
from typing import Any

import orjson

from dashboard.api.answering import reply_to
from dashboard.api.keeping import ID_HEADER, KEPT, SOURCE, Environ
from dashboard.api.rows import LARGEST
from dashboard.edge.headers import MIN_COMPRESSED_BYTES
from dashboard.edge.limits import Headers
from dashboard.live.snapshot import LiveModel
from dashboard.model.loader import FlatPredictor, Predictor
from dashboard.prediction_log.model_log import ModelLog
from dashboard.prediction_log.recorder import PredictionLog
from store.prediction_log.entry import Source

log = logging.getLogger(__name__)

JSON = "application/json"
ABOUT = "Content-Type", JSON
# What Flask adds to an answer of the API, in its order.
LABELS = (("X-Content-Type-Options", "nosniff"), ("Vary", "Accept-Encoding"))
LONGEST_NUMBER = 26  # with its comma and colon
API, PAGE = int(Source.API), int(Source.PAGE)
NUMBERS = frozenset((int, float))  # a boolean is none
PROBABILITIES = b',"probabilities":'
ENDING = b'},"model":'
TIMING = "parse;dur=%.3f, model;dur=%.3f, write;dur=%.3f"


class Plain:
    """Answers for one open model, which ``log`` keeps if it is on."""

    def __init__(self, model: LiveModel, log: PredictionLog | None = None) -> None:
        self.model = model
        card = model.card
        self.counted = card.name, card.version
        names = [feature.name for feature in card.features]
        self._count = len(names)
        self._labels = [item.label for item in card.classes]
        self._ask = _asking(model.predictor)
        self._row: Callable[[dict[str, Any]], tuple[float, ...]] = itemgetter(*names)
        self._openings = [
            orjson.dumps({"prediction": c.value, "predicted_class": c.value, "label": c.label})[:-1]
            + PROBABILITIES
            for c in card.classes
        ]
        self._longest = 50 * self._count + sum(len(name.encode()) for name in names)
        self._ending = b""
        self._told: list[tuple[str, str]] = []
        self._log: ModelLog | None = None
        self._usable = self._count > 1 and bool(self._labels) and self._proves_itself()
        longest = max(map(len, self._openings), default=0) + len(self._ending)
        longest += sum(LONGEST_NUMBER + len(orjson.dumps(label)) for label in self._labels)
        self.is_short = longest < MIN_COMPRESSED_BYTES
        if log is not None and not log.off:
            self._log = log.of(model)

    def answer(self, body: bytes, environ: Environ, arrived: float) -> tuple[bytes, Headers] | None:
        """Body and headers of the answer to a plain question, which is a 200.

        None for any other question, and for one that is wrong. ``arrived`` is when the request of
        this ``environ`` came, on the clock of perf_counter.
        """
        if not self._usable or len(body) > self._longest:
            return None
        begin = perf_counter()
        try:
            fields = orjson.loads(body)
            # As many colons as fields: no field came twice. A text with a colon is not plain.
            if len(fields) != self._count or body.count(b":") != self._count:
                return None
            row = self._row(fields)
            if not NUMBERS.issuperset(map(type, row)) or sum(map(abs, row)) > LARGEST:
                return None
            parsed = perf_counter()
            outputs = self._ask(row)
        except Exception:  # whatever it is, the other way says it properly
            return None
        asked = perf_counter()
        said = orjson.dumps(dict(zip(self._labels, outputs)))  # noqa: B905  # strict takes its time
        place = outputs.index(max(outputs))
        answer = self._openings[place] + said + self._ending
        written = perf_counter()
        timing = TIMING % (1e3 * (parsed - begin), 1e3 * (asked - parsed), 1e3 * (written - asked))
        length = "Content-Length", str(len(answer))
        headers = [*self._told, ("Server-Timing", timing), ABOUT, length, *LABELS]
        if self._log is not None:
            source = PAGE if environ.get(SOURCE) == "page" else API
            if id := self._log.plain(source, written - arrived, row, body, place, said):
                environ[KEPT] = id
                headers.insert(len(self._told), (ID_HEADER, id))
        return answer, headers

    def _proves_itself(self) -> bool:
        """Whether the golden rows are answered as on the other way, from which the rest is taken.

        Features that take words, and answers of another shape, are not for this way.
        """
        card = self.model.card
        names = [feature.name for feature in card.features]
        if any(getattr(feature, "categories", None) for feature in card.features):
            return False
        self._usable = True
        for row in card.golden.rows:
            body = orjson.dumps(dict(zip(names, row, strict=True)))
            expected = reply_to(self.model, body, JSON)
            self._told = list(expected.headers)
            self._ending = expected.body[expected.body.rfind(ENDING) + 1 :]
            found = self.answer(body, {}, 0.0)
            if found is None or found[0] != expected.body:
                log.info("%s %s: its answers take the long way", card.name, card.version)
                return False
        return True


def _asking(predictor: Predictor) -> Callable[[tuple[float, ...]], list[float]]:
    """What answers a row that is right: a flat model need not look at it again."""
    if isinstance(predictor, FlatPredictor):
        return predictor.model.predict_finite
    return predictor.predict_proba
