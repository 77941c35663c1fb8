"""INPUT -> the files behind it, here or in S3: found, told apart by format, and hashed."""

import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline import REPOSITORY
from pipeline.remote import (
    Location,
    RemoteFile,
    files_at,
    is_remote,
    location,
    reading,
    unreadable,
)
from pipeline.table.conditions import Condition, no_match
from pipeline.table.files import GZIP_MAGIC, File, Format, opened
from pipeline.table.pruning import file_may_match
from store.errors import DataError
from store.schema import MAX_INPUT_FILES, InputData, InputFile

TEXT = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")
SUFFIXES = (*TEXT, *(f"{suffix}.gz" for suffix in TEXT), *PARQUET)
PARQUET_MAGIC = b"PAR1"
LOOKED_AT_BYTES = 64 * 2**10
HASHED_BYTES = 2**30  # of a larger table the listing is hashed, not all of its content
CONNECTIONS = 16
TABLE = "table"  # of Spark's catalog: table:sales.wines
SPARK_SCHEMES = ("abfs", "abfss", "dbfs", "gs", "hdfs", "s3a", "viewfs", "wasbs")


class Input(NamedTuple):
    """The files of one table, sorted by name.

    ``skipped`` counts those that were left out, because no row there can be asked for.
    """

    uri: str
    format: Format
    place: Location
    files: tuple[File, ...]
    skipped: int = 0

    @property
    def bytes(self) -> int:
        """The size of all files."""
        return sum(file.bytes for file in self.files)


def only_spark(where: str) -> bool:
    """Whether INPUT is what only Spark can read: ``table:NAME``, or files of another system."""
    scheme, mark, _ = where.partition(":")
    return bool(mark) and (scheme == TABLE or scheme.lower() in SPARK_SCHEMES)


def find_input(where: str, conditions: Sequence[Condition] = ()) -> Input:
    """The table at a file, a folder (searched to its bottom) or a glob; ``s3://`` too.

    In a folder only files that end in one of ``SUFFIXES`` count, and none whose name begins
    with ``.`` or ``_``, as Spark has it. Where the names of a file's folders tell that no row of
    it is asked for by ``conditions``, it is not touched.

    Raises:
        DataError: There is nothing, nothing with rows in it, or a mixture of formats.
        StoreUnavailable: S3 failed, or did not let us in.
    """
    place, found = files_at(where)
    is_folder = len(found) != 1 or found[0].path != place.path
    if is_folder and not re.search(r"[*?\[]", where):
        found = [file for file in found if file.name.lower().endswith(SUFFIXES)]
        if not found:
            raise DataError(
                f"There is no table at {where}. "
                "Name a CSV, JSON lines or Parquet file, a folder of them, or a glob."
            )
    every = tuple(_file(file) for file in found)
    files = tuple(file for file in every if file_may_match(file, conditions))
    if not files:
        raise no_match(where, conditions)
    formats = _formats(place, files)
    if len(formats) > 1:
        names = " and ".join(f"{name} ({kind})" for kind, name in sorted(formats.items()))
        raise DataError(f"{where} holds several formats: {names}. Name one kind with a glob.")
    return Input(_uri(where), next(iter(formats)), place, files, len(every) - len(files))


def describe_input(found: Input) -> InputData:
    """Sizes and hashes of the files; every byte is read unless there are very many."""
    is_hashed = not is_remote(found.place.url) and found.bytes <= HASHED_BYTES
    hashes = [_hash(found.place, file) if is_hashed else None for file in found.files]
    listing = "".join(
        f"{digest or f'{file.bytes} {file.version}'}  {file.name}\n"
        for file, digest in zip(found.files, hashes, strict=True)
    )
    files = (
        InputFile(name=file.name, bytes=file.bytes, sha256=digest)
        for file, digest in zip(found.files, hashes, strict=True)
    )
    return InputData(
        uri=found.uri,
        format=found.format,
        bytes=found.bytes,
        hashed="content" if is_hashed else "listing",
        sha256=hashlib.sha256(listing.encode()).hexdigest(),
        file_count=len(found.files),
        files=tuple(itertools.islice(files, MAX_INPUT_FILES)),
    )


def _file(found: RemoteFile) -> File:
    return File(found.name, found.path, found.bytes, found.version)


def _hash(place: Location, file: File) -> str:
    with reading(file.name), opened(place).open_input_stream(file.path) as stream:
        digest = hashlib.sha256()
        while chunk := stream.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()


def _formats(place: Location, files: tuple[File, ...]) -> dict[Format, str]:
    """The formats, and a file of each. Of very many files the first and the last are looked at."""
    some = files if len(files) <= MAX_INPUT_FILES else (files[0], files[-1])
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        kinds = pool.map(lambda file: _format(place, file), some)
        return {kind: file.name for kind, file in zip(kinds, some, strict=True)}


def _format(place: Location, file: File) -> Format:
    """What the content says; the name may say anything, but for Parquet in S3: a request less."""
    if place.scheme == "s3" and file.name.lower().endswith(PARQUET):
        return "parquet"
    with reading(file.name), opened(place).open_input_stream(file.path, compression=None) as raw:
        start = bytes(raw.read(LOOKED_AT_BYTES))
    if start.startswith(GZIP_MAGIC):
        try:
            with pa.CompressedInputStream(pa.BufferReader(start), "gzip") as text:
                start = b"".join(_available(text))
        except OSError as error:
            raise unreadable(file.name, error) from error
    if not start:
        raise DataError(f"{file.name} is empty. A table has a header and at least one row.")
    if start.startswith(PARQUET_MAGIC):
        return "parquet"
    if b"\0" in start and not start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{file.name} is neither CSV, JSON nor Parquet. Convert it to one of them.")
    return "json" if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") else "csv"


def _available(stream: Any) -> Iterator[bytes]:
    """What a cut-off compressed stream gives before it breaks off."""
    read = False
    try:
        while chunk := stream.read(4_096):
            read = True
            yield chunk
    except OSError:
        if not read:
            raise


def _uri(where: str) -> str:
    """Where the rows came from, without saying where this machine keeps its files."""
    if is_remote(where):
        return where
    path = Path(location(where).key).resolve()
    if path.is_relative_to(REPOSITORY):
        return path.relative_to(REPOSITORY).as_posix()
    return path.name
