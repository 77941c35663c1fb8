"""The description of the API: complete, true, and nothing that it allows or forbids breaks us."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import strategies as st
from openapi_spec_validator import validate
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from dashboard import create_app
from dashboard.api.prediction import FieldNames
from dashboard.api.rows import LARGEST
from dashboard.live.snapshot import LiveModel
from dashboard.settings import Settings
from store.schema import ModelCard
from tests import builders
from tests.dashboard.conftest import FakePredictor

# Everything that schemathesis checks, in a number of requests that is the same every time.
BOUNDED: dict[str, Any] = {
    "seed": 1,
    "continue-on-failure": True,
    "headers": {"Accept-Encoding": "identity"},  # it does not unpack Brotli
    "generation": {"max-examples": 30, "deterministic": True},
    "operations": [
        {  # a 503 is what it is for
            "include-path": "/readyz",
            "checks": {"not_a_server_error": {"expected-statuses": ["2xx", "4xx", "503"]}},
        }
    ],
}


@dataclass
class Found:
    """What schemathesis asked, by operation, and what was wrong with the answers."""

    requests: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def asked_everything(schema: Any) -> Found:
    """Run all phases of schemathesis with all of its checks."""
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            found.failures.append(str(event))
        if not isinstance(event, events.ScenarioFinished):
            continue
        label, record = str(event.recorder.label), event.recorder
        found.requests[label] = found.requests.get(label, 0) + len(record.cases)
        for checks in record.checks.values():
            found.failures += [
                f"{label}: {check.name}: {check.failure_info.failure.message}"
                for check in checks
                if check.failure_info
            ]
    return found


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The app over the release that comes with the repository."""
    server: Flask = create_app(Settings(cache_dir=tmp_path_factory.mktemp("cache"))).server
    assert server.extensions["cellar-lab"].model(wait=True)
    return server


def send_csv_of(card: ModelCard) -> None:
    """Let schemathesis send right tables to this model where a body is CSV."""
    number = st.floats(-LARGEST, LARGEST).map(repr)
    cells = (st.sampled_from(f.categories) if f.categories else number for f in card.features)
    header = tuple(feature.name for feature in card.features)
    tables = st.lists(st.tuples(*cells), min_size=1, max_size=5).map(
        lambda rows: "".join(",".join(line) + "\n" for line in [header, *rows])
    )
    schemathesis.openapi.format("csv", tables)


@pytest.fixture
def described(released: Flask) -> dict[str, Any]:
    return _described(released.test_client())


def _described(client: FlaskClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").get_json()
    return found


def test_nothing_that_the_description_says_is_untrue(released: Flask):
    send_csv_of(released.extensions["cellar-lab"].card())
    config = SchemathesisConfig.from_dict(BOUNDED)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", released, config=config)

    found = asked_everything(schema)

    assert found.failures == []
    assert found.requests["POST /predict"] > 100
    assert found.requests["POST /models/wine/predict"] > 100
    assert min(found.requests[f"POST /{path}"] for path in ("feedback", "verify")) > 50


def test_it_is_true_before_anything_is_published_too(tmp_path):
    server = create_app(Settings(artifacts_url=str(tmp_path), cache_dir=tmp_path)).server
    config = SchemathesisConfig.from_dict(BOUNDED)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", server, config=config)

    found = asked_everything(schema)

    assert found.failures == []
    assert set(found.requests) >= {"GET /models", "GET /healthz", "GET /readyz"}


def test_it_is_true_of_a_model_that_predicts_a_number_and_takes_categories(app, shown):
    card = builders.regressor_card()
    send_csv_of(card)
    live = LiveModel(card, FieldNames(card), Price(), microseconds=1.0)
    shown.change(models={"drinks": live}, cards={"drinks": card})
    config = SchemathesisConfig.from_dict(BOUNDED)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app.server, config=config)

    found = asked_everything(schema)

    assert found.failures == []
    assert found.requests["POST /predict"] > 50


def test_a_model_without_an_exact_explanation_is_described_without_the_parameter(client, described):
    assert "explain" in _parameters(described["paths"]["/predict"]["post"])
    assert "explain" not in _parameters(_described(client)["paths"]["/predict"]["post"])


