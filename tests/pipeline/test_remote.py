"""Files and S3 objects, found and opened the same way, and what is said where they are not."""

import pickle
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

from pipeline.remote import Location, RemoteFile, list_files, location, reading
from store.artifacts import open_store
from store.errors import AccessDenied, DataError, StoreUnavailable
from tests.answers import Answer, answering

Put = Callable[..., None]


@pytest.fixture
def put(s3_server: str, s3_url: str) -> Put:
    """Put objects under ``s3_url``; a key is also the object's content."""

    def objects(*keys: str, acl: str = "private") -> None:
        for key in keys:
            address = f"{s3_server}/{quote(f'{s3_url}/{key}'.removeprefix('s3://'))}"
            headers = {"x-amz-acl": acl, "Content-Type": "application/octet-stream"}
            with urlopen(Request(address, key.encode(), headers, method="PUT")):
                pass

    return objects


def names(where: str) -> list[str]:
    return [file.name for file in list_files(where)]


def read(where: str) -> bytes:
    """What a task does with a location and a path."""
    place = pickle.loads(pickle.dumps(location(where)))
    with reading(where), place.filesystem().open_input_file(place.path) as file:
        return bytes(file.read())


# What there is

TREE = (
    "a.csv",
    "b/c.csv",
    "b/year=2025/d.csv",
    "b/year=2026/d.parquet",
    "b/_SUCCESS",
    "b/_temporary/e.csv",
    "b/.hidden/f.csv",
    "bb/g.csv",
)
LISTINGS = [
    ("", ["a.csv", "b/c.csv", "b/year=2025/d.csv", "b/year=2026/d.parquet", "bb/g.csv"]),
    ("b", ["c.csv", "year=2025/d.csv", "year=2026/d.parquet"]),
    ("b/", ["c.csv", "year=2025/d.csv", "year=2026/d.parquet"]),
    ("a.csv", ["a.csv"]),
    ("b/_SUCCESS", ["_SUCCESS"]),
    ("*.csv", ["a.csv"]),
    ("b/*", ["c.csv"]),
    ("b/year=202?/d.*", ["year=2025/d.csv", "year=2026/d.parquet"]),
    ("b/year=202[56]/*.csv", ["year=2025/d.csv"]),
    ("**/d.csv", ["b/year=2025/d.csv"]),
    ("b*/*.csv", ["b/c.csv", "bb/g.csv"]),
]


@pytest.mark.parametrize(("asked", "found"), LISTINGS)
def test_a_folder_and_a_bucket_are_listed_alike(
    asked: str, found: list[str], put: Put, s3_url: str, tmp_path: Path
) -> None:
    put(*TREE)
    for key in TREE:
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(key)

    assert names(f"{s3_url}/{asked}") == found
    assert names(f"{tmp_path}/{asked}") == found


def test_a_whole_bucket_is_a_folder(put: Put, s3_url: str) -> None:
    put("a.csv")

    bucket = s3_url.removesuffix("/prefix")
    assert names(bucket) == names(f"{bucket}/") == ["prefix/a.csv"]


def test_the_empty_object_of_a_console_s_folder_is_no_file(put: Put, s3_url: str) -> None:
    put("folder/", "folder/a.csv")

    assert names(f"{s3_url}/folder") == ["a.csv"]


def test_an_object_says_its_size_and_another_version_when_it_changes(s3_url: str) -> None:
    store = open_store(s3_url)
    store.put("a.csv", b"a")
    [before] = list_files(f"{s3_url}/a.csv")
    [again] = list_files(s3_url)
    store.put("a.csv", b"b")
    [after] = list_files(s3_url)

    path = f"{s3_url}/a.csv".removeprefix("s3://")
    assert before == RemoteFile("a.csv", path, 1, before.version)
    assert before.version == again.version != after.version


def test_a_file_says_its_size_and_another_version_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a")
    [before] = list_files(str(file))
    file.write_text("aa")
    [after] = list_files(file.as_uri())

    assert (before.name, before.path, before.bytes, after.bytes) == ("a.csv", str(file), 1, 2)
    assert before.version != after.version


# Opened

ODD = "wéin 酒/a b+c%20d&e=f~(1).csv"


@pytest.mark.parametrize("key", [ODD, "plain.csv", "q?.csv", "star*[1].csv"])
def test_every_key_that_is_listed_is_opened(key: str, put: Put, s3_url: str) -> None:
    put(key)

    [file] = list_files(s3_url)
    place = location(s3_url)

    assert file.name == key
    assert place.filesystem().open_input_file(file.path).read() == key.encode()
    assert read(f"{s3_url}/{key}") == key.encode()
    assert [found.path for found in list_files(f"{s3_url}/{key}")] == [file.path]


def test_a_file_is_opened_by_its_path_and_by_its_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a b.csv").write_text("a")
    monkeypatch.chdir(tmp_path)

    for where in ("a b.csv", f"{tmp_path}/a b.csv", (tmp_path / "a b.csv").as_uri()):
        assert read(where) == b"a"
    assert location("a b.csv") == Location("file", "", str(tmp_path / "a b.csv"))


def test_a_location_carries_where_and_no_secret(
    s3_server: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "only-we-know")
    place = location(f"{s3_url}/a.csv")

    assert place.url == f"{s3_url}/a.csv"
    assert (place.endpoint, place.region, place.anonymous) == (s3_server, "us-east-1", False)
    assert "only-we-know" not in repr(pickle.dumps(place))


