"""The built-in example."""

import csv
from pathlib import Path

from sklearn.datasets import load_wine

from pipeline.data import wine_csv, write_wine
from store.descriptor import read_descriptor


def test_the_committed_file_is_what_the_verb_writes(root: Path, tmp_path: Path) -> None:
    written = write_wine(tmp_path / "wine.csv")

    assert written.read_bytes() == (root / "data" / "wine.csv").read_bytes()


def test_every_value_reads_back_as_scikit_learn_has_it() -> None:
    wine = load_wine()
    header, *rows = csv.reader(wine_csv().splitlines())

    assert header == [*wine.feature_names, "cultivar"]
    assert [[float(value) for value in row[:-1]] for row in rows] == wine.data.tolist()
    assert [int(row[-1]) for row in rows] == wine.target.tolist()


def test_the_descriptor_describes_every_column(root: Path) -> None:
    wine = read_descriptor(root / "data" / "wine.toml")
    header = wine_csv().partition("\n")[0].split(",")

    assert [*wine.columns, wine.target and wine.target.column] == header
    assert {f.group for f in wine.features} == {
        "Alcohol & minerals",
        "Phenols",
        "Colour & protein",
    }
    assert all(f.label and f.unit and f.aliases for f in wine.features)


def test_nothing_about_wine_stands_in_the_code(root: Path) -> None:
    """The verbs name the example, and ``data`` writes it; nothing else knows of it."""
    words = ("cultivar", "alcohol", "proline", "barolo", "flavanoid")
    files = [*(root / "pipeline").rglob("*.py"), *(root / "store").rglob("*.py")]

    telling = [
        (file.name, word)
        for file in files
        for word in words
        if word in file.read_text(encoding="utf-8").lower()
    ]
    assert sorted(set(telling)) == [("__main__.py", "cultivar"), ("data.py", "cultivar")]
