"""A store in S3, in AWS or in any server that speaks it."""

import contextlib
import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from store.artifacts.law import KEY, Tagged, checked, conflict, too_large
from store.artifacts.s3_errors import status_of, was_not_reached, was_refused
from store.errors import (
    AccessDenied,
    AlreadyExists,
    Conflict,
    NotFound,
    StoreError,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

AMAZON = re.compile(r"https://s3(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0  # without any byte
BODY_SECONDS = 15.0  # for a whole body, and a second more a MiB: slower is as good as away
S3_ATTEMPTS = 3
MAX_COMPARED_BYTES = 256 * 2**20
NOT_IMPLEMENTED = 501
UNCONDITIONAL = (
    "%s: the S3 server cannot write under a condition (If-Match, If-None-Match). Two publishers at "
    "once may overwrite each other there: let only one publish at a time."
)

log = logging.getLogger(__name__)


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
        self._owner = 0

    def get(self, key: str, *, max_bytes: int) -> bytes:
        found = self.get_tagged(key, max_bytes=max_bytes)
        assert found is not None
        return found.data

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        with self._errors(key):
            condition: Any = {} if unless is None else {"IfNoneMatch": unless}
            try:
                answer = self._s3.get_object(
                    Bucket=self._bucket, Key=self._prefix + checked(key), **condition
                )
            except self._s3.exceptions.ClientError as error:
                if status_of(error) == 304:
                    return None
                raise
            if (size := answer["ContentLength"]) > max_bytes:
                answer["Body"].close()
                raise too_large(key, size, max_bytes)
            return Tagged(self._body(key, answer["Body"], size), answer.get("ETag", ""))
        raise AssertionError("unreachable")

    def put_new(self, key: str, data: bytes) -> None:
        try:
            self._put_if(key, data, {"IfNoneMatch": "*"})
        except AlreadyExists as error:
            # A try whose answer was lost has written it, and the next one finds it there.
            if not _was_retried(error) or self.get(key, max_bytes=MAX_COMPARED_BYTES) != data:
                raise

    def put(self, key: str, data: bytes) -> None:
        with self._errors(key):
            self._s3.put_object(Bucket=self._bucket, Key=self._prefix + checked(key), Body=data)

    def swap(self, key: str, data: bytes, *, tag: str | None) -> str:
        try:
            return self._put_if(
                key, data, {"IfNoneMatch": "*"} if tag is None else {"IfMatch": tag}
            )
        except (AlreadyExists, NotFound) as error:
            now = self._tagged_or_none(key)
            # As with put_new: a try whose answer was lost may have written it.
            if now is not None and _was_retried(error) and now.data == data:
                return now.tag
            if now is not None and tag is not None and now.tag == tag and tag != tag.strip('"'):
                return self._swap_unquoted(key, data, tag)
            raise Conflict(conflict(key, self.url)) from error

    def _swap_unquoted(self, key: str, data: bytes, tag: str) -> str:
        """Swap on a server that refuses its own tag in quotes, as Ceph 16 does."""
        try:
            return self._put_if(key, data, {"IfMatch": tag.strip('"')})
        except (AlreadyExists, NotFound) as error:
            raise Conflict(conflict(key, self.url)) from error

    def _tagged_or_none(self, key: str) -> Tagged | None:
        try:
            return self.get_tagged(key, max_bytes=MAX_COMPARED_BYTES)
        except NotFound:
            return None

    def _put_if(self, key: str, data: bytes, condition: Mapping[str, str]) -> str:
        """Write an object under a condition; gives its tag.

        A server that has no such conditions answers 501. There it is looked at first and then
        written, which leaves a moment in which somebody else may write too; a warning says so.

        Raises:
            AlreadyExists: The condition does not hold.
        """
        asked: dict[str, Any] = {"Bucket": self._bucket, "Key": self._prefix + checked(key)}
        conditional: dict[str, Any] = {**asked, **condition}
        with self._errors(key):
            try:
                return self._s3.put_object(**conditional, Body=data)["ETag"]
            except self._s3.exceptions.ClientError as error:
                if status_of(error) != NOT_IMPLEMENTED:
                    raise
            now = self._tagged_or_none(key)
            if (now.tag if now else "*") != condition.get("IfMatch", "*"):
                raise AlreadyExists(f"{key} exists in {self.url}; it was not replaced.")
            log.warning(UNCONDITIONAL, self.url)
            return self._s3.put_object(**asked, Body=data)["ETag"]
        raise AssertionError("unreachable")

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

    def _body(self, key: str, body: Any, size: int) -> bytes:
        """All bytes of an answer, to the end: only then is its checksum compared.

        The read timeout is for one packet: who sends a byte now and then never meets it.
        """
        late = threading.Event()
        seconds = BODY_SECONDS + size / 2**20

        def stop() -> None:
            late.set()
            with contextlib.suppress(OSError, RuntimeError, ValueError):  # it has just ended
                body._raw_stream.shutdown()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            return bytes(body.read())
        except Exception as error:
            if late.is_set():
                raise StoreUnavailable(
                    f"{self.url}/{key}: {size:,} bytes took longer than {seconds:.0f} s. "
                    "Check the network."
                ) from error
            raise
        finally:
            timer.cancel()

    @property
    def _s3(self) -> "S3Client":
        """The client, made on first use: boto3 takes longer to import than a page to answer."""
        client = self._client if self._owner == os.getpid() else None  # a fork shares no sockets
        if client is None:
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
            client = session.client("s3", region_name=region, config=config)
            self._client, self._owner = client, os.getpid()
        return client

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate what boto3 raises into what ``store.errors`` promises."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            found = was_refused(error, self.url, key, anonymous=self._anonymous)
            if isinstance(found, AccessDenied):
                self._client = None  # the next one looks for credentials again
            raise found from error
        except RecursionError as error:  # boto3 asks for the region until the stack is full
            raise StoreUnavailable(
                f"{self.url}/{key}: the S3 server sends elsewhere whatever it is asked. Check "
                "AWS_ENDPOINT_URL_S3 (https instead of http?) and AWS_REGION."
            ) from error
        except BotoCoreError as error:
            raise was_not_reached(error, self.url, key) from error


def _was_retried(error: StoreError) -> bool:
    """Whether S3 was asked more than once until it answered so."""
    answer = getattr(error.__cause__, "response", {})
    return bool(answer.get("ResponseMetadata", {}).get("RetryAttempts"))