def test_amazon_needs_no_endpoint(no_aws: None) -> None:
    filesystem = Location("s3", "bucket", "key", None, "eu-west-3", True).filesystem()

    assert filesystem.region == "eu-west-3"


def test_a_public_object_is_read_without_credentials(
    put: Put, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("open.csv", acl="public-read")
    put("closed.csv")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    assert location(s3_url).anonymous
    assert read(f"{s3_url}/open.csv") == b"open.csv"
    assert names(f"{s3_url}/open.csv") == ["open.csv"]
    for use in (read, list_files):
        with pytest.raises(AccessDenied, match=r"closed\.csv: access denied"):
            use(f"{s3_url}/closed.csv")


# What is not there


@pytest.mark.parametrize("use", [read, list_files])
def test_what_is_not_there_is_bad_input(use: Callable, s3_url: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()

    with pytest.raises(DataError, match=r"no bucket no-such-bucket\. Check s3://no-such-bucket/a"):
        use("s3://no-such-bucket/a.csv")
    with pytest.raises(DataError, match=r"There is no file at s3://\S+/none\.csv"):
        use(f"{s3_url}/none.csv")
    with pytest.raises(DataError, match=r"There is no file at .*/none"):
        use(f"{tmp_path}/none")
    with pytest.raises(DataError, match=r"There is no file at .*/file/none"):
        use(f"{tmp_path}/file/none")
    with pytest.raises(DataError, match=r"empty( cannot be read|\. Name a file, a folder)"):
        use(f"{tmp_path}/empty")
    with pytest.raises(DataError, match=r"s3:///a names no bucket"):
        use("s3:///a")
    with pytest.raises(DataError, match=r"gs://b/a cannot be opened"):
        use("gs://b/a")


@pytest.mark.parametrize("asked", ["none/", "none*", "", "**"])
def test_an_empty_prefix_and_a_glob_without_a_match(asked: str, s3_url: str) -> None:
    with pytest.raises(DataError, match="There is no file at"):
        list_files(f"{s3_url}/{asked}")


def test_a_key_that_cannot_be_opened_is_named_and_not_left_out(put: Put, s3_url: str) -> None:
    put("a.csv", "b//c.csv")

    with pytest.raises(DataError, match=r"b//c\.csv has a name with an empty part"):
        list_files(s3_url)
    assert names(f"{s3_url}/*.csv") == ["a.csv"]


def test_what_may_not_be_read_is_named_and_not_left_out(locked: Path) -> None:
    with pytest.raises(DataError, match=r"closed\.csv cannot be read: Permission denied\."):
        read(f"{locked}/closed.csv")
    with pytest.raises(DataError, match=r"closed cannot be read: Permission denied\."):
        list_files(str(locked))


# What fails


@pytest.mark.parametrize("use", [read, list_files])
def test_an_endpoint_where_nobody_listens(
    use: Callable, s3_url: str, free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port}")

    with pytest.raises(StoreUnavailable, match=r"AWS_ENDPOINT_URL_S3.*network"):
        use(f"{s3_url}/a.csv")


def test_a_server_that_is_gone_when_a_task_reads(s3_url: str, put: Put, free_port: int) -> None:
    place = location(f"{s3_url}/a.csv")._replace(endpoint=f"http://127.0.0.1:{free_port}")

    with pytest.raises(StoreUnavailable, match=r"a\.csv: no connection"), reading(place.url):
        place.filesystem().open_input_file(place.path)


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (301, "the S3 server answered 301. Check AWS_REGION"),
        (400, "the S3 server answered 400. Check AWS_REGION"),
        (403, "access denied"),
        (500, "the S3 server answered 500. Try again"),
        (503, "the S3 server answered 503. Try again"),
    ],
)
def test_what_the_server_answers_to_a_task_is_said(
    status: int, text: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering(Answer(status, b"", head=status)) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)

        with pytest.raises(StoreUnavailable) as caught:
            read(f"{s3_url}/a.csv")

    assert f"{s3_url}/a.csv: {text}" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "code", "text"),
    [
        (403, "RequestTimeTooSkewed", "(REQUEST_TIME_TOO_SKEWED). Check the AWS credentials, the"),
        (403, "InvalidAccessKeyId", "(INVALID_ACCESS_KEY_ID). Check the AWS credentials"),
        (503, "SlowDown", "the S3 server answered SLOW_DOWN. Try again"),
        (404, "NoSuchKey", "There is no file at"),
    ],
)
def test_an_object_that_was_opened_and_cannot_be_read_any_more(
    status: int, code: str, text: str, s3_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Other than a HEAD, a GET has a body that says why.
    body = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
    with answering(Answer(status, body, head=200)) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)

        with pytest.raises((StoreUnavailable, DataError)) as caught:
            read(f"{s3_url}/a.csv")

    assert text in str(caught.value)


def test_an_object_that_breaks_off(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    half = Answer(body=b"half", headers={"Content-Length": "8"}, head=200)
    with answering(half) as endpoint:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)

        with pytest.raises(StoreUnavailable, match=r"a\.csv broke off before its end"):
            read(f"{s3_url}/a.csv")
