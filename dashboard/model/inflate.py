"""The bytes inside a model file that joblib compressed, never more of them than allowed."""

import bz2
import lzma
import zlib
from collections.abc import Callable
from typing import Any

from store.errors import ModelRefused

LARGEST = 512 * 2**20
SMALLEST_CAP = 64 * 2**20
MOST_TIMES = 50  # forests compress 4 to 12 times; a bomb does 1,000 times
CHUNK = 2**20
LZMA_MEMORY = 128 * 2**20


def inflate(data: bytes) -> bytes:
    """Undo joblib's compression, if there is one; the kind is told by the first bytes.

    Raises:
        ModelRefused: It grows beyond any honest model, is damaged or cut off, goes on behind its
            end, or uses a compression we have no bounded decompressor for.
    """
    kinds: tuple[tuple[bytes, str, Callable[[], Any]], ...] = (
        (b"\x1f\x8b", "gzip", lambda: _Zlib(31)),
        (b"\x78", "zlib", lambda: _Zlib(15)),
        (b"BZ", "bz2", bz2.BZ2Decompressor),
        (b"\xfd7zXZ", "xz", lambda: lzma.LZMADecompressor(memlimit=LZMA_MEMORY)),
        (b"\x5d\x00", "lzma", lambda: lzma.LZMADecompressor(memlimit=LZMA_MEMORY)),
    )
    for prefix, kind, make in kinds:
        if data.startswith(prefix):
            return _inflate(data, kind, make())
    if data.startswith((b"\x04\x22\x4d\x18", b"ZF")):
        raise ModelRefused(
            "The model file is compressed with lz4 or by a joblib before 0.10. "
            "Allowed are zlib, gzip, bz2, xz, lzma and no compression; dump it again."
        )
    return data


def largest(size: int) -> int:
    """How many bytes a compressed file of this size may grow to."""
    return min(LARGEST, max(SMALLEST_CAP, MOST_TIMES * size))


def _inflate(data: bytes, kind: str, decompressor: Any) -> bytes:
    cap = largest(len(data))
    parts, size, given = [], 0, data
    try:
        while not decompressor.eof:
            part = decompressor.decompress(given, CHUNK)
            given = b""
            parts.append(part)
            size += len(part)
            if size > cap:
                raise ModelRefused(
                    f"The model file grows from {len(data):,} bytes to more than {cap:,} when its "
                    f"{kind} compression is undone. No honest model does; do not use it."
                )
            if not part and decompressor.needs_input:
                raise ModelRefused(f"The model file is cut off: its {kind} data has no end.")
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ModelRefused(f"The model file is damaged: its {kind} data does not read.") from error
    if decompressor.unused_data:
        raise ModelRefused("The model file has bytes behind the end of its compressed data.")
    return b"".join(parts)


class _Zlib:
    """zlib's decompressor with the interface of those of bz2 and lzma."""

    def __init__(self, window_bits: int) -> None:
        self._inner = zlib.decompressobj(window_bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(data or self._inner.unconsumed_tail, max_length)
