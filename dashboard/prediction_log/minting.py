"""Ids of predictions for a request: those of ``store.prediction_log.ids``, a fifth as dear."""

import os
from collections.abc import Iterator
from struct import Struct
from time import time

from store.prediction_log.ids import COUNTS

PACK = Struct(">QQ").pack
TICKS = 1_000 * COUNTS  # a second
VERSION, VARIANT = 7 << 12, 2 << 62
CHANCE = (1 << 48) - 1 << 14  # the 14 bits below are the rows of a table
DRAWN = 512  # chances drawn at once: one call of the system for so many ids


def minted() -> Iterator[tuple[bytes, str]]:
    """Ids without end and their texts, each greater than the one before, also when the clock goes
    back.

    One thread at a time may take them, and no process may take those of another.
    """
    last = 0
    while True:
        for chance in memoryview(os.urandom(8 * DRAWN)).cast("Q"):
            now = int(time() * TICKS)
            last = now if now > last else last + 1
            id = PACK(last >> 12 << 16 | VERSION | last & 0xFFF, VARIANT | chance & CHANCE)
            pairs = id.hex("-", 2)  # a dash too many in three places
            yield id, f"{pairs[:4]}{pairs[5:29]}{pairs[30:34]}{pairs[35:]}"
