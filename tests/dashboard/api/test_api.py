"""The API: what programs send, what they get, and what they are told when it is wrong."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.live.snapshot import Live, LiveModel
from store.schema import CardClass, ReleasedModel, StoredFile
from tests.dashboard.conftest import Shown

GOOD = {"acidity": 2.0, "sugar": 4.0}


def post(client: FlaskClient, body: Any, path: str = "/predict") -> TestResponse:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return client.post(path, data=text, content_type="application/json")


def reasons(answer: TestResponse) -> dict[str, str]:
    assert answer.mimetype == "application/problem+json"
    return {item["field"]: item["reason"] for item in answer.json["errors"]}


def test_an_answer_has_both_keys_the_label_the_probabilities_and_the_model(client):
    answer = post(client, GOOD)

    assert answer.status_code == 200
    assert answer.json == {
        "prediction": 1,
        "predicted_class": 1,
        "label": "Sweet",
        "probabilities": {"Dry": pytest.approx(0.2), "Sweet": 0.8},
        "model": {
            "name": "drinks",
            "version": "20261101T120000Z-000002",
            "hash": "55dbd32e8649",
        },
    }


def test_a_feature_may_be_named_by_an_alias_and_in_any_order(client, predictor):
    answer = post(client, {"sugar": 4, "Acidity": 2})

    assert answer.status_code == 200
    assert predictor.asked[-1] == (2.0, 4.0)


def test_a_model_answers_under_its_own_name_too(client):
    assert post(client, GOOD, "/models/drinks/predict").json == post(client, GOOD).json


def test_a_probability_survives_the_way_through_json_to_the_last_bit(client):
    answer = post(client, {"acidity": 1.0, "sugar": 0.1 + 0.2})

    assert answer.json["probabilities"]["Sweet"] == (0.1 + 0.2) / 5


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"acidity": 2.0}, {"sugar": "missing"}),
        ({}, {"acidity": "missing", "sugar": "missing"}),
        (GOOD | {"colour": 1}, {"colour": "unknown field"}),
        (GOOD | {"sugar": "4"}, {"sugar": "not a number"}),
        (GOOD | {"sugar": True}, {"sugar": "not a number"}),
        (GOOD | {"sugar": None}, {"sugar": "not a number"}),
        (GOOD | {"sugar": [4]}, {"sugar": "not a number"}),
        ('{"acidity": 2, "sugar": NaN}', {"sugar": "not a finite number"}),
        ('{"acidity": 2, "sugar": -Infinity}', {"sugar": "not a finite number"}),
        ('{"acidity": 2, "sugar": 1e999}', {"sugar": "not a finite number"}),
        ('{"acidity": 2, "sugar": 1' + "0" * 400 + "}", {"sugar": "not a finite number"}),
        ('{"acidity": 2, "sugar": 4, "sugar": 4}', {"sugar": "given more than once"}),
        (GOOD | {"Acidity": 2}, {"acidity": "given more than once"}),
    ],
)
def test_every_wrong_field_is_named_with_its_reason(client, body, expected):
    answer = post(client, body)

    assert answer.status_code == 422
    assert reasons(answer) == expected


def test_all_wrong_fields_are_named_at_once(client):
    answer = post(client, {"acidity": "x", "colour": 1})

    assert set(reasons(answer)) == {"acidity", "colour", "sugar"}


def test_no_value_of_a_request_comes_back_in_an_error(client):
    answer = post(client, {"acidity": "secret-value", "sugar": 987654321.5e400})

    assert "secret-value" not in answer.text
    assert "987654321" not in answer.text


@pytest.mark.parametrize("body", ["", "{", "nonsense", "[" * 20_000, b"\xff\xfe"])
def test_a_body_that_is_no_json_is_a_400(client, body):
    answer = post(client, body)

    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize("body", ["[]", "1", '"text"', "null", "true"])
def test_a_body_that_is_no_object_is_a_400(client, body):
    assert post(client, body).status_code == 400


def test_another_content_type_is_a_415(client):
    answer = client.post("/predict", data=GOOD)

    assert answer.status_code == 415
    assert answer.mimetype == "application/problem+json"


def test_more_than_a_mebibyte_is_a_413(client):
    answer = post(client, '{"acidity": ' + " " * 2**20 + "1}")

    assert answer.status_code == 413
    assert answer.mimetype == "application/problem+json"


def test_getting_predict_is_the_page_for_people(client):
    assert client.get("/predict").mimetype == "text/html"


def test_another_method_is_a_405_that_says_what_is_allowed(client):
    answer = client.put("/models/drinks/predict")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_an_unknown_model_is_a_404(client):
    answer = post(client, GOOD, "/models/nothing/predict")

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_without_a_model_predict_is_a_503_and_readyz_says_why(client, shown):
    shown.change(models={}, problems={"model drinks": "its hash is wrong"})

    answer = post(client, GOOD)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert client.get("/readyz").status_code == 503
    assert client.get("/readyz").json["reasons"] == {"model drinks": "its hash is wrong"}


def test_a_released_model_that_is_not_open_is_a_503_not_a_404(client, shown: Shown):
    pin = StoredFile(key="k", bytes=1, sha256="0" * 64)
    waiting = ReleasedModel(name="later", version="1", profile="drinks", card=pin, file=pin)
    release = shown.live.release.model_copy(update={"models": (waiting,)})
    shown.change(release=release)

    assert post(client, GOOD, "/models/later/predict").status_code == 503


def test_readyz_is_ready_with_model_and_profile(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json["release"] == "000001-abcdef"
    assert answer.json["models"]["drinks"]["engine"] == "flat"
    assert answer.json["reasons"] == {}


def test_readyz_is_not_ready_without_the_profile(client, shown):
    shown.change(profiles={})

    assert client.get("/readyz").status_code == 503
    assert "profile drinks" in client.get("/readyz").json["reasons"]


def test_healthz_answers_without_any_release(client, shown):
    shown.change(release=None, profiles={}, cards={}, models={})

    assert client.get("/healthz").json == {"status": "ok"}
    assert client.get("/readyz").status_code == 503


def test_a_class_that_is_a_word_is_answered_as_a_word(client, shown, model):
    words = [
        CardClass(value="dry", label="Dry"),
        CardClass(value="sweet", label="Sweet"),
    ]
    card = model.card.model_copy(update={"classes": tuple(words)})
    shown.change(models={"drinks": replace(model, card=card)})

    assert post(client, GOOD).json["prediction"] == "sweet"


# -- Tables, explanations and aliases: what the answers are is in test_answering.py ------------


def test_a_table_is_answered_row_by_row(client):
    answer = post(client, {"instances": [GOOD, [1.0, 1.0]]})

    assert [one["label"] for one in answer.json["predictions"]] == ["Sweet", "Dry"]


def test_a_table_comes_and_goes_as_csv(client):
    answer = client.post(
        "/predict",
        data="sugar,Acidity\n4,2\n",
        content_type="text/csv",
        headers={"Accept": "text/csv"},
    )

    assert answer.mimetype == "text/csv"
    assert answer.text.splitlines()[0] == "prediction,label,probability_Dry,probability_Sweet"


@pytest.mark.parametrize(
    ("query", "field"), [("explain=yes", "explain"), ("alias=next", "alias"), ("alias=", "alias")]
)
def test_a_parameter_that_is_no_such_thing_is_named(client, query, field):
    answer = post(client, GOOD, f"/predict?{query}")

    assert answer.status_code == 422
    assert list(reasons(answer)) == [field]


def test_an_unknown_parameter_does_no_harm(client):
    assert post(client, GOOD, "/predict?utm_source=x").status_code == 200


def test_a_model_of_one_line_has_no_exact_explanation(client):
    answer = post(client, GOOD, "/predict?explain=1")

    assert answer.status_code == 422
    assert "no exact explanation" in answer.json["detail"]


def test_a_candidate_answers_only_under_its_alias(client, shown: Shown, model):
    @dataclass(frozen=True)
    class WithCandidates(Live):
        candidates: Mapping[str, LiveModel] = field(default_factory=dict)

    card = model.card.model_copy(update={"version": "next"})
    parts = {part.name: getattr(shown.live, part.name) for part in fields(Live)}
    parts["candidates"] = {"drinks": replace(model, card=card)}
    shown.live = WithCandidates(**parts)

    assert post(client, GOOD).headers["X-Model-Version"] == model.card.version
    assert post(client, GOOD, "/predict?alias=candidate").headers["X-Model-Version"] == "next"
    listed = client.get("/models").json["models"]
    assert [(one["alias"], one["version"]) for one in listed] == [
        ("live", model.card.version),
        ("candidate", "next"),
    ]
    assert client.get(listed[1]["links"]["self"]).json["version"] == "next"


def test_without_a_candidate_its_alias_is_a_404(client):
    assert post(client, GOOD, "/predict?alias=candidate").status_code == 404
    assert client.get("/models/drinks?alias=candidate").status_code == 404


# -- What models there are ------------------------------------------------------------------------


def test_the_models_are_listed_with_what_one_compares(client):
    answer = client.get("/models")

    assert answer.json["default"] == "drinks"
    (listed,) = answer.json["models"]
    assert listed["hash"] == "55dbd32e8649"
    assert listed["kind"] == "classifier"
    assert listed["engine"] == "flat"
    assert listed["metrics"]["accuracy"] == {"value": 0.9, "low": 0.8, "high": 1.0}
    assert client.get(listed["links"]["self"]).json["name"] == "drinks"
    assert post(client, GOOD, listed["links"]["predict"]).status_code == 200


def test_a_card_says_nothing_of_where_its_files_are(client, model):
    text = client.get("/models/drinks").text

    assert model.card.file.key not in text
    assert model.card.data.uri not in text
    assert "golden" not in text


def test_a_model_that_is_not_open_yet_is_listed_without_an_engine(client, shown):
    shown.change(models={})

    assert client.get("/models").json["models"][0]["engine"] is None


def test_nothing_is_listed_without_a_release(client, shown):
    shown.change(release=None, profiles={}, cards={}, models={})

    assert client.get("/models").json == {"release": None, "default": None, "models": []}
    assert client.get("/models/drinks").status_code == 503


@pytest.mark.parametrize("path", ["/models", "/models/drinks", "/openapi.json"])
@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_what_a_client_has_already_is_not_sent_again(client, shown, model, path, encoding):
    accepted = {"Accept-Encoding": encoding}
    tag = client.get(path, headers=accepted).headers["ETag"]

    assert client.get(path, headers=accepted | {"If-None-Match": tag}).status_code == 304

    card = model.card.model_copy(update={"version": "20261102T120000Z-000003"})
    shown.change(models={"drinks": replace(model, card=card)})
    assert client.get(path, headers=accepted | {"If-None-Match": tag}).status_code == 200


def test_a_prediction_is_not_kept_by_anybody(client):
    assert post(client, GOOD).headers["Cache-Control"] == "no-store"
    assert post(client, {}).headers["Cache-Control"] == "no-store"


# -- Paths and methods that there are not ----------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/models/", "/models/drinks/", "/models/drinks/nothing", "/healthz/x", "/models/a/b/c"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_of_the_api_is_a_problem_and_not_the_page(client, path, method):
    answer = client.open(path, method=method)

    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("GET", "/models/drinks/predict", "POST, OPTIONS"),
        ("HEAD", "/models/drinks/predict", "POST, OPTIONS"),
        ("POST", "/models", "GET, HEAD, OPTIONS"),
        ("DELETE", "/models/drinks", "GET, HEAD, OPTIONS"),
        ("TRACE", "/openapi.json", "GET, HEAD, OPTIONS"),
        ("BREW", "/healthz", "GET, HEAD, OPTIONS"),
        ("PUT", "/predict", "GET, HEAD, OPTIONS, POST"),
    ],
)
def test_a_method_that_a_path_does_not_take_is_a_405(client, method, path, allow):
    answer = client.open(path, method=method)

    assert answer.status_code == 405
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize("path", ["/models", "/models/drinks/predict"])
def test_options_says_what_a_path_takes(client, path):
    answer = client.options(path)

    assert answer.status_code == 204
    assert "OPTIONS" in answer.headers["Allow"]
