"""One law for every store, and what is particular to a folder and to S3."""

import base64
import hashlib
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from botocore.exceptions import ConnectionClosedError

from scripts import servers
from store.artifacts import (
    ArtifactStore,
    AzureStore,
    FolderStore,
    GcsStore,
    MemoryStore,
    S3Store,
    open_store,
    s3,
)
from store.errors import AlreadyExists, Conflict, NotFound, StoreUnavailable
from tests import faults
from tests.answers import Answer, answering

WRITERS = 8


CLOUDS = {
    "s3": "s3_url",
    "ministack": "ministack_url",
    "ceph": "ceph_url",
    "gcs": "gcs_url",
    "azure": "azure_url",
}


@pytest.fixture(
    params=[
        pytest.param(kind, marks=pytest.mark.slow if kind == "ceph" else ())
        for kind in ("folder", "memory", *CLOUDS)
    ]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    if request.param in CLOUDS:
        return open_store(request.getfixturevalue(CLOUDS[request.param]))
    return open_store("memory://" if request.param == "memory" else str(tmp_path / "artifacts"))


def at_once(action: Callable[[int], str]) -> list[str]:
    """What ``action`` gives to eight threads that start together."""
    start = threading.Barrier(WRITERS)

    def run(number: int) -> str:
        start.wait()
        return action(number)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(run, range(WRITERS)))


# The law


@pytest.mark.parametrize("data", [b"", b"\x00\xff\r\n", b"x" * 3_000_000])
def test_get_gives_back_what_was_put(store: ArtifactStore, data: bytes) -> None:
    store.put_new("a/b.json", data)
    store.put("c", data)

    assert store.get("a/b.json", max_bytes=3_000_000) == data
    assert store.get("c", max_bytes=3_000_000) == data


def test_a_key_that_nobody_wrote_is_not_found(store: ArtifactStore) -> None:
    store.put("models/wine/card.json", b"{}")

    for key in ("models/wine/other.json", "models/wine", "models/wine/card.json/more"):
        with pytest.raises(NotFound, match=f"no {key} in"):
            store.get(key, max_bytes=10)


def test_put_new_never_replaces(store: ArtifactStore) -> None:
    store.put_new("releases/1.json", b"first")

    with pytest.raises(AlreadyExists, match=r"releases/1\.json exists"):
        store.put_new("releases/1.json", b"second")

    assert store.get("releases/1.json", max_bytes=10) == b"first"


def test_of_eight_writers_of_a_new_key_one_wins(store: ArtifactStore) -> None:
    def write(number: int) -> str:
        try:
            store.put_new("contested", f"writer {number}".encode())
        except AlreadyExists:
            return ""
        return f"writer {number}"

    winners = [winner for winner in at_once(write) if winner]

    assert len(winners) == 1
    assert store.get("contested", max_bytes=100).decode() == winners[0]


def test_put_replaces(store: ArtifactStore) -> None:
    store.put("current.json", b"a long first text")

    store.put("current.json", b"short")

    assert store.get("current.json", max_bytes=100) == b"short"


def test_a_reader_sees_the_old_bytes_or_the_new(store: ArtifactStore) -> None:
    old, new = b"o" * 500_000, b"n" * 400_000
    store.put("current.json", old)

    def write_or_read(number: int) -> str:
        seen = set()
        for turn in range(10):
            if number == 0:
                store.put("current.json", new if turn % 2 == 0 else old)
            else:
                seen.add(store.get("current.json", max_bytes=len(old)))
        return "torn" if seen - {old, new} else "whole"

    assert at_once(write_or_read) == ["whole"] * WRITERS


def test_a_tag_tells_whether_an_object_changed(store: ArtifactStore) -> None:
    store.put("current.json", b"old")
    seen = store.get_tagged("current.json", max_bytes=10)
    assert seen is not None

    same = store.get_tagged("current.json", max_bytes=10, unless=seen.tag)
    store.put("current.json", b"new")
    changed = store.get_tagged("current.json", max_bytes=10, unless=seen.tag)

    assert seen.data == b"old"
    assert same is None
    assert changed is not None
    assert changed.data == b"new"


