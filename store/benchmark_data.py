"""The rows that every workload learns from, the same to the bit on every machine.

Only the raw integers of PCG64, whose stream NumPy promises to keep, and operations that IEEE 754
rounds in one way alone: no exponential, no sum whose order a library chooses. So a file of results
can be checked by making its rows again and comparing their hash.

The first n rows do not depend on how many follow.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from store.benchmark_run import COLUMNS

HELD_OUT_ROWS: Final = 10_000
FLIPPED: Final = 0.05  # of the labels, so that no model is ever perfect
BLOCK: Final = 20_000  # rows at a time; part of the hash

# The last six columns have so much of one of the first six and so much of their own: sides of right
# triangles, which keep the variance at 1, and no two alike, so that principal components differ.
SHARED: Final = (
    (0.96, 0.28),
    (12 / 13, 5 / 13),
    (0.8, 0.6),
    (0.6, 0.8),
    (5 / 13, 12 / 13),
    (0.28, 0.96),
)

Matrix = NDArray[np.float32]
Labels = NDArray[np.int32]


class Rows(NamedTuple):
    """Features of shape (n, 13), roughly normal with variance 1, and a balanced label 0 or 1."""

    x: Matrix
    y: Labels


class Data(NamedTuple):
    """The rows to learn from, those held out, and the sha256 of both."""

    train: Rows
    held_out: Rows
    sha256: str


def make_data(seed: int, rows: int) -> Data:
    """Make ``rows`` rows to learn from and 10,000 others, from the same seed."""
    train, held_out = _joined(_blocks(seed, 0, rows)), _joined(_blocks(seed, 1, HELD_OUT_ROWS))
    return Data(train, held_out, data_hash(seed, rows))


@lru_cache(maxsize=32)
def data_hash(seed: int, rows: int) -> str:
    """The sha256 of what ``make_data`` makes, found without holding it all."""
    digest = hashlib.sha256()
    for block in chain(_blocks(seed, 0, rows), _blocks(seed, 1, HELD_OUT_ROWS)):
        digest.update(block.x.astype("<f4", copy=False).tobytes())
        digest.update(block.y.astype("<i4", copy=False).tobytes())
    return digest.hexdigest()


def _joined(blocks: Iterator[Rows]) -> Rows:
    x, y = zip(*blocks, strict=True)
    return Rows(np.concatenate(x), np.concatenate(y))


def _blocks(seed: int, stream: int, rows: int) -> Iterator[Rows]:
    source = np.random.PCG64(np.random.SeedSequence([seed, stream]))
    for start in range(0, rows, BLOCK):
        yield _block(source, min(BLOCK, rows - start))


def _block(source: np.random.PCG64, rows: int) -> Rows:
    """Four uniform numbers of 16 bits make one that is nearly normal (Irwin and Hall)."""
    raw = source.random_raw(rows * (COLUMNS + 1)).reshape(rows, COLUMNS + 1)
    words = raw[:, :COLUMNS]
    total = sum((words >> np.uint64(shift)) & np.uint64(0xFFFF) for shift in (0, 16, 32, 48))
    # Four uniforms on [0, 1) have mean 2 and variance 1/3.
    free = (np.asarray(total, dtype=np.float64) / 65536 - 2) * np.sqrt(3.0)
    for column, (shared, own) in enumerate(SHARED, start=COLUMNS - len(SHARED)):
        free[:, column] = shared * free[:, column - 7] + own * free[:, column]
    x = free.astype(np.float32)
    score = _score(x.astype(np.float64))
    flip = (raw[:, COLUMNS] >> np.uint64(11)).astype(np.float64) / 2**53 < FLIPPED
    return Rows(x, ((score > 0) ^ flip).astype(np.int32))


def _score(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """What decides the label: part straight, part bent, part interaction, of the first columns.

    It is odd in x, so that both labels are equally likely.
    """
    straight = x[:, 0] + 0.75 * x[:, 1] - 0.5 * x[:, 2]
    bent = x[:, 3] * np.abs(x[:, 3]) - x[:, 4]
    return straight + bent + 1.5 * x[:, 0] * x[:, 5] * x[:, 6]
