"""How good a classifier is: on rows it never saw, and as a recipe, each with its interval."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats  # type: ignore[import-untyped]
from sklearn.inspection import permutation_importance
from sklearn.metrics import (
    confusion_matrix,
    log_loss,
    make_scorer,
    precision_recall_fscore_support,
)
from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline

from store.descriptor import ModelSpec
from store.schema import (
    CalibrationBin,
    ClassMetrics,
    CrossValidation,
    HeldOut,
    Importance,
    Interval,
)

LEVEL = 0.95
CALIBRATION_BINS = 10
SHUFFLES = 20

Labels = np.ndarray[Any, Any]


def held_out(estimator: Any, rows: pd.DataFrame, true: Labels, names: Sequence[str]) -> HeldOut:
    """Metrics of a fitted estimator on rows it was not fitted on.

    Args:
        estimator: Fitted; its ``classes_`` give the order of everything.
        rows: Features, shape (n, features).
        true: The class of each row, shape (n,).
        names: What people call each class.
    """
    classes = estimator.classes_
    chances = estimator.predict_proba(rows)
    predicted = estimator.predict(rows)
    precision, recall, f1, support = precision_recall_fscore_support(
        true, predicted, labels=classes, zero_division=0
    )
    return HeldOut(
        rows=len(rows),
        accuracy=wilson(int((predicted == true).sum()), len(rows)),
        log_loss=float(log_loss(true, chances, labels=classes)),
        confusion=tuple(
            tuple(map(int, row)) for row in confusion_matrix(true, predicted, labels=classes)
        ),
        classes=tuple(
            ClassMetrics(
                label=name,
                precision=float(precision[i]),
                recall=float(recall[i]),
                f1=float(f1[i]),
                support=int(support[i]),
            )
            for i, name in enumerate(names)
        ),
        calibration=calibration(chances, true[:, None] == classes[None, :]),
    )


def calibration(
    chances: np.ndarray[Any, Any], outcomes: np.ndarray[Any, Any]
) -> tuple[CalibrationBin, ...]:
    """How often what was given a probability came true, in bins of equal width.

    Args:
        chances: Probabilities, shape (rows, classes).
        outcomes: Whether a row is of a class, the same shape.
    """
    edges = [i / CALIBRATION_BINS for i in range(CALIBRATION_BINS + 1)]
    bins = np.clip(np.searchsorted(edges, chances, side="right") - 1, 0, CALIBRATION_BINS - 1)
    found = []
    for i in range(CALIBRATION_BINS):
        inside = bins == i
        count = int(inside.sum())
        found.append(
            CalibrationBin(
                low=edges[i],
                high=edges[i + 1],
                count=count,
                mean_predicted=float(chances[inside].mean()) if count else None,
                observed=float(outcomes[inside].mean()) if count else None,
            )
        )
    return tuple(found)


def cross_validation(
    recipe: Any, rows: pd.DataFrame, true: Labels, spec: ModelSpec
) -> CrossValidation:
    """Repeated stratified cross-validation of an estimator that is not fitted."""
    splits = RepeatedStratifiedKFold(
        n_splits=spec.folds, n_repeats=spec.repeats, random_state=spec.seed
    )
    loss = make_scorer(log_loss, response_method="predict_proba", labels=np.unique(true))
    scores = cross_validate(
        recipe,
        rows,
        true,
        cv=splits,
        scoring={"accuracy": "accuracy", "loss": loss},
        error_score="raise",
    )
    return CrossValidation(
        folds=spec.folds,
        repeats=spec.repeats,
        accuracy=resampled(scores["test_accuracy"], spec.folds, highest=1.0),
        log_loss=resampled(scores["test_loss"], spec.folds, highest=math.inf),
    )


def wilson(right: int, rows: int) -> Interval:
    """The share of right answers with Wilson's score interval (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share = right / rows
    middle = (share + z * z / (2 * rows)) / (1 + z * z / rows)
    half = z / (1 + z * z / rows) * math.sqrt(share * (1 - share) / rows + (z / (2 * rows)) ** 2)
    return Interval(
        value=share,
        low=min(max(0.0, middle - half), share),
        high=max(min(1.0, middle + half), share),
        method="Wilson score interval",
    )


def resampled(scores: np.ndarray[Any, Any], folds: int, *, highest: float) -> Interval:
    """The mean of cross-validation scores with the corrected resampled t interval.

    Folds share most of their training rows, so their scores vary less than independent ones
    would. Nadeau & Bengio (2003, Machine Learning 52, 239-281) widen the variance of the mean
    by n_test / n_train, which is 1 / (folds - 1).
    """
    count = len(scores)
    mean = float(np.mean(scores))
    variance = (1 / count + 1 / (folds - 1)) * float(np.var(scores, ddof=1))
    half = float(stats.t.ppf((1 + LEVEL) / 2, count - 1)) * math.sqrt(variance)
    return Interval(
        value=mean,
        low=max(0.0, mean - half),
        high=min(highest, mean + half),
        method="corrected resampled t-test (Nadeau & Bengio 2003)",
    )


def importances(
    estimator: Any, rows: pd.DataFrame, true: Labels, *, seed: int
) -> tuple[Importance, ...]:
    """What each feature is worth, in the order of the columns of ``rows``.

    Permutation shuffles a raw column on held-out rows, before any step of a Pipeline sees it,
    and gives the accuracy that is lost, mean and standard deviation over ``SHUFFLES``.
    """
    shuffled = permutation_importance(
        estimator, rows, true, scoring="accuracy", n_repeats=SHUFFLES, random_state=seed
    )
    impurity = _impurity(estimator, list(rows.columns))
    return tuple(
        Importance(
            feature=name,
            impurity=impurity[i],
            permutation=float(shuffled.importances_mean[i]),
            permutation_sd=float(shuffled.importances_std[i]),
        )
        for i, name in enumerate(rows.columns)
    )


def _impurity(estimator: Any, names: list[str]) -> Sequence[float | None]:
    """The last step's own importances, where each still belongs to a column of the table."""
    nothing = [None] * len(names)
    last = estimator
    if isinstance(estimator, Pipeline):
        last = estimator[-1]
        try:
            seen = list(estimator[:-1].get_feature_names_out())
        except (AttributeError, ValueError):  # a step that does not say what it makes
            return nothing
        if seen != names:
            return nothing
    own = getattr(last, "feature_importances_", None)
    return nothing if own is None else [float(value) for value in own]
