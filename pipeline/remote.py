"""Files on this machine and objects in S3, opened the same way; no Hadoop, no jars.

The driver asks S3 what there is (through ``store.artifacts``, whose errors say what to check);
tasks read with pyarrow's own client. What a task carries is a ``Location``: where, and never with
which credentials. Those every process finds for itself, in its environment, its AWS profile, its
web identity, or the role of its machine. Where this process found none, requests go unsigned,
which is what a public bucket takes.
"""

import contextlib
import glob
import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import unquote

from pyarrow import fs

from store.artifacts.remote import CONNECT_SECONDS, READ_SECONDS
from store.artifacts.s3 import S3_ATTEMPTS, S3Object, S3Store
from store.errors import AccessDenied, DataError, NoBucket, NotFound, StoreUnavailable

S3 = "s3://"
FILE = "file:"  # with or without slashes behind it
MAGIC = re.compile(r"[*?\[]")
CHECKSUMS = "AWS_REQUEST_CHECKSUM_CALCULATION"
AWS_ERROR = re.compile(r"AWS Error ([A-Z_]+)(?: \(HTTP status (\d+)\))?")
BROKEN_OFF = "curlCode: 18"  # CURLE_PARTIAL_FILE
TIMED_OUT = "curlCode: 28"  # CURLE_OPERATION_TIMEDOUT


class Location(NamedTuple):
    """A place for files: on this machine (``key`` is an absolute path), or in a bucket of S3.

    It is a plain tuple of plain values, so that it travels to workers as it is.
    """

    scheme: Literal["file", "s3"]
    bucket: str
    key: str
    endpoint: str | None = None
    region: str = ""
    anonymous: bool = False

    @property
    def path(self) -> str:
        """What the file system calls it: ``bucket/key``, or the absolute path."""
        return f"{self.bucket}/{self.key}" if self.scheme == "s3" else self.key

    @property
    def url(self) -> str:
        """What a person calls it."""
        return f"{S3}{self.path}" if self.scheme == "s3" else self.key

    def filesystem(self) -> Any:
        """A new ``pyarrow.fs.FileSystem`` that opens ``path``; keep it while it is used."""
        if self.scheme == "file":
            return fs.LocalFileSystem()
        scheme, _, host = (self.endpoint or "https://").partition("://")
        with _without_trailing_checksums() if self.endpoint else contextlib.nullcontext():
            return fs.S3FileSystem(
                endpoint_override=host.rstrip("/") or None,
                scheme=scheme,
                region=self.region,
                anonymous=self.anonymous,
                connect_timeout=CONNECT_SECONDS,
                request_timeout=READ_SECONDS,
                retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=S3_ATTEMPTS),
            )


@contextlib.contextmanager
def _without_trailing_checksums() -> Iterator[None]:
    """Make the client of another server than Amazon's, unless its user decided otherwise.

    The client would send a checksum behind the bytes, in a framing that some servers store as a
    part of the object. It reads this variable when it is made.
    """
    if CHECKSUMS in os.environ:
        yield
        return
    os.environ[CHECKSUMS] = "when_required"
    try:
        yield
    finally:
        os.environ.pop(CHECKSUMS, None)


class RemoteFile(NamedTuple):
    """A file or an object that can be read.

    ``name`` is relative to what was asked for, ``path`` is what the file system opens, and
    ``version`` changes when the content does: the ETag in S3, else time of change and size.
    """

    name: str
    path: str
    bytes: int
    version: str


def is_remote(where: str) -> bool:
    """Whether a person named a place in S3."""
    return where.startswith(S3)


def location(where: str) -> Location:
    """The place at ``s3://bucket/key``, ``file:/path`` or a path; it need not exist.

    Keys are taken as they are: ``%20`` is three characters, as for the ``aws`` command.

    Raises:
        DataError: The URL is of another kind, or there is no such bucket.
        StoreUnavailable: S3 cannot be reached, or does not let us in.
    """
    if not is_remote(where):
        return Location("file", "", str(_local(where)))
    return _in_bucket(where)[0]


