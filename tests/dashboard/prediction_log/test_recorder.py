"""What requests leave in the log, on every way to an answer, and what they are told of it."""

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

from dashboard.prediction_log import writer as writers
from dashboard.prediction_log.recorder import PredictionLog
from dashboard.prediction_log.state import LogState, write_state
from dashboard.services import Services
from dashboard.settings import Settings
from dashboard.wiring import wire
from store.errors import DatabaseAway
from store.prediction_log.entry import Source
from store.prediction_log.ids import id_bytes, row_id
from store.prediction_log.reading import find, predictions, tallies
from store.prediction_log.writing import write
from tests import builders
from tests.store.prediction_log.made import ALWAYS

ROW = {"acidity": 2.0, "sugar": 4.0}
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture
def log(tmp_path: Path):
    log = PredictionLog(f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "journal")
    yield log
    log.close()


@pytest.fixture
def front(shown, log) -> Client:
    app = wire(Settings(), Services(lambda: shown.live, lambda: shown.live, log=log))
    return Client(app.server.wsgi_app)


def kept(log: PredictionLog, answer):
    assert log.flush(20)
    return find(log.engine, id_bytes(answer.headers["X-Prediction-Id"])).entry


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/predict", '{"acidity": 2.0, "sugar": 4.0}', {}),
        ("/models/drinks/predict", '{"acidity": 2.0, "sugar": 4.0}', {}),
        ("/predict", '{"Acidity": 2.0, "sugar": 4.0}', {}),  # an alias: the long way
        ("/predict", '{"acidity": 2.0, "sugar": 4.0}', {"Content-Type": "application/json;x=y"}),
        ("/predict", '{"acidity": 2.0, "sugar": 4.0}', {"Accept": "text/csv"}),
    ],
)
def test_every_way_to_an_answer_keeps_it(front, log, model, path, body, headers):
    answer = front.post(path, data=body, headers={"Content-Type": "application/json", **headers})

    entry = kept(log, answer)
    assert answer.status_code == 200
    assert UUID7.fullmatch(answer.headers["X-Prediction-Id"])
    assert entry.served[:3] == ("drinks", model.card.version, answer.headers["X-Model-Hash"])
    assert entry.source is Source.API
    assert entry.features.replace(" ", "") == '{"acidity":2.0,"sugar":4.0}'
    assert (entry.answer, entry.outputs) == ("1", '{"Dry":0.19999999999999996,"Sweet":0.8}')
    assert 0 < entry.microseconds < 20e6


def test_a_row_that_the_page_asks_for_is_told_apart(front, log):
    for body in (ROW, {"Acidity": 2.0, "sugar": 4.0}):
        answer = front.post("/predict", json=body, headers={"X-Prediction-Source": "page"})
        assert kept(log, answer).source is Source.PAGE


@pytest.mark.parametrize(
    ("body", "type"),
    [
        ('{"instances": [{"acidity": 1, "sugar": 1}, {"acidity": 2, "sugar": 2}]}', "json"),
        ("acidity,sugar\n1,1\n2,2\n", "csv"),
    ],
)
def test_a_table_is_kept_row_by_row_under_ids_that_follow(front, log, body, type):
    content_type = {"json": "application/json", "csv": "text/csv"}[type]
    answer = front.post("/predict", data=body, headers={"Content-Type": content_type})

    first = kept(log, answer)
    entries = predictions(log.engine)
    assert [entry.id for entry in entries] == [first.id, row_id(first.id, 1)]
    assert {entry.source for entry in entries} == {Source.BATCH}
    assert [entry.features for entry in entries] == [
        '{"acidity":1.0,"sugar":1.0}',
        '{"acidity":2.0,"sugar":2.0}',
    ]


def test_one_id_serves_for_both_where_the_client_has_none(front):
    bodies = (ROW, {"Acidity": 2.0, "sugar": 4.0}, {"instances": [ROW]})
    for body in bodies:
        answer = front.post("/predict", json=body)
        assert answer.headers["X-Request-Id"] == answer.headers["X-Prediction-Id"]

        own = front.post("/predict", json=body, headers={"X-Request-Id": "mine-12345"})
        assert own.headers["X-Request-Id"] == "mine-12345"
        assert UUID7.fullmatch(own.headers["X-Prediction-Id"])


def test_the_short_way_and_flasks_differ_in_the_id_alone(front, shown):
    flask = Client(front.application._inner)
    told = []
    for client in (front, flask):
        answer = client.post("/predict", json=ROW, headers={"X-Request-Id": "mine-12345"})
        told.append(
            [
                (name, "" if name == "X-Prediction-Id" else value)
                for name, value in answer.headers
                if name not in ("X-Request-Id", "Server-Timing")
            ]
        )

    assert told[0] == told[1]


def test_what_is_not_answered_as_asked_is_counted_by_its_kind(front, log):
    front.post("/predict", json={"acidity": 1})
    front.post("/predict", data="{", content_type="application/json")
    front.post("/models/nothing/predict", json=ROW)
    front.get("/no-such-page")
    refused = front.post("/predict", data="x", content_type="text/plain")

    assert log.flush(20)
    found = {t.answer: t.n for t in tallies(log.engine, *ALWAYS, 86_400) if t.measure == "error"}
    assert "X-Prediction-Id" not in refused.headers
    assert found == {"wrong fields": 1, "malformed": 1, "not found": 1, "media type": 1}
    assert predictions(log.engine) == []


