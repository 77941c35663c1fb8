"""What is particular to Google Cloud Storage and to Azure; the law is in ``test_artifacts``."""

import base64
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from store.artifacts import ArtifactStore, AzureStore, GcsStore, azure, gcs, open_store
from store.errors import AccessDenied, AlreadyExists, NoBucket, NotFound, StoreUnavailable
from tests.answers import Answer, answering

KEY = base64.b64encode(b"a key that nobody checks").decode()
CLOUDS = ["gcs", "azure"]


Reached = Callable[[str], ArtifactStore]


@pytest.fixture(params=CLOUDS)
def cloud(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(request: pytest.FixtureRequest, cloud: str) -> str:
    """A store of the cloud's emulator."""
    return str(request.getfixturevalue(f"{cloud}_url"))


@pytest.fixture
def reached(cloud: str, monkeypatch: pytest.MonkeyPatch) -> Reached:
    """Opens a store of the cloud on another server, with little patience."""
    monkeypatch.setattr(gcs, "RETRY_SECONDS", 0.5)
    monkeypatch.setattr(azure, "PAUSE_SECONDS", 0)

    def open_at(server: str) -> ArtifactStore:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server)
        monkeypatch.setenv(
            "AZURE_STORAGE_CONNECTION_STRING",
            f"AccountName=demo;AccountKey={KEY};BlobEndpoint={server}/demo;",
        )
        return open_store("gs://bucket/prefix" if cloud == "gcs" else "az://container/prefix")

    return open_at


# Either cloud


def test_two_prefixes_of_a_bucket_do_not_see_each_other(url: str) -> None:
    store, longer = open_store(url), open_store(f"{url}-more")

    longer.put("current.json", b"longer")

    assert store.keys() == []
    with pytest.raises(NotFound):
        store.get("current.json", max_bytes=10)


def test_a_bucket_without_a_prefix_is_a_store(url: str) -> None:
    bucket = open_store(url.removesuffix("/prefix"))

    open_store(url).put("current.json", b"data")

    assert bucket.keys() == ["prefix/current.json"]
    assert bucket.get("prefix/current.json", max_bytes=10) == b"data"


def test_a_bucket_that_is_not_there_is_named(url: str) -> None:
    store = open_store(f"{url[:2]}://no-such-bucket/prefix")

    for use in (
        lambda: store.get("current.json", max_bytes=10),
        lambda: store.put("current.json", b""),
        lambda: store.put_new("current.json", b""),
        lambda: store.swap("current.json", b"", tag=None),
        store.keys,
    ):
        with pytest.raises(NoBucket, match=r"no (bucket|container) no-such-bucket"):
            use()


def test_an_object_of_several_pieces_comes_whole_or_is_not_read(url: str) -> None:
    store, data = open_store(url), os.urandom(9_000_000)
    store.put_new("model.joblib", data)

    assert store.get("model.joblib", max_bytes=9_000_000) == data
    with pytest.raises(StoreUnavailable, match="has 9,000,000 bytes; at most 8,999,999 are read"):
        store.get("model.joblib", max_bytes=8_999_999)


def test_a_refusal_says_what_to_check(reached: Reached) -> None:
    with answering(Answer(status=403)) as server:
        store = reached(server)

        for use in (
            lambda: store.get("current.json", max_bytes=10),
            lambda: store.put_new("current.json", b""),
            store.keys,
        ):
            with pytest.raises(AccessDenied, match=r"access denied .*Check .* the clock"):
                use()


def test_an_endpoint_where_nobody_listens_is_unavailable(reached: Reached, free_port: int) -> None:
    store = reached(f"http://127.0.0.1:{free_port}")

    with pytest.raises(StoreUnavailable, match=r"prefix/current\.json: \w+Error\. Check .*network"):
        store.get("current.json", max_bytes=10)


