"""Answers come out again to the last bit: after a restart, and of versions that are not live."""

import json
import os
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from dashboard import create_app
from dashboard.receipts import registry
from dashboard.receipts.__main__ import main
from dashboard.receipts.canonical import canonical
from dashboard.receipts.desk import CHANGED, GONE, OTHER_KEY, REFUSED
from dashboard.receipts.receipt import read, signed
from dashboard.receipts.registry import Registry
from dashboard.settings import REPOSITORY, Settings
from store.artifacts import open_store
from store.errors import NotFound, StoreUnavailable
from store.prediction_log.entry import Served
from store.prediction_log.ids import id_bytes, id_text, row_id
from store.releases import model_key
from tests.dashboard.live.test_live import FakeOpener
from tests.dashboard.receipts.conftest import SECRET, said
from tests.dashboard.releases import make_live, put_model

ROW = {"acidity": 1.5, "sugar": 2.25}
WINE = str(REPOSITORY / "data" / "artifacts")


@dataclass
class Place:
    """Where a server keeps what outlives it."""

    artifacts: Path
    cache: Path

    def start(self, **changes: Any) -> FlaskClient:
        """A server with its model open."""
        given = {"artifacts_url": str(self.artifacts), "cache_dir": self.cache}
        settings = Settings(**{**given, "receipt_key": SECRET, "model_poll_seconds": 0, **changes})
        app: Dash = create_app(settings)
        door = app.server.extensions["cellar-lab"]
        assert door.model(wait=True), door.live().problems
        return app.server.test_client()


def predicted(client: FlaskClient, row: Any = ROW) -> str:
    """The id of a prediction."""
    answer = client.post("/predict", json=row)
    assert answer.status_code == 200, answer.text
    return answer.headers["X-Prediction-Id"]


def fetched(client: FlaskClient, id: str) -> bytes:
    """The receipt of a prediction."""
    answer = client.get(f"/receipts/{id}")
    assert answer.status_code == 200, answer.text
    return answer.data


def verified(client: FlaskClient, receipt: bytes) -> Any:
    """What the server says of a receipt."""
    answer = client.post("/verify", data=receipt, content_type="application/json")
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place where version 1 answered, and version 2 is live now."""
    found = Place(tmp_path_factory.mktemp("artifacts"), tmp_path_factory.mktemp("cache"))
    store = open_store(str(found.artifacts))
    make_live(store, put_model(store, 1))
    first = found.start()
    (found.cache / "receipt.json").write_bytes(fetched(first, predicted(first)))
    make_live(store, put_model(store, 2))
    return found


@pytest.fixture(scope="module")
def old(place: Place) -> bytes:
    """The receipt of an answer of version 1."""
    return (place.cache / "receipt.json").read_bytes()


@pytest.fixture(scope="module")
def client(place: Place) -> FlaskClient:
    """A server that was started when version 2 was live."""
    return place.start()


def test_after_a_restart_a_receipt_is_the_same_and_an_old_version_replays_it(client, old):
    assert client.get("/models/drinks").json["version"] == "2"
    assert json.loads(old)["model"]["version"] == "1"

    assert fetched(client, json.loads(old)["id"]) == old
    assert verified(client, old) == {
        "verified": True,
        "signed": True,
        "replay": {
            "answer": "0",
            "probabilities": {"Dry": 0.9, "Sweet": 0.1},
            "equal": True,
            "largest_difference": 0.0,
        },
        "reason": "The signature holds, and the replayed answer is equal to the last bit.",
    }


def test_what_was_changed_is_told_and_no_model_is_asked(client, old):
    found = verified(client, old.replace(b'"sugar":2.25', b'"sugar":2.5'))

    assert found == {"verified": False, "signed": False, "replay": None, "reason": CHANGED}


def test_another_key_is_told(place, old):
    other = place.start(receipt_key="another secret text, which is long enough")

    found = verified(other, old)

    assert found == {"verified": False, "signed": False, "replay": None, "reason": OTHER_KEY}
    assert verified(other, fetched(other, json.loads(old)["id"]))["verified"]


def test_without_a_setting_the_key_is_kept_over_a_restart(place):
    first, second = place.start(receipt_key=""), place.start(receipt_key="")

    assert verified(second, fetched(first, predicted(first)))["verified"]
    assert first.get("/receipts/key").json == second.get("/receipts/key").json


def test_a_version_that_is_gone_is_told(place, old, tmp_path):
    store = open_store(str(tmp_path / "artifacts"))
    make_live(store, put_model(store, 2))
    elsewhere = Place(tmp_path / "artifacts", tmp_path / "cache").start()

    found = verified(elsewhere, old)

    assert found == {"verified": False, "signed": True, "replay": None, "reason": GONE}


class Payload:
    """Makes a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_a_model_file_that_was_swapped_is_not_opened(old, place, tmp_path):
    store = open_store(str(tmp_path / "artifacts"))
    make_live(store, put_model(store, 1, data=pickle.dumps(Payload(tmp_path / "executed"))))
    make_live(store, put_model(store, 2))
    assert store.get(model_key("drinks", "1", "model.joblib"), max_bytes=10**6)
    elsewhere = Place(tmp_path / "artifacts", tmp_path / "cache").start()

    found = verified(elsewhere, old)

    assert found == {"verified": False, "signed": True, "replay": None, "reason": REFUSED}
    assert not (tmp_path / "executed").exists()


