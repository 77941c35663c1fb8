"""What a task is told of files: which, and which part of them."""

import functools
import re
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from pipeline.remote import Location

Format = Literal["csv", "json", "parquet"]

GZIP_MAGIC = b"\x1f\x8b"
PARTITION = re.compile(r"(?P<key>[^/=]+)=(?P<value>[^/]*)")
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
ENDLESS = 2**62


class File(NamedTuple):
    """A file of a table.

    ``name`` is relative to the input, ``path`` is what the file system opens, and ``version``
    changes when the content does.
    """

    name: str
    path: str
    bytes: int
    version: str

    @property
    def partitions(self) -> dict[str, str | None]:
        """The columns that stand in the names of its folders: ``year=2026/part-0.parquet``."""
        folders = self.name.rpartition("/")[0]
        pairs = (PARTITION.fullmatch(part) for part in folders.split("/"))
        found = {p["key"]: p["value"] for p in pairs if p}
        return {key: None if value == NO_VALUE else unquote(value) for key, value in found.items()}


class Piece(NamedTuple):
    """A part of a file: bytes of text, or row groups of Parquet, from ``start`` to before ``end``.

    ``layout`` is the number of the file's layout, ``partitions`` the values in its folders.
    """

    file: File
    layout: int
    start: int
    end: int
    partitions: tuple[str | None, ...] = ()


class Split(NamedTuple):
    """What a task reads; ``number`` is its place among all."""

    number: int
    pieces: tuple[Piece, ...]


@functools.lru_cache(maxsize=8)
def opened(place: Location) -> Any:
    """The ``pyarrow.fs.FileSystem`` of a place, one a process."""
    return place.filesystem()
