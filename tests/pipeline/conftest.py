"""One Spark session for the whole run, tables written by hand, and the verbs as a call."""

import csv
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pyspark.sql import SparkSession
from sklearn.datasets import load_iris

from pipeline.__main__ import cli
from pipeline.session import spark_session
from store.artifacts import FolderStore
from store.descriptor import Descriptor, Feature, Target

Write = Callable[..., Path]
Verb = Callable[..., Result]


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """The session that every test shares; verbs that are called in this process use it too."""
    with spark_session("local[2]") as session:
        yield session


@pytest.fixture
def workers_s3_url(spark: SparkSession, s3_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """``s3_url`` for Spark's workers too: the session was there before the environment was."""
    for name, value in os.environ.items():
        if name.startswith("AWS_"):
            monkeypatch.setitem(spark.sparkContext.environment, name, value)
    return s3_url


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a text file: ``write("drinks.csv", "a,b", "1,2")`` gives its path."""

    def written(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path

    return written


@pytest.fixture
def drinks() -> Descriptor:
    """Two features and a label with two classes."""
    return Descriptor(
        name="drinks",
        target=Target(column="kind", classes={"0": "Dry", "1": "Sweet"}),
        features=(
            Feature(column="acidity", aliases=("Acidity", "acid/pH 3.5")),
            Feature(column="sugar"),
        ),
    )


@pytest.fixture
def shelf(tmp_path: Path) -> FolderStore:
    """An empty artifact store."""
    return FolderStore(tmp_path / "artifacts")


@pytest.fixture
def verb(spark: SparkSession, shelf: FolderStore) -> Verb:
    """Call a verb in this process, with the artifacts in ``shelf``."""

    def called(name: str, *words: str | Path) -> Result:
        where = [] if name in {"data", "export-log", "keygen"} else ["--artifacts", shelf.url]
        return CliRunner().invoke(cli, [name, *map(str, words), *where])

    return called


@pytest.fixture
def iris(tmp_path: Path, root: Path) -> Path:
    """The descriptor of the iris table, with iris.csv beside it under scikit-learn's names."""
    table = load_iris()
    with (tmp_path / "iris.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow([*table.feature_names, "species"])
        for row, species in zip(table.data, table.target, strict=True):
            lines.writerow([*map(float, row), int(species)])
    path = tmp_path / "iris.toml"
    path.write_text((root / "tests" / "data" / "iris.toml").read_text(encoding="utf-8"))
    return path
