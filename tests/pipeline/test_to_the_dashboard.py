"""From a table to an answer: what the offline half publishes, the web half serves."""

import io
from pathlib import Path

import joblib
import pandas as pd
import pytest
from flask.testing import FlaskClient
from pyspark.sql import SparkSession

from dashboard import create_app
from dashboard.settings import Settings
from store.artifacts import FolderStore
from store.releases import read_model, read_pointer
from tests.pipeline.conftest import Verb

FLOWER = {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}


@pytest.fixture
def client(
    spark: SparkSession, verb: Verb, iris: Path, shelf: FolderStore, tmp_path: Path
) -> FlaskClient:
    """The dashboard over a release of iris alone."""
    assert verb("run", "--descriptor", iris).exit_code == 0
    app = create_app(Settings(artifacts_url=shelf.url, cache_dir=tmp_path / "cache"))
    return app.server.test_client()


def test_a_second_table_is_served_like_the_first(client: FlaskClient, shelf: FolderStore) -> None:
    answer = client.post("/models/iris/predict", json=FLOWER)

    assert answer.status_code == 200
    assert answer.json["predicted_class"] == answer.json["prediction"] == 0
    assert answer.json["label"] == "setosa"

    # exactly what scikit-learn says
    released = read_pointer(shelf).release.models[0]
    estimator = joblib.load(io.BytesIO(read_model(shelf, released)))
    expected = estimator.predict_proba(pd.DataFrame([FLOWER]))[0].tolist()
    assert list(answer.json["probabilities"].values()) == expected

    # under other people's names for the features, and as the default model
    aliases = {f"{name.replace('_', ' ')} (cm)": value for name, value in FLOWER.items()}
    assert client.post("/predict", json=aliases).json == answer.json

    # every page answers
    for path in ("/", "/explore", "/predict", "/model", "/_dash-layout"):
        assert client.get(path).status_code == 200
    assert client.get("/readyz").json["models"]["iris"]["engine"] == "flat"
