"""What stands in front of Flask answers as Flask does, and marks, times and counts all answers."""

import io
import json
import re
from dataclasses import replace

import orjson
import pytest
from werkzeug.test import Client, TestResponse

from dashboard.edge.plain import Plain
from dashboard.settings import Settings
from dashboard.wiring import wire
from tests.dashboard.conftest import FakePredictor, Shown

GOOD = {"acidity": 2.0, "sugar": 4.0}
ROWS = {"instances": [{"acidity": 2, "sugar": one / 10} for one in range(1, 40)]}
MARK = "a-request-of-ours"
BODIES: dict[str, str | bytes] = {
    "good": json.dumps(GOOD),
    "whole numbers": '{"acidity": 2, "sugar": 4}',
    "a name of eight digits": '{"acidity": 2.0, "sugar": 12345678}',
    "another order": '{"sugar": 4.0, "acidity": 2.0}',
    "an alias": '{"sugar": 4.0, "Acidity": 2.0}',
    "spaces": ' {\n "acidity" : 2.0 , "sugar" : 4.0 } ',
    "missing": '{"acidity": 2.0}',
    "unknown": '{"acidity": 2.0, "sugar": 4.0, "colour": 1}',
    "unknown in place of one": '{"acidity": 2.0, "colour": 1}',
    "twice": '{"acidity": 2.0, "sugar": 4.0, "sugar": 3.0}',
    "twice, and one missing": '{"sugar": 4.0, "sugar": 3.0}',
    "a text": '{"acidity": 2.0, "sugar": "4"}',
    "a text with a colon": '{"acidity": 2.0, "sugar": "a:b"}',
    "a boolean": '{"acidity": true, "sugar": 4.0}',
    "null": '{"acidity": null, "sugar": 4.0}',
    "not a number": '{"acidity": NaN, "sugar": 4.0}',
    "infinite": '{"acidity": 1e999, "sugar": 4.0}',
    "beyond 64 bits": '{"acidity": 123456789012345678901234567890, "sugar": 4.0}',
    "nothing": "",
    "no JSON": "{",
    "no UTF-8": b'{"acidity": 2.0, "sugar\xff": 4.0}',
    "half a surrogate": '{"acidity": 2.0, "\\ud800": 4.0}',
    "as large as it may be": '{"acidity": 1e30, "sugar": -1e30}',
    "too large": '{"acidity": 2e30, "sugar": 4.0}',
    "too small": '{"acidity": 2.0, "sugar": -2e30}',
    "beyond an integer's range": '{"acidity": 2.0, "sugar": 9223372036854775808}',
    "a list": "[2.0, 4.0]",
    "a list of names": '["acidity", "sugar"]',
    "a number": "2",
    "a text alone": '"ab"',
    "deep": "[" * 3000,
    "a table": json.dumps({"instances": [GOOD, GOOD]}),
    "a long table": json.dumps(ROWS),
    "a table with a wrong row": '{"instances": [{"acidity": 1}]}',
    "no rows": '{"instances": []}',
}
PATHS = ("/predict", "/models/drinks/predict", "/models/nothing/predict", "/models//predict")
ENCODINGS = ("", "identity", "gzip", "br, gzip;q=0.5")


@pytest.fixture
def both(app) -> tuple[Client, Client]:
    """A client of the whole application, and one of Flask alone."""
    return Client(app.server.wsgi_app), Client(app.server.wsgi_app._inner)


def ask(client: Client, path: str, body: str | bytes, **headers: str) -> TestResponse:
    headers = {"Content-Type": "application/json", "X-Request-Id": MARK, **headers}
    return client.post(path, data=body, headers=headers)


def seen(answer: TestResponse) -> tuple:
    """All of an answer but what the front adds to every one, also to those of Flask."""
    added = ("X-Request-Id", "Server-Timing")
    return (
        answer.status,
        [(name, value) for name, value in answer.headers if name not in added],
        answer.data,
    )


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_an_answer_is_that_of_flask_to_the_last_byte(both, path, body):
    front, flask = both

    for encoding in ENCODINGS:
        headers = {"Accept-Encoding": encoding} if encoding else {}
        assert seen(ask(front, path, body, **headers)) == seen(ask(flask, path, body, **headers))


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/predict?explain=1", {}),
        ("/predict", {"Content-Type": "text/csv"}),
        ("/predict", {"Content-Type": "application/json; charset=utf-8"}),
        ("/predict", {"Content-Type": "text/plain"}),
        ("/predict", {"Accept": "text/csv"}),
        ("/predict", {"Transfer-Encoding": "chunked"}),
    ],
)
def test_what_is_not_plain_is_flasks(both, path, headers):
    front, flask = both

    for body in ("acidity,sugar\n2,4\n", BODIES["good"]):
        assert seen(ask(front, path, body, **headers)) == seen(ask(flask, path, body, **headers))


