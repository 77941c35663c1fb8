"""What a front keeps the predictions of one model with."""

import logging
from collections.abc import Iterable
from struct import Struct
from typing import Protocol

import numpy as np

from dashboard.live.snapshot import LiveModel, short_hash
from dashboard.prediction_log.journal import Journal
from dashboard.prediction_log.records import HEAD, Model
from store.prediction_log.entry import Source

log = logging.getLogger(__name__)


class Journals(Protocol):
    """Gives the journal of this process; ``journal`` is None until it is opened."""

    journal: Journal | None

    def opened(self) -> Journal | None:
        """The journal, begun where it is the first time; None where there is none."""


class ModelLog:
    """Keeps the predictions of one model."""

    def __init__(self, kept: Journals, model: LiveModel) -> None:
        self._log = kept
        card = model.card
        self._model = Model.of(card, model.predictor.engine, short_hash(card))
        self._pack = Struct(f"{HEAD.format}{len(card.features)}d").pack
        self._journal: Journal | None = None
        self._number = 0

    def plain(
        self,
        source: int,
        seconds: float,
        row: tuple[float, ...],
        body: bytes,
        place: int,
        said: bytes,
    ) -> str:
        """Keep a prediction of the short way; gives its id, "" where it is not kept.

        Args:
            source: A ``Source``.
            seconds: From the request's arrival until now.
            row: The features, in the card's order.
            body: The request's, a JSON object that has each feature by its name.
            place: Of the predicted class.
            said: The probabilities, a JSON object.
        """
        try:
            journal = self._journal
            if journal is None or journal is not self._log.journal:
                journal = self._enter()
                if journal is None:
                    return ""
            return journal.plain(self._pack, self._number, source, seconds, row, body, place, said)
        except Exception:  # an answer never fails for the log
            log.exception("a prediction is not kept")
            return ""

    def rows(
        self,
        source: Source,
        seconds: float,
        rows: Iterable[Iterable[float]],
        outputs: Iterable[Iterable[float]],
    ) -> str:
        """Keep the predictions for rows of any way; gives the id of the first, or ""."""
        try:
            journal = self._enter()
            if journal is None:
                return ""
            asked = np.asarray(rows, dtype=np.float64)
            given = np.asarray(outputs, dtype=np.float64)
            return journal.rows(
                self._number,
                source,
                seconds,
                len(asked),
                asked.tobytes() + given.tobytes(),
                table=source is Source.BATCH,
            )
        except Exception:  # an answer never fails for the log
            log.exception("predictions are not kept")
            return ""

    def _enter(self) -> Journal | None:
        """The journal, in which this model has a number."""
        if (journal := self._log.opened()) is None:
            return None
        if journal is not self._journal:
            number = journal.model(self._model)
            if number is None:
                return None
            self._journal, self._number = journal, number
        return journal