def test_swap_replaces_only_what_its_caller_saw(store: ArtifactStore) -> None:
    first = store.swap("current.json", b"1", tag=None)
    second = store.swap("current.json", b"2", tag=first)

    for tag in (None, first):
        with pytest.raises(Conflict, match="changed by somebody else"):
            store.swap("current.json", b"3", tag=tag)
    with pytest.raises(Conflict):
        store.swap("other.json", b"3", tag=second)

    assert store.get_tagged("current.json", max_bytes=10) == (b"2", second)
    assert store.keys() == ["current.json"]


@pytest.mark.parametrize("exists", [True, False])
def test_of_eight_who_swap_what_they_saw_one_succeeds(store: ArtifactStore, exists: bool) -> None:
    tag = store.swap("contested", b"before", tag=None) if exists else None

    def write(number: int) -> str:
        try:
            store.swap("contested", f"writer {number}".encode(), tag=tag)
        except Conflict:
            return ""
        return f"writer {number}"

    winners = [winner for winner in at_once(write) if winner]

    assert len(winners) == 1
    assert store.get("contested", max_bytes=100).decode() == winners[0]


def test_what_is_removed_is_not_found_and_may_be_gone_already(store: ArtifactStore) -> None:
    for key in ("models/wine/1/card.json", "models/wine/2/card.json"):
        store.put_new(key, b"{}")

    store.remove(["models/wine/1/card.json", "models/wine/1/card.json", "never/there"])

    assert store.keys() == ["models/wine/2/card.json"]


def test_keys_are_sorted_and_begin_with_the_prefix(store: ArtifactStore) -> None:
    for key in ("models/b/2", "profiles/a/1", "models/a/10", "models/a/9", "models-old"):
        store.put(key, b"")

    assert store.keys("models/") == ["models/a/10", "models/a/9", "models/b/2"]
    assert store.keys() == [
        "models-old",
        "models/a/10",
        "models/a/9",
        "models/b/2",
        "profiles/a/1",
    ]


def test_an_empty_store_has_no_keys(store: ArtifactStore) -> None:
    assert store.keys() == []


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".hidden", "a b", "a\n", "é"]
)
def test_a_key_that_could_leave_the_store_is_refused(store: ArtifactStore, key: str) -> None:
    with pytest.raises(ValueError, match="not a store key"):
        store.put(key, b"data")
    with pytest.raises(ValueError, match="not a store key"):
        store.put_new(key, b"data")
    with pytest.raises(ValueError, match="not a store key"):
        store.get(key, max_bytes=10)

    assert store.keys() == []


def test_no_more_is_read_than_was_asked_for(store: ArtifactStore) -> None:
    store.put("large", b"12345")

    with pytest.raises(StoreUnavailable, match="large has 5 bytes; at most 4 are read"):
        store.get("large", max_bytes=4)

    assert store.get("large", max_bytes=5) == b"12345"


# URLs


def test_a_url_says_which_store_is_meant(tmp_path: Path) -> None:
    kinds = {
        str(tmp_path): FolderStore,
        "memory://": MemoryStore,
        "s3://bucket/a/prefix": S3Store,
        "gs://bucket/a/prefix": GcsStore,
        "az://container/a/prefix": AzureStore,
    }
    opened = {url: open_store(url) for url in kinds}

    assert {url: type(store) for url, store in opened.items()} == kinds
    assert [store.url for store in opened.values()] == list(kinds)
    assert open_store("s3://bucket/a/prefix/").url == "s3://bucket/a/prefix"


@pytest.mark.parametrize("url", ["https://example.org", "S3://bucket", "s3://", "gs://", "az://"])
def test_a_url_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"write (s3|gs|az)://(bucket|container)/prefix"):
        open_store(url)


