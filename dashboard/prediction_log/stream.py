"""Files of a journal one behind the other: the newest is appended to, the oldest is read."""

from collections import deque
from collections.abc import Iterator

from dashboard.prediction_log.segment import END, Segment


class Stream:
    """The segments of one kind. Whoever uses it holds the journal's lock.

    ``end``, ``limit``, ``map`` and ``words`` are those of the newest segment, close at hand for
    requests.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.end = self.limit = 0
        self.older: deque[Segment] = deque()
        self.newest: Segment | None = None

    def take(self, segment: Segment) -> None:
        """Append to this segment from now on."""
        if self.newest is not None:
            self.older.append(self.newest)
        self.newest = segment
        self.map, self.words = segment.map, segment.words
        self.end, self.limit = segment.words[END], segment.size

    def append(self, record: bytes) -> None:
        """Put a record behind the others; there is room for it."""
        end = self.end + len(record)
        self.map[self.end : end] = record
        self.words[END] = self.end = end

    def all(self) -> Iterator[Segment]:
        """The segments, the oldest first."""
        yield from self.older
        if self.newest is not None:
            yield self.newest
