"""Rows and a profile -> a fitted estimator and its card. pandas and scikit-learn, no Spark."""

import io
import math
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from pipeline.described import learnable
from pipeline.estimator import build, card_steps
from pipeline.quality import cross_validation, held_out, importances
from pipeline.rows import Rows
from store.descriptor import Descriptor, Feature, ModelSpec, Target
from store.errors import DataError, DescriptorError
from store.releases import model_key, stored, version_id
from store.schema import (
    CardClass,
    CardFeature,
    ClassValue,
    ColumnProfile,
    Golden,
    ModelCard,
    Profile,
    TrainingData,
    now,
    software,
)

GOLDEN_ROWS = 12
STEPS = 200  # a slider has about this many
MOST_DECIMALS = 6


class Trained(NamedTuple):
    """A model, ready to be stored: its card, the bytes of ``model.joblib``, and what the
    estimator had to say while it was fitted, such as that it did not converge.
    """

    card: ModelCard
    model: bytes
    notes: tuple[str, ...]


def train(rows: Rows, descriptor: Descriptor, profile: Profile) -> Trained:
    """Fit the descriptor's model on a part of the rows and measure it on the rest.

    The estimator that is measured on the held-out rows is the very one that is published. The
    same rows and the same seed give the same card, but for its time and version.

    Args:
        rows: Complete rows.
        descriptor: Names the features, the target and the model.
        profile: Of the same rows; the ranges of the inputs come from it.

    Raises:
        DescriptorError: The descriptor's model cannot be made or fitted.
        DataError: A class has too few rows.
    """
    target, spec = learnable(descriptor)
    recipe = build(spec)
    _insist_on_enough(rows, target, spec)
    parts = train_test_split(
        rows.features,
        rows.target,
        test_size=spec.test_fraction,
        random_state=spec.seed,
        stratify=rows.target,
    )
    seen, unseen, seen_true, unseen_true = parts
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", ConvergenceWarning)
            estimator = clone(recipe).fit(seen, seen_true)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # said once is enough
            checked = cross_validation(recipe, rows.features, rows.target, spec)
    except (ValueError, TypeError) as error:
        raise DescriptorError(
            f"{type(recipe).__name__} cannot be fitted: {str(error).splitlines()[0]}"
        ) from error
    classes = [_plain(value) for value in estimator.classes_]
    names = [target.class_label(value) for value in classes]
    file = io.BytesIO()
    joblib.dump(estimator, file, compress=0)
    model = file.getvalue()
    created = now()
    version = version_id(created, model)
    card = ModelCard(
        created=created,
        software=software("scikit-learn", "numpy", "joblib", "scipy", "pandas"),
        name=descriptor.name,
        version=version,
        title=descriptor.title or descriptor.name,
        target=target.title,
        steps=card_steps(estimator),
        features=tuple(
            card_feature(f, profile.overall.column(f.column), rows.features[f.column])
            for f in descriptor.features
        ),
        classes=tuple(
            CardClass(value=v, label=name) for v, name in zip(classes, names, strict=True)
        ),
        held_out=held_out(estimator, unseen, unseen_true, names),
        cross_validation=checked,
        importances=importances(estimator, unseen, unseen_true, seed=spec.seed),
        golden=golden(estimator, rows, seed=spec.seed),
        data=TrainingData(
            uri=profile.input.uri,
            sha256=profile.input.sha256,
            profile=profile.run_id,
            rows=len(rows.features),
            dropped=rows.dropped,
            train_rows=len(seen),
        ),
        seed=spec.seed,
        file=stored(model_key(descriptor.name, version, "model.joblib"), model),
    )
    return Trained(card, model, tuple(str(warning.message) for warning in said))


def golden(estimator: Any, rows: Rows, *, seed: int) -> Golden:
    """Rows that stand for the table, with the probabilities that the estimator gives here.

    Some real rows of every class, and the minima, medians and maxima of all columns.
    """
    draw = np.random.default_rng(seed)
    each = max(1, (GOLDEN_ROWS - 3) // len(estimator.classes_))
    chosen: list[int] = []
    for value in estimator.classes_:
        places = np.flatnonzero(rows.target == value)
        chosen += sorted(draw.choice(places, size=min(each, len(places)), replace=False).tolist())
    all_rows = rows.features
    summary = pd.DataFrame([all_rows.min(), all_rows.median(), all_rows.max()])
    picked = pd.concat([all_rows.iloc[chosen], summary], ignore_index=True)
    return Golden(
        rows=tuple(map(tuple, picked.to_numpy().tolist())),
        probabilities=tuple(map(tuple, estimator.predict_proba(picked).tolist())),
    )


def card_feature(feature: Feature, column: ColumnProfile, values: pd.Series) -> CardFeature:
    """An input of the model: its range and median as in the profile, and a step to move it by."""
    low, high, median = column.minimum, column.maximum, column.quantiles["0.5"]
    if low is None or high is None or median is None:
        raise DataError(f"The profile has no value of {feature.column}. Profile the table again.")
    decimals = decimals_of(values.tolist()) if feature.decimals is None else feature.decimals
    return CardFeature(
        name=feature.column,
        label=feature.title,
        unit=feature.unit,
        group=feature.group,
        aliases=feature.aliases,
        decimals=decimals,
        minimum=low,
        maximum=high,
        median=median,
        step=step_of(high - low, decimals),
    )


def step_of(span: float, decimals: int) -> float:
    """A step of 1, 2 or 5 times a power of ten: about 1/200 of the span, none below a decimal.

    >>> step_of(3.8, 2), step_of(1402, 0), step_of(0, 1)
    (0.02, 5.0, 0.1)
    """
    finest = -decimals
    if span <= 0:
        return float(f"1e{finest}")
    wanted = math.log10(span / STEPS)
    power = math.floor(wanted)
    steps = [(digit, k) for k in (power, power + 1) for digit in (1, 2, 5)]
    digit, k = min(steps, key=lambda s: abs(math.log10(s[0]) + s[1] - wanted))
    return float(f"1e{finest}") if k < finest else float(f"{digit}e{k}")


def decimals_of(values: Sequence[float]) -> int:
    """How many decimals the values have, at most ``MOST_DECIMALS``.

    >>> decimals_of([1.0, 2.5, 0.25])
    2
    """
    return next(
        (d for d in range(MOST_DECIMALS) if all(round(v, d) == v for v in values)), MOST_DECIMALS
    )


def _insist_on_enough(rows: Rows, target: Target, spec: ModelSpec) -> None:
    """Raise DataError unless every class can be in every fold, and there are two of them."""
    values, counts = np.unique(rows.target, return_counts=True)
    if len(values) < 2:
        raise DataError(f"{target.column} is {values[0]} in every row; a model needs two classes.")
    if counts.min() < spec.folds:
        rare = target.class_label(_plain(values[counts.argmin()]))
        raise DataError(
            f"The class {rare} has {counts.min()} complete rows; {spec.folds}-fold "
            f"cross-validation needs at least {spec.folds}. Add rows, or lower folds in [model]."
        )


def _plain(value: Any) -> ClassValue:
    """A class as Python's own int or str."""
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[no-any-return]
