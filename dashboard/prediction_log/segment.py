"""One file of a journal, mapped into memory: records one behind the other, and how far they go.

A file begins with three numbers of 64 bits: what it is, where its records end, and where those
begin that are not in the database yet. A record is copied behind the last one, and only then the
end is moved, so that a process killed in between leaves what was whole before. What a machine
loses with its power is another matter: a file is read as far as it makes sense.
"""

import mmap
import os
from pathlib import Path

from dashboard.prediction_log.records import count_rows

MAGIC = int.from_bytes(b"cellar-1", "little")
KIND, END, READ = range(3)
START = 64  # of the records


class Segment:
    """A file for ``size`` bytes, that of its head included.

    Args:
        path: Made anew, or opened where it is there.
        size: Of a new one; None opens what is there.

    Raises:
        OSError: No room on the disk, or no right to write.
        ValueError: The file is none of ours.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        self.path = path
        self.dropped = False
        self._counted = (0, 0, 0)
        with path.open("r+b" if size is None else "x+b") as file:
            if size is not None:
                # Blocks are taken now: a full disk must say so here, and not by a SIGBUS later.
                _reserve(file.fileno(), size)
            self.size = os.fstat(file.fileno()).st_size
            if self.size < START:
                raise ValueError("a journal has a head")
            self.map = mmap.mmap(file.fileno(), self.size)
        self.words = memoryview(self.map)[:START].cast("Q")
        if size is not None:
            self.empty()
        elif self.words[KIND] != MAGIC or not START <= self.words[END] <= self.size:
            raise ValueError("this is no journal, or it says what cannot be")
        elif not START <= self.words[READ] <= self.words[END]:
            self.words[READ] = START

    def empty(self) -> None:
        """Let it begin again; whoever finds it in between finds nothing in it."""
        self.words[END] = START
        self.words[READ] = START
        self.words[KIND] = MAGIC

    @property
    def unread(self) -> int:
        """The bytes of the records that the database does not have."""
        return int(self.words[END] - self.words[READ])

    @property
    def is_read(self) -> bool:
        """Whether the database has all that is here."""
        return not self.unread

    def rows(self) -> int:
        """How many predictions the database does not have, as far as it can be read."""
        span = self.words[READ], self.words[END]
        if self._counted[:2] != span:
            self._counted = (*span, count_rows(self.map, *span))
        return self._counted[2]

    def rename(self, path: Path) -> None:
        """Give the file another name. Raises OSError."""
        self.path.rename(path)
        self.path = path

    def remove(self) -> None:
        """Take the file away; its memory goes with the last who holds it."""
        self.dropped = True
        self.path.unlink(missing_ok=True)


def _reserve(file: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:  # macOS has no such call, and lets a file grow as it is written
        os.truncate(file, size)
