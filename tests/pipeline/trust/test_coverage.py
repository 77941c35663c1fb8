"""Prediction sets and intervals hold the truth as often as they promise, on rows never seen.

A count of rows that were held is binomial if the promise is kept exactly. Whole bands below are of
99.9 %, so that a promise that is kept fails one test of a thousand, and seeds are fixed.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom  # type: ignore[import-untyped]
from sklearn.base import clone, is_classifier
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split

from pipeline.trust.conformal import conformal_of
from pipeline.trust.predictions import answered, cross_fitted
from store.trust import CONFIDENCES, Conformal

Table = tuple[pd.DataFrame, np.ndarray]
Split = tuple[Table, Table]


def blobs(rows: int, draw: np.random.Generator) -> Table:
    """Three classes that overlap."""
    true = draw.integers(3, size=rows)
    centers = np.array([[0.0, 0.0], [1.5, 0.5], [0.0, 1.5]])
    return pd.DataFrame(centers[true] + draw.normal(size=(rows, 2)), columns=["a", "b"]), true


def slope(rows: int, draw: np.random.Generator) -> Table:
    """A number with noise that grows along the way."""
    x = draw.uniform(0, 4, rows)
    return pd.DataFrame({"x": x}), 3 * x + draw.normal(size=rows) * (0.5 + x)


def fresh(make: Callable[[int, np.random.Generator], Table], tables: int) -> Iterator[Split]:
    """Tables of 150 rows, with ten further rows each: so few that tables hardly matter."""
    for seed in range(tables):
        draw = np.random.default_rng(seed)
        yield make(150, draw), make(10, draw)


def splits(load: Callable[..., Any], times: int, *, stratified: bool) -> Iterator[Split]:
    """One table, a quarter held out, again and again."""
    rows, true = load(return_X_y=True, as_frame=True)
    for seed in range(times):
        told = true.to_numpy()
        seen, unseen, known, asked = train_test_split(
            rows, told, random_state=seed, stratify=told if stratified else None
        )
        yield (seen, known), (unseen, asked)


def judged(recipe: Any, split: Split) -> Conformal:
    (seen, known), (unseen, asked) = split
    fitted = clone(recipe).fit(seen, known)
    classes = fitted.classes_ if is_classifier(fitted) else None
    found = cross_fitted(recipe, seen, known, classes=classes, folds=5, seed=0)
    measured = answered(fitted, unseen, asked, classes=classes, folds=5, seed=0)
    assert found is not None
    return conformal_of(found, measured)


@pytest.mark.parametrize(
    ("recipe", "tables"),
    [
        (LogisticRegression(), lambda: fresh(blobs, 100)),
        (Ridge(), lambda: fresh(slope, 100)),
        (
            RandomForestClassifier(25, max_depth=3, random_state=0),
            lambda: splits(load_wine, 12, stratified=True),
        ),
        (Ridge(0.01), lambda: splits(load_diabetes, 12, stratified=False)),
    ],
    ids=["blobs", "slope", "wine", "diabetes"],
)
def test_coverage_lies_in_its_binomial_band(
    recipe: Any, tables: Callable[[], Iterator[Split]]
) -> None:
    found = [judged(recipe, split) for split in tables()]

    for place, confidence in enumerate(CONFIDENCES):
        rows = sum(item.coverage[place].rows for item in found)
        covered = sum(item.coverage[place].covered for item in found)
        low, high = binom.interval(0.999, rows, confidence)
        assert low <= covered <= high, (confidence, covered / rows, low / rows, high / rows)


def test_thresholds_of_the_rows_given_are_measured_on_the_other_folds() -> None:
    draw = np.random.default_rng(1)
    fitted = LogisticRegression().fit(*blobs(300, draw))
    rows, true = blobs(1_000, draw)

    found = conformal_of(
        answered(fitted, rows, true, classes=fitted.classes_, folds=5, seed=0), None
    )

    assert {item.rows for item in found.coverage} == {1_000}
    for item in found.coverage:
        low, high = binom.interval(0.999, item.rows, item.promised)
        assert low <= item.covered <= high
