"""From predictions to what is added to the tallies."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import get_args

import orjson

from store.prediction_log.bins import confidence_bin, latency_bin
from store.prediction_log.entry import Entry, Period, Served
from store.prediction_log.ids import first_id, milliseconds

PERIODS: tuple[int, ...] = get_args(Period)
MINUTE_MS = 60_000
Key = tuple[int, int, str, int, int, str, int]  # as the columns of the table
Sums = dict[Key, int]


def of_entries(entries: Iterable[Entry], served_ids: Mapping[Served, int]) -> Sums:
    """What these predictions, sorted by their id, add."""
    minute, next_minute = 0, b""
    latencies, confidences = [], []
    for id, served, source, _features, answer, outputs, microseconds, _plausibility in entries:
        if id >= next_minute:
            minute = milliseconds(id) // MINUTE_MS
            next_minute = first_id((minute + 1) * MINUTE_MS)
        number, code = served_ids[served], int(source)
        answer = answer if outputs else ""  # a regressor's numbers are no classes
        latencies.append((minute, number, code, answer, latency_bin(microseconds)))
        if outputs:
            confidence = max(orjson.loads(outputs).values())
            confidences.append((minute, number, code, answer, confidence_bin(confidence)))
    sums: Sums = defaultdict(int)
    for measure, found in (("latency", latencies), ("confidence", confidences)):
        for (minute, number, code, answer, bin), n in Counter(found).items():
            for period in PERIODS:
                begins = minute * 60 // period * period
                sums[period, begins, measure, number, code, answer, bin] += n
    return sums


def of_failures(failures: Mapping[tuple[int, str], int]) -> Sums:
    """What these errors add, by their minute in ms and their kind."""
    sums: Sums = defaultdict(int)
    for (moment, kind), n in failures.items():
        for period in PERIODS:
            sums[period, moment // 1_000 // period * period, "error", 0, 0, kind, 0] += n
    return sums


def rows(*sums: Sums, sign: int = 1) -> list[tuple[int, int, str, int, int, str, int, int]]:
    """All sums as rows of the table, sorted by their key."""
    together = [(*key, sign * n) for some in sums for key, n in some.items()]
    return sorted(together)
