"""What a recipe says of each row when it was fitted without it."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold

Numbers = np.ndarray[Any, Any]

SCORED_ROWS = 20_000  # of more rows a sample is enough for every figure here


class Unseen(NamedTuple):
    """Answers to rows by a model that had not seen them.

    Args:
        answers: Probabilities in the order of the classes, (n, classes); or numbers, (n,).
        true: The place of each row's class among the classes; or the true number, (n,).
        folds: The part of the rows that each belongs to, (n,): what is fitted to the others is
            measured on it.
    """

    answers: Numbers
    true: Numbers
    folds: Numbers

    def of(self, rows: Numbers) -> "Unseen":
        """The same of some of the rows, which a mask or places name."""
        return Unseen(self.answers[rows], self.true[rows], self.folds[rows])


def folds_of(true: Numbers, *, classes: bool, folds: int, seed: int) -> Numbers:
    """Which part of the rows each belongs to; stratified by class, as far as there are rows."""
    splitter = (StratifiedKFold if classes else KFold)(folds, shuffle=True, random_state=seed)
    found = np.zeros(len(true), dtype=np.intp)
    for fold, (_, chosen) in enumerate(splitter.split(true, true)):
        found[chosen] = fold
    return found


def cross_fitted(
    recipe: Any,
    rows: pd.DataFrame,
    true: Numbers,
    *,
    classes: Numbers | None,
    folds: int,
    seed: int,
) -> Unseen | None:
    """Each row's answer by the recipe fitted to the other folds; None if a class is too rare.

    Args:
        recipe: Not fitted.
        rows: Inputs, shape (n, features).
        true: The class or the number of each row.
        classes: Of the published estimator, in its order; None of a regressor.
        folds: At least 2; fewer are made where a class has not so many rows.
        seed: Of the folds.
    """
    if classes is None:
        told: Numbers = np.asarray(true, dtype=np.float64)
        answers = np.zeros(len(rows))
    else:
        told = np.searchsorted(classes, true)
        answers = np.zeros((len(rows), len(classes)))
        folds = min(folds, int(np.bincount(told, minlength=len(classes)).min()))
        if folds < 2:
            return None
    parts = folds_of(told, classes=classes is not None, folds=folds, seed=seed)
    for fold in range(folds):
        out = parts == fold
        fitted = clone(recipe).fit(rows[~out], true[~out])
        if classes is None:
            answers[out] = np.asarray(fitted.predict(rows[out])).reshape(-1)
        else:
            answers[out] = fitted.predict_proba(rows[out])
    return Unseen(answers, told, parts)


def answered(
    estimator: Any,
    rows: pd.DataFrame,
    true: Numbers,
    *,
    classes: Numbers | None,
    folds: int,
    seed: int,
) -> Unseen:
    """What a fitted estimator says of rows that it never saw."""
    if classes is None:
        answers = np.asarray(estimator.predict(rows), dtype=np.float64).reshape(len(rows))
        told = np.asarray(true, dtype=np.float64)
        return Unseen(answers, told, np.random.default_rng(seed).integers(folds, size=len(rows)))
    place = {value: i for i, value in enumerate(classes.tolist())}
    told = np.array([place[value] for value in true.tolist()])
    parts = np.random.default_rng(seed).permutation(len(rows)) % folds
    return Unseen(estimator.predict_proba(rows), told, parts)
