"""INPUT -> the files behind it: found, told apart by format, and hashed."""

import glob
import gzip
import hashlib
from pathlib import Path
from typing import Literal, NamedTuple

from pipeline import REPOSITORY
from store.errors import DataError
from store.schema import InputData, InputFile

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".pq")
PARQUET_MAGIC = b"PAR1"
GZIP_MAGIC = b"\x1f\x8b"
LOOKED_AT_BYTES = 64 * 2**10


class Input(NamedTuple):
    """The files of one table, sorted by name; ``root`` is what their names are relative to."""

    uri: str
    format: Literal["csv", "parquet"]
    root: Path
    files: tuple[Path, ...]

    def name(self, file: Path) -> str:
        """What a file is called in an artifact and in an error."""
        return file.relative_to(self.root).as_posix()


def find_input(where: str) -> Input:
    """The table at a file, a folder (searched to its bottom) or a glob.

    In a folder only files that end in one of ``SUFFIXES`` count, and none whose name begins
    with ``.`` or ``_``, as Spark has it.

    Raises:
        DataError: There is nothing, nothing with rows in it, or a mixture of formats.
    """
    if "://" in where:
        raise DataError(
            f"{where} is not on this machine, and only files are read. "
            "Copy it here, then name the copy."
        )
    root, files = _files(where)
    if not files:
        raise DataError(
            f"There is no table at {where}. "
            "Name a CSV or Parquet file, a folder of them, or a glob."
        )
    formats = {_format(file): file for file in files}
    if len(formats) > 1:
        names = " and ".join(f"{file.name} ({kind})" for kind, file in sorted(formats.items()))
        raise DataError(f"{where} holds CSV and Parquet: {names}. Name one kind with a glob.")
    return Input(_uri(where), formats.popitem()[0], root, tuple(files))


def describe_input(found: Input) -> InputData:
    """Sizes and hashes of the files. Every byte is read."""
    files = []
    for path in found.files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        files.append(InputFile(name=found.name(path), bytes=path.stat().st_size, sha256=digest))
    listing = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return InputData(
        uri=found.uri,
        format=found.format,
        bytes=sum(file.bytes for file in files),
        sha256=hashlib.sha256(listing.encode()).hexdigest(),
        file_count=len(files),
        files=tuple(files),
    )


def _files(where: str) -> tuple[Path, list[Path]]:
    """The folder that names are relative to, and the files, sorted."""
    path = Path(where).resolve()
    if path.is_file():
        return path.parent, [path]
    if path.is_dir():
        return path, sorted(file for file in path.rglob("*") if _counts(file, path))
    matches = sorted(Path(match).resolve() for match in glob.glob(where, recursive=True))
    found = [file for file in matches if file.is_file() and not file.name.startswith((".", "_"))]
    fixed = path
    while glob.has_magic(str(fixed)):
        fixed = fixed.parent
    return fixed, found


def _counts(file: Path, folder: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    return file.is_file() and not hidden and file.name.lower().endswith(SUFFIXES)


def _format(file: Path) -> Literal["csv", "parquet"]:
    """What the content says; the name may say anything."""
    try:
        with file.open("rb") as stream:
            start = stream.read(LOOKED_AT_BYTES)
        if start.startswith(GZIP_MAGIC):
            with gzip.open(file) as stream:
                start = stream.read(LOOKED_AT_BYTES)
    except (OSError, EOFError) as error:
        raise DataError(f"{file.name} cannot be read: {error}.") from error
    if not start:
        raise DataError(f"{file.name} is empty. A table has a header and at least one row.")
    if start.startswith(PARQUET_MAGIC):
        return "parquet"
    if b"\0" in start:
        raise DataError(f"{file.name} is neither CSV nor Parquet. Convert it to one of them.")
    return "csv"


def _uri(where: str) -> str:
    """Where the rows came from, without saying where this machine keeps its files."""
    path = Path(where).resolve()
    if path.is_relative_to(REPOSITORY):
        return path.relative_to(REPOSITORY).as_posix()
    return path.name
