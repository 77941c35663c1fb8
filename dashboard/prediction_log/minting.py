"""Ids of predictions for a request: those of ``store.prediction_log.ids``, a fifth as dear."""

import os
from collections.abc import Iterator
from struct import Struct
from time import time

DRAWN = 512  # chances drawn at once: one call of the system for so many ids
UNPACK, PACK = Struct(f">{DRAWN}Q").unpack, Struct(">QQ").pack
VERSION, OVERFLOW = 7 << 12, 8 << 12  # where the count of a millisecond begins and ends
BORROWED = (1 << 16) - OVERFLOW + VERSION
VARIANTS = int.from_bytes((2 << 62).to_bytes(8, "big") * DRAWN, "big")
# The 14 bits below are the rows of a table.
CHANCES = int.from_bytes(((1 << 48) - 1 << 14).to_bytes(8, "big") * DRAWN, "big")


def minted() -> Iterator[tuple[bytes, str]]:
    """Ids without end and their texts, each greater than the one before, also when the clock goes
    back.

    One thread at a time may take them, and no process may take those of another.
    """
    last = 0
    while True:
        drawn = int.from_bytes(os.urandom(8 * DRAWN), "big") & CHANCES | VARIANTS
        for rest in UNPACK(drawn.to_bytes(8 * DRAWN, "big")):
            now = int(time() * 1_000) << 16 | VERSION
            if now > last:
                last = now
            else:
                last += 1
                if last & OVERFLOW:  # the next millisecond lends
                    last += BORROWED
            id = PACK(last, rest)
            pairs = id.hex("-", 2)  # a dash too many in three places
            yield id, f"{pairs[:4]}{pairs[5:29]}{pairs[30:34]}{pairs[35:]}"
