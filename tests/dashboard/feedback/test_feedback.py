"""Feedback: the last word counts, what cannot be is refused, and nothing is told of others."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from dashboard.prediction_log.recorder import PredictionLog
from dashboard.services import Services
from dashboard.settings import Settings
from store.errors import DatabaseAway
from store.prediction_log.entry import Feedback
from store.prediction_log.ids import id_bytes, id_text, new_id, row_id
from store.prediction_log.reading import find
from tests.dashboard.conftest import Shown

ROW = {"acidity": 2.0, "sugar": 4.0}  # Sweet, 1, with probability 0.8
UNKNOWN = {
    "title": "No such prediction",
    "status": 404,
    "detail": "No prediction is kept under this id.",
}


@pytest.fixture
def log(tmp_path: Path) -> PredictionLog:
    return PredictionLog(f"sqlite:///{tmp_path}/log.db", tmp_path / "journal")


@pytest.fixture
def client(shown: Shown, log: PredictionLog) -> FlaskClient:
    door = Services(lambda: shown.live, lambda: shown.live, log=log)
    return create_app(Settings(), door).server.test_client()


@pytest.fixture
def id(client: FlaskClient) -> str:
    """That of a prediction."""
    return client.post("/predict", json=ROW).headers["X-Prediction-Id"]


def kept(log: PredictionLog, id: str) -> Feedback | None:
    """What is kept of a prediction's feedback."""
    assert log.flush(10)
    found = find(log.engine, id_bytes(id))
    assert found is not None
    return found.feedback


