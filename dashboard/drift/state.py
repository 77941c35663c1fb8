"""All that the drift test knows of a stream, as small arrays and as text."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from dashboard.drift.bets import BETS
from dashboard.drift.ranks import Floats, Integers, Reference


@dataclass(frozen=True)
class State:
    """All that is known of a stream after so many rows. Columns are those of the reference.

    Args:
        reference: The fingerprint of the reference.
        rows: How many rows were folded.
        first: When the first of them was predicted, ms since 1970.
        alarmed: When the threshold was reached, ms since 1970; None while it was not.
        counts: The stream's rows in each cell, (columns, cells).
        wealth: What the stakes of each bet have become, (columns, 2 BETS).
        best: The wealth of the best single start of each bet, (columns, 2 BETS).
        starts: When that start was, ms since 1970, (columns, 2 BETS).
        highest: The largest e-value that each column ever had, (columns,).
        since: The best start of the column when it was, ms since 1970, (columns,).
    """

    reference: str
    rows: int
    first: int
    alarmed: int | None
    counts: Integers
    wealth: Floats
    best: Floats
    starts: Integers
    highest: Floats
    since: Integers

    @property
    def evidence(self) -> float:
        """The most evidence that there ever was, all columns taken into account."""
        return float(self.highest.max()) / len(self.highest)

    def to_json(self) -> str:
        """The state as text; every digit is kept."""
        arrays = {name: getattr(self, name).tolist() for name in _ARRAYS}
        plain = {name: getattr(self, name) for name in ("reference", "rows", "first", "alarmed")}
        return json.dumps(plain | arrays, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "State":
        """The state of ``to_json``. Raises ValueError, KeyError or TypeError for other text."""
        found = json.loads(text)
        arrays = {name: np.array(found.pop(name), dtype=kind) for name, kind in _ARRAYS.items()}
        fields: dict[str, Any] = found | arrays
        return cls(**fields)


_ARRAYS = {
    "counts": np.int64,
    "wealth": np.float64,
    "best": np.float64,
    "starts": np.int64,
    "highest": np.float64,
    "since": np.int64,
}


def fresh(reference: Reference) -> State:
    """The state before the first row."""
    columns = len(reference.columns)
    stakes = np.tile(np.repeat([1.0, 0.0], BETS), (columns, 1))
    return State(
        reference=reference.fingerprint,
        rows=0,
        first=0,
        alarmed=None,
        counts=np.zeros((columns, reference.cells), dtype=np.int64),
        wealth=stakes,
        best=stakes.copy(),
        starts=np.zeros((columns, 2 * BETS), dtype=np.int64),
        highest=np.ones(columns),
        since=np.zeros(columns, dtype=np.int64),
    )


def moment_of(ms: int) -> datetime:
    """A time of a state, in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
