"""``Reading`` + ``Split`` -> the judged rows of a split, on any machine."""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.remote import Location, reading, unreadable
from pipeline.table.batches import Attempts, csv_block, json_block, parquet_batches
from pipeline.table.blocks import blocks, first_line, has_line_breaks
from pipeline.table.columns import Columns, Layout
from pipeline.table.files import GZIP_MAGIC, Format, Piece, Split, opened
from pipeline.table.judge import Judged, Rules, judge
from store.errors import DataError

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Reading(NamedTuple):
    """What a worker is told about a table: plain values that travel."""

    format: Format
    place: Location
    layouts: tuple[tuple[Layout, Columns], ...]
    rules: Rules
    quote: str = '"'
    encoding: str = "utf-8"

    def only(self, features: Sequence[int]) -> Self:
        """The reading of some features and the groups; of a table whose every row is usable."""
        return self._replace(
            layouts=tuple(
                (
                    layout,
                    Columns(
                        tuple(found.features[j] for j in features),
                        groups=found.groups,
                        checks=found.checks,
                    ),
                )
                for layout, found in self.layouts
            ),
            rules=self.rules._replace(
                features=tuple(self.rules.features[j] for j in features), dates=()
            ),
        )


def read(told: Reading, split: Split, *, examples: int = 0) -> Iterator[Judged]:
    """The rows of a split, a batch at a time, in the order of the file.

    Args:
        told: What there is to know about the table.
        split: What to read of it.
        examples: At most so many of the rows that are kept out are told.

    Raises:
        DataError: A file is damaged, or is not the text that it should be.
        StoreUnavailable: S3 failed.
    """
    first = 0
    for piece in split.pieces:
        own = told.layouts[piece.layout][1]
        with _whole(piece.file.name, told.encoding):  # judging reads too, where a cell is odd
            for attempts in _attempts(told, piece):
                judged = judge(attempts, own, told.rules, first=first, examples=examples)
                first += judged.seen
                examples -= len(judged.odd)
                yield judged


@contextlib.contextmanager
def _whole(name: str, encoding: str) -> Iterator[None]:
    """Say of a file that cannot be read to its end what is wrong with it."""
    try:
        with reading(name):
            yield
    except (pa.ArrowException, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError) or "invalid UTF8" in str(error):
            raise DataError(
                f"{name} is not {encoding.upper()} text. Save it as UTF-8, or name its encoding."
            ) from error
        raise unreadable(name, error) from error


def _attempts(told: Reading, piece: Piece) -> Iterator[Attempts]:
    layout, own = told.layouts[piece.layout]
    if told.format == "parquet":
        with opened(told.place).open_input_file(piece.file.path) as source:
            file = pq.ParquetFile(source, pre_buffer=True)
            groups = range(piece.start, piece.end)
            yield from parquet_batches(file, groups, layout, own, values=piece.partitions)
        return
    with _text(told, piece) as stream:
        yield from _text_attempts(told, piece, stream)


def _text_attempts(told: Reading, piece: Piece, stream: Any) -> Iterator[Attempts]:
    layout, own = told.layouts[piece.layout]
    quote = told.quote if told.format == "csv" else ""
    at_start = piece.start == 0
    for block in blocks(stream, piece.start, piece.end, name=piece.file.name, quote=quote):
        if at_start:
            block = block.removeprefix(BYTE_ORDER_MARK)
            if told.format == "csv" and layout.has_header:
                block = block[first_line(block) :]
            at_start = False
        if told.format == "csv" and told.encoding != "utf-8" and has_line_breaks(told.encoding):
            block = block.decode(told.encoding).encode()
        if not block.strip():
            continue
        if told.format == "csv":
            yield csv_block(block, layout, own, quote=told.quote, values=piece.partitions)
        else:
            yield json_block(block, layout, own, values=piece.partitions)


@contextlib.contextmanager
def _text(told: Reading, piece: Piece) -> Iterator[Any]:
    """The bytes of a text file as UTF-8."""
    system, path = opened(told.place), piece.file.path
    with contextlib.ExitStack() as open_:
        if piece.start or piece.end <= piece.file.bytes:
            yield open_.enter_context(system.open_input_file(path))
            return
        stream = open_.enter_context(system.open_input_file(path))
        if bytes(stream.read(len(GZIP_MAGIC))) == GZIP_MAGIC:
            stream.seek(0)
            stream = open_.enter_context(pa.CompressedInputStream(stream, "gzip"))
        else:
            stream.seek(0)
        if told.format == "csv" and not has_line_breaks(told.encoding):
            stream = pa.transcoding_input_stream(stream, told.encoding, "utf-8")
        yield stream
