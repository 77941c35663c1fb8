"""Whether a row is like any that was seen: its values together, against each by itself.

Rows of a table differ from rows whose columns were shuffled only in what belongs together. What
tells the two apart best is the likelihood ratio (Neyman and Pearson 1933), so the score is that of
a normal cloud a class against independent columns. These have Huber's density (1964), normal in
the middle and exponential beyond, so that a value far out still counts against the row.
"""

from typing import Any

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.metrics import roc_auc_score

from pipeline.trust.predictions import SCORED_ROWS, Numbers, folds_of
from store.trust import MAX_SCORES, Cloud, Plausibility

FOLDS = 10
BEND = 1.5  # standard deviations
MOST_NUMBERS = 2_500  # in the clouds of a card: about 25 kB
ROWS_A_FEATURE = 2
LEAST_ROWS = 30


def plausibility_of(
    rows: Numbers, classes: Numbers, *, numeric: list[int], seed: int
) -> Plausibility | str:
    """The clouds of the rows, with the scores that rows get from clouds that had not seen them.

    Args:
        rows: Shape (n, features), finite.
        classes: A whole number a row, (n,); all the same where there are no classes.
        numeric: The columns that are numbers; categories are left out.
        seed: Of the folds and of the shuffling.

    Returns:
        The clouds, or the reason why there are none.
    """
    draw = np.random.default_rng(seed)
    if len(rows) > SCORED_ROWS:
        chosen = np.sort(draw.choice(len(rows), size=SCORED_ROWS, replace=False))
        rows, classes = rows[chosen], classes[chosen]
    places = [place for place in numeric if np.ptp(rows[:, place]) > 0]
    if reason := _too_little(len(rows), len(places), len(np.unique(classes))):
        return reason
    parts = folds_of(classes, classes=False, folds=FOLDS, seed=seed)
    shuffled = np.column_stack([draw.permutation(column) for column in rows.T])
    real, mixed = np.zeros(len(rows)), np.zeros(len(rows))
    for fold in range(FOLDS):
        out = parts == fold
        clouds = _fitted(rows[~out], classes[~out], places)
        real[out] = scores(clouds, rows[out])
        mixed[out] = scores(clouds, shuffled[out])
    told = np.repeat([0, 1], len(rows))
    ordered = np.sort(real)
    ranks = np.linspace(0, len(rows) - 1, min(len(rows), MAX_SCORES)).round().astype(np.intp)
    return _fitted(rows, classes, places).model_copy(
        update={
            "scores": tuple(_rounded(ordered[ranks])),
            "separation": float(roc_auc_score(told, np.concatenate([real, mixed]))),
        }
    )


def scores(known: Plausibility, rows: Numbers) -> Numbers:
    """How unlikely each row is, shape (n,); the higher, the less it is like those that were seen.

    Args:
        known: The clouds; its own scores are not looked at.
        rows: Shape (n, features of the card).
    """
    z = (rows[:, list(known.features)] - np.array(known.center)) / np.array(known.scale)
    upper = np.triu_indices(len(known.features))
    logs = []
    for cloud in known.clouds:
        factor = np.zeros((len(known.features),) * 2)
        factor[upper] = cloud.upper
        apart = (z - np.array(cloud.mean)) @ factor.T
        logs.append(cloud.log_weight - (apart**2).sum(axis=1) / 2)
    found: Numbers = -np.logaddexp.reduce(logs, axis=0) - _huber(z, known.bend).sum(axis=1)
    return found


def _too_little(rows: int, features: int, classes: int) -> str | None:
    if features == 0:
        return "Plausibility is not known: no input is a number that varies."
    needed = max(LEAST_ROWS, ROWS_A_FEATURE * features)
    if rows < needed:
        return f"Plausibility is not known: {features} features need {needed} rows, not {rows}."
    if features * (features + 1) // 2 + classes * features > MOST_NUMBERS:
        return (
            f"Plausibility is not known: {features} features in {classes or 1} classes would take "
            "more numbers than a page should carry."
        )
    return None


def _fitted(rows: Numbers, classes: Numbers, places: list[int]) -> Plausibility:
    """Clouds, one a class, each of its own shape where that is affordable, else of a common one."""
    chosen = rows[:, places]
    center, scale = chosen.mean(axis=0), chosen.std(axis=0)
    scale[scale == 0] = 1.0  # within a fold
    z = (chosen - center) / scale
    values, counts = np.unique(classes, return_counts=True)
    means = [z[classes == value].mean(axis=0) for value in values]
    width = len(places)
    affordable = len(values) * width * (width + 3) // 2 <= MOST_NUMBERS
    if affordable and counts.min() > width:
        shapes = [ledoit_wolf(z[classes == value])[0] for value in values]
    else:
        within = np.concatenate(
            [z[classes == value] - mean for value, mean in zip(values, means, strict=True)]
        )
        shapes = [ledoit_wolf(within, assume_centered=True)[0]] * len(values)
    pairs = zip(means, shapes, counts / len(rows), strict=True)
    return Plausibility(
        features=tuple(places),
        center=tuple(_rounded(center)),
        scale=tuple(_rounded(scale)),
        clouds=tuple(_cloud(mean, shape, share) for mean, shape, share in pairs),
        bend=BEND,
        scores=(0.0,),
        rows=len(rows),
        separation=0.5,
    )


def _cloud(mean: Numbers, covariance: Numbers, share: float) -> Cloud:
    # Of C'C = inverse of the covariance, the upper triangle is the inverse of a lower factor of
    # the covariance with rows and columns turned round; a Cholesky of the inverse gives the same.
    factor = np.linalg.cholesky(np.linalg.inv(covariance)).T
    weight = np.log(share) + np.log(np.diag(factor)).sum()
    return Cloud(
        log_weight=_rounded([weight])[0],
        mean=tuple(_rounded(mean)),
        upper=tuple(_rounded(factor[np.triu_indices(len(mean))])),
    )


def _huber(z: Numbers, bend: float) -> Numbers:
    far = np.abs(z)
    found: Numbers = np.where(far <= bend, far * far / 2, bend * far - bend * bend / 2)
    return found


def _rounded(values: Any) -> list[float]:
    """Numbers of six digits: what a page carries, and what every score is computed with."""
    return [float(f"{value:.6g}") for value in values]