def list_files(where: str) -> list[RemoteFile]:
    """The files at a file, a folder (searched to its bottom) or a glob (``*``, ``?``, ``**``).

    In S3 a folder is what keys begin with, up to a slash. Names that begin with ``.`` or ``_``
    do not count, nor what lies in folders called so, unless the file itself was named. Sorted.

    Raises:
        DataError: There is nothing at this place, or something that cannot be opened.
        StoreUnavailable: S3 cannot be reached, or does not let us in.
    """
    return files_at(where)[1]


def files_at(where: str) -> tuple[Location, list[RemoteFile]]:
    """The place, and the files at it, as ``location`` and ``list_files`` have them.

    In S3 both take one client, and making a client takes longer than a small table.
    """
    if is_remote(where):
        place, store = _in_bucket(where)
        files = _objects(place, store)
    else:
        place, files = location(where), _files(where)
    if not files:
        raise DataError(f"There is no file at {where}. Name a file, a folder of them, or a glob.")
    return place, files


@contextlib.contextmanager
def reading(where: str) -> Iterator[None]:
    """Translate what a file system raises while a file is opened and read.

    Args:
        where: What a person calls the file.

    Raises:
        DataError: It is not there, it is a folder, or this machine does not let us read it.
        StoreUnavailable: S3 failed, refused, or broke off.
    """
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"There is no file at {where}.") from error
    except OSError as error:
        if (failure := failure_in(str(error), where)) is not None:
            raise failure from error
        said = os.strerror(error.errno) if error.errno else str(error)
        raise unreadable(where, said) from error


def unreadable(where: str, error: Exception | str) -> DataError:
    """What to say of a file whose content cannot be read."""
    said = "".join(filter(str.isprintable, str(error).partition("\n")[0])).rstrip(".: ")
    return DataError(f"{where} cannot be read: {said}.")


def failure_in(text: str, where: str) -> DataError | StoreUnavailable | None:
    """What an error text of pyarrow's S3 client means, also inside of what a task raised.

    None where there is no such error in it. The client knows no reason where a HEAD was refused.
    """
    if (found := AWS_ERROR.search(text)) is None:
        return None
    code, status = found.groups()
    if code in {"NO_SUCH_BUCKET", "NO_SUCH_KEY", "RESOURCE_NOT_FOUND"}:
        return DataError(f"There is no file at {where}.")
    if BROKEN_OFF in text:
        return StoreUnavailable(f"{where} broke off before its end. Try again.")
    if TIMED_OUT in text:
        return StoreUnavailable(f"{where}: no answer within {READ_SECONDS:.0f} s. Try again.")
    if code == "NETWORK_CONNECTION":
        return StoreUnavailable(
            f"{where}: no connection. Check AWS_ENDPOINT_URL_S3 and the network."
        )
    if status in {"301", "307", "400"}:
        return StoreUnavailable(
            f"{where}: the S3 server answered {status}. Check AWS_REGION, which has to be the "
            "bucket's, and AWS_ENDPOINT_URL_S3."
        )
    if status is not None:
        return StoreUnavailable(f"{where}: the S3 server answered {status}. Try again later.")
    if code in {"SLOW_DOWN", "SERVICE_UNAVAILABLE", "INTERNAL_FAILURE", "THROTTLING"}:
        return StoreUnavailable(f"{where}: the S3 server answered {code}. Try again later.")
    return AccessDenied(
        f"{where}: access denied ({code}). Check the AWS credentials, the bucket policy and the "
        "clock of this machine; workers find credentials in an environment of their own."
    )


@contextlib.contextmanager
def _nothing_there(where: str) -> Iterator[None]:
    """A bucket that a person named for reading is data, and no store to be made."""
    try:
        yield
    except NoBucket as error:
        bucket = where.removeprefix(S3).partition("/")[0]
        raise DataError(f"There is no bucket {bucket}. Check {where}.") from error


