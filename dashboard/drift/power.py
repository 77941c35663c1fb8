"""How many predictions it takes to see a shift, found by simulation before any prediction came."""

from functools import lru_cache

import numpy as np

from dashboard.drift.e_process import THRESHOLD, folded
from dashboard.drift.ranks import Reference, marks
from dashboard.drift.state import fresh

SHIFT = 0.5  # standard deviations
STREAMS = 100
MOST_ROWS = 1_000


@lru_cache(maxsize=32)
def rows_needed(reference_rows: int, columns: int, shift: float = SHIFT) -> int | None:
    """Predictions after which half of all shifts in one feature are found.

    Normal values, shifted from the first row on; the other columns are tested but do not move.

    Args:
        reference_rows: Rows of the reference.
        columns: How many columns are tested.
        shift: In standard deviations.

    Returns:
        The median of ``STREAMS`` simulated streams, the same at every call; None where more than
        ``MOST_ROWS`` would be needed: against so few rows no such shift can be seen.
    """
    random = np.random.default_rng(reference_rows)
    # The streams are tested side by side, each as a column with a reference of its own.
    sample = random.normal(size=(STREAMS, reference_rows)).tolist()
    reference = Reference([marks(values, i) for i, values in enumerate(sample)])
    ids = [random.bytes(16) for _ in range(MOST_ROWS)]
    values = random.normal(shift, size=(MOST_ROWS, STREAMS))
    found = np.zeros(STREAMS, dtype=bool)
    for state, e_values in folded(fresh(reference), reference, ids, values):
        reached = found | np.maximum.accumulate(e_values >= THRESHOLD * columns, axis=0)
        found = reached[-1]
        half = reached.mean(axis=1) >= 0.5
        if half.any():
            return state.rows - len(half) + int(half.argmax()) + 1
    return None
