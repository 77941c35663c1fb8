"""The committed release: its model in both forms, its rows, and the variables that serve it."""

import csv
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray

from dashboard.model.loader import Predictor, open_model
from scripts.servers import ROOT
from store.artifacts import open_store
from store.releases import read_card, read_model, read_pointer
from store.schema import ModelCard

ARTIFACTS = ROOT / "data" / "artifacts"
TABLE = ROOT / "data" / "wine.csv"


@dataclass(frozen=True)
class Wine:
    """The model as scikit-learn has it and as the web half serves it; rows in the card's order.

    ``data`` is its file.
    """

    card: ModelCard
    data: bytes
    estimator: Any
    predictor: Predictor
    rows: NDArray[np.float64]

    def body(self) -> bytes:
        """The first row as the body of ``POST /predict``."""
        pairs = zip((feature.name for feature in self.card.features), self.rows[0], strict=True)
        return json.dumps({name: float(value) for name, value in pairs}).encode()


def wine() -> Wine:
    """Load the default model of the committed release, which is ours and thus trusted."""
    store = open_store(str(ARTIFACTS))
    release = read_pointer(store).release
    [released] = [model for model in release.models if model.name == release.default]
    card, content = read_card(store, released), read_model(store, released)
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    rows = [[float(row[feature.name]) for feature in card.features] for row in table]
    estimator = joblib.load(io.BytesIO(content))
    return Wine(card, content, estimator, open_model(content, card), np.array(rows))


def variables(cache: Path) -> dict[str, str]:
    """The environment of a server of the committed release."""
    return os.environ | {"ARTIFACTS_URL": str(ARTIFACTS), "CACHE_DIR": str(cache)}
