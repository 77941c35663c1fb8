"""An app over a release that is made by hand: two features, two classes, a model of one line."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pytest
from dash import Dash
from flask.testing import FlaskClient
from numpy.typing import ArrayLike, NDArray

from dashboard import create_app
from dashboard.api.prediction import FieldNames
from dashboard.live.snapshot import Live, LiveModel
from dashboard.services import Services
from dashboard.settings import Settings
from store.schema import Release
from tests import builders, hardware_runs


@dataclass
class FakePredictor:
    """Sweet with probability sugar / 5, whatever the acidity; notes what it was asked."""

    engine: Literal["flat", "scikit-learn"] = "flat"
    reason: str | None = None
    notice: str | None = None
    asked: list[Sequence[float]] = field(default_factory=list)
    closed: bool = False

    def predict_proba(self, row: Sequence[float]) -> list[float]:
        self.asked.append(row)
        return [1 - row[1] / 5, row[1] / 5]

    def predict_proba_rows(self, rows: ArrayLike) -> NDArray[np.float64]:
        return np.array([self.predict_proba(row) for row in np.asarray(rows).tolist()])

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def predictor() -> FakePredictor:
    return FakePredictor()


@pytest.fixture
def model(predictor: FakePredictor) -> LiveModel:
    card = builders.model_card()
    return LiveModel(card, FieldNames(card), predictor, microseconds=7.4)


@pytest.fixture
def live(model: LiveModel) -> Live:
    release = Release(
        created=builders.CREATED,
        software={},
        id="000001-abcdef",
        sequence=1,
        default="drinks",
        profiles=(),
        models=(),
    )
    return Live(
        release,
        {"drinks": builders.profile()},
        {"drinks": model.card},
        {"drinks": model},
        applications={"drinks": builders.application()},
        benchmark_runs={hardware_runs.ID: hardware_runs.benchmark_run()},
    )


class Shown:
    """What the app shows; tests change it between requests."""

    def __init__(self, live: Live) -> None:
        self.live = live

    def change(self, **parts: Any) -> None:
        self.live = replace(self.live, **parts)


@pytest.fixture
def shown(live: Live) -> Shown:
    return Shown(live)


@pytest.fixture
def app(shown: Shown) -> Dash:
    app = create_app(Settings(), Services(lambda: shown.live, lambda: shown.live))
    app.server.test_client().get("/_dash-layout")  # Dash sets itself up at the first request
    return app


@pytest.fixture
def client(app: Dash) -> FlaskClient:
    return app.server.test_client()
