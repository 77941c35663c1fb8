"""The built-in example: scikit-learn's copy of the UCI wine data, as a CSV file."""

import csv
import io
from pathlib import Path

from sklearn.datasets import load_wine

from pipeline import REPOSITORY

WINE_CSV = REPOSITORY / "data" / "wine.csv"
LABEL = "cultivar"


def wine_csv() -> str:
    """The table as CSV text: 13 features under scikit-learn's names, then the cultivar (0, 1, 2).

    Each number is written as Python's shortest text that reads back as the same float.
    """
    wine = load_wine()
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow([*wine.feature_names, LABEL])
    for row, cultivar in zip(wine.data, wine.target, strict=True):
        lines.writerow([*(repr(float(value)) for value in row), int(cultivar)])
    return text.getvalue()


def write_wine(path: Path = WINE_CSV) -> Path:
    """Write the table to ``path``; what stood there is replaced."""
    path.write_text(wine_csv(), encoding="utf-8")
    return path
