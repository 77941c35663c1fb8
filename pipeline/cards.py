"""The parts of a model card that the rows tell: inputs with their ranges, classes, golden rows."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import is_regressor

from pipeline.rows import Rows
from store.descriptor import Descriptor, Feature, Target
from store.errors import DataError
from store.schema import (
    MAX_INPUT_CATEGORIES,
    CardClass,
    CardFeature,
    ClassValue,
    ColumnProfile,
    Golden,
    PredictedNumber,
    Profile,
)

GOLDEN_ROWS = 12
STEPS = 200  # a slider has about this many
MOST_DECIMALS = 6


def classes_of(estimator: Any, target: Target) -> tuple[CardClass, ...]:
    """The classes in the estimator's order, with what people call them."""
    values = [plain(value) for value in estimator.classes_]
    return tuple(CardClass(value=value, label=target.class_label(value)) for value in values)


def golden(estimator: Any, rows: Rows, features: Sequence[CardFeature], *, seed: int) -> Golden:
    """Rows that stand for the table, with the answers that the estimator gives here.

    Some real rows of every class, or from all over the range of a number that is predicted; and
    the minima, medians and maxima of all columns, with the most frequent category in each.
    """
    draw = np.random.default_rng(seed)
    wanted = GOLDEN_ROWS - 3
    if is_regressor(estimator):
        ranks = np.linspace(0, len(rows.target) - 1, min(wanted, len(rows.target)))
        chosen = np.argsort(rows.target, kind="stable")[ranks.astype(np.intp)].tolist()
    else:
        each = max(1, wanted // len(estimator.classes_))
        chosen = []
        for value in estimator.classes_:
            places = np.flatnonzero(rows.target == value)
            few = draw.choice(places, size=min(each, len(places)), replace=False)
            chosen += sorted(few.tolist())
    summary = {
        feature.name: [feature.categories[0]] * 3
        if feature.categories
        else [column.min(), column.median(), column.max()]
        for feature, (_, column) in zip(features, rows.features.items(), strict=True)
    }
    real = rows.features.iloc[chosen].set_axis(list(summary), axis=1)
    picked = pd.concat([real, pd.DataFrame(summary)], ignore_index=True)
    asked = picked.set_axis(list(rows.features.columns), axis=1)
    answers = (
        estimator.predict(asked) if is_regressor(estimator) else estimator.predict_proba(asked)
    )
    return Golden(
        rows=tuple(map(tuple, as_numbers(picked, features).tolist())),
        probabilities=tuple(map(tuple, np.reshape(answers, (len(picked), -1)).tolist())),
    )


def as_numbers(frame: pd.DataFrame, features: Sequence[CardFeature]) -> np.ndarray[Any, Any]:
    """The rows as numbers, (n, features): a category is its place among those of its feature."""
    columns = [
        frame[feature.name].map({text: i for i, text in enumerate(feature.categories)})
        if feature.categories
        else frame[feature.name]
        for feature in features
    ]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def card_features(
    descriptor: Descriptor, profile: Profile, rows: Rows, inputs: Sequence[str]
) -> tuple[CardFeature, ...]:
    """The inputs of a model, in its order. Raises DataError."""
    return tuple(
        category_feature(name, rows.features[name])
        if name in descriptor.categories
        else card_feature(
            descriptor.feature(name), profile.overall.column(name), rows.features[name]
        )
        for name in inputs
    )


def category_feature(name: str, values: pd.Series) -> CardFeature:
    """An input that takes one of the texts that its column has, the most frequent first.

    Raises:
        DataError: It has too many for anybody to choose from.
    """
    counts = Counter(values.tolist())
    texts = tuple(sorted(counts, key=lambda text: (-counts[text], text)))
    if len(texts) > MAX_INPUT_CATEGORIES:
        raise DataError(
            f"{name} has {len(texts):,} different texts; an input of a model has at "
            f"most {MAX_INPUT_CATEGORIES}. Group the rare ones in the table, or leave it out of "
            "the inputs."
        )
    return CardFeature(
        name=name,
        label=name.replace("_", " ").capitalize(),
        unit="",
        group="Categories",
        aliases=(),
        decimals=0,
        minimum=0,
        maximum=len(texts) - 1,
        median=0,
        step=1,
        categories=texts,
    )


def target_title(descriptor: Descriptor) -> str:
    """What people call the target: by its own label, or by that of the feature that it is."""
    target = descriptor.target
    if target is None:
        return ""
    is_feature = descriptor.kind == "regressor" and not target.label
    return descriptor.feature(target.column).title if is_feature else target.title


def predicted_number(
    descriptor: Descriptor, profile: Profile, rows: Rows
) -> PredictedNumber | None:
    """What a regressor predicts, as it is in the rows; None for classes."""
    target = descriptor.target
    if target is None or descriptor.kind == "classifier":
        return None
    own = descriptor.feature(target.column)
    return PredictedNumber(
        unit=own.unit,
        decimals=decimals_of(rows.target.tolist()) if own.decimals is None else own.decimals,
        values=profile.overall.column(target.column),
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


def plain(value: Any) -> ClassValue:
    """A class as Python's own int or str."""
    return value.item() if isinstance(value, np.generic) else value  # type: ignore[no-any-return]
