"""False alarms of the drift test, and how soon it finds a shift, on simulated wines.

Every stream has a reference of its own, 178 rows of the population that the stream is drawn from,
and is looked at after each prediction.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context

import numpy as np

from dashboard.drift.e_process import THRESHOLD, fold
from dashboard.drift.state import State, fresh
from tests.bench.findings import Finding
from tests.vineyard import COLUMNS, Floats, Vineyard, ids

SHIFT = 0.5  # standard deviations
FOUND_WITHIN = 300
LONGEST = 2_000  # predictions after a shift
LATE = 2_000  # predictions before a late shift
MOST_ALARMS = 0.05
VINEYARD = Vineyard()


def measure(*, quick: bool) -> list[Finding]:
    """Streams without drift, and with a shift in one feature or in all."""
    streams, shifted = (100, 3) if quick else (1_000, 20)
    context = get_context("spawn")  # no thread of the bench is in the middle of anything
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as processes:
        run = partial(processes.map, chunksize=4)
        null = _null(streams, list(run(stream_without_drift, range(streams))))
        return [null, *_shifts(run, shifted), _cost()]


def stream_without_drift(seed: int, rows: int = 10_000) -> float:
    """The most evidence that there ever was in a stream without drift."""
    return _folded(np.random.default_rng([1, seed]), rows, 0, np.zeros(COLUMNS)).evidence


def delay(seed: int, *, features: tuple[int, ...], before: int) -> float:
    """Predictions from a shift of these features until the alarm; infinite without one.

    An alarm before the shift, a false one, is a delay below 1. Features of even number move up,
    the others down.
    """
    random = np.random.default_rng([2, seed, before, len(features), features[0]])
    shift = np.zeros(COLUMNS)
    for feature in features:
        shift[feature] = SHIFT * (1 if feature % 2 == 0 else -1)
    state = _folded(random, before + LONGEST, before, shift * VINEYARD.sd)
    return float("inf") if state.alarmed is None else state.alarmed - before


def _folded(random: np.random.Generator, rows: int, before: int, shift: Floats) -> State:
    """The state after a stream that is shifted after some of its rows."""
    reference = VINEYARD.reference(random)
    values = VINEYARD.wines(random, rows)
    values[before:] += shift
    return fold(fresh(reference), reference, ids(random, rows), values)


def _null(streams: int, evidence: list[float]) -> Finding:
    alarms = sum(one >= THRESHOLD for one in evidence)
    share = alarms / streams
    return Finding(
        f"{streams:,} streams of 10,000 predictions without drift, looked at after each",
        f"{share:.1%} ever alarm",
        f"at most {MOST_ALARMS:.0%}",
        share <= MOST_ALARMS,
        {"streams": streams, "alarms": alarms, "share": share},
    )


def _shifts(run: Callable[..., Iterable[float]], streams: int) -> Iterator[Finding]:
    """The median over all features and streams, and over the streams with all features moved."""
    every = tuple(range(COLUMNS - 1))
    kinds: dict[str, list[tuple[int, ...]]] = {
        "one feature": [(feature,) for feature in every],
        "all features": [every],
    }
    for before, when in ((0, "from the start"), (LATE, f"after {LATE:,} predictions")):
        for what, moved in kinds.items():
            tried = [
                list(run(partial(delay, features=one, before=before), range(streams)))
                for one in moved
            ]
            yield _found(f"A shift of half a standard deviation in {what}, {when}", tried)


def _found(what: str, tried: list[list[float]]) -> Finding:
    delays = [one for one in chain(*tried) if one >= 1]
    median = statistics.median(delays)
    slowest = max(statistics.median(one) for one in tried)
    within = sum(one <= FOUND_WITHIN for one in delays) / len(delays)
    each = f", {slowest:.0f} in the slowest feature" if len(tried) > 1 else ""
    return Finding(
        what,
        f"median {median:.0f} predictions{each}; {within:.0%} within {FOUND_WITHIN}",
        f"median at most {FOUND_WITHIN}",
        slowest <= FOUND_WITHIN,
        {"median": median, "slowest": slowest, "within": within, "streams": len(delays)},
    )


def _cost() -> Finding:
    random = np.random.default_rng(3)
    reference = VINEYARD.reference(random)
    values, names = VINEYARD.wines(random, 10_000), ids(random, 10_000)
    times = []
    for _ in range(5):
        begin = time.process_time()
        fold(fresh(reference), reference, names, values)
        times.append(time.process_time() - begin)
    microseconds = statistics.median(times) / len(names) * 1e6
    return Finding(
        f"Folding a prediction into the test, {COLUMNS} columns",
        f"{microseconds:.1f} us of CPU time",
        numbers={"microseconds": microseconds},
    )
