"""The bytes of a text file as blocks of whole lines: its rows, unless one is longer than a block.

A line belongs to the part of a file in which its first byte is, so that parts can be read apart.
A line break between quotes ends no line, where the quotes can be seen: in a part that begins in the
middle of a quoted text they cannot, and its rows come out odd.
"""

import codecs
from collections.abc import Iterator
from typing import Any

import numpy as np

from store.errors import DataError

BLOCK_BYTES = 8 * 2**20
FURTHER_BYTES = 2**16
MAX_LINE_BYTES = 32 * 2**20
NEWLINE = ord("\n")
LINE_BREAK_IS_A_BYTE = ("ascii", "utf-8", "iso8859", "cp125", "koi8", "mac-")


def blocks(
    stream: Any, start: int, end: int, *, name: str, quote: str = "", block: int = BLOCK_BYTES
) -> Iterator[bytes]:
    """The lines that begin in a part of a file, in blocks.

    Args:
        stream: A binary stream at its beginning; it has to be seekable where ``start`` is not 0.
        start: The first byte of the part, and ``end`` the one behind it.
        name: What the file is called.
        quote: The character that quotes text; none in JSON lines.
        block: How many bytes are read at a time.

    Raises:
        DataError: A line is longer than ``MAX_LINE_BYTES``.
    """
    position = _seek_line(stream, start, name) if start else 0
    carry = b""
    while position < end and (chunk := bytes(stream.read(min(block, end - position)))):
        position += len(chunk)
        data = carry + chunk
        cut = _last_line_end(data, quote)
        if not cut and len(data) > MAX_LINE_BYTES:
            raise _too_long(name)
        if cut:
            yield data[:cut]
        carry = data[cut:]
    while carry and (more := bytes(stream.read(FURTHER_BYTES))):
        seen = len(carry)
        carry += more
        if cut := _first_line_end(carry, seen, quote):
            carry = carry[:cut]
            break
        if len(carry) > MAX_LINE_BYTES:
            raise _too_long(name)
    if carry:
        yield carry


def has_line_breaks(encoding: str) -> bool:
    """Whether a line break is the same byte in this encoding as in ASCII, and nothing else is."""
    return codecs.lookup(encoding).name.startswith(LINE_BREAK_IS_A_BYTE)


def first_line(block: bytes) -> int:
    """Where the first line of a block that is not blank ends, its line break included."""
    start = 0
    while (end := block.find(b"\n", start)) >= 0:
        if block[start:end].strip():
            return end + 1
        start = end + 1
    return len(block)


def _seek_line(stream: Any, start: int, name: str) -> int:
    """Go to the first line that begins at ``start`` or behind it; returns where that is."""
    stream.seek(start - 1)
    position = start - 1
    while chunk := bytes(stream.read(FURTHER_BYTES)):
        if (found := chunk.find(b"\n")) >= 0:
            stream.seek(position + found + 1)
            return position + found + 1
        position += len(chunk)
        if position - start > MAX_LINE_BYTES:
            raise _too_long(name)
    return position


def _last_line_end(data: bytes, quote: str) -> int:
    """Where the last whole line ends; 0 where there is none."""
    if not quote or quote.encode() not in data:
        return data.rfind(b"\n") + 1
    ends = _line_ends(data, quote)
    if ends.size:
        return int(ends[-1]) + 1
    # Quotes that do not close are no quotes: a sign for inches, say.
    return data.rfind(b"\n") + 1 if len(data) > MAX_LINE_BYTES // 2 else 0


def _first_line_end(data: bytes, seen: int, quote: str) -> int:
    """Where the first line ends, known not to be within the first ``seen`` bytes; 0 for nowhere."""
    if not quote or quote.encode() not in data:
        return data.find(b"\n", seen) + 1
    ends = _line_ends(data, quote)
    if ends.size:
        return int(ends[0]) + 1
    return data.find(b"\n", seen) + 1 if len(data) > MAX_LINE_BYTES // 2 else 0


def _line_ends(data: bytes, quote: str) -> np.ndarray[Any, np.dtype[np.intp]]:
    """The places of the line breaks outside quotes."""
    array = np.frombuffer(data, np.uint8)
    breaks = np.flatnonzero(array == NEWLINE)
    quotes = np.flatnonzero(array == ord(quote))
    outside = np.searchsorted(quotes, breaks) % 2 == 0
    return np.asarray(breaks[outside], np.intp)


def _too_long(name: str) -> DataError:
    return DataError(
        f"{name} has a line of more than {MAX_LINE_BYTES // 2**20} MiB, and no row is as long. "
        "Is it a CSV or JSON lines file?"
    )
