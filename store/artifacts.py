"""Where artifacts live: bytes under keys, in a folder, in S3, or in memory.

One law for every store (``tests/store/test_artifacts.py``): ``get`` gives back what was put;
``put_new`` never replaces; ``put`` replaces at once or not at all; ``keys`` is sorted.
"""

import contextlib
import os
import re
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from store.errors import AccessDenied, AlreadyExists, NoBucket, NotFound, StoreUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._=-]*(/[A-Za-z0-9][A-Za-z0-9._=-]*)*")
AMAZON = re.compile(r"https://s3(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
DRAFT = ".draft-"
STALE_SECONDS = 15 * 60.0  # no draft takes as long to write
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
S3_ATTEMPTS = 3
MAX_COMPARED_BYTES = 256 * 2**20


class ArtifactStore(Protocol):
    """Bytes under keys such as ``models/wine/20261101T120000Z-3fa2c1/card.json``."""

    url: str

    def get(self, key: str, *, max_bytes: int) -> bytes:
        """The object's bytes. Raises NotFound, and StoreUnavailable beyond ``max_bytes``."""

    def put_new(self, key: str, data: bytes) -> None:
        """Write an object that nobody may replace. Raises AlreadyExists."""

    def put(self, key: str, data: bytes) -> None:
        """Write or replace an object; a reader sees the old bytes or the new, never a mix."""

    def keys(self, prefix: str = "") -> list[str]:
        """The keys that begin with ``prefix``, sorted."""


def open_store(url: str) -> ArtifactStore:
    """The store at ``url``: ``s3://bucket/prefix``, ``memory://``, or the path of a folder.

    Raises:
        StoreUnavailable: The URL is of another kind.
    """
    if url.startswith("s3://"):
        return S3Store(url)
    if url.startswith("memory://"):
        return MemoryStore()
    if "://" in url:
        raise StoreUnavailable(f"{url} is no store; write s3://bucket/prefix or a folder.")
    return FolderStore(Path(url))


def _checked(key: str) -> str:
    """The key itself. Raises ValueError where it could leave the store or confuse a server."""
    if not KEY.fullmatch(key):
        raise ValueError(f"not a store key: {key!r}")
    return key


def _too_large(key: str, size: int, max_bytes: int) -> StoreUnavailable:
    return StoreUnavailable(f"{key} has {size:,} bytes; at most {max_bytes:,} are read.")


class MemoryStore:
    """A store that is gone with the process; for tests."""

    def __init__(self) -> None:
        self.url = "memory://"
        self._objects: dict[str, bytes] = {}
        self._writing = threading.Lock()

    def get(self, key: str, *, max_bytes: int) -> bytes:
        if (data := self._objects.get(_checked(key))) is None:
            raise NotFound(f"There is no {key} in {self.url}.")
        if len(data) > max_bytes:
            raise _too_large(key, len(data), max_bytes)
        return data

    def put_new(self, key: str, data: bytes) -> None:
        with self._writing:
            if _checked(key) in self._objects:
                raise AlreadyExists(f"{key} exists in {self.url}; published objects never change.")
            self._objects[key] = data

    def put(self, key: str, data: bytes) -> None:
        self._objects[_checked(key)] = data

    def keys(self, prefix: str = "") -> list[str]:
        return sorted(key for key in list(self._objects) if key.startswith(prefix))


class FolderStore:
    """A store in a folder, which is made when something is first put into it.

    An object is written as a draft beside its place, and gets its name when it is whole. The draft
    of a writer that was killed stays behind, under a name that is no key; the next writer to the
    store removes it, once, when it is older than ``STALE_SECONDS``.
    """

    def __init__(self, folder: Path) -> None:
        self.url = str(folder)
        self._folder = folder
        self._swept = False

    def get(self, key: str, *, max_bytes: int) -> bytes:
        path = self._folder / _checked(key)
        try:
            with path.open("rb") as file:
                if (size := os.fstat(file.fileno()).st_size) > max_bytes:
                    raise _too_large(key, size, max_bytes)
                return file.read(max_bytes)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise NotFound(f"There is no {key} in {self.url}.") from error
        except OSError as error:
            raise StoreUnavailable(
                f"{key} in {self.url} cannot be read: {error.strerror}."
            ) from error

    def put_new(self, key: str, data: bytes) -> None:
        with self._written(key, data) as draft:
            try:
                os.link(draft, self._folder / key)
            except FileExistsError as error:
                raise AlreadyExists(
                    f"{key} exists in {self.url}; published objects never change."
                ) from error

    def put(self, key: str, data: bytes) -> None:
        with self._written(key, data) as draft:
            os.replace(draft, self._folder / key)

    def keys(self, prefix: str = "") -> list[str]:
        found = (path for path in self._folder.rglob("*") if path.is_file())
        names = (path.relative_to(self._folder).as_posix() for path in found)
        return sorted(name for name in names if name.startswith(prefix) and KEY.fullmatch(name))

    @contextlib.contextmanager
    def _written(self, key: str, data: bytes) -> Iterator[str]:
        """A file beside the key that holds the data on disk; gone afterwards, whatever happens."""
        target = self._folder / _checked(key)
        draft = ""
        self._sweep()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=DRAFT, dir=target.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(draft, 0o644)
            yield draft
        except OSError as error:
            raise StoreUnavailable(
                f"{key} cannot be written to {self.url}: {error.strerror}."
            ) from error
        finally:
            with contextlib.suppress(FileNotFoundError, IsADirectoryError):
                os.unlink(draft)

    def _sweep(self) -> None:
        """Remove the drafts that nobody is writing any more; what cannot be removed stays."""
        if self._swept:
            return
        self._swept = True
        before = time.time() - STALE_SECONDS
        with contextlib.suppress(OSError):  # the writing itself says what is wrong
            for draft in self._folder.rglob(f"{DRAFT}*"):
                with contextlib.suppress(OSError):  # another writer may sweep too
                    if draft.is_file() and draft.stat().st_mtime < before:
                        draft.unlink()


class S3Object(NamedTuple):
    """What S3 says of an object without its bytes; ``key`` is relative to the store."""

    key: str
    bytes: int
    etag: str


class S3Access(NamedTuple):
    """How another S3 client reaches the same bucket; credentials are not part of it.

    ``endpoint`` is None where it is Amazon's own; ``anonymous`` where no credentials were found.
    """

    endpoint: str | None
    region: str
    anonymous: bool


class S3Store:
    """A store under a prefix of a bucket, in AWS or in any server that speaks S3.

    Credentials, region and endpoint are found the standard way (``AWS_PROFILE``,
    ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL_S3``, ...). Where there are none, requests go
    unsigned, which is what a public bucket takes.
    """

    def __init__(self, url: str) -> None:
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise StoreUnavailable(f"{url} names no bucket; write s3://bucket/prefix.")
        self.url = url.rstrip("/")
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client: S3Client | None = None
        self._anonymous = False

    def get(self, key: str, *, max_bytes: int) -> bytes:
        with self._errors(key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=self._prefix + _checked(key))
            if (size := answer["ContentLength"]) > max_bytes:
                answer["Body"].close()
                raise _too_large(key, size, max_bytes)
            return answer["Body"].read()  # to the end: only then is the checksum compared
        raise AssertionError("unreachable")

    def put_new(self, key: str, data: bytes) -> None:
        try:
            with self._errors(key):
                self._s3.put_object(
                    Bucket=self._bucket,
                    Key=self._prefix + _checked(key),
                    Body=data,
                    IfNoneMatch="*",
                )
        except AlreadyExists as error:
            # A try whose answer was lost has written it, and the next one finds it there.
            if not _was_retried(error) or self.get(key, max_bytes=MAX_COMPARED_BYTES) != data:
                raise

    def put(self, key: str, data: bytes) -> None:
        with self._errors(key):
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + _checked(key), Body=data)

    def keys(self, prefix: str = "") -> list[str]:
        return [found.key for found in self.objects(prefix) if KEY.fullmatch(found.key)]

    def stat(self, key: str) -> S3Object:
        """The object under a key of any form. Raises NotFound."""
        with self._errors(key):
            answer = self._s3.head_object(Bucket=self._bucket, Key=self._prefix + key)
            return S3Object(key, answer["ContentLength"], answer["ETag"].strip('"'))
        raise AssertionError("unreachable")

    def objects(self, prefix: str = "") -> list[S3Object]:
        """The objects whose keys begin with ``prefix``, of any form, sorted by key."""
        with self._errors(prefix):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix
            )
            return sorted(
                S3Object(item["Key"].removeprefix(self._prefix), item["Size"], item["ETag"][1:-1])
                for page in pages
                for item in page.get("Contents", [])
            )
        raise AssertionError("unreachable")

    def remove(self, keys: Iterable[str]) -> None:
        """Remove objects under keys of any form; one that is gone already is no error."""
        for key in keys:
            with self._errors(key):
                self._s3.delete_object(Bucket=self._bucket, Key=self._prefix + key)

    def access(self) -> S3Access:
        """Endpoint, the bucket's own region, and whether requests are signed.

        The region comes from the bucket where it says so, also to those whom it does not let in.
        """
        from botocore.exceptions import ClientError

        with self._errors(""):
            meta = self._s3.meta
            try:
                answer: Mapping[str, Any] = self._s3.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                    raise
                answer = error.response
            headers = answer["ResponseMetadata"]["HTTPHeaders"]
            return S3Access(
                endpoint=None if AMAZON.fullmatch(meta.endpoint_url) else meta.endpoint_url,
                region=headers.get("x-amz-bucket-region") or meta.region_name,
                anonymous=self._anonymous,
            )
        raise AssertionError("unreachable")

    @property
    def _s3(self) -> "S3Client":
        """The client, made on first use: boto3 takes longer to import than a page to answer."""
        if self._client is None:
            import boto3
            from botocore import UNSIGNED
            from botocore.config import Config

            session = boto3.Session()
            config = Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"mode": "standard", "total_max_attempts": S3_ATTEMPTS},
            )
            self._anonymous = session.get_credentials() is None
            if self._anonymous:
                config = config.merge(Config(signature_version=UNSIGNED))
            region = os.environ.get("AWS_REGION") or session.region_name or "us-east-1"
            self._client = session.client("s3", region_name=region, config=config)
        return self._client

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate what boto3 raises into what ``store.errors`` promises."""
        from botocore.exceptions import BotoCoreError, ClientError

        where = f"{self.url}/{key}"
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if code in {"NoSuchKey", "404"} and key:
                raise NotFound(f"There is no {key} in {self.url}.") from error
            if status in {409, 412}:
                raise AlreadyExists(
                    f"{key} exists in {self.url}; published objects never change."
                ) from error
            if code in {"NoSuchBucket", "404"}:
                raise NoBucket(
                    f"There is no bucket {self._bucket}. Make it, or correct ARTIFACTS_URL."
                ) from error
            if status in {401, 403}:
                raise AccessDenied(
                    f"{where}: access denied ({code}). Check the AWS credentials, the bucket "
                    "policy and the clock of this machine."
                ) from error
            raise StoreUnavailable(f"{where}: the S3 server answered {code or status}.") from error
        except BotoCoreError as error:
            raise StoreUnavailable(
                f"{where}: {type(error).__name__}. Check AWS_ENDPOINT_URL_S3, AWS_REGION and "
                "the network."
            ) from error


def _was_retried(error: AlreadyExists) -> bool:
    """Whether S3 was asked more than once until it answered so."""
    answer = getattr(error.__cause__, "response", {})
    return bool(answer.get("ResponseMetadata", {}).get("RetryAttempts"))