def test_a_server_that_never_answers_is_given_up(
    reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (gcs, azure):
        monkeypatch.setattr(module, "READ_SECONDS", 0.1)
    with create_server(("127.0.0.1", 0)) as silent:
        store = reached(f"http://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(StoreUnavailable, match=r"prefix/current\.json: .*Check .*network"):
            store.get("current.json", max_bytes=10)


def test_a_failing_server_is_asked_again_for_a_while(reached: Reached) -> None:
    answer = Answer(status=503)
    with answering(answer) as server:
        store = reached(server)

        with pytest.raises(StoreUnavailable, match=r"Storage answered \w*503"):
            store.get("current.json", max_bytes=10)
        asked = len(answer.requests)
        with pytest.raises(StoreUnavailable, match=r"Storage answered \w*503"):
            store.put_new("current.json", b"")

    assert asked >= 2
    assert len(answer.requests) >= asked + 2


def stored(cloud: str, size: int, **headers: str) -> dict[str, str]:
    """The headers with which the cloud sends the beginning of an object of this size."""
    if cloud == "gcs":
        return {"X-Goog-Generation": "7", **headers}
    return {
        "ETag": '"7"',
        "Content-Range": f"bytes 0-{size - 1}/{size}",
        "x-ms-blob-type": "BlockBlob",
        **headers,
    }


def test_an_object_that_breaks_off_is_unavailable(cloud: str, reached: Reached) -> None:
    answer = Answer(body=b"half", headers=stored(cloud, 8) | {"Content-Length": "8"})
    with answering(answer) as server:
        store = reached(server)

        with pytest.raises(StoreUnavailable, match=r"prefix/current\.json"):
            store.get("current.json", max_bytes=100)


def test_an_object_that_was_changed_on_the_way_is_unavailable(cloud: str, reached: Reached) -> None:
    digest = "MgAAAAAAAAAAAAAAAAAAAA=="  # of something else
    headers = {"X-Goog-Hash": f"md5={digest},crc32c=AAAAAA==", "x-ms-blob-content-md5": digest}
    status = 200 if cloud == "gcs" else 206
    with answering(Answer(status, headers=stored(cloud, 4, **headers))) as server:
        store = reached(server)

        with pytest.raises(StoreUnavailable, match=r"DataCorruption|changed on the way"):
            store.get("current.json", max_bytes=100)


def test_an_object_that_drips_is_given_up(
    cloud: str, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (gcs, azure):
        monkeypatch.setattr(module, "DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(azure, "PIECE_BYTES", 10_000)
    size = 400_000
    if cloud == "gcs":
        drip = Answer(200, b"x" * size, stored(cloud, size), piece_bytes=10_000, pause_seconds=0.1)
    else:  # asked for piece by piece
        drip = Answer(206, b"x" * 10_000, stored(cloud, size), pause_seconds=0.1)
    with answering(drip) as server:
        store, start = reached(server), time.monotonic()

        with pytest.raises(StoreUnavailable, match=r"was not read within 0 s"):
            store.get("model.joblib", max_bytes=size)

    assert time.monotonic() - start < 3


def test_a_process_that_was_forked_makes_its_own_client(
    reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    store: Any = reached("http://127.0.0.1:9")
    first = store._made or (store._blob("key"), store._made)[1]

    monkeypatch.setattr("os.getpid", lambda: first[0] + 1)
    store._blob("key")

    assert store._made[1] is not first[1]


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("gs://bucket", "google.cloud.storage", "google-cloud-storage"),
        ("az://container", "azure.storage.blob", "azure-storage-blob"),
    ],
)
def test_a_missing_package_is_named_with_its_extra(
    url: str, module: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(StoreUnavailable, match=f"pip install {package} .*extra (gcs|azure)"):
        open_store(url).keys()


# Google Cloud Storage


def test_a_write_to_google_whose_answer_is_lost_is_no_conflict(gcs_url: str) -> None:
    store = GcsStore(gcs_url)
    session = store._client._http
    lost = lose_first_answer(session, "POST")

    store.put_new("a/b.json", b"1")

    assert lost == [200]
    assert store.get("a/b.json", max_bytes=9) == b"1"
    with pytest.raises(AlreadyExists):
        store.put_new("a/b.json", b"1")


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Google's variables and files of the person who runs the tests are away."""
    monkeypatch.setattr(gcs, "RETRY_SECONDS", 0.5)
    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT", "STORAGE_EMULATOR_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")


def test_without_google_credentials_requests_go_unsigned(
    google: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Answer(headers=stored("gcs", 4))
    with answering(answer) as server:
        monkeypatch.setenv("API_ENDPOINT_OVERRIDE", server)

        data = open_store("gs://public/prefix").get("current.json", max_bytes=100)

    assert data == b"data"
    assert [request.get("authorization") for request in answer.requests] == [None]


def test_a_credentials_file_that_is_not_there_is_said(
    google: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/no/such/file.json")

    with pytest.raises(AccessDenied, match="Check GOOGLE_APPLICATION_CREDENTIALS"):
        open_store("gs://bucket/prefix").keys()


def test_a_service_account_whose_clock_is_wrong_is_denied(
    google: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = json.dumps({"error": "invalid_grant", "error_description": "Invalid JWT: iat"})
    answer = Answer(400, refusal.encode(), {"Content-Type": "application/json"})
    with answering(answer) as server:
        account = service_account(tmp_path / "account.json", token_uri=f"{server}/token")
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", account)
        monkeypatch.setenv("API_ENDPOINT_OVERRIDE", server)

        with pytest.raises(AccessDenied, match=r"RefreshError.* the clock of this machine"):
            open_store("gs://bucket/prefix").get("current.json", max_bytes=10)


def service_account(path: Path, *, token_uri: str) -> str:
    """Write a key file as Google gives it, of an account that nobody has."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    content = {
        "type": "service_account",
        "project_id": "demo",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": "demo@example.org",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


# Azure


def test_a_write_to_azure_whose_answer_is_lost_is_no_conflict(
    azure_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(azure, "PAUSE_SECONDS", 0)
    store = AzureStore(azure_url)
    store.keys()  # opens the connection
    transport: Any = store._client._pipeline._transport
    lost = lose_first_answer(transport._transport.session, "PUT")

    store.put_new("a/b.json", b"1")

    assert lost == [201]
    assert store.get("a/b.json", max_bytes=9) == b"1"
    with pytest.raises(AlreadyExists):
        store.put_new("a/b.json", b"1")


@pytest.mark.parametrize("key", [KEY, "no base64"])
def test_a_wrong_key_is_denied(azure_url: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    right = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    start, end = right.index("AccountKey="), right.index(";BlobEndpoint")
    monkeypatch.setenv(
        "AZURE_STORAGE_CONNECTION_STRING", f"{right[:start]}AccountKey={key}{right[end:]}"
    )

    with pytest.raises(AccessDenied, match=r"access denied .* clock"):
        open_store(azure_url).get("current.json", max_bytes=10)


@pytest.mark.parametrize("connection", ["", "nonsense"])
def test_without_an_azure_account_the_variables_are_named(
    connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT", raising=False)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)

    with pytest.raises(AccessDenied, match="Set AZURE_STORAGE_CONNECTION_STRING"):
        open_store("az://container/prefix").keys()


@pytest.mark.parametrize("name", ["AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", ""])
def test_an_account_is_reached_by_its_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CONNECTION_STRING", "KEY", "SAS_TOKEN"):
        monkeypatch.delenv(f"AZURE_STORAGE_{variable}", raising=False)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "demo")
    if name:
        monkeypatch.setenv(name, KEY if name == "AZURE_STORAGE_KEY" else "sv=1&sig=abc")

    container = AzureStore("az://container/prefix")._client

    assert container.url.startswith("https://demo.blob.core.windows.net/container")
    assert container.url.endswith("sig=abc") == (name == "AZURE_STORAGE_SAS_TOKEN")
    assert (container.credential is not None) == (name == "AZURE_STORAGE_KEY")


def lose_first_answer(session: Any, method: str) -> list[int]:
    """Let the first request of this method reach the server, and its answer nobody."""
    send, lost = session.send, list[int]()

    def lose(request: Any, **options: Any) -> Any:
        answer = send(request, **options)
        if request.method == method and not lost:
            lost.append(answer.status_code)
            answer.close()
            raise requests.ConnectionError("the answer was lost")
        return answer

    session.send = lose
    return lost
