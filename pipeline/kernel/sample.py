"""A uniform sample that does not depend on how the rows are dealt out."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.kernel.plan import Codes, Floats, Ints, Unsigned

ROW_BITS = 40  # a row's number in its file; the bits above are the file's number
STEP = 0x9E3779B97F4A7C15


def places(file: int, rows: int | Ints, count: int) -> Unsigned:
    """A number for each row that orders all rows of all files.

    Args:
        file: The file's number, below 2**24.
        rows: The numbers of the rows in it, or of the first of ``count`` rows in a row.

    Raises:
        ValueError: A number is negative, or too large to be told from another's.
    """
    index = np.arange(count) + rows if np.ndim(rows) == 0 else np.asarray(rows)
    can_tell = 0 <= file < 2 ** (64 - ROW_BITS)
    if not can_tell or not 0 <= index.min(initial=0) <= index.max(initial=0) < 2**ROW_BITS:
        raise ValueError(f"file {file} or a row of it is out of the numbers that are told apart")
    return index.astype(np.uint64) + np.uint64(file << ROW_BITS)


def lots(place: Unsigned, seed: int) -> Unsigned:
    """A pseudo-random number for each place, different for different places (splitmix64)."""
    z = place + np.uint64((seed + 1) * STEP % 2**64)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


Texts = npt.NDArray[np.object_]


class Drawn:
    """The rows with the smallest lots so far; ``code`` says the group, ``values`` are (rows, k).

    ``texts`` are (rows, categories), None where a value is missing.
    """

    def __init__(self, size: int, seed: int, columns: int, categories: int = 0) -> None:
        self.size, self.seed = size, seed
        self.place: Unsigned = np.empty(0, np.uint64)
        self.code: Codes = np.empty(0, np.uint8)
        self.values: Floats = np.empty((0, columns))
        self.texts: Texts = np.empty((0, categories), object)
        self._limit = np.uint64(2**64 - 1)

    def add(
        self,
        place: Unsigned,
        code: Codes,
        columns: list[Floats],
        categories: Sequence[tuple[npt.NDArray[np.integer[Any]], Sequence[str | None]]] = (),
    ) -> None:
        """Draw from more rows; a category is the place of each row's value among its labels."""
        lot = lots(place, self.seed)
        chosen = np.flatnonzero(lot <= self._limit)
        if chosen.size > self.size:
            chosen = chosen[_smallest(lot[chosen], self.size)]
        if chosen.size:
            picked = [column[chosen] for column in columns]
            texts = np.empty((chosen.size, len(categories)), object)
            for j, (codes, labels) in enumerate(categories):
                texts[:, j] = [labels[code] for code in codes[chosen].tolist()]
            self.join(place[chosen], code[chosen], np.stack(picked, axis=1), texts)

    def join(self, place: Unsigned, code: Codes, values: Floats, texts: Texts) -> None:
        """Take in rows that were drawn elsewhere."""
        place = np.concatenate([self.place, place])
        lot = lots(place, self.seed)
        kept = _smallest(lot, self.size)
        self.place = place[kept]
        self.code = np.concatenate([self.code, code])[kept]
        self.values = np.concatenate([self.values, values])[kept]
        self.texts = np.concatenate([self.texts, texts])[kept]
        if kept.size == self.size:
            self._limit = lot[kept].max(initial=np.uint64(0))


def _smallest(lot: Unsigned, size: int) -> Ints:
    """Where the smallest lots are, in no order."""
    every = np.arange(lot.size) if lot.size <= size else np.argpartition(lot, size)[:size]
    return every.astype(np.int64, copy=False)