def test_the_last_word_counts(client, log, id):
    for said in ({"right": True}, {"right": False}, {"right": False, "truth": "Dry"}):
        answer = client.post("/feedback", json={"id": id, **said})
        assert answer.status_code == 200

    found = kept(log, id)
    assert found is not None
    assert (found.right, found.truth) == (False, "0")
    assert answer.json == {"id": id, "right": False, "truth": "0"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_said_twice_is_said_once(client, log, id):
    answers = [client.post("/feedback", json={"id": id, "right": True}) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert kept(log, id).right


@pytest.mark.parametrize(
    ("right", "truth", "kept_as"),
    [
        (True, None, None),
        (True, "Sweet", "1"),
        (True, 1, "1"),
        (True, "1", "1"),
        (True, 1.0, "1"),
        (False, "Dry", "0"),
        (False, 0, "0"),
    ],
)
def test_a_class_is_said_by_its_label_or_its_value(client, log, id, right, truth, kept_as):
    answer = client.post("/feedback", json={"id": id, "right": right, "truth": truth})

    assert answer.status_code == 200, answer.text
    assert kept(log, id).truth == kept_as


@pytest.mark.parametrize(
    "said",
    [
        {"right": True, "truth": "Dry"},
        {"right": False, "truth": "Sweet"},
        {"right": False, "truth": "Cider"},
        {"right": False, "truth": 2},
        {"right": False, "truth": True},
        {"right": False, "truth": 1e400},
        {"right": False, "truth": ""},
        {"right": False, "truth": "Dry\0"},
        {"right": False, "truth": "x" * 100_000},
        {"right": False, "truth": ["Dry"]},
        {"right": False, "truth": "Dry'; DELETE FROM feedback; --"},
        {"right": 1},
        {"right": None},
        {"right": True, "colour": 1},
        {},
    ],
)
def test_what_cannot_be_is_refused_and_not_repeated(client, log, id, said: dict[str, Any]):
    answer = client.post("/feedback", json={"id": id, **said})

    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert not any(word in answer.text for word in ("Cider", "DELETE", "xxxx", "Sweet"))
    assert kept(log, id) is None


@pytest.mark.parametrize(
    "other",
    [
        "x",
        "",
        "' OR '1'='1",
        "\0",
        "\x1b[2J",
        "0" * 36,
        "01a22924-ac69-4728-8dea-14b334288000",
        "../../etc/passwd",
        "x" * 1_000,
    ],
)
def test_what_is_no_id_is_told_like_an_id_of_nobody(client, id, other: str):
    answers = [
        client.post("/feedback", json={"id": said, "right": True})
        for said in (other, id_text(new_id()))
    ]

    assert [answer.json for answer in answers] == [UNKNOWN, UNKNOWN]
    assert answers[0].data == answers[1].data


def test_nobody_comes_from_one_id_to_anothers(client, log, id):
    first = id_bytes(id)
    near = [row_id(first, step) for step in (1, 2, -1, 1 << 14, -(1 << 14))]

    answers = [
        client.post("/feedback", json={"id": id_text(each), "right": False}) for each in near
    ]
    upper = client.post("/feedback", json={"id": id.upper(), "right": False})

    assert [answer.status_code for answer in (*answers, upper)] == [404] * 6
    assert kept(log, id) is None


def test_rows_of_a_table_have_feedback_of_their_own(client, log):
    answer = client.post("/predict", json={"instances": [ROW, ROW]})
    first = id_bytes(answer.headers["X-Prediction-Id"])

    said = client.post("/feedback", json={"id": id_text(row_id(first, 1)), "right": False})

    assert said.status_code == 200
    assert kept(log, id_text(first)) is None


def test_a_table_where_an_id_should_be_is_refused(client):
    for body, status in ((b"{", 400), (b"[]", 400), (b"\xff", 400), (b"null", 400)):
        answer = client.post("/feedback", data=body, content_type="application/json")
        assert answer.status_code == status

    form = client.post("/feedback", data={"id": "x"})
    assert (form.status_code, form.headers["Accept-Post"]) == (415, "application/json")


def test_a_body_of_a_megabyte_goes_no_further(client):
    answer = client.post("/feedback", json={"id": "x" * 2_000_000, "right": True})

    assert answer.status_code == 413


def test_while_the_database_is_away_one_is_told_when_to_come_again(client, id, monkeypatch):
    def away(*_: Any) -> None:
        raise DatabaseAway("The prediction log at db.example:5432 does not answer: refused")

    assert client.post("/feedback", json={"id": id, "right": True}).status_code == 200
    monkeypatch.setattr("store.prediction_log.reading.find", away)
    answers = [
        client.post("/feedback", json={"id": id, "right": True}),
        client.get(f"/receipts/{id}"),
    ]

    for answer in answers:
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "db.example" not in answer.text


def test_without_a_log_there_is_nothing_to_rate(shown):
    door = Services(lambda: shown.live, lambda: shown.live)
    client = create_app(Settings(), door).server.test_client()

    assert "X-Prediction-Id" not in client.post("/predict", json=ROW).headers
    for answer in (
        client.post("/feedback", json={"id": id_text(new_id()), "right": True}),
        client.get(f"/receipts/{id_text(new_id())}"),
    ):
        assert answer.json == UNKNOWN


def test_an_id_that_is_old_is_not_waited_for(client, monkeypatch):
    monkeypatch.setattr("dashboard.receipts.lookup.time.sleep", lambda _: pytest.fail("it waits"))

    answer = client.get("/receipts/01a22924-ac69-7728-8dea-14b334288000")

    assert answer.json == UNKNOWN


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/feedback", "/verify"])
def test_other_methods_are_told_which_there_are(client, path, method):
    answer = getattr(client, method)(path)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST, OPTIONS")


def test_scripts_of_other_sites_may_rate_where_they_may_ask(shown, log):
    theirs = "https://their.example"
    door = Services(lambda: shown.live, lambda: shown.live, log=log)
    client = create_app(Settings(cors_origins=frozenset([theirs])), door).server.test_client()
    origin = {"Origin": theirs, "Access-Control-Request-Method": "POST"}

    asked = client.options("/feedback", headers=origin)
    answer = client.post("/predict", json=ROW, headers={"Origin": theirs})

    assert "X-Prediction-Source" in asked.headers["Access-Control-Allow-Headers"]
    assert "X-Prediction-Id" in answer.headers["Access-Control-Expose-Headers"]
