"""How often each value of a categorical column occurs, in bounded memory.

While there are few values all of it is exact. Beyond that the counts are a summary of Misra &
Gries (1982), which merges (Agarwal et al. 2012): each count is too low by at most ``error``. The
number of distinct values is then estimated from the smallest hashes (Bar-Yossef et al. 2002),
whose standard error is ``1 / sqrt(HASHES - 2)``.
"""

import hashlib
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from pipeline.kernel.plan import Floats, Ints, Unsigned
from pipeline.kernel.wire import Array

HASHES = 4_096
DISTINCT_ERROR = 1 / math.sqrt(HASHES - 2)
TOP = 20


@dataclass(frozen=True)
class Values:
    """A categorical column, as ``store.schema.CategoryProfile`` has it."""

    count: int
    missing: int
    distinct: int
    distinct_error: float
    top: tuple[tuple[str, int], ...]
    count_error: int


class Tally:
    """The values of one column over some rows.

    Args:
        room: At most twice as many values are held; so many are kept when they get more.

    Attributes:
        count: Rows with a value.
        missing: Rows without one.
        counts: Rows by value.
        error: How much too low a count may be.
        hashes: The smallest hashes of all values so far, ascending; None while it is exact.
    """

    def __init__(self, room: int) -> None:
        self.room = room
        self.count = 0
        self.missing = 0
        self.counts: dict[str, int] = {}
        self.error = 0
        self.hashes: Unsigned | None = None

    def add(self, rows: Ints, labels: Sequence[str | None]) -> None:
        """Take in ``rows[i]`` rows that have ``labels[i]``; None is a missing value."""
        found: dict[str, int] = {}
        for i in np.flatnonzero(rows).tolist():
            label = labels[i]
            if label is None:
                self.missing += int(rows[i])
            else:
                found[label] = found.get(label, 0) + int(rows[i])
        self._join(found)
        if self.hashes is not None:
            self.hashes = _smallest(self.hashes, hashed(found))
        self._shrink()

    def merge(self, other: Self) -> None:
        """Take in the rows of another."""
        self.missing += other.missing
        if self.hashes is not None or other.hashes is not None:
            self.hashes = _smallest(self._hashes(), other._hashes())
        self._join(other.counts)
        self.count += other.count - sum(other.counts.values())
        self.error += other.error
        self._shrink()

    def values(self) -> Values:
        """What is known, the most frequent values first."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return Values(
            count=self.count,
            missing=self.missing,
            distinct=len(self.counts) if self.hashes is None else _distinct(self.hashes),
            distinct_error=0.0 if self.hashes is None else DISTINCT_ERROR,
            top=tuple(itertools.islice(ranked, TOP)),
            count_error=self.error,
        )

    def note(self) -> list[Any]:
        """The state but for ``arrays``, as JSON can say it."""
        return [self.count, self.missing, self.error, list(self.counts)]

    def arrays(self) -> dict[str, Array]:
        """The numbers of it as arrays by name."""
        found: dict[str, Array] = {"counts": np.array(list(self.counts.values()), np.int64)}
        return found if self.hashes is None else found | {"hashes": self.hashes}

    @classmethod
    def of(cls, room: int, note: Sequence[Any], arrays: Mapping[str, Array]) -> Self:
        """The state from its parts."""
        tally = cls(room)
        tally.count, tally.missing, tally.error, labels = note
        tally.counts = dict(zip(labels, arrays["counts"].tolist(), strict=True))
        tally.hashes = arrays.get("hashes")
        return tally

    def _join(self, found: Mapping[str, int]) -> None:
        for label, rows in found.items():
            self.counts[label] = self.counts.get(label, 0) + rows
        self.count += sum(found.values())

    def _hashes(self) -> Unsigned:
        return hashed(self.counts) if self.hashes is None else self.hashes

    def _shrink(self) -> None:
        if len(self.counts) <= 2 * self.room:
            return
        if self.hashes is None:
            self.hashes = _smallest(hashed(self.counts), np.empty(0, np.uint64))
        least = sorted(self.counts.values(), reverse=True)[self.room]
        self.counts = {k: rows - least for k, rows in self.counts.items() if rows > least}
        self.error += least


def hashed(labels: Iterable[str]) -> Unsigned:
    """A number below 2**64 for each label, the same on every machine."""
    digests = (hashlib.blake2b(label.encode(), digest_size=8).digest() for label in labels)
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def _smallest(a: Unsigned, b: Unsigned) -> Unsigned:
    return np.unique(np.concatenate([a, b]))[:HASHES]


def _distinct(hashes: Unsigned) -> int:
    if len(hashes) < HASHES:
        return len(hashes)
    share: Floats = hashes[-1:].astype(np.float64) / 2.0**64
    return round((HASHES - 1) / float(share[0]))
