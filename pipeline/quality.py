"""How good a model is: on rows it never saw, and as a recipe, each with its interval."""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats  # type: ignore[import-untyped]
from sklearn.base import is_regressor
from sklearn.inspection import permutation_importance
from sklearn.metrics import (
    confusion_matrix,
    log_loss,
    make_scorer,
    precision_recall_fscore_support,
)
from sklearn.model_selection import RepeatedKFold, RepeatedStratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline

from store.descriptor import ModelSpec
from store.schema import (
    MAX_SHOWN_PREDICTIONS,
    QUANTILES,
    CalibrationBin,
    ClassMetrics,
    CrossValidation,
    CrossValidationRegression,
    HeldOut,
    HeldOutRegression,
    Importance,
    Interval,
)

LEVEL = 0.95
CALIBRATION_BINS = 10
SHUFFLES = 20
RESAMPLES = 1_000

Labels = np.ndarray[Any, Any]


def measured(
    estimator: Any, rows: pd.DataFrame, true: Labels, names: Sequence[str], *, seed: int
) -> HeldOut | HeldOutRegression:
    """The metrics of a classifier, whose classes have names, or of a regressor without any."""
    if is_regressor(estimator):
        return held_out_regression(estimator, rows, true, seed=seed)
    return held_out(estimator, rows, true, names)


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


def held_out_regression(
    estimator: Any, rows: pd.DataFrame, true: Labels, *, seed: int
) -> HeldOutRegression:
    """Metrics of a fitted regressor on rows it was not fitted on, two of them at least.

    Args:
        estimator: Fitted.
        rows: Features, shape (n, features).
        true: The number of each row, shape (n,).
        seed: Of the resamples, and of the rows that are shown.
    """
    predicted = np.asarray(estimator.predict(rows), dtype=np.float64).reshape(len(rows))
    residuals = true - predicted
    off = np.abs(residuals)
    draw = np.random.default_rng(seed)
    count = min(len(rows), MAX_SHOWN_PREDICTIONS)
    shown = np.sort(draw.choice(len(rows), size=count, replace=False))
    return HeldOutRegression(
        rows=len(rows),
        r2=bootstrapped_r2(true, predicted, draw),
        mean_absolute_error=float(off.mean()),
        root_mean_squared_error=math.sqrt(float((residuals**2).mean())),
        median_absolute_error=float(np.median(off)),
        residuals={str(q): float(np.quantile(residuals, q)) for q in QUANTILES},
        sample=tuple(zip(true[shown].tolist(), predicted[shown].tolist(), strict=True)),
    )


def bootstrapped_r2(true: Labels, predicted: Labels, draw: np.random.Generator) -> Interval:
    """The share of the target's variance that is explained, with its percentile interval.

    Rows are drawn anew ``RESAMPLES`` times (Efron & Tibshirani 1993, chapter 13). Where the
    target does not vary there is nothing to explain: 0, as no error there is forgiven.
    """

    def r2(chosen: Any) -> float:
        told = true[chosen]
        total = float(((told - told.mean()) ** 2).sum())
        return 1 - float(((told - predicted[chosen]) ** 2).sum()) / total if total else 0.0

    value = r2(slice(None))
    found = [r2(draw.integers(len(true), size=len(true))) for _ in range(RESAMPLES)]
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(
        value=value,
        low=min(float(low), value),
        high=max(float(high), value),
        method=f"percentile bootstrap, {RESAMPLES:,} resamples",
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
) -> CrossValidation | CrossValidationRegression:
    """Repeated cross-validation of an estimator that is not fitted; stratified by class."""
    regressor = is_regressor(recipe)
    splitter = RepeatedKFold if regressor else RepeatedStratifiedKFold
    scoring: dict[str, Any] = {"r2": "r2", "error": "neg_mean_absolute_error"}
    if not regressor:
        loss = make_scorer(log_loss, response_method="predict_proba", labels=np.unique(true))
        scoring = {"accuracy": "accuracy", "loss": loss}
    splits = splitter(n_splits=spec.folds, n_repeats=spec.repeats, random_state=spec.seed)
    scores = cross_validate(recipe, rows, true, cv=splits, scoring=scoring, error_score="raise")
    times = {"folds": spec.folds, "repeats": spec.repeats}
    if regressor:
        return CrossValidationRegression(
            **times,
            r2=resampled(scores["test_r2"], spec.folds, lowest=-math.inf, highest=1.0),
            mean_absolute_error=resampled(-scores["test_error"], spec.folds, highest=math.inf),
        )
    return CrossValidation(
        **times,
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


def resampled(
    scores: np.ndarray[Any, Any], folds: int, *, lowest: float = 0.0, highest: float
) -> Interval:
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
        low=max(lowest, mean - half),
        high=min(highest, mean + half),
        method="corrected resampled t-test (Nadeau & Bengio 2003)",
    )


def importances(
    estimator: Any, rows: pd.DataFrame, true: Labels, *, seed: int, shuffles: int = SHUFFLES
) -> tuple[Importance, ...]:
    """What each feature is worth, in the order of the columns of ``rows``.

    Permutation shuffles a raw column on held-out rows, before any step of a Pipeline sees it,
    and gives the accuracy (of a regressor, the R2) that is lost, mean and standard deviation
    over ``shuffles``.
    """
    shuffled = permutation_importance(
        estimator,
        rows,
        true,
        scoring="r2" if is_regressor(estimator) else "accuracy",
        n_repeats=shuffles,
        random_state=seed,
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
