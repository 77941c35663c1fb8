"""What is kept of a prediction, and what is counted.

Times are UTC. Nothing says who asked: no address, no user agent, no account.
"""

from datetime import datetime
from enum import IntEnum
from typing import Literal, NamedTuple

Measure = Literal["latency", "confidence", "error"]
Period = Literal[60, 3_600, 86_400]  # seconds


class Source(IntEnum):
    """Where a prediction was asked for."""

    PAGE = 1
    API = 2
    BATCH = 3  # one row of a table in one request


class Served(NamedTuple):
    """The model that answered; ``hash`` has 12 digits, as the header X-Model-Hash."""

    name: str
    version: str
    hash: str
    engine: str


class Entry(NamedTuple):
    """One prediction.

    Args:
        id: 16 bytes, a UUIDv7 whose time is that of the answer.
        served: The model that answered.
        source: Where it was asked for.
        features: JSON object, the feature's name to its number or word.
        answer: The predicted class as text, or a regressor's number as ``repr`` writes it.
        outputs: JSON object, the class's label to its probability; "" for a regressor.
        microseconds: From the request's arrival until the answer.
        plausibility: The share that the card's trust knows; None where the card has none.
    """

    id: bytes
    served: Served
    source: Source
    features: str
    answer: str
    outputs: str
    microseconds: int
    plausibility: float | None


class Feedback(NamedTuple):
    """What a person said of an answer; ``truth`` is the true class, where it is known."""

    right: bool
    truth: str | None
    at: datetime


class Kept(NamedTuple):
    """A prediction as it is kept."""

    entry: Entry
    feedback: Feedback | None


class Tally(NamedTuple):
    """How many predictions, or errors, of one kind there were in one period.

    Args:
        at: When the period begins.
        served: The model that answered; None for an error.
        source: Where it was asked for; None for an error.
        answer: The predicted class, "" for a regressor; the kind of an error.
        measure: What ``bin`` is of.
        bin: Its number; the edges are in ``bins``.
        n: How many.
    """

    at: datetime
    served: Served | None
    source: Source | None
    answer: str
    measure: Measure
    bin: int
    n: int


class FeedbackCount(NamedTuple):
    """How many predictions of one kind were called right or wrong."""

    served: Served
    answer: str
    truth: str | None
    right: bool
    n: int


class DriftState(NamedTuple):
    """How far the stream has been folded, and into what."""

    position: bytes
    state: str
