"""Simulated wines: as many as one likes from one population, for tests of drift.

Within each cultivar the 13 features of the wine table are normal with its means and covariances,
rounded as in the table, so that they are correlated, skewed over all cultivars, and have ties. The
14th column is the cultivar, as a model that always finds it would answer.
"""

import csv
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dashboard.drift.ranks import Reference, marks

TABLE = Path(__file__).resolve().parent.parent / "data" / "wine.csv"
ROWS = 178  # of the table, and of a reference
HELD_OUT = 45  # of them, whose answers are known
COLUMNS = 14

Floats = NDArray[np.float64]


class Vineyard:
    """A population of wines like those of the table."""

    @cached_property
    def _table(self) -> tuple[Floats, Floats, list[int]]:
        with TABLE.open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))[1:]
        decimals = [
            max(len(text.partition(".")[2].rstrip("0")) for text in column)
            for column in zip(*rows, strict=True)
        ]
        table = np.array(rows, dtype=np.float64)
        return table[:, :-1], table[:, -1], decimals[:-1]

    @cached_property
    def sd(self) -> Floats:
        """The standard deviation of each feature over all cultivars; 0 of the cultivar."""
        return np.append(self._table[0].std(axis=0, ddof=1), 0.0)

    @cached_property
    def _cultivars(self) -> list[tuple[float, Floats, Floats]]:
        """The share, the means and the Cholesky factor of the covariances of each cultivar."""
        features, cultivars, _ = self._table
        parts = [features[cultivars == value] for value in np.unique(cultivars)]
        return [
            (len(part) / ROWS, part.mean(axis=0), np.linalg.cholesky(np.cov(part.T)))
            for part in parts
        ]

    def wines(self, random: np.random.Generator, rows: int) -> Floats:
        """Independent rows, (rows, 14)."""
        shares = [share for share, _, _ in self._cultivars]
        cultivars = random.choice(len(shares), size=rows, p=shares)
        features = random.normal(size=(rows, COLUMNS - 1))
        for value, (_, means, factor) in enumerate(self._cultivars):
            of = cultivars == value
            features[of] = means + features[of] @ factor.T
        for column, decimals in enumerate(self._table[2]):
            features[:, column] = features[:, column].round(decimals)
        return np.column_stack([features, cultivars])

    def reference(self, random: np.random.Generator, rows: int = ROWS) -> Reference:
        """A reference as a table of so many rows gives it; a quarter of them, evenly over the
        cultivars, is held out.
        """
        wines = self.wines(random, rows)
        held_out = np.sort(wines[:, -1])[:: -(-ROWS // HELD_OUT)]
        features = [marks(wines[:, i].tolist(), i) for i in range(COLUMNS - 1)]
        return Reference([*features, marks(held_out.tolist(), COLUMNS - 1)])


def ids(random: np.random.Generator, rows: int) -> Sequence[bytes]:
    """Ids of predictions, one a millisecond from 1 on: the time of a row is its number."""
    chance = random.bytes(10 * rows)
    return [(i + 1).to_bytes(6, "big") + chance[10 * i : 10 * i + 10] for i in range(rows)]
