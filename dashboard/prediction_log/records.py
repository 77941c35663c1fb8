"""What a journal holds: predictions as they were asked and answered, models, and failures.

A record is a head of 42 bytes and what belongs to it:

    PLAIN   one prediction of the short way: the row's numbers, then the body and the
            probabilities, both the JSON that they came as and left as
    ROWS    the predictions of any other request: the numbers of all rows, then all outputs
    SERVED  the model that others of the same file mean by a number
    FAILED  a request for a prediction that was not answered as asked: its kind

Numbers are float64 in the card's order; of a category its place among them.
"""

import contextlib
import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from store.prediction_log.entry import Served
from store.schema import ModelCard

PLAIN, ROWS, SERVED, FAILED = 1, 2, 3, 4
# Size of the whole, kind, source, number of the model, place of the class, bytes of the body or
# count of rows, seconds until the answer, and id.
HEAD = struct.Struct("<IBBIIId16s")
NO_ID = bytes(16)


@dataclass(frozen=True)
class Model:
    """What has to be known of a model to read its records, also without its card."""

    served: Served
    features: tuple[str, ...]
    categories: tuple[tuple[str, ...] | None, ...]
    labels: tuple[str, ...]
    answers: tuple[str, ...]

    @classmethod
    def of(cls, card: ModelCard, engine: str, digest: str) -> "Model":
        """That of a card; ``digest`` is the model's hash as people compare it."""
        return cls(
            Served(card.name, card.version, digest, engine),
            tuple(feature.name for feature in card.features),
            tuple(feature.categories or None for feature in card.features),
            tuple(item.label for item in card.classes),
            tuple(str(item.value) for item in card.classes),
        )

    @property
    def outputs(self) -> int:
        """How many numbers an answer has."""
        return len(self.labels) or 1


Record = tuple[int, int, int, int, int, float, bytes, int, int]


class Broken(ValueError):
    """What is there is no record."""


def encoded(kind: int, body: bytes, *, model: int = 0, id: bytes = NO_ID) -> bytes:
    """A SERVED or FAILED record."""
    return HEAD.pack(HEAD.size + len(body), kind, 0, model, 0, 0, 0.0, id) + body


def records(data: Any, begin: int, end: int) -> Iterator[Record]:
    """The records from ``begin`` on: their heads without the size, then where their rest is.

    Raises Broken at the first that is none.
    """
    while begin < end:
        if end - begin < HEAD.size:
            raise Broken(f"{end - begin} bytes are no record")
        size, kind, source, model, place, count, seconds, id = HEAD.unpack_from(data, begin)
        if not PLAIN <= kind <= FAILED or not HEAD.size <= size <= end - begin:
            raise Broken(f"a record of kind {kind} with {size} bytes")
        if id[6] >> 4 != 7 and kind != SERVED:
            raise Broken("an id that is none")
        yield kind, source, model, place, count, seconds, id, begin + HEAD.size, begin + size
        begin += size


def count_rows(data: Any, begin: int, end: int) -> int:
    """How many predictions there are, as far as it can be read."""
    rows = 0
    with contextlib.suppress(Broken):
        for kind, _, _, _, count, *_ in records(data, begin, end):
            rows += 1 if kind == PLAIN else count if kind == ROWS else 0
    return rows


def encoded_model(model: Model) -> bytes:
    """A model as the body of a SERVED record."""
    about = (model.served, model.features, model.categories, model.labels, model.answers)
    return json.dumps(about).encode()


def decoded_model(body: bytes) -> Model:
    """The model of a SERVED record. Raises ValueError or TypeError where it is none."""
    served, features, categories, labels, answers = json.loads(body)
    kinds = tuple(tuple(words) if words else None for words in categories)
    return Model(Served(*served), tuple(features), kinds, tuple(labels), tuple(answers))


def features_of(model: Model, row: Sequence[float]) -> str:
    """A row as a JSON object; a category is its word, not its place."""
    named = zip(model.features, model.categories, row, strict=True)
    return orjson.dumps(
        {name: words[int(value)] if words else value for name, words, value in named}
    ).decode()


def said_of(model: Model, given: list[float]) -> tuple[str, str]:
    """The answer, and the probabilities as JSON; the first class wins a tie."""
    if not model.labels:
        return repr(given[0]), ""
    outputs = orjson.dumps(dict(zip(model.labels, given, strict=True))).decode()
    return model.answers[given.index(max(given))], outputs