def test_a_registry_that_is_away_is_a_503_that_names_no_place(place, old, monkeypatch):
    client = place.start()

    def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailable(f"{place.artifacts} does not answer")

    monkeypatch.setattr(registry, "read_signed_pointer", away)
    answer = client.post("/verify", data=old, content_type="application/json")

    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert str(place.artifacts) not in answer.text


# The registry


@pytest.fixture
def versions(tmp_path: Path) -> Registry:
    """Versions 1 to 3 of a model, opened by nobody really."""
    store = open_store(str(tmp_path))
    for number in (1, 2, 3):
        make_live(store, put_model(store, number))
    return Registry(store, cache=None, opener=FakeOpener())


def wanted(registry: Registry, version: str) -> Served:
    """What an answer would say of a version."""
    for release in registry._releases():
        for model in release.models:
            if model.version == version:
                return Served("drinks", version, model.file.sha256[:12], "flat")
    raise AssertionError(version)


def test_one_old_version_is_open_at_a_time(versions):
    with versions.model(wanted(versions, "1")) as first:
        pass
    with versions.model(wanted(versions, "1")) as again:
        assert again is first
    with versions.model(wanted(versions, "2")) as second:
        assert second.card.version == "2"

    assert first.predictor.closed


def test_who_comes_while_a_version_is_opened_waits_only_so_long(versions, monkeypatch):
    monkeypatch.setattr(registry, "WAIT_SECONDS", 0.01)

    with (
        versions.model(wanted(versions, "1")),
        pytest.raises(StoreUnavailable),
        versions.model(wanted(versions, "2")),
    ):
        pass


def test_a_version_with_another_hash_is_none(versions):
    other = wanted(versions, "1")._replace(hash="0" * 12)

    with pytest.raises(NotFound), versions.model(other):
        pass


# A real model


@pytest.fixture(scope="module")
def wine(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A server of the committed release."""
    return Place(Path(WINE), tmp_path_factory.mktemp("cache")).start()


def test_answers_of_all_sources_come_out_again(wine):
    draw = random.Random(1)
    features = wine.application.extensions["cellar-lab"].card().features
    rows = [{f.name: draw.uniform(f.minimum, f.maximum) for f in features} for _ in range(100)]

    alone = [predicted(wine, row) for row in rows[:50]]
    table = id_bytes(predicted(wine, {"instances": rows}))
    ids = [*alone, *(id_text(row_id(table, row)) for row in range(100))]

    receipts = [fetched(wine, id) for id in ids]
    assert {read(receipt).source for receipt in receipts} == {"api", "batch"}
    assert all(verified(wine, receipt)["verified"] for receipt in receipts)
    assert [read(receipt).inputs for receipt in receipts[50:]] == rows


# The command line


@pytest.fixture
def check(place: Place, monkeypatch, tmp_path: Path) -> Callable[..., int]:
    """Check the bytes of a file with ARTIFACTS_URL alone."""

    def checked(data: bytes, *arguments: str, **environment: str) -> int:
        for name in ("RECEIPT_KEY", "MODEL_PUBLIC_KEY"):
            monkeypatch.delenv(name, raising=False)
        given = {"ARTIFACTS_URL": str(place.artifacts), "CACHE_DIR": str(tmp_path / "cache")}
        for name, value in {**given, **environment}.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "receipt.json").write_bytes(data)
        return main([str(tmp_path / "receipt.json"), *arguments])

    return checked


def test_a_file_is_checked_without_a_server(check, old, capsys):
    assert check(old) == 0
    said = capsys.readouterr().out
    assert "Verified: The signature holds" in said
    assert "its own" in said

    assert check(old, RECEIPT_KEY=SECRET) == 0
    assert "its own" not in capsys.readouterr().out


def test_a_file_that_is_not_genuine_is_exit_code_1(check, old, tmp_path, capsys):
    assert check(old.replace(b"2.25", b"2.26")) == 1
    assert check(old, "--key", "A" * 43 + "=") == 1
    assert OTHER_KEY in capsys.readouterr().out
    assert check(old, ARTIFACTS_URL=str(tmp_path / "nothing")) == 1
    assert GONE in capsys.readouterr().out


def test_a_file_that_is_no_receipt_is_exit_code_2(check, old, tmp_path, capsys):
    assert check(b"{}") == 2
    assert check(b"\xff\x00") == 2
    assert check(old, ARTIFACTS_URL="ftp://nobody") == 2
    assert main([str(tmp_path / "no such file")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_what_a_receipt_says_does_not_act_on_a_terminal(check, signer, capsys):
    hostile = signed(signer, said(answer="\x1b[2J\x07", time="\x1b]0;owned\x07"))

    assert check(canonical(hostile.data())) == 1
    assert "\x1b" not in capsys.readouterr().out
