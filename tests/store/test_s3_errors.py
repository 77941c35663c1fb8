"""What S3 servers say when something is wrong, and what a person is told of it."""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from store.artifacts import ArtifactStore, S3Store, open_store
from store.errors import (
    AccessDenied,
    AlreadyExists,
    Conflict,
    NoBucket,
    NotFound,
    StoreError,
    StoreUnavailable,
)
from store.releases import publish, read_pointer
from tests import builders
from tests.answers import Answer, Handler, answering, serving

Use = Callable[[ArtifactStore], object]
KEY = "current.json"


def get(store: ArtifactStore) -> object:
    return store.get(KEY, max_bytes=10)


def put(store: ArtifactStore) -> None:
    store.put(KEY, b"1")


def put_new(store: ArtifactStore) -> None:
    store.put_new(KEY, b"1")


def swap(store: ArtifactStore) -> object:
    return store.swap(KEY, b"1", tag='"a"')


def keys(store: ArtifactStore) -> object:
    return store.keys()


def remove(store: ArtifactStore) -> None:
    store.remove([KEY])


def stat(store: ArtifactStore) -> object:
    assert isinstance(store, S3Store)
    return store.stat(KEY)


def said(code: str, **more: str) -> bytes:
    """The body of an answer that tells an error."""
    parts = "".join(f"<{name}>{value}</{name}>" for name, value in {"Code": code, **more}.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><Error>{parts}</Error>'.encode()


# What happened, what the server says of it, and what is made of that.
CASES: list[tuple[Use, int, str, dict[str, str], type[StoreError], str]] = [
    (get, 404, "NoSuchKey", {}, NotFound, r"There is no current\.json in s3://bucket/prefix\."),
    (put, 404, "NoSuchBucket", {}, NoBucket, "There is no bucket bucket. Make it, or correct"),
    (keys, 404, "NoSuchBucket", {}, NoBucket, "There is no bucket bucket"),
    (get, 403, "AccessDenied", {}, AccessDenied, r"needs s3:GetObject\. Without s3:ListBucket the"),
    (put, 403, "AccessDenied", {}, AccessDenied, r"needs s3:PutObject\. Check"),
    (put_new, 403, "AccessDenied", {}, AccessDenied, r"needs s3:PutObject\."),
    (swap, 403, "AccessDenied", {}, AccessDenied, r"needs s3:PutObject\."),
    (remove, 403, "AccessDenied", {}, AccessDenied, r"needs s3:DeleteObject\."),
    (keys, 403, "AccessDenied", {}, AccessDenied, r"needs s3:ListBucket\."),
    (get, 403, "ExpiredToken", {}, AccessDenied, r"have expired \(ExpiredToken\)\. Log in again"),
    (put, 400, "ExpiredToken", {}, AccessDenied, "have expired"),
    (get, 403, "InvalidAccessKeyId", {}, AccessDenied, "does not know whom .* AWS_ENDPOINT_URL_S3"),
    (get, 403, "SignatureDoesNotMatch", {}, AccessDenied, "does not know whom"),
    (get, 401, "Unauthorized", {}, AccessDenied, r"access denied \(Unauthorized\)"),
    (
        put,
        400,
        "AuthorizationHeaderMalformed",
        {"Region": "eu-west-3"},
        StoreUnavailable,
        r"the bucket bucket is in the region eu-west-3\. Set AWS_REGION=eu-west-3",
    ),
    (put, 301, "PermanentRedirect", {}, StoreUnavailable, r"sends elsewhere .*https"),
    (put, 400, "IllegalLocationConstraintException", {}, StoreUnavailable, "in another region"),
    (put, 409, "ConditionalRequestConflict", {}, AlreadyExists, "exists in"),
    (put_new, 412, "PreconditionFailed", {}, AlreadyExists, "published objects never change"),
    (put, 400, "EntityTooLarge", {}, StoreUnavailable, "the S3 server answered EntityTooLarge"),
    (put, 405, "MethodNotAllowed", {}, StoreUnavailable, "the S3 server answered MethodNotAllowed"),
]


@pytest.mark.parametrize(("use", "status", "code", "more", "kind", "text"), CASES)
def test_an_error_of_the_server_is_told_in_plain_words(
    use: Use,
    status: int,
    code: str,
    more: dict[str, str],
    kind: type[StoreError],
    text: str,
    s3_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with answering(Answer(status, said(code, **more))) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(kind, match=text) as told:
            use(open_store("s3://bucket/prefix"))

    assert type(told.value) is kind


def test_a_bucket_of_another_region_is_told_with_the_region_that_the_server_names(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"x-amz-bucket-region": "eu-west-3"}
    with answering(Answer(301, said("PermanentRedirect"), headers)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(StoreUnavailable, match="in the region eu-west-3"):
            get(open_store("s3://bucket/prefix"))


def test_an_answer_without_a_body_is_told_by_its_status(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for status, kind in ((404, NotFound), (403, AccessDenied), (418, StoreUnavailable)):
        with answering(Answer(status, b"")) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
            with pytest.raises(kind):
                stat(open_store("s3://bucket/prefix"))


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (timedelta(minutes=-47), "this machine is 47 minutes behind the S3 server's"),
        (timedelta(minutes=20), "this machine is 20 minutes ahead of the S3 server's"),
        (timedelta(hours=30), "this machine is 30 hours ahead of the S3 server's"),
    ],
)
@pytest.mark.parametrize("where", ["body", "header"])
def test_a_clock_that_is_wrong_is_told_with_how_far(
    offset: timedelta, text: str, where: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = datetime.now(UTC) - offset
    more = {"ServerTime": f"{theirs:%Y-%m-%dT%H:%M:%SZ}"} if where == "body" else {}
    answer = Answer(403, said("RequestTimeTooSkewed", **more), {"Date": format_datetime(theirs)})
    with answering(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(AccessDenied, match=f"{text}. Set the clock of this machine."):
            put(open_store("s3://bucket/prefix"))


def test_without_credentials_a_private_bucket_says_that_there_are_none(
    no_aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(Answer(403, said("AccessDenied"))) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(AccessDenied, match=r"no AWS credentials were found.*s3:GetObject"):
            get(open_store("s3://bucket/prefix"))


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"AWS_PROFILE": "work"}, "there is no AWS profile of the name in AWS_PROFILE"),
        ({"AWS_ACCESS_KEY_ID": "demo"}, "AWS_SECRET_ACCESS_KEY are not both set"),
    ],
)
def test_credentials_that_are_set_up_wrongly_are_told(
    variables: dict[str, str], text: str, no_aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(AccessDenied, match=text):
        get(open_store("s3://bucket/prefix"))


def test_no_text_carries_a_secret_or_a_path_of_this_machine(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "open-sesame")
    for use, status, code, more, _, _ in CASES:
        body = said(code, **more, HostId="host-7", Message="secret/path")
        with answering(Answer(status, body)) as url:
            monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
            with pytest.raises(StoreError) as told:
                use(open_store("s3://bucket/prefix"))
        assert not re.search(r"open-sesame|host-7|secret/path|/home|/tmp|/usr", str(told.value))


# Servers with their own idea of conditions


class Quirky(Handler):
    """An S3 server of one bucket in memory, without conditions or with its own idea of them."""

    objects: dict[str, bytes]
    conditions: str  # "none" answers 501; "unquoted" compares tags without their quotes

    def do_GET(self) -> None:
        data = self.objects.get(self.path)
        self.answer(200, data) if data is not None else self.answer(404, said("NoSuchKey"))

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            size, _, rest = data.partition(b"\r\n")
            data = rest[: int(size, 16)]
        match, none_match = self.headers.get("If-Match"), self.headers.get("If-None-Match")
        now = self.objects.get(self.path)
        if self.conditions == "none" and (match or none_match):
            return self.answer(501, said("NotImplemented"))
        if (match and match != (tag(now or b""))) or (none_match and now is not None):
            return self.answer(412, said("PreconditionFailed"))
        self.objects[self.path] = data
        self.answer(200, b"", tagged=data)

    def answer(self, status: int, body: bytes, tagged: bytes | None = None) -> None:
        etag = f'"{tag(body if tagged is None else tagged)}"'
        self.begin(status, {"Content-Length": str(len(body)), "ETag": etag})
        self.wfile.write(body)


def tag(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@contextmanager
def quirky(conditions: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[ArtifactStore]:
    handler = type("Handler", (Quirky,), {"objects": {}, "conditions": conditions})
    with serving(handler) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        yield open_store("s3://bucket/prefix")


@pytest.mark.parametrize("conditions", ["none", "unquoted"])
def test_swap_works_on_servers_with_their_own_idea_of_conditions(
    conditions: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with quirky(conditions, monkeypatch) as store:
        store.put_new("a", b"1")
        with pytest.raises(AlreadyExists):
            store.put_new("a", b"2")
        first = store.swap(KEY, b"1", tag=None)
        second = store.swap(KEY, b"2", tag=first)
        for stale in (None, first):
            with pytest.raises(Conflict, match="changed by somebody else"):
                store.swap(KEY, b"3", tag=stale)

        assert store.get_tagged(KEY, max_bytes=10) == (b"2", second)
        assert store.get("a", max_bytes=10) == b"1"


def test_a_server_without_conditions_is_named_aloud_when_something_is_published(
    s3_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with quirky("none", monkeypatch) as store:
        release = publish(store, builders.put_profile(store), builders.put_model(store))
        assert read_pointer(store).release == release

    assert "Two publishers at once may overwrite each other" in caplog.text
    assert "s3://bucket/prefix" in caplog.text


def test_a_server_with_conditions_is_not_warned_of(
    s3_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = open_store(s3_url)

    publish(store, builders.put_profile(store), builders.put_model(store))

    assert caplog.text == ""
