"""All that is known about how far to trust a model, put together for its card."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.cards import as_numbers
from pipeline.trust.conformal import conformal_of
from pipeline.trust.plausibility import plausibility_of
from pipeline.trust.predictions import Numbers, Unseen, answered, cross_fitted
from pipeline.trust.scaling import calibration_of
from store.schema import CardFeature
from store.trust import Plausibility, Trust

LEAST_ROWS = 20  # fewer tell nothing about a probability
FOLDS = 5
MAYBE_SEEN = (
    "Probabilities are not judged: the model may have seen the rows given. Adopt it with rows "
    "that it never saw, and --unseen."
)
TOO_FEW = f"Probabilities are not judged: that takes {LEAST_ROWS} rows, two of each class."


class Labelled(NamedTuple):
    """Rows, (n, features), and the class or the number of each, (n,)."""

    rows: pd.DataFrame
    true: Numbers


def trust_of_recipe(
    recipe: Any,
    estimator: Any,
    seen: Labelled,
    held_out: Labelled,
    features: Sequence[CardFeature],
    *,
    folds: int,
    seed: int,
) -> Trust:
    """What cross-fitting over the training rows tells, with its coverage on those held out.

    Args:
        recipe: The estimator, not fitted; it is fitted ``folds`` times.
        estimator: The published one, fitted to ``seen``.
        seen: The training rows.
        held_out: The others.
        features: The inputs on the card.
        folds: Of the cross-fitting.
        seed: Of the folds.
    """
    classes = getattr(estimator, "classes_", None)
    found = cross_fitted(recipe, *seen, classes=classes, folds=folds, seed=seed)
    measured = answered(estimator, *held_out, classes=classes, folds=FOLDS, seed=seed)
    judged = _judged(found, measured)
    return _with_plausibility(judged, seen, features, classes=classes is not None, seed=seed)


def trust_of_answers(
    estimator: Any,
    given: Labelled,
    features: Sequence[CardFeature],
    *,
    classes: Sequence[Any],
    unseen: bool,
    seed: int,
) -> Trust:
    """The same of a model that was made elsewhere, as far as its answers to some rows tell.

    Args:
        estimator: Fitted; it cannot be fitted again.
        given: Rows of its table.
        features: The inputs on the card.
        classes: In its order; none of a regressor.
        unseen: Whether it never saw the rows; if it may have, its answers to them flatter it.
        seed: Of the folds.
    """
    if unseen:
        known = np.array(classes) if classes else None
        answers = answered(estimator, *given, classes=known, folds=FOLDS, seed=seed)
        judged = _judged(answers, None).model_copy(update={"origin": "unseen"})
    else:
        judged = Trust(origin="unseen", notes=(MAYBE_SEEN,))
    return _with_plausibility(judged, given, features, classes=bool(classes), seed=seed)


def _judged(found: Unseen | None, measured: Unseen | None) -> Trust:
    """What answers to rows that the model had not seen say of its probabilities or numbers."""
    if found is None or len(found.true) < LEAST_ROWS:
        return Trust(origin="cross-fitting", notes=(TOO_FEW,))
    return Trust(
        origin="cross-fitting",
        calibration=calibration_of(found) if found.answers.ndim == 2 else None,
        conformal=conformal_of(found, measured),
    )


def _with_plausibility(
    judged: Trust, given: Labelled, features: Sequence[CardFeature], *, classes: bool, seed: int
) -> Trust:
    named = given.rows.set_axis([feature.name for feature in features], axis=1)
    labels = np.unique(given.true, return_inverse=True)[1] if classes else np.zeros(len(named))
    numeric = [i for i, feature in enumerate(features) if not feature.categories]
    found = plausibility_of(as_numbers(named, features), labels, numeric=numeric, seed=seed)
    if isinstance(found, Plausibility):
        return judged.model_copy(update={"plausibility": found})
    return judged.model_copy(update={"notes": (*judged.notes, found)})