def test_a_failure_is_told_as_flask_tells_it(both, predictor, monkeypatch):
    def fail(_row):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(predictor, "predict_proba", fail)
    front, flask = (ask(client, "/predict", BODIES["good"]) for client in both)

    assert front.status_code == flask.status_code == 500
    assert front.headers["X-Error-Id"] in front.text
    assert "secret" not in front.text


def test_no_model_is_a_503_from_both(both, shown: Shown):
    shown.change(models={})
    front, flask = (ask(client, "/predict", BODIES["good"]) for client in both)

    assert front.status_code == 503
    assert seen(front) == seen(flask)


def test_the_short_way_gives_the_bytes_of_the_long_one(model):
    plain = Plain(model)

    bodies = [orjson.dumps({"acidity": 1, "sugar": n / 7}) for n in range(30)]
    assert all(plain.answer(body, {}, 0.0) is not None for body in bodies)


def test_the_short_way_stands_aside_where_it_would_answer_otherwise(model, monkeypatch):
    monkeypatch.setattr("dashboard.edge.plain.PROBABILITIES", b',"chances":')

    assert Plain(model).answer(orjson.dumps(GOOD), {}, 0.0) is None


def test_a_swapped_model_answers_the_next_question(both, shown: Shown, model):
    front, _ = both
    ask(front, "/predict", BODIES["good"])

    class Sour(FakePredictor):
        def predict_proba(self, row):
            return [1.0, 0.0]

    card = model.card.model_copy(update={"version": "20261102T120000Z-000003"})
    shown.change(models={"drinks": replace(model, card=card, predictor=Sour())})
    answer = ask(front, "/predict", BODIES["good"])

    assert answer.json["label"] == "Dry"
    assert answer.headers["X-Model-Version"] == "20261102T120000Z-000003"


# What every answer carries


@pytest.mark.parametrize("path", ["/", "/predict", "/models", "/healthz", "/no-such-page"])
def test_every_answer_names_the_model_and_the_request(client, model, path):
    answer = client.get(path)

    assert answer.headers["X-Model-Version"] == model.card.version
    assert answer.headers["X-Model-Hash"] == model.card.file.sha256[:12]
    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])
    assert answer.headers.getlist("X-Request-Id") == [answer.headers["X-Request-Id"]]


def test_a_request_keeps_the_sane_id_that_it_came_with(client):
    kept = client.post("/predict", json=GOOD, headers={"X-Request-Id": "0b1c-22.e_f"})

    assert kept.headers["X-Request-Id"] == "0b1c-22.e_f"


@pytest.mark.parametrize("given", ["short", "x" * 129, "with space", 'quo"te-and-more', "é" * 9])
def test_an_id_that_is_not_sane_is_replaced(client, given):
    answer = client.get("/healthz", headers={"X-Request-Id": given.encode().decode("latin-1")})

    assert re.fullmatch("[0-9a-f]{32}", answer.headers["X-Request-Id"])


def test_two_requests_have_two_ids(client):
    first, second = (client.get("/healthz").headers["X-Request-Id"] for _ in range(2))

    assert first != second


def test_an_answer_of_the_api_says_what_its_parts_took(client):
    timing = client.post("/predict", json=GOOD).headers["Server-Timing"]

    names = [part.strip().partition(";")[0] for part in timing.split(",")]
    assert names == ["parse", "model", "write"]
    assert client.get("/models").headers["Server-Timing"].startswith("app;dur=")


# The access log


def test_a_line_about_a_request_has_no_value_of_it(shown, capsys):
    from dashboard.services import Services

    app = wire(Settings(access_log=True), Services(lambda: shown.live, lambda: shown.live))
    client = app.server.test_client()
    client.post("/predict?secret=1", data='{"acidity": 98765}', content_type="application/json")

    [line] = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["status"] == 422
    assert told["path"] == "/predict"
    assert told["milliseconds"] >= 0
    assert "98765" not in line
    assert "secret" not in line


def test_without_the_setting_nothing_is_written(client, capsys):
    client.get("/healthz")

    assert capsys.readouterr().out == ""


def test_a_body_that_ends_early_is_no_answer(both):
    front, _ = both

    answer = front.post(
        "/predict",
        input_stream=io.BytesIO(b'{"acidity": 2.0'),
        content_length=40,
        content_type="application/json",
    )

    assert answer.status_code == 400
