"""Bytes of an event log -> its events: decompressed, cut into lines, parsed, all within bounds."""

import json
import re
import time
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from backports import zstd

from store.errors import NotAnEventLog

Event = dict[str, Any]

CHUNK_BYTES: Final = 2**18
MAX_LINE_BYTES: Final = 8 * 2**20
WINDOW_LOG: Final = 24  # zstd may ask for 16 MB to look back into, twice what its level 19 needs
BOMB_RATIO: Final = 250  # event logs shrink ten- to fiftyfold
BOMB_BYTES: Final = 2**24  # below, no ratio does harm
ZSTD: Final = b"\x28\xb5\x2f\xfd"
OTHERS: Final = {
    b"LZ4Block": "lz4",
    b"\x04\x22\x4d\x18": "lz4",
    b"\x82SNAPPY\x00": "snappy",
    b"ZV": "lzf",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
}
NAME = re.compile(rb'\s*\{\s*"Event"\s*:\s*"([A-Za-z0-9_.$]{1,200})"')
HOW = "Give the file that Spark writes into spark.eventLog.dir when spark.eventLog.enabled=true."


@dataclass
class Limits:
    """What a reader may spend, on all files of a log together."""

    expanded_bytes: float = float("inf")
    tasks: float = float("inf")
    seconds: float = float("inf")


@dataclass
class Events:
    """The events of the files of one log, in their order, those of the wanted kinds alone.

    Args:
        wanted: The names of events to parse, without their package; others are passed over.
        limits: Where to stop.

    ``torn`` turns True where a file ends within a line or a compressed frame, as that of a running
    or killed application does; ``skipped`` counts the events that were too long to be read.
    """

    wanted: Container[str]
    limits: Limits = field(default_factory=Limits)
    torn: bool = False
    skipped: int = 0
    lines: int = 0
    _expanded: int = 0
    _begun: float = field(default_factory=time.monotonic)

    def of(self, stream: BinaryIO) -> Iterator[tuple[str, Event]]:
        """Each event of a file with its name.

        Raises:
            NotAnEventLog: It is something else, is broken, or goes beyond the limits.
        """
        pending: bytes | None = None  # the last line: only that may be torn
        for line in self._lines(self._bytes(stream)):
            if pending is not None and (event := self._event(pending)):
                yield event
            pending = line
        if pending is None:
            return
        if last := (self._event if pending.endswith(b"\n") else self._last)(pending):
            yield last

    def _last(self, line: bytes) -> tuple[str, Event] | None:
        """The event of a line that does not end, if it is whole all the same."""
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            if self.lines == 0:
                raise NotAnEventLog(f"This is not a Spark event log. {HOW}") from None
            self.torn = True
            return None
        return self._event(line)

    def _event(self, line: bytes) -> tuple[str, Event] | None:
        """The name and the event of a line; None where nobody wants it."""
        self.lines += 1
        if not line.strip():
            return None
        found = NAME.match(line)
        if found and (name := _short(found[1].decode())) not in self.wanted:
            return None
        try:
            event = json.loads(line, parse_constant=_refuse)
            name = _short(event["Event"])
        except RecursionError:
            raise NotAnEventLog(f"Line {self.lines} is nested too deeply to be an event.") from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise NotAnEventLog(
                f"This is not a Spark event log: line {self.lines} holds no event. {HOW}"
            ) from None
        return (name, event) if name in self.wanted else None

    def _lines(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """The lines with their ends; those beyond ``MAX_LINE_BYTES`` are counted and left out."""
        rest, cut = b"", False
        for chunk in chunks:
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                if cut or len(line) > MAX_LINE_BYTES:
                    self.skipped += 1
                    self.lines += 1
                    cut = False
                else:
                    yield line + b"\n"
            if cut or len(rest) > MAX_LINE_BYTES:
                rest, cut = b"", True
        if cut:
            self.torn = True
        elif rest:
            yield rest

    def _bytes(self, stream: BinaryIO) -> Iterator[bytes]:
        """The expanded bytes of a file, in chunks, counted against the limits."""
        head = stream.read(CHUNK_BYTES)
        for mark, codec in OTHERS.items():
            if head.startswith(mark):
                raise NotAnEventLog(_packed(codec))
        chunks = self._unpacked(head, stream) if head.startswith(ZSTD) else _plain(head, stream)
        for chunk in chunks:
            self._expanded += len(chunk)
            if self._expanded > self.limits.expanded_bytes:
                mb = self.limits.expanded_bytes / 2**20
                raise NotAnEventLog(f"The log is longer than the {mb:,.0f} MB that are read here.")
            if time.monotonic() - self._begun > self.limits.seconds:
                raise NotAnEventLog(
                    f"The log takes longer to read than {self.limits.seconds:.0f} s, which is the "
                    "limit here. Read it with: python -m pipeline application EVENT_LOG"
                )
            yield chunk

    def _unpacked(self, head: bytes, stream: BinaryIO) -> Iterator[bytes]:
        """The content of the zstd frames that follow each other in a file."""
        options = {int(zstd.DecompressionParameter.window_log_max): WINDOW_LOG}
        frame = zstd.ZstdDecompressor(options=options)
        packed, given, taken = head, 0, 0
        try:
            while packed:
                taken += len(packed)
                while packed or not (frame.eof or frame.needs_input):
                    if frame.eof:
                        frame = zstd.ZstdDecompressor(options=options)
                    chunk = frame.decompress(packed, max_length=CHUNK_BYTES)
                    packed = frame.unused_data if frame.eof else b""
                    given += len(chunk)
                    if given > max(BOMB_BYTES, BOMB_RATIO * taken):
                        raise NotAnEventLog(
                            f"The file unpacks to more than {BOMB_RATIO} times its size, which no "
                            "event log does."
                        )
                    if chunk:
                        yield chunk
                packed = stream.read(CHUNK_BYTES)
        except zstd.ZstdError as error:
            raise NotAnEventLog(f"The file is no whole zstd file: {error}.") from error
        self.torn = self.torn or not frame.eof


def _plain(head: bytes, stream: BinaryIO) -> Iterator[bytes]:
    while head:
        yield head
        head = stream.read(CHUNK_BYTES)


def _short(name: str) -> str:
    """The name of an event without its package."""
    return name.rsplit(".", 1)[-1]


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and Infinity, which Python's reader would let through


def _packed(codec: str) -> str:
    if codec in {"gzip", "zip"}:
        return f"The file is packed with {codec}. Unpack it first; zstd is read as it is."
    return (
        f"The log is compressed with {codec}, which is not read here. Set "
        "spark.eventLog.compression.codec=zstd, or spark.eventLog.compress=false."
    )
