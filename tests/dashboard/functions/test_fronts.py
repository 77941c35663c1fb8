"""Every front answers what the dashboard's server answers, byte for byte."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.settings import Settings
from scripts.servers import ROOT
from store.artifacts import FolderStore
from store.releases import read_card, read_pointer
from tests.dashboard.functions.conftest import Asked, Front


@pytest.fixture(scope="session")
def row() -> dict[str, float]:
    """The features' medians in the model that is committed."""
    store = FolderStore(ROOT / "data" / "artifacts")
    [model] = read_pointer(store).release.models
    return {feature.name: feature.median for feature in read_card(store, model).features}


Change = Callable[[dict[str, Any]], Any]

BODIES: dict[str, Change] = {
    "a row": lambda row: row,
    "a row backwards": lambda row: dict(reversed(row.items())),
    "a missing field": lambda row: dict(list(row.items())[1:]),
    "an unknown field": lambda row: row | {"Süße": 1.0},
    "a text": lambda row: row | {"ash": "2.4"},
    "no object": lambda row: 5,
    "rows": lambda row: {"instances": [row, row]},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_row_is_answered_as_by_the_dashboard(
    front: Front, dashboard: Front, row: dict[str, float], body: Change
) -> None:
    asked = Asked(body=json.dumps(body(row), ensure_ascii=False).encode())

    assert front(asked) == dashboard(asked)


def test_an_explanation_is_that_of_the_dashboard(
    front: Front, dashboard: Front, row: dict[str, float]
) -> None:
    asked = Asked(query="explain=1", body=json.dumps(row).encode())

    assert front(asked) == dashboard(asked)
    assert front(asked).status == 200


def test_a_table_is_answered_as_by_the_dashboard(
    front: Front, dashboard: Front, row: dict[str, float]
) -> None:
    lines = [",".join(row), *[",".join(map(str, row.values()))] * 3]
    asked = Asked(content_type="text/csv", body="\r\n".join(lines).encode())

    assert front(asked) == dashboard(asked)
    assert len(front(asked).json()["predictions"]) == 3


def test_a_row_is_answered(front: Front, row: dict[str, float]) -> None:
    answer = front(Asked(body=json.dumps(row).encode()))

    assert answer.status == 200
    assert sum(answer.json()["probabilities"].values()) == pytest.approx(1)
    assert answer.json()["model"]["version"] == answer.headers["X-Model-Version"]


def test_the_address_of_the_function_itself_predicts(front: Front, row: dict[str, float]) -> None:
    body = json.dumps(row).encode()

    assert front(Asked(path="/", body=body)) == front(Asked(body=body))


@pytest.mark.parametrize(
    "asked",
    [
        Asked(content_type="text/plain", body=b"{}"),
        Asked(body=b"{"),
        Asked(body=b""),
        Asked(body=b" " * (Settings().max_body_bytes + 1)),
        Asked(path="/models/wine/predict", body=b"{}"),
        Asked(path="/models/no%20such/predict", body=b"{}"),
        Asked(query="explain=perhaps", body=b"{}"),
        Asked("GET", "/healthz", content_type=""),
        Asked("GET", "/models", content_type=""),
        Asked("GET", "/models/wine", content_type=""),
        Asked("GET", "/models/none", content_type=""),
        Asked("GET", "/models/wine/predict", content_type=""),
        Asked("PUT", "/models/wine/predict", content_type=""),
        Asked("GET", "/models/no%20such%2Fpath/at/all", content_type=""),
    ],
    ids=lambda asked: f"{asked.method} {asked.path} {asked.body[:3].decode()}",
)
def test_whatever_is_asked_is_answered_as_by_the_dashboard(
    front: Front, dashboard: Front, asked: Asked
) -> None:
    assert front(asked) == dashboard(asked)


def test_the_description_is_that_of_the_dashboard_without_what_keeps_predictions(
    front: Front, dashboard: Front
) -> None:
    asked = Asked("GET", "/openapi.json", content_type="")
    ours, theirs = front(asked).json()["paths"], dashboard(asked).json()["paths"]

    assert set(theirs) - set(ours) == {"/feedback", "/receipts/{id}", "/receipts/key", "/verify"}
    assert ours == {path: theirs[path] for path in ours}


def test_readyz_says_what_is_open(front: Front) -> None:
    answer = front(Asked("GET", "/readyz", content_type=""))

    assert answer.status == 200
    assert answer.json()["status"] == "ready"
