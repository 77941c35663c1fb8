"""CSV files in pieces that can be counted side by side, as Hadoop splits its input.

A piece begins and ends at the end of a line, so no cell may hold a line break; Hadoop's text input
has the same condition.
"""

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, NamedTuple

SPLIT_BYTES = 16 * 2**20


class Split(NamedTuple):
    """The bytes from ``start`` until ``end`` of a file: whole lines."""

    path: Path
    start: int
    end: int

    def lines(self) -> Iterator[str]:
        """The lines, of which the first may be the file's header."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.end - self.start
            while left > 0 and (line := file.readline()):
                left -= len(line)
                yield line.decode()

    def header(self) -> list[str]:
        """The names of the file's columns."""
        with self.path.open(newline="", encoding="utf-8") as lines:
            return next(csv.reader(lines))


def split(files: Sequence[Path], *, at_least: int, split_bytes: int = SPLIT_BYTES) -> list[Split]:
    """Cut files into pieces of about ``split_bytes``, or smaller ones to have ``at_least`` so many.

    Pieces without a whole line are left out.
    """
    total = sum(file.stat().st_size for file in files)
    size = max(1, min(split_bytes, -(-total // at_least)))
    pieces: list[Split] = []
    for path in files:
        length = path.stat().st_size
        with path.open("rb") as file:
            cuts = [0, *(_line_end(file, at) for at in range(size, length, size)), length]
        pairs = itertools.pairwise(cuts)
        pieces += [Split(path, start, end) for start, end in pairs if start < end]
    return pieces


def _line_end(file: BinaryIO, at: int) -> int:
    """Where the line that goes on at this byte ends."""
    file.seek(at)
    file.readline()
    return file.tell()
