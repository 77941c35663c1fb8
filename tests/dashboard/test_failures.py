"""What fails here is told with an id, and the log has the rest under it."""

import logging
import sys

import pytest
from flask.testing import FlaskClient

from tests.dashboard.conftest import FakePredictor

GOOD = {"acidity": 2.0, "sugar": 4.0}


@pytest.fixture
def broken(client: FlaskClient, predictor: FakePredictor, monkeypatch) -> FlaskClient:
    def fail(_row):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(predictor, "predict_proba", fail)
    return client


def test_a_program_gets_a_problem_with_an_id_and_no_secret(broken, caplog):
    with caplog.at_level(logging.ERROR):
        answer = broken.post("/predict", json=GOOD)

    mark = answer.headers["X-Error-Id"]
    assert answer.status_code == 500
    assert answer.mimetype == "application/problem+json"
    assert mark in answer.json["detail"]
    assert "secret" not in answer.text
    assert any(mark in r.message and "secret" in str(r.exc_info) for r in caplog.records)


def test_a_failed_callback_tells_its_id_too(client, app, monkeypatch):
    def fail(_model, _live):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(sys.modules["dashboard.pages.predict"], "start", fail)
    body = {
        "output": "predict-opening.children",
        "outputs": {"id": "predict-opening", "property": "children"},
        "inputs": [{"id": "predict-waiting", "property": "data", "value": True}],
        "changedPropIds": ["predict-waiting.data"],
    }

    answer = client.post("/_dash-update-component", json=body)

    assert answer.status_code == 500
    assert answer.headers["X-Error-Id"]
    assert "secret" not in answer.text
