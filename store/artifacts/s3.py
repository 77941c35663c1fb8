"""A store in S3, in AWS or in any server that speaks it."""

import contextlib
import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from store.artifacts.law import KEY, Tagged, checked, too_large
from store.artifacts.remote import CONNECT_SECONDS, MAX_COMPARED_BYTES, READ_SECONDS, RemoteStore
from store.artifacts.s3_errors import status_of, was_not_reached, was_refused
from store.errors import (
    AccessDenied,
    AlreadyExists,
    NotFound,
    StoreError,
    StoreUnavailable,
)

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

AMAZON = re.compile(r"https://s3(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?")
BODY_SECONDS = 15.0  # for a whole body, and a second more a MiB: slower is as good as away
S3_ATTEMPTS = 3
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


class S3Store(RemoteStore["S3Client"]):
    """A store under a prefix of a bucket, in AWS or in any server that speaks S3.

    Credentials, region and endpoint are found the standard way (``AWS_PROFILE``,
    ``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL_S3``, ...). Where there are none, requests go
    unsigned, which is what a public bucket takes.
    """

    scheme = "s3://"
    _anonymous = False

    def get_tagged(self, key: str, *, max_bytes: int, unless: str | None = None) -> Tagged | None:
        with self._errors(key):
            condition: Any = {} if unless is None else {"IfNoneMatch": unless}
            try:
                answer = self._client.get_object(
                    Bucket=self._name, Key=self._prefix + checked(key), **condition
                )
            except self._client.exceptions.ClientError as error:
                if status_of(error) == 304:
                    return None
                raise
            if (size := answer["ContentLength"]) > max_bytes:
                answer["Body"].close()
                raise too_large(key, size, max_bytes)
            return Tagged(self._body(key, answer["Body"], size), answer.get("ETag", ""))
        raise AssertionError("unreachable")

    def _write(self, key: str, data: bytes, *, onto: str | None) -> str:
        condition = {"IfMatch": onto} if onto else {} if onto is None else {"IfNoneMatch": "*"}
        try:
            return self._put_if(key, data, condition)
        except (AlreadyExists, NotFound) as error:
            retried = _was_retried(error)
            now = self._tagged_or_none(key) if onto or retried else None
            # A try whose answer was lost has written it, and the next one finds it there.
            if now is not None and retried and now.data == data:
                return now.tag
            # Ceph 16 refuses its own tag in quotes.
            if now is not None and onto == now.tag != now.tag.strip('"'):
                return self._put_if(key, data, {"IfMatch": now.tag.strip('"')})
            raise

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
        asked: dict[str, Any] = {"Bucket": self._name, "Key": self._prefix + checked(key)}
        conditional: dict[str, Any] = {**asked, **condition}
        with self._errors(key):
            try:
                return self._client.put_object(**conditional, Body=data)["ETag"]
            except self._client.exceptions.ClientError as error:
                if status_of(error) != NOT_IMPLEMENTED or not condition:
                    raise
            now = self._tagged_or_none(key)
            if (now.tag if now else "*") != condition.get("IfMatch", "*"):
                raise AlreadyExists(f"{key} exists in {self.url}; it was not replaced.")
            log.warning(UNCONDITIONAL, self.url)
            return self._client.put_object(**asked, Body=data)["ETag"]
        raise AssertionError("unreachable")

    def keys(self, prefix: str = "") -> list[str]:
        return [found.key for found in self.objects(prefix) if KEY.fullmatch(found.key)]

    def stat(self, key: str) -> S3Object:
        """The object under a key of any form. Raises NotFound."""
        with self._errors(key):
            answer = self._client.head_object(Bucket=self._name, Key=self._prefix + key)
            return S3Object(key, answer["ContentLength"], answer["ETag"].strip('"'))
        raise AssertionError("unreachable")

    def objects(self, prefix: str = "") -> list[S3Object]:
        """The objects whose keys begin with ``prefix``, of any form, sorted by key."""
        with self._errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._name, Prefix=self._prefix + prefix
            )
            return sorted(
                S3Object(item["Key"].removeprefix(self._prefix), item["Size"], item["ETag"][1:-1])
                for page in pages
                for item in page.get("Contents", [])
            )
        raise AssertionError("unreachable")

    def _delete(self, key: str) -> None:  # of any form
        self._client.delete_object(Bucket=self._name, Key=self._prefix + key)

    def access(self) -> S3Access:
        """Endpoint, the bucket's own region, and whether requests are signed.

        The region comes from the bucket where it says so, also to those whom it does not let in.
        """
        from botocore.exceptions import ClientError

        with self._errors(""):
            meta = self._client.meta
            try:
                answer: Mapping[str, Any] = self._client.head_bucket(Bucket=self._name)
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

    def _connect(self) -> "S3Client":
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
        return session.client("s3", region_name=region, config=config)

    @contextlib.contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Translate what boto3 raises into what ``store.errors`` promises."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            found = was_refused(error, self.url, key, anonymous=self._anonymous)
            if isinstance(found, AccessDenied):
                self._made = None  # the next one looks for credentials again
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