def _parameters(operation: dict[str, Any]) -> list[str]:
    return [one["$ref"].rpartition("/")[2] for one in operation["parameters"]]


def test_a_description_that_lies_would_be_found_out(released: Flask, described):
    described["components"]["schemas"]["Health"]["properties"]["status"] = {"const": "fine"}
    described["paths"] = {"/healthz": described["paths"]["/healthz"]}
    schema = schemathesis.openapi.from_dict(described, config=SchemathesisConfig.from_dict(BOUNDED))
    schema.app = released

    assert "response_schema_conformance" in asked_everything(schema).failures[0]


def test_it_is_valid_openapi_with_and_without_a_release(described, client: FlaskClient, shown):
    validate(described)
    validate(_described(client))

    shown.change(release=None, profiles={}, cards={}, models={})

    without = _described(client)
    validate(without)
    kept = {"/feedback", "/receipts/{id}", "/receipts/key", "/verify"}
    assert set(without["paths"]) == {"/models", "/healthz", "/readyz", "/openapi.json", *kept}


def test_a_model_that_predicts_a_number_and_takes_categories_is_described(client, shown):
    card = builders.regressor_card()
    live = LiveModel(card, FieldNames(card), Price(), microseconds=1.0)
    shown.change(models={"drinks": live}, cards={"drinks": card})

    described = _described(client)

    validate(described)
    schemas = described["components"]["schemas"]
    assert schemas["drinks.row"]["properties"]["shop"]["enum"] == ["North", "South"]
    assert schemas["drinks.answer"]["required"] == ["prediction", "model"]
    answered = described["paths"]["/predict"]["post"]["responses"]["200"]["content"]
    assert answered["application/json"]["examples"]["row"]["value"]["prediction"] == 2.5


class Price(FakePredictor):
    """Predicts the acidity."""

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        return [row[0]]


def test_every_example_is_answered_as_the_description_shows_it(released: Flask, described):
    operation = described["paths"]["/predict"]["post"]
    client = released.test_client()

    for content_type, body in operation["requestBody"]["content"].items():
        for name, example in body["examples"].items():
            text = example["value"]
            answer = client.post(
                "/predict?explain=1" if name == "explained" else "/predict",
                data=text if isinstance(text, str) else json.dumps(text),
                content_type=content_type,
                headers={"Accept": "text/csv" if name == "csv_out" else "*/*"},
            )
            shown = operation["responses"]["200"]["content"][answer.mimetype]["examples"][name]
            assert answer.status_code == 200
            assert shown["value"] == (answer.json if answer.is_json else answer.text)


def test_the_receipt_that_is_shown_verifies_as_shown(released: Flask, described):
    operation = described["paths"]["/verify"]["post"]
    receipt = operation["requestBody"]["content"]["application/json"]["example"]
    shown = operation["responses"]["200"]["content"]["application/json"]["example"]

    answer = released.test_client().post("/verify", json=receipt)

    assert answer.json == shown
    assert shown["verified"]


def test_every_problem_has_an_example_with_its_status(described):
    responses = described["paths"]["/models/wine/predict"]["post"]["responses"]
    problems = {status: answer for status, answer in responses.items() if status != "200"}

    assert set(problems) == {
        str(status) for status in (400, 404, 406, 411, 413, 415, 422, 429, 500, 503)
    }
    for status, answer in problems.items():
        if "$ref" in answer:
            answer = described["components"]["responses"][status]
        shown = answer["content"]["application/problem+json"]["examples"]
        assert {example["value"]["status"] for example in shown.values()} == {int(status)}


def test_every_header_of_an_answer_is_described(released: Flask, described):
    card = released.extensions["cellar-lab"].card()
    ours = {"Cache-Control", "ETag", "X-Model-Version", "X-Model-Hash"}
    asked = released.test_client()

    answers = {
        "/models": asked.get("/models"),
        "/models/{name}": asked.get(f"/models/{card.name}"),
        "/predict": asked.post("/predict", json={f.name: f.median for f in card.features}),
    }

    for path, answer in answers.items():
        operation = described["paths"][path]["post" if path == "/predict" else "get"]
        told = operation["responses"]["200"]["headers"]
        assert ours & set(answer.headers.keys()) <= set(told)
