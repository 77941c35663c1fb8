"""The short way to an answer: one row of plain JSON, with everything prepared that can be.

``dashboard.answering`` is the way for every question. This one takes a third of its time, and
only knows the question that nearly all are: one JSON object with each feature once, under its own
name, as a number. Whatever else a body is, it leaves alone. It is made from an answer of the other
way, and proves on the card's golden rows that it gives the same bytes.
"""

import logging
from collections.abc import Callable
from operator import itemgetter
from time import perf_counter
from typing import Any, NamedTuple

import orjson

from dashboard.answering import reply_to
from dashboard.live import LiveModel

log = logging.getLogger(__name__)

JSON = "application/json"
NUMBERS = frozenset((int, float))  # a boolean is none
PROBABILITIES = "probabilities"


class Answered(NamedTuple):
    """The bytes of an answer, and the moments when its parts were ready."""

    body: bytes
    parsed: float
    asked: float


class Plain:
    """Answers for one open model.

    ``headers`` are what its answers carry; None where this model's answers are of another shape,
    and every question goes the other way.
    """

    def __init__(self, model: LiveModel) -> None:
        self.model = model
        self.headers: tuple[tuple[str, str], ...] | None = None
        card = model.card
        names = [feature.name for feature in card.features]
        self._count = len(names)
        self._labels = [item.label for item in card.classes]
        if self._count < 2 or not self._labels:
            return
        self._row: Callable[[dict[str, Any]], tuple[float, ...]] = itemgetter(*names)
        self._openings = [
            orjson.dumps({"prediction": c.value, "predicted_class": c.value, "label": c.label})[:-1]
            + b',"probabilities":'
            for c in card.classes
        ]
        bodies = [orjson.dumps(dict(zip(names, row, strict=True))) for row in card.golden.rows]
        replies = [reply_to(model, body, JSON) for body in bodies]
        _, _, self._ending = replies[0].body.rpartition(b"}," + b'"model":')
        self._ending = b',"model":' + self._ending
        if all(self._same(body, reply.body) for body, reply in zip(bodies, replies, strict=True)):
            self.headers = replies[0].headers
        else:
            log.info("%s %s: every answer takes the long way", card.name, card.version)

    def answer(self, body: bytes) -> Answered | None:
        """The answer to a plain question; None for any other, and for one that is wrong."""
        try:
            fields = orjson.loads(body)
            # As many colons as fields: no field came twice. A text with one is not plain.
            if len(fields) != self._count or body.count(b":") != self._count:
                return None
            row = self._row(fields)
            if not NUMBERS.issuperset(map(type, row)):
                return None
            parsed = perf_counter()
            outputs = self.model.predictor.predict_proba(row)
        except Exception:  # whatever it is, the other way says it properly
            return None
        asked = perf_counter()
        best = outputs.index(max(outputs))
        said = orjson.dumps(dict(zip(self._labels, outputs, strict=True)))
        return Answered(self._openings[best] + said + self._ending, parsed, asked)

    def _same(self, body: bytes, expected: bytes) -> bool:
        answered = self.answer(body)
        return answered is not None and answered.body == expected
