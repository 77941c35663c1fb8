"""What a real S3 server asks of its clients, and the other servers of the tests do not."""

import json

import boto3
import pytest

from store.artifacts import open_store
from store.errors import AccessDenied, NoBucket

pytestmark = pytest.mark.slow


def test_a_wrong_secret_is_denied(ceph_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(ceph_url).put("current.json", b"data")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")

    for use in (
        lambda: open_store(ceph_url).get("current.json", max_bytes=10),
        lambda: open_store(ceph_url).put_new("other.json", b""),
        open_store(ceph_url).keys,
    ):
        with pytest.raises(AccessDenied):
            use()


def test_who_is_unknown_reads_a_public_bucket_and_writes_nothing(
    ceph_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = ceph_url.split("/")[2]
    open_store(ceph_url).put("current.json", b"data")
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    boto3.Session().client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    store = open_store(ceph_url)

    assert store.get("current.json", max_bytes=10) == b"data"
    for write in (
        lambda: store.put("current.json", b"mine"),
        lambda: store.put_new("other.json", b"mine"),
        lambda: store.swap("other.json", b"mine", tag=None),
    ):
        with pytest.raises(AccessDenied):
            write()


def test_who_is_unknown_is_kept_out_of_a_bucket_that_is_not_public(
    ceph_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(ceph_url).put("current.json", b"data")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    with pytest.raises(AccessDenied):
        open_store(ceph_url).get("current.json", max_bytes=10)


def test_a_bucket_that_is_not_there_is_named(ceph_url: str) -> None:
    with pytest.raises(NoBucket, match="no-such-bucket"):
        open_store("s3://no-such-bucket/prefix").get("current.json", max_bytes=10)
