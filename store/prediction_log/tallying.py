"""From predictions to what is added to the tallies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import get_args

from orjson import loads

from store.prediction_log.bins import confidence_bin, latency_bin
from store.prediction_log.entry import Entry, Period, Served, Source
from store.prediction_log.ids import first_id, milliseconds

PERIODS: tuple[int, ...] = get_args(Period)
MINUTE_MS = 60_000
Key = tuple[int, int, str, int, int, str, int]  # as the columns of the table
Sums = dict[Key, int]


class _Bins:
    """How many predictions of one group are in each bin."""

    def __init__(self) -> None:
        self.latency: defaultdict[int, int] = defaultdict(int)
        self.confidence: defaultdict[int, int] = defaultdict(int)


def of_entries(entries: Iterable[Entry], served_ids: Mapping[Served, int]) -> Sums:
    """What these predictions, sorted by their id, add."""
    minute, next_minute = 0, b""
    groups: defaultdict[tuple[int, Served, Source, str], _Bins] = defaultdict(_Bins)
    for id, served, source, _features, answer, outputs, microseconds, _plausibility in entries:
        if id >= next_minute:
            minute = milliseconds(id) // MINUTE_MS
            next_minute = first_id((minute + 1) * MINUTE_MS)
        # a regressor's numbers are no classes
        bins = groups[minute, served, source, answer if outputs else ""]
        bins.latency[latency_bin(microseconds)] += 1
        if outputs:
            bins.confidence[confidence_bin(max(loads(outputs).values()))] += 1
    sums: Sums = defaultdict(int)
    for (minute, served, source, answer), bins in groups.items():
        of = served_ids[served], int(source), answer
        for measure, counts in (("latency", bins.latency), ("confidence", bins.confidence)):
            for bin, n in counts.items():
                for period in PERIODS:
                    sums[period, minute * 60 // period * period, measure, *of, bin] += n
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