def _in_bucket(where: str) -> tuple[Location, S3Store]:
    """The place, and what asks its bucket."""
    bucket, _, key = where.removeprefix(S3).partition("/")
    if not bucket:
        raise DataError(f"{where} names no bucket. Write s3://bucket/key.")
    store = S3Store(S3 + bucket)
    with _nothing_there(where):
        return Location("s3", bucket, key, *store.access()), store
    raise AssertionError("unreachable")


def _objects(place: Location, store: S3Store) -> list[RemoteFile]:
    fixed = MAGIC.split(place.key, maxsplit=1)[0]
    denied: AccessDenied | None = None
    if place.key and not place.key.endswith("/"):
        try:
            found = store.stat(place.key)
        except NotFound:
            pass
        except AccessDenied as error:
            denied = error  # or there is none: who may not list is not told
        else:
            return [_remote(found, place.bucket, found.key.rpartition("/")[0])]
    if fixed != place.key:
        root, pattern = fixed.rpartition("/")[0], place.key.split("/")
        listed = [o for o in store.objects(fixed) if _matches(o.key.split("/"), pattern)]
        listed = [o for o in listed if not _hidden(o.key.rpartition("/")[2])]
    else:
        root = place.key.rstrip("/")
        folder = f"{root}/" if root else ""
        listed = [o for o in store.objects(folder) if not _hidden(o.key.removeprefix(folder))]
    if not listed and denied is not None:
        raise denied
    # A console makes a folder by an empty object whose key ends with a slash.
    return [_remote(o, place.bucket, root) for o in listed if not o.key.endswith("/")]


def _remote(found: S3Object, bucket: str, root: str) -> RemoteFile:
    if "" in found.key.split("/"):
        raise DataError(
            f"{S3}{bucket}/{found.key} has a name with an empty part, and cannot be opened. "
            "Copy it to another key, or leave it out with a glob."
        )
    name = found.key.removeprefix(f"{root}/") if root else found.key
    return RemoteFile(name, f"{bucket}/{found.key}", found.bytes, found.etag)


def _files(where: str) -> list[RemoteFile]:
    path = _local(where)
    with reading(where):
        if path.is_dir():
            root, found = path, _walk(path)
        elif path.is_file():
            root, found = path.parent, [path]
        else:
            parts = path.parts
            fixed = next((i for i, part in enumerate(parts) if MAGIC.search(part)), len(parts))
            root = Path(*parts[:fixed])
            named = map(Path, glob.glob(str(path), recursive=True))
            found = [p for p in named if p.is_file() and not _hidden(p.name)]
        return [_local_file(file, root) for file in sorted(found)]
    raise AssertionError("unreachable")


def _walk(folder: Path) -> list[Path]:
    """The files below a folder; links to folders are not followed, so there is no loop."""

    def stop(error: OSError) -> None:
        raise DataError(f"{error.filename} cannot be read: {error.strerror}.") from error

    found = []
    for name, folders, files in os.walk(folder, onerror=stop):
        folders[:] = [one for one in folders if not _hidden(one)]
        found += [Path(name, file) for file in files if not _hidden(file)]
    return [path for path in found if path.is_file()]


def _local_file(path: Path, root: Path) -> RemoteFile:
    stat = path.stat()
    version = f"{stat.st_mtime_ns}-{stat.st_size}"
    return RemoteFile(path.relative_to(root).as_posix(), str(path), stat.st_size, version)


def _local(where: str) -> Path:
    """The absolute path. Raises DataError for a URL of another kind, and for nothing."""
    if not where:
        raise DataError("No file is named. Name one, a folder of them, or a glob.")
    if where.startswith(FILE):
        where = unquote(where.removeprefix(FILE).removeprefix("//"))
    elif "://" in where:
        raise DataError(
            f"{where} cannot be opened. Name a path, or s3://bucket/key; copy anything else here."
        )
    return Path(where).absolute()


def _hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in name.split("/"))


def _matches(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a key matches a glob, part by part; ``**`` stands for any number of parts."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_matches(parts[i:], pattern[1:]) for i in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])
