"""Sets and intervals that hold the truth as often as promised (Vovk et al. 2005).

A classifier's score of a row is 1 - p of its true class, which gives the smallest sets on average
of all that keep the promise (Sadinle et al. 2019); a regressor's is by how much it missed.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, Context

import numpy as np
from scipy.stats import binom  # type: ignore[import-untyped]

from pipeline.trust.predictions import Numbers, Unseen
from store.trust import CONFIDENCES, LEVELS, Conformal, Coverage, Thresholds

BAND = 0.95
RARE = 0.5  # a class with less than this of its even share of the rows is rare
UPWARD = Context(prec=6, rounding=ROUND_CEILING)


def conformal_of(found: Unseen, measured: Unseen | None) -> Conformal:
    """Thresholds from all rows of ``found``, and how often they held.

    Args:
        found: Answers to rows that the model had not seen.
        measured: Answers to further such rows; None measures on each fold of ``found`` with the
            thresholds of the others.
    """
    if measured is not None:
        parts = [(found, measured)]
    else:
        folds = np.unique(found.folds)
        masks = [found.folds == fold for fold in folds]
        parts = [(found.of(~out), found.of(out)) for out in masks]
    fitted = [(thresholds_of(fit), apart) for fit, apart in parts]
    return Conformal(
        rows=len(found.true),
        thresholds=thresholds_of(found),
        coverage=tuple(coverage(fitted, confidence) for confidence in CONFIDENCES),
    )


def thresholds_of(found: Unseen) -> tuple[Thresholds, ...]:
    """A list for all rows; or one a class where a class is so rare that it could be forgotten.

    A promise for all rows together may be kept by failing a rare class every time, so that each
    class has its own promise there (Mondrian, or label-conditional, prediction).
    """
    if found.answers.ndim == 1:
        return (_thresholds(np.abs(found.true - found.answers)),)
    rows, classes = found.answers.shape
    scores = 1 - found.answers[np.arange(rows), found.true]
    counts = np.bincount(found.true, minlength=classes)
    if counts.min() >= RARE * rows / classes:
        return (_thresholds(scores),)
    return tuple(_thresholds(scores[found.true == place]) for place in range(classes))


def _thresholds(scores: Numbers) -> Thresholds:
    """For each level k / 200 the score of rank ceil((n + 1) k / 200), rounded up."""
    ordered = np.sort(scores)
    ranks = [-(-(len(ordered) + 1) * k // LEVELS) for k in range(1, LEVELS)]
    return tuple(upward(float(ordered[r - 1])) if r <= len(ordered) else None for r in ranks)


def upward(value: float) -> float:
    """The next number with six significant digits that is not below.

    >>> upward(1 / 3), upward(0.25)
    (0.333334, 0.25)
    """
    return float(UPWARD.create_decimal_from_float(value))


def at(known: Thresholds, confidence: float) -> float:
    """The threshold of a confidence, or of the next one above that there is; infinite if none."""
    place = int(np.ceil(confidence * LEVELS - 1e-9)) - 1
    value = known[place] if place < len(known) else None
    return np.inf if value is None else value


def sets_of(probabilities: Numbers, thresholds: tuple[Thresholds, ...], level: float) -> Numbers:
    """Whether a class is in the set of a row, (n, classes); a set may be empty."""
    limits = [at(known, level) for known in thresholds]
    found: Numbers = 1 - probabilities <= np.array(limits)
    return found


def coverage(parts: Sequence[tuple[tuple[Thresholds, ...], Unseen]], confidence: float) -> Coverage:
    """How often the truth was held in rows that the thresholds beside them had not seen."""
    found = [_held(rows, thresholds, confidence) for thresholds, rows in parts]
    inside, shown, empty, sizes = (np.concatenate(column) for column in zip(*found, strict=True))
    low, high = binom.interval(BAND, len(inside), confidence)
    size = float(sizes.mean())
    return Coverage(
        promised=confidence,
        rows=len(inside),
        covered=int(inside.sum()),
        shown=int(shown.sum()),
        empty=int(empty.sum()),
        low=low / len(inside),
        high=high / len(inside),
        size=size if np.isfinite(size) else None,
    )


def _held(rows: Unseen, thresholds: tuple[Thresholds, ...], level: float) -> tuple[Numbers, ...]:
    """A row each: was the truth inside, and as shown; was the set empty; and what is its size."""
    count = len(rows.true)
    if rows.answers.ndim == 1:
        limit = at(thresholds[0], level)
        near: Numbers = np.abs(rows.true - rows.answers) <= limit
        return near, near, np.zeros(count, dtype=bool), np.full(count, 2 * limit)
    sets = sets_of(rows.answers, thresholds, level)
    true = np.arange(count), rows.true
    inside = sets[true]
    empty = np.asarray(~sets.any(axis=1))
    sets[empty, rows.answers[empty].argmax(axis=1)] = True
    return inside, sets[true], empty, sets.sum(axis=1)
