"""The verb that looks at any application's event log, wherever it is."""

from pathlib import Path

import boto3
import pytest
from backports import zstd
from click.testing import CliRunner, Result

from pipeline.__main__ import cli
from pipeline.application import keep_application
from store.application import Application
from store.artifacts import FolderStore, open_store
from store.releases import (
    applications,
    publish,
    read_application,
    read_pointer,
    read_signed_pointer,
)
from store.schema import decode
from store.signature import new_key
from tests import builders
from tests.store import event_logs as log

SMALL = log.log_of(*log.small())


def called(*words: object, store: str) -> Result:
    """The verb ``application``; it needs neither Java nor Spark."""
    return CliRunner().invoke(cli, ["application", *map(str, words), "--artifacts", store])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app-1"
    path.write_bytes(SMALL)
    return path


def test_a_log_is_stored_and_its_key_is_the_last_line(file: Path, shelf: FolderStore) -> None:
    done = called(file, store=shelf.url)

    assert done.exit_code == 0, done.output
    *findings, key = done.stdout.splitlines()
    stored = decode(Application, shelf.get(key, max_bytes=10**6), name=key)
    assert key.startswith("applications/drinks/")
    assert stored.totals.tasks == 5
    assert len(findings) == len(stored.findings)
    assert shelf.keys("current.json") == []  # nothing is live that nobody asked for


def test_a_log_is_published_under_a_name(file: Path, shelf: FolderStore) -> None:
    done = called(file, "--name", "sales", "--publish", store=shelf.url)

    release = read_pointer(shelf).release
    assert done.stdout.splitlines()[-1] == release.results["application:sales"].key
    assert read_application(shelf, applications(release)["sales"]).name == "drinks"


def test_a_log_is_published_signed(file: Path, shelf: FolderStore, tmp_path: Path) -> None:
    pair = new_key()
    (tmp_path / "key.pem").write_bytes(pair.private)

    done = called(file, "--publish", "--key", tmp_path / "key.pem", store=shelf.url)

    assert done.exit_code == 0, done.output
    assert read_signed_pointer(shelf, (pair.public,)) is not None


def test_what_spark_did_is_kept_beside_the_profile_it_made(file: Path, shelf: FolderStore) -> None:
    profile_at = builders.put_profile(shelf)

    key = keep_application(file.parent, shelf, profile_at, rows=60, input_bytes=40)

    [released] = publish(shelf, profile_at, None).profiles
    assert released.application is not None
    assert released.application.key == key
    kept = read_application(shelf, released.application)
    assert (kept.rows_read, kept.bytes_read, kept.rows_per_second) == (60, 40, 10.0)


@pytest.mark.parametrize("name", ["../up", "a b", "", "-x"])
def test_a_name_that_no_key_could_have_is_refused(
    name: str, file: Path, shelf: FolderStore
) -> None:
    done = called(file, f"--name={name}", store=shelf.url)

    assert (done.exit_code, shelf.keys()) == (2, [])
    assert "cannot be a name" in done.stderr


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"LZ4Block"])
def test_what_is_no_log_is_refused_in_one_line(
    content: bytes, file: Path, shelf: FolderStore
) -> None:
    file.write_bytes(content)

    done = called(file, store=shelf.url)

    assert (done.exit_code, len(done.stderr.splitlines()), shelf.keys()) == (2, 1, [])


def test_a_log_is_read_from_s3(s3_url: str, s3_server: str) -> None:
    bucket, prefix = s3_url.removeprefix("s3://").split("/")
    client = boto3.client("s3", endpoint_url=s3_server, region_name="us-east-1")
    lines = SMALL.splitlines(keepends=True)
    folder = f"{prefix}/logs/eventlog_v2_app-1"
    for name, part in (("events_2_app.zstd", lines[7:]), ("events_1_app.zstd", lines[:7])):
        body = zstd.compress(b"".join(part))
        client.put_object(Bucket=bucket, Key=f"{folder}/{name}", Body=body)
    client.put_object(Bucket=bucket, Key=f"{folder}/appstatus_app", Body=b"")
    client.put_object(Bucket=bucket, Key=f"{prefix}/app-2", Body=SMALL)

    for where in (f"{s3_url}/logs", f"{s3_url}/app-2"):
        done = called(where, "--name", "it", store=f"s3://{bucket}/shelf")
        assert done.exit_code == 0, done.output
        key = done.stdout.splitlines()[-1]
        data = open_store(f"s3://{bucket}/shelf").get(key, max_bytes=10**6)
        assert decode(Application, data, name=key).complete


def test_two_logs_in_s3_have_to_be_chosen_from(s3_url: str, shelf: FolderStore) -> None:
    for name in ("app-1", "app-2"):
        open_store(s3_url).put(name, SMALL)

    done = called(s3_url, store=shelf.url)

    assert done.exit_code == 2
    assert "holds 2 logs" in done.stderr
