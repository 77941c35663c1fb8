"""The journal of a process: what a request appends its prediction to, and nothing more.

It has two streams of files, one for single predictions and one for tables, so that when it is full
the oldest tables go first. A request copies the bytes that it has anyway and moves a mark; a
file that is full is followed by the next, and one that the database has is used again.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable
from itertools import count

from dashboard.prediction_log.home import SUFFIX, Home
from dashboard.prediction_log.minting import minted
from dashboard.prediction_log.records import (
    FAILED,
    HEAD,
    PLAIN,
    ROWS,
    SERVED,
    Model,
    encoded,
    encoded_model,
)
from dashboard.prediction_log.segment import END, READ, START, Segment
from dashboard.prediction_log.stream import Stream

log = logging.getLogger(__name__)

SEGMENT_BYTES = 2**20
LEAST_BYTES = 4 * SEGMENT_BYTES
SPARE_SEGMENTS = 2  # kept for later records: a new file costs as much as a hundred of them
SINGLES, TABLES = "single", "table"
HEAD_BYTES = HEAD.size


class Journal:
    """The streams of one process; any thread may append, one reads.

    Args:
        home: The folder of this process.
        max_bytes: The most that all files may take, those that were taken over too.

    Raises:
        OSError: The folder cannot be written, or its disk is full.
    """

    def __init__(self, home: Home, max_bytes: int) -> None:
        self.home = home
        self.lost = 0  # predictions that found no place, or made place for later ones
        self._max_bytes = max(max_bytes, LEAST_BYTES)
        self._turn = threading.Lock()
        self._ids = minted()
        self._models: dict[Model, int] = {}
        self._singles, self._tables = Stream(SINGLES), Stream(TABLES)
        self._spare: deque[Segment] = deque()
        self._numbers = count()
        self._singles.take(self._new_segment(SINGLES, SEGMENT_BYTES))

    # Requests

    def model(self, model: Model) -> int | None:
        """The number by which records name a model; None where there is no room to say so."""
        with self._turn:
            number = self._models.get(model)
            if number is None:
                number = self._models[model] = len(self._models)
                record = encoded(SERVED, encoded_model(model), model=number)
                for stream in (self._singles, self._tables):
                    if stream.newest is None:
                        continue  # a file begins with all models
                    if not self._room(stream, len(record)):
                        del self._models[model]
                        return None
                    stream.append(record)
            return number

    def plain(
        self,
        pack: Callable[..., bytes],
        number: int,
        source: int,
        seconds: float,
        row: tuple[float, ...],
        body: bytes,
        place: int,
        said: bytes,
    ) -> str:
        """Keep a prediction of the short way; gives its id, "" where there is no room.

        The request waits for this, so that it is all here. ``pack`` is that of a head and as many
        numbers as the row has, ``number`` that of the model.
        """
        length = len(body)
        size = HEAD_BYTES + 8 * len(row) + length + len(said)
        stream = self._singles
        with self._turn:
            begin = stream.end
            if (end := begin + size) > stream.limit:
                if not self._room(stream, size):
                    self.lost += 1
                    return ""
                begin = stream.end
                end = begin + size
            id, text = next(self._ids)
            head = pack(size, PLAIN, source, number, place, length, seconds, id, *row)
            stream.map[begin:end] = head + body + said
            stream.words[END] = stream.end = end
        return text

    def rows(
        self, number: int, source: int, seconds: float, count: int, numbers: bytes, *, table: bool
    ) -> str:
        """Keep predictions of another way: the rows' numbers, then the outputs', as float64.

        Gives the id of the first, "" where there is no room.
        """
        with self._turn:
            stream = self._tables if table else self._singles
            size = HEAD_BYTES + len(numbers)
            if not self._room(stream, size):
                self.lost += count
                return ""
            id, text = next(self._ids)
            stream.append(HEAD.pack(size, ROWS, source, number, 0, count, seconds, id) + numbers)
        return text

    def failed(self, kind: str) -> None:
        """Keep that a request was not answered as asked, if there is room."""
        with self._turn:
            record = encoded(FAILED, kind.encode(), id=next(self._ids)[0])
            if self._room(self._singles, len(record)):
                self._singles.append(record)

    # The reader

    def oldest(self) -> Segment | None:
        """The segment to read next, single predictions first; None where all is read."""
        with self._turn:
            for stream in (self._singles, self._tables):
                while stream.older and stream.older[0].is_read:
                    self._recycle(stream.older.popleft())
                for segment in stream.all():
                    if not segment.is_read:
                        return segment
        return None

    def done(self, segment: Segment, position: int, rows: int) -> None:
        """The database has what is before this position, ``rows`` more predictions than before."""
        with self._turn:
            if segment.dropped:
                self.lost -= rows  # they had left the disk, and were kept all the same
            segment.words[READ] = position

    def take_over(self, home: Home) -> None:
        """Read what a process has left as if it were older than all of ours."""
        with self._turn:
            for stream in (self._tables, self._singles):
                for path in reversed(home.segments(stream.name)):
                    try:
                        stream.older.appendleft(Segment(path))
                    except (OSError, ValueError) as error:
                        log.warning("journal %s cannot be read: %s", path, error)
                        path.rename(path.with_suffix(".broken"))

    def waiting(self) -> tuple[int, int]:
        """How many predictions are not in the database, and how many bytes they take."""
        with self._turn:
            found = [*self._singles.all(), *self._tables.all()]
        # Counting takes its time; no request has to wait for it.
        return sum(one.rows() for one in found), sum(one.unread for one in found)

    # Room

    def _room(self, stream: Stream, size: int) -> bool:
        """Make sure that so many bytes can be appended; False where there is no room."""
        if stream.end + size <= stream.limit:
            return True
        known = [
            encoded(SERVED, encoded_model(model), model=number)
            for model, number in self._models.items()
        ]
        needed = max(START + sum(map(len, known)) + size, SEGMENT_BYTES)
        while self._makes_room(needed):
            try:
                stream.take(self._new_segment(stream.name, needed))
                break
            except OSError as error:  # the disk is full before we are
                if not self._drop_oldest():
                    log.warning("a prediction is not kept: %s", error.strerror)
                    return False
        else:
            return False
        for record in known:
            stream.append(record)
        return True

    def _makes_room(self, size: int) -> bool:
        """Let the oldest go until there is room for a segment; whether there is."""
        if size > self._max_bytes - SEGMENT_BYTES:
            return False
        while not self._is_spare(size) and self._bytes() + size > self._max_bytes:
            if self._spare:
                self._spare.pop().remove()
            elif not self._drop_oldest():
                return False
        return True

    def _is_spare(self, size: int) -> bool:
        return bool(self._spare) and self._spare[-1].size >= size

    def _bytes(self) -> int:
        streams = (*self._singles.all(), *self._tables.all(), *self._spare)
        return sum(segment.size for segment in streams)

    def _drop_oldest(self) -> bool:
        """Let the oldest file of tables go, else of single predictions; False if there is none."""
        for stream in (self._tables, self._singles):
            if stream is self._tables and not stream.older and stream.newest is not None:
                stream.older.append(stream.newest)
                stream.newest, stream.end, stream.limit = None, 0, 0
            if stream.older:
                segment = stream.older.popleft()
                rows = segment.rows()
                self.lost += rows
                segment.remove()
                log.warning("the journal is full: %d predictions are lost", rows)
                return True
        return False

    def _new_segment(self, name: str, size: int) -> Segment:
        """A file for the newest records. Raises OSError."""
        path = self.home.folder / f"{name}-{next(self._numbers):09d}{SUFFIX}"
        if self._is_spare(size):
            segment = self._spare.pop()
            segment.rename(path)
            return segment
        return Segment(path, size)

    def _recycle(self, segment: Segment) -> None:
        """Keep a file whose records the database has for later ones, or take it away."""
        ours = segment.path.parent == self.home.folder
        if ours and segment.size == SEGMENT_BYTES and len(self._spare) < SPARE_SEGMENTS:
            segment.empty()
            self._spare.append(segment)
        else:
            segment.remove()

    def close(self) -> None:
        """Take the files away whose records the database has; the others stay for the next."""
        with self._turn:
            for segment in (*self._singles.all(), *self._tables.all(), *self._spare):
                if segment.is_read:
                    segment.remove()
            self.home.leave()