def test_plausibility_is_what_the_card_says(tmp_path, shown, model):
    card = builders.model_card(trust=builders.trust())
    log = PredictionLog(
        f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "journal", cards=lambda _served: card
    )
    app = wire(Settings(), Services(lambda: shown.live, lambda: shown.live, log=log))
    answer = Client(app.server.wsgi_app).post("/predict", json=ROW)

    assert 0 <= kept(log, answer).plausibility <= 1
    log.close()


# The database is away


def test_answers_do_not_wait_and_come_once_it_is_back(
    tmp_path, shown, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(writers, "LONGEST_PAUSE", 0.2)
    blocked = tmp_path / "blocked"
    blocked.write_text("")  # where the database's folder should be
    log = PredictionLog(f"sqlite:///{blocked / 'log.db'}", tmp_path / "journal")
    app = wire(Settings(), Services(lambda: shown.live, lambda: shown.live, log=log))
    client = Client(app.server.wsgi_app)
    begin = time.monotonic()
    answers = [client.post("/predict", json=ROW) for _ in range(50)]
    assert time.monotonic() - begin < 5
    log.flush(20)
    state = log.state()
    ready = client.get("/readyz").json["prediction_log"]
    metrics = client.get("/metrics").text

    blocked.unlink()
    deadline = time.monotonic() + 20
    while log.state().away_since and time.monotonic() < deadline:
        log.flush(1)

    assert state.rows == 50
    assert state.away_since is not None
    assert ready["rows_waiting"] == 50
    assert ready["away_since"]
    assert str(tmp_path) not in str(ready)
    assert "cellar_lab_log_waiting_rows 50.0" in metrics
    assert "cellar_lab_log_database_away 1.0" in metrics
    assert log.state() == (0, 0, 0, None, None)
    ids = [id_bytes(answer.headers["X-Prediction-Id"]) for answer in answers]
    assert [entry.id for entry in predictions(log.engine)] == ids
    log.close()


def test_a_server_is_behind_while_the_database_is_away_for_any_worker(tmp_path, log, front):
    front.post("/predict", json=ROW)
    assert not log.is_behind(20)

    other = tmp_path / "journal" / "1-other"
    other.mkdir()
    write_state(other, LogState(rows=3, away_since=datetime.now(UTC), reason="away"))

    assert log.is_behind(20)


def test_what_is_lost_is_counted_among_the_errors(log, front):
    front.post("/predict", json=ROW)
    log.journal.lost += 7
    front.post("/predict", json=ROW)

    assert log.flush(20)
    found = {t.answer: t.n for t in tallies(log.engine, *ALWAYS, 86_400) if t.measure == "error"}
    assert found == {"lost": 7}
    assert log.state().lost == 7


def test_one_that_the_database_refuses_holds_up_no_other(log, front, monkeypatch):
    first = front.post("/predict", json=ROW).headers["X-Prediction-Id"]

    def refusing(engine, entries, failures=None):
        if any(entry.id == id_bytes(first) for entry in entries):
            raise ValueError("no")
        return write(engine, entries, failures)

    monkeypatch.setattr(writers, "write", refusing)
    second = front.post("/predict", json=ROW).headers["X-Prediction-Id"]

    assert log.flush(20)
    assert [entry.id for entry in predictions(log.engine)] == [id_bytes(second)]
    assert log.state().lost == 1


def test_a_journal_that_cannot_be_written_costs_no_answer(tmp_path, shown):
    (tmp_path / "journal").write_text("a file where the folder should be")
    log = PredictionLog(f"sqlite:///{tmp_path / 'log.db'}", tmp_path / "journal")
    app = wire(Settings(), Services(lambda: shown.live, lambda: shown.live, log=log))

    answer = Client(app.server.wsgi_app).post("/predict", json=ROW)

    assert answer.status_code == 200
    assert "X-Prediction-Id" not in answer.headers


# Off


def test_off_keeps_nothing_and_adds_no_header(client, app):
    answer = client.post("/predict", json=ROW)

    log = app.server.extensions["cellar-lab"].log
    assert log.off
    assert "X-Prediction-Id" not in answer.headers
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert log.state() == (0, 0, 0, None, None)
    assert log.opened() is None
    with pytest.raises(DatabaseAway, match="LOG_PREDICTIONS"):
        _ = log.engine


def test_a_fork_has_a_journal_of_its_own(log, front):
    front.post("/predict", json=ROW)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        answer = front.post("/predict", json=ROW)
        log.flush(20)
        os.write(write_end, answer.headers["X-Prediction-Id"].encode())
        os._exit(0)
    os.waitpid(child, 0)
    of_child = id_bytes(os.read(read_end, 100).decode())
    front.post("/predict", json=ROW)

    assert log.flush(20)
    ids = [entry.id for entry in predictions(log.engine)]
    assert len(ids) == 3
    assert of_child in ids
    os.close(read_end)
    os.close(write_end)
