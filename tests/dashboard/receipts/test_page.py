"""The page of a receipt: what it shows, and what its button does."""

import json
import sys
from typing import Any

import pytest
from flask import Flask

from dashboard import create_app
from dashboard.api.prediction import FieldNames
from dashboard.live.snapshot import LiveModel
from dashboard.prediction_log.recorder import PredictionLog
from dashboard.receipts.desk import CHANGED
from dashboard.receipts.receipt import Receipt
from dashboard.services import Services, services
from dashboard.settings import Settings
from store.errors import DatabaseAway
from store.prediction_log.ids import id_text, new_id
from tests import builders
from tests.dashboard.conftest import FakePredictor
from tests.dashboard.test_pages import find, ids, text

ROW = {"acidity": 2.0, "sugar": 4.0}


@pytest.fixture
def server(shown, tmp_path) -> Flask:
    log = PredictionLog(f"sqlite:///{tmp_path}/log.db", tmp_path / "journal")
    door = Services(lambda: shown.live, lambda: shown.live, log=log)
    server: Flask = create_app(Settings(), door).server
    server.test_client().get("/_dash-layout")
    return server


def page() -> Any:
    return sys.modules["dashboard.pages.receipt"]


def asked(server: Flask, row: Any = ROW) -> str:
    """The id of a prediction."""
    return server.test_client().post("/predict", json=row).headers["X-Prediction-Id"]


def test_it_shows_answer_inputs_model_and_key(server):
    id = asked(server)

    with server.test_request_context("/", base_url="https://cellar.example"):
        layout = page().layout(receipt_id=id)
        fingerprint = server.test_client().get("/receipts/key").json["fingerprint"]

    shown = text(layout)
    for part in ("Sweet", "80.0 %", "Dry", "20.0 %", "by a program", fingerprint):
        assert part in shown
    assert f"https://cellar.example/receipt/{id}" in shown
    assert {"receipt-replay", "receipt-id", "receipt-result"} <= ids(layout)


def test_its_qr_code_is_an_image_in_the_page(server):
    with server.test_request_context():
        shown = text(page().layout(receipt_id=asked(server)))

    assert "data:image/svg+xml" in shown


def test_the_button_replays_the_answer(server):
    with server.test_request_context():
        id = asked(server)
        layout = page().layout(receipt_id=id)
        assert find(layout, "receipt-id").data == id
        found = page().replay_now(1, id)

    assert "Verified. " in text(found)


def test_a_model_that_answers_otherwise_is_said_with_the_difference(server, predictor, monkeypatch):
    with server.test_request_context():
        id = asked(server)
        monkeypatch.setattr(predictor, "predict_proba", lambda row: [0.25, 0.75])
        found = text(page().replay_now(1, id))

    assert "Not verified. " in found
    assert "0.05" in found


def test_a_model_that_predicts_a_number_has_a_receipt_too(server, shown):
    card = builders.regressor_card()
    live = LiveModel(card, FieldNames(card), Price(), microseconds=1.0)
    shown.change(models={"drinks": live}, cards={"drinks": card})
    row = {f.name: f.categories[0] if f.categories else 2.5 for f in card.features}

    with server.test_request_context():
        id = asked(server, row)
        layout = text(page().layout(receipt_id=id))
        replayed = text(page().replay_now(1, id))
        receipt = server.test_client().get(f"/receipts/{id}").json

    assert "2.5" in layout
    assert "Verified. " in replayed
    assert (receipt["answer"], receipt["probabilities"]) == ("2.5", {})


class Price(FakePredictor):
    """Predicts the first feature."""

    def predict_proba(self, row: Any) -> list[float]:
        return [row[0]]


def test_an_id_of_nobody_has_a_calm_page(server):
    with server.test_request_context():
        layout = text(page().layout(receipt_id=id_text(new_id())))

    assert "There is no such receipt" in layout
    assert server.test_client().get(f"/receipt/{id_text(new_id())}").status_code == 200


def test_the_page_says_that_predictions_are_not_kept(app):
    with app.server.test_request_context():
        layout = text(page().layout(receipt_id=id_text(new_id())))

    assert "not kept here" in layout


def test_the_page_says_that_the_log_is_away(server, monkeypatch):
    def away(*_: Any) -> None:
        raise DatabaseAway("The prediction log at db.example:5432 does not answer")

    monkeypatch.setattr("store.prediction_log.reading.find", away)
    with server.test_request_context():
        layout = text(page().layout(receipt_id=id_text(new_id())))

    assert "does not answer at the moment" in layout
    assert "db.example" not in layout


def test_a_key_that_is_not_kept_is_said(server):
    with server.test_request_context():
        assert not services().receipts.lasting
        layout = text(page().layout(receipt_id=asked(server)))

    assert "RECEIPT_KEY" in layout


def test_a_receipt_that_was_changed_is_told_so(server, receipt: Receipt):
    with server.test_request_context():
        found = services().receipts.verdict(
            Receipt.model_validate(receipt.data() | {"answer": "0"}), ()
        )

    assert found.reason == CHANGED


def test_the_json_is_the_receipt(server):
    id = asked(server)

    answer = server.test_client().get(f"/receipts/{id}")

    assert answer.mimetype == "application/json"
    assert json.loads(answer.data)["id"] == id
    assert answer.headers["Cache-Control"] == "no-store"