# A folder


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FolderStore(tmp_path)
    store.put("current.json", b"old")

    def full_disk(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    for write in (store.put, store.put_new):
        with pytest.raises(StoreUnavailable, match=r"current.json cannot .* No space left"):
            write("current.json", b"new")

    assert [path.name for path in tmp_path.rglob("*")] == ["current.json"]
    assert store.get("current.json", max_bytes=10) == b"old"


def test_a_key_where_a_folder_stands_is_refused_without_a_trace(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("models/wine", b"")

    with pytest.raises(StoreUnavailable, match="models cannot be written"):
        store.put("models", b"data")

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["models", "wine"]


def test_files_that_are_no_keys_are_not_listed(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put("models/wine", b"")
    (tmp_path / "models" / ".draft-1").touch()
    (tmp_path / "read me.txt").touch()

    assert store.keys() == ["models/wine"]


def test_reading_makes_no_folder(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "nothing" / "here")

    with pytest.raises(NotFound):
        store.get("current.json", max_bytes=10)

    assert store.keys() == []
    assert list(tmp_path.iterdir()) == []


# S3


def test_two_prefixes_of_a_bucket_do_not_see_each_other(s3_url: str) -> None:
    store, longer = open_store(s3_url), open_store(f"{s3_url}-more")

    longer.put("current.json", b"longer")

    assert store.keys() == []
    with pytest.raises(NotFound):
        store.get("current.json", max_bytes=10)


def test_a_bucket_without_a_prefix_is_a_store(s3_url: str) -> None:
    bucket = open_store(s3_url.removesuffix("/prefix"))

    open_store(s3_url).put("current.json", b"data")

    assert bucket.keys() == ["prefix/current.json"]
    assert bucket.get("prefix/current.json", max_bytes=10) == b"data"


def test_objects_that_are_no_keys_are_not_listed(s3_server: str, s3_url: str) -> None:
    store = open_store(s3_url)
    store.put("models/wine", b"")
    address = s3_url.replace("s3://", f"{s3_server}/")
    for name in ("/", "/read%20me.txt", "/models/"):  # as a console's folder and upload
        with urllib.request.urlopen(urllib.request.Request(address + name, b"", method="PUT")):
            pass

    assert store.keys() == ["models/wine"]


def test_a_long_listing_is_read_to_its_end(no_aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "2")
    with servers.s3_server() as url:
        for name, value in servers.s3_variables(url).items():
            monkeypatch.setenv(name, value)
        servers.make_bucket(url, "pages")
        store = open_store("s3://pages")
        for number in range(5):
            store.put(f"key-{number}", b"")

        assert store.keys() == [f"key-{number}" for number in range(5)]


def test_a_bucket_that_is_not_there_is_named(s3_url: str) -> None:
    store = open_store("s3://no-such-bucket/prefix")

    for use in (
        lambda: store.get("current.json", max_bytes=10),
        lambda: store.put("current.json", b""),
        lambda: store.put_new("current.json", b""),
        store.keys,
    ):
        with pytest.raises(StoreUnavailable, match="no bucket no-such-bucket"):
            use()


def test_access_denied_says_what_to_check(strict_s3_url: str) -> None:
    store = open_store(strict_s3_url)

    with pytest.raises(StoreUnavailable, match=r"access denied .* Check the AWS credentials"):
        store.get("current.json", max_bytes=10)
    with pytest.raises(StoreUnavailable, match="access denied"):
        store.put_new("current.json", b"")


def test_access_is_how_another_client_reaches_the_bucket(s3_server: str, s3_url: str) -> None:
    assert S3Store(s3_url).access() == (s3_server, "us-east-1", False)


def test_a_bucket_tells_its_region_also_to_those_whom_it_does_not_let_in(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-3")

    answer = Answer(status=403, headers={"x-amz-bucket-region": "ap-south-1"})
    with answering(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        told = S3Store(s3_url).access()

    assert told == (url, "ap-south-1", False)


def test_objects_of_any_name_are_listed_with_size_and_etag(s3_server: str, s3_url: str) -> None:
    address = s3_url.replace("s3://", f"{s3_server}/") + "/read%20me.txt"
    with urllib.request.urlopen(urllib.request.Request(address, b"", method="PUT")):
        pass
    store = S3Store(s3_url)
    store.put("data.csv", b"a\n1\n")

    listed = store.objects()

    digest = hashlib.md5(b"a\n1\n", usedforsecurity=False).hexdigest()
    assert [found.key for found in listed] == ["data.csv", "read me.txt"]
    assert listed[0] == store.stat("data.csv") == ("data.csv", 4, digest)
    with pytest.raises(NotFound):
        store.stat("data")


def test_an_endpoint_where_nobody_listens_is_unavailable(
    s3_url: str, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port}")

    with pytest.raises(StoreUnavailable, match=r"EndpointConnectionError.*AWS_ENDPOINT_URL_S3"):
        open_store(s3_url).get("current.json", max_bytes=10)


def test_a_server_that_never_answers_is_given_up(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "READ_SECONDS", 0.1)
    with create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(StoreUnavailable, match="ReadTimeoutError"):
            open_store(s3_url).get("current.json", max_bytes=10)


def test_a_failing_server_is_asked_three_times(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer(status=503, body=b"")
    with answering(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(StoreUnavailable, match="the S3 server answered 503"):
            open_store(s3_url).get("current.json", max_bytes=10)

    assert len(answer.requests) == s3.S3_ATTEMPTS


def test_an_object_that_breaks_off_is_unavailable(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(Answer(body=b"half", headers={"Content-Length": "8"})) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(StoreUnavailable, match=r"prefix/current\.json: "):
            open_store(s3_url).get("current.json", max_bytes=100)


def test_an_object_that_was_changed_on_the_way_is_unavailable(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checksum = base64.b64encode(zlib.crc32(b"sent").to_bytes(4, "big")).decode()
    with answering(Answer(body=b"came", headers={"x-amz-checksum-crc32": checksum})) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        with pytest.raises(StoreUnavailable, match="FlexibleChecksumError"):
            open_store(s3_url).get("current.json", max_bytes=100)


def test_a_body_that_drips_is_given_up_however_patient_each_read_is(
    s3_server: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(s3_url).put("a/b", b"x" * 1000)
    monkeypatch.setattr(s3, "BODY_SECONDS", 0.5)
    with faults.in_front_of(s3_server) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
        store = open_store(s3_url)
        proxy.set("drip")

        begin = time.monotonic()
        with pytest.raises(StoreUnavailable, match=r"a/b: 1,000 bytes took longer than"):
            store.get("a/b", max_bytes=1000)
        assert time.monotonic() - begin < 1000 * faults.DRIP_SECONDS / 2

        proxy.set("none")
        assert store.get("a/b", max_bytes=1000) == b"x" * 1000


def test_a_forked_process_makes_connections_of_its_own(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(s3_url)
    before = store._client
    assert store._client is before

    monkeypatch.setattr("os.getpid", lambda: -1)  # as in a worker

    assert store._client is not before


def test_who_was_not_let_in_looks_for_credentials_again(strict_s3_url: str) -> None:
    store = S3Store(strict_s3_url)
    before = store._client
    with pytest.raises(StoreUnavailable):
        store.get("current.json", max_bytes=10)

    assert store._client is not before


def test_without_credentials_requests_go_unsigned(
    no_aws: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer()
    with answering(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)

        data = open_store("s3://public/prefix").get("current.json", max_bytes=100)

    assert data == b"data"
    assert [request.get("Authorization") for request in answer.requests] == [None]


def test_with_credentials_requests_are_signed_for_the_region(
    s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer()
    with answering(answer) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        monkeypatch.setenv("AWS_REGION", "eu-west-3")

        open_store(s3_url).get("current.json", max_bytes=100)

    [request] = answer.requests
    assert request["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=demo/")
    assert "/eu-west-3/s3/aws4_request" in request["Authorization"]


def test_a_write_whose_answer_is_lost_is_no_conflict(s3_url: str) -> None:
    store = S3Store(s3_url)
    client: Any = store._client
    lost: list[Any] = []

    def lose(request: Any, **_: Any) -> None:
        if not lost:
            lost.append(client._endpoint.http_session.send(request))
            raise ConnectionClosedError(endpoint_url=request.url)

    client.meta.events.register("before-send.s3.PutObject", lose)

    store.put_new("a/b.json", b"1")

    assert lost[0].status_code == 200
    assert store.get("a/b.json", max_bytes=9) == b"1"
    with pytest.raises(AlreadyExists):
        store.put_new("a/b.json", b"1")
