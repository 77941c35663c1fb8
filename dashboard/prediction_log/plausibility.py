"""How far out rows lie: the share that the Predict page's badge says, for many rows at once.

``store.trust.Plausibility`` has the formula, ``assets/what_if/trust.js`` computes the same in a
browser. For 500 rows of 13 numbers and three clouds it takes 0.2 microseconds a row, so that
tables are scored as well.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from store.trust import Plausibility

Numbers = NDArray[np.float64]
Shares = Callable[[Numbers], list[float]]


def shares_of(known: Plausibility) -> Shares:
    """A function from rows, shape (n, features of the card), to how much lies farther out."""
    places, bend = list(known.features), known.bend
    center, scale = np.array(known.center), np.array(known.scale)
    clouds = [
        (cloud.log_weight, np.array(cloud.mean), _triangle(cloud.upper, len(places)).T)
        for cloud in known.clouds
    ]
    scores = np.array(known.scores)

    def shares(rows: Numbers) -> list[float]:
        with np.errstate(over="ignore", invalid="ignore"):  # of numbers beyond any use
            z = (rows[:, places] - center) / scale
            logs = [
                weight - (((z - mean) @ factor) ** 2).sum(axis=1) / 2
                for weight, mean, factor in clouds
            ]
            far = np.abs(z)
            alone = np.where(far <= bend, far * far / 2, bend * (far - bend / 2)).sum(axis=1)
            distance = -np.logaddexp.reduce(logs, axis=0) - alone
        below = np.searchsorted(scores, distance, side="left")
        found: list[float] = ((len(scores) - below) / len(scores)).tolist()
        return found

    return shares


def _triangle(upper: tuple[float, ...], width: int) -> Numbers:
    """The matrix of which only the triangle above is given, row by row."""
    found = np.zeros((width, width))
    found[np.triu_indices(width)] = upper
    return found
