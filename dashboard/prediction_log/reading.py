"""From the records of a journal to what the database takes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from dashboard.prediction_log.plausibility import Numbers, Shares
from dashboard.prediction_log.records import (
    PLAIN,
    ROWS,
    SERVED,
    Model,
    Record,
    decoded_model,
    features_of,
    records,
    said_of,
)
from dashboard.prediction_log.segment import END, READ, START, Segment
from store.prediction_log.entry import Entry, Source
from store.prediction_log.ids import milliseconds, row_id

MINUTE_MS = 60_000
SOURCES = {int(source): source for source in Source}
Scoring = Callable[[Model], Shares | None]


class Batch(NamedTuple):
    """What is written at once.

    Args:
        entries: Predictions.
        failures: By the beginning of their minute in ms, and their kind.
        position: Where the segment is to be read on.
        broken: Why nothing behind it can be read, or None.
    """

    entries: list[Entry]
    failures: Mapping[tuple[int, str], int]
    position: int
    broken: str | None


class Reader:
    """Reads one segment in batches.

    Args:
        segment: From a journal of this process, or one that was taken over.
        scoring: Says how far out the rows of a model lie, where its card knows.
    """

    def __init__(self, segment: Segment, scoring: Scoring) -> None:
        self.segment = segment
        self._data = segment.map
        self._scoring = scoring
        self._models: dict[int, Model] = {}
        self._is_new = True

    def batch(self, most: int) -> Batch:
        """The next predictions: ``most`` of them, or a table beyond that."""
        position, end = self.segment.words[READ], self.segment.words[END]
        entries: list[Entry] = []
        singles: defaultdict[int, list[Record]] = defaultdict(list)
        failures: Counter[tuple[int, str]] = Counter()
        rows, broken = 0, None
        try:
            self._learn(position)
            for record in records(self._data, position, end):
                kind, _, number, _, count, _, id, begin, position = record
                if kind == PLAIN:
                    if number not in self._models:
                        raise LookupError(f"model {number} is unknown")
                    singles[number].append(record)
                    rows += 1
                elif kind == ROWS:
                    entries += self._of_rows(self._models[number], record)
                    rows += count
                elif kind == SERVED:
                    self._models[number] = decoded_model(self._data[begin:position])
                else:
                    minute = milliseconds(id) // MINUTE_MS * MINUTE_MS
                    failures[minute, self._data[begin:position].decode()] += 1
                if rows >= most:
                    break
        except (LookupError, TypeError, ValueError) as error:  # after a loss of power
            broken, position = f"{type(error).__name__}: {error}", end
        for number, of_model in singles.items():
            entries += self._of_singles(self._models[number], of_model)
        return Batch(entries, failures, position, broken)

    def _learn(self, position: int) -> None:
        """Read the models before a position: somebody has read so far, and is gone."""
        if self._is_new:
            self._is_new = False
            for kind, _, number, _, _, _, _, begin, end in records(self._data, START, position):
                if kind == SERVED:
                    self._models[number] = decoded_model(self._data[begin:end])

    def _of_singles(self, model: Model, singles: list[Record]) -> Iterator[Entry]:
        data, width, answers = self._data, 8 * len(model.features), model.answers
        numbers = b"".join([data[record[7] : record[7] + width] for record in singles])
        rows = np.frombuffer(numbers, np.float64).reshape(len(singles), -1)
        shares = self._shares(model, rows)
        for record, share in zip(singles, shares, strict=True):
            _, source, _, place, length, seconds, id, begin, end = record
            body = begin + width
            said = body + length
            yield Entry(
                id,
                model.served,
                SOURCES[source],
                data[body:said].decode(),
                answers[place],
                data[said:end].decode(),
                int(1e6 * seconds),
                share,
            )

    def _of_rows(self, model: Model, record: Record) -> Iterator[Entry]:
        """The predictions of a table; row i has the id of the first + i."""
        _, source, _, _, count, seconds, first, begin, end = record
        microseconds = int(1e6 * seconds)
        numbers = np.frombuffer(self._data[begin:end], np.float64)
        rows = numbers[: count * len(model.features)].reshape(count, -1)
        outputs = numbers[count * len(model.features) :].reshape(count, model.outputs)
        shares = self._shares(model, rows)
        for place, (row, given, share) in enumerate(
            zip(rows.tolist(), outputs.tolist(), shares, strict=True)
        ):
            answer, said = said_of(model, given)
            yield Entry(
                row_id(first, place),
                model.served,
                SOURCES[source],
                features_of(model, row),
                answer,
                said,
                microseconds,
                share,
            )

    def _shares(self, model: Model, rows: Numbers) -> Sequence[float | None]:
        scores = self._scoring(model)
        return scores(rows) if scores else [None] * len(rows)
