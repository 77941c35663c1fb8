"""One prediction in process: the walker over plain data against scikit-learn itself."""

import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np

from tests.bench.findings import Finding
from tests.bench.release import Wine

TARGET = 200
RANDOM_ROWS = 20_000
SINGLE_ROWS = 1_000


def measure(wine: Wine, *, quick: bool) -> list[Finding]:
    """Time both side by side, and compare all their answers bit by bit.

    scikit-learn gets arrays: with a table it takes a sixth longer, and without it warns.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names")
        return [_speed(wine, rounds=5 if quick else 25), _identity(wine)]


def _speed(wine: Wine, *, rounds: int) -> Finding:
    rows = wine.rows.tolist()
    arrays = [row.reshape(1, -1) for row in wine.rows]
    walk, ask = wine.predictor.predict_proba, wine.estimator.predict_proba

    walked, asked = [], []
    for _ in range(rounds):  # side by side, so that a busy machine slows both
        walked.append(_seconds(lambda i: walk(rows[i % len(rows)]), times=2_000))
        asked.append(_seconds(lambda i: ask(arrays[i % len(arrays)]), times=10))
    flat, sklearn = 1e6 * median(walked), 1e6 * median(asked)
    times = sklearn / flat
    return Finding(
        "A prediction in process, predict_proba / walker",
        f"{times:,.0f} x  ({sklearn:,.0f} µs / {flat:.2f} µs)",
        f"at least {TARGET} x",
        times >= TARGET,
        {"ratio": times, "sklearn_us": sklearn, "walker_us": flat},
    )


def _seconds(call: Callable[[int], object], *, times: int) -> float:
    """What one of so many calls takes."""
    begin = time.perf_counter()
    for i in range(times):
        call(i)
    return (time.perf_counter() - begin) / times


def _identity(wine: Wine) -> Finding:
    """All rows of the table, and random ones from a range half as wide again on each side."""
    low, high = wine.rows.min(axis=0), wine.rows.max(axis=0)
    spread = (high - low) / 2
    drawn = np.random.default_rng(0).uniform(low - spread, high + spread, (RANDOM_ROWS, len(low)))
    rows = np.vstack([wine.rows, drawn])
    expected = wine.estimator.predict_proba(rows)

    together = wine.predictor.predict_proba_rows(rows)
    alone = [wine.predictor.predict_proba(row) for row in rows[:SINGLE_ROWS].tolist()]
    different = int((together != expected).any(axis=1).sum())
    different += int((np.array(alone) != expected[:SINGLE_ROWS]).any(axis=1).sum())
    return Finding(
        "The same, answers that differ in any bit",
        f"{different} of {len(rows) + SINGLE_ROWS:,}",
        "none",
        different == 0,
        {"different": different, "compared": len(rows) + SINGLE_ROWS},
    )
