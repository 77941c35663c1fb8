"""A fitted estimator as a flat model, or the reason why it cannot be one: in the child only.

Exactness is shown, not assumed: a flat model leaves here only after it gave, bit for bit, the
estimator's own answers on the golden rows, on random rows, and on rows that stand exactly on each
threshold and on its float64 and float32 neighbours. Random rows alone miss what happens there.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from dashboard.model.arrays import Floats, Indices
from dashboard.model.boosting import Boosting
from dashboard.model.encoding import Encoding
from dashboard.model.flat import FlatModel, Step
from dashboard.model.linear import Linear, Regression
from dashboard.model.recipes import (
    CannotFlatten,
    Categories,
    encoding_of,
    predictor_of,
    steps_of,
)
from dashboard.model.trees import LEAF
from store.errors import ModelRefused

__all__ = ["CannotFlatten", "flatten", "probabilities", "probes"]

MOST_PROBES = 20_000
MOST_WALKS = 1_000_000  # of a probe down a tree; scikit-learn and we take a second for them
LEAST_PROBES = 2_000
RANDOM_ROWS = 500
SINGLE_ROWS = 4  # scikit-learn takes as long for one row as for a thousand
WALKED_ROWS = 500

F = TypeVar("F", np.float32, np.float64)
Ask = Callable[[Floats], Floats]


def flatten(
    estimator: Any,
    golden: Floats,
    ranges: Floats,
    *,
    ask: Ask | None = None,
    categories: Categories | None = None,
) -> FlatModel:
    """The flat form of an estimator, proven exact.

    Args:
        estimator: A fitted classifier, regressor, or Pipeline.
        golden: Rows to compare on, (n, n_features), n >= 1.
        ranges: The smallest and the largest value of each feature, (n_features, 2).
        ask: How to ask the estimator for the answers to rows of numbers; its probabilities unless
            given.
        categories: Of each feature its texts, None of a number.

    Raises:
        CannotFlatten: It is of another kind than encoders and scalers followed by trees, boosted
            trees or a linear model, or the flat form answered differently on some row.
    """
    *before, last = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    width = golden.shape[1]
    texts = categories or [None] * width
    try:
        encoding: Encoding | None = None
        steps: list[Step] = []
        if before and type(before[0]).__name__ == "ColumnTransformer":
            encoding, steps = encoding_of(before.pop(0), texts)
        elif any(texts):
            raise CannotFlatten("categories without a ColumnTransformer have no flat form yet")
        steps += [step for scaler in before for step in steps_of(scaler)]
        inner = width if encoding is None else encoding.width
        flat = FlatModel(width, tuple(steps), predictor_of(last, inner), encoding)
        flat = FlatModel.from_json(flat.to_json())  # what is compared is what is published
    except ModelRefused as error:
        raise CannotFlatten(f"its numbers do not make a flat model ({error})") from error
    _prove(flat, ask or (lambda rows: probabilities(estimator, rows)), golden, ranges, texts)
    return flat


def probes(
    flat: FlatModel, golden: Floats, ranges: Floats, categories: Categories | None = None
) -> Floats:
    """Rows on which a flat model could differ from its estimator: (n, n_features).

    The golden rows, random rows in the ranges and beyond, and golden and random rows with one
    value moved onto a threshold and onto each of its neighbours. Of very many thresholds an even
    selection is taken. A category is drawn from all of them.
    """
    rng = np.random.default_rng(0)
    low, high = ranges.T
    margin = 0.1 * (high - low)
    random = rng.uniform(low - margin, high + margin, (RANDOM_ROWS, flat.n_features))
    is_text = np.array([bool(texts) for texts in categories or [None] * flat.n_features])
    for i in np.flatnonzero(is_text):
        random[:, i] = rng.integers(0, int(high[i]) + 1, RANDOM_ROWS)
    base = np.concatenate([golden, random])
    if isinstance(flat.predictor, (Linear, Regression)):
        return np.concatenate([base, *(np.where(is_text, base, base * k) for k in (1e3, -1.0))])

    trees = flat.predictor.trees if isinstance(flat.predictor, Boosting) else flat.predictor
    feature = np.asarray(trees.feature)
    pairs = np.unique(np.stack([feature[feature != LEAF], np.asarray(trees.threshold)]), axis=1)
    passing = None if flat.encoding is None else flat.encoding.passing()
    if passing is not None:  # a threshold between encoded categories is met by drawing them
        pairs = pairs[:, [int(c) in passing for c in pairs[0]]]
    near = _neighbours(pairs[1])
    column, value = np.tile(pairs[0].astype(np.intp), len(near)), near.ravel()
    if flat.steps:  # going back through the steps is only about right: look around there too
        value = _before(flat.steps, column, value)
        column, value = np.tile(column, 5), np.concatenate(_around(value, ulps=2))
    most = max(LEAST_PROBES, min(MOST_PROBES, MOST_WALKS // trees.trees))
    if len(value) > most:
        kept = np.linspace(0, len(value) - 1, most).astype(np.intp)
        column, value = column[kept], value[kept]
    if passing is not None:
        column = np.array([passing[int(c)] for c in column], dtype=np.intp)
    moved = base[np.arange(len(value)) % len(base)]
    moved[np.arange(len(value)), column] = value
    return np.concatenate([base, moved])


def _before(steps: Sequence[Step], column: Indices, value: Floats) -> Floats:
    """About which raw values of these columns the steps turn into these values."""
    undo: dict[str, Callable[[Floats, Floats], Floats]] = {
        "subtract": np.add,
        "divide": np.multiply,
        "multiply": np.divide,
        "add": np.subtract,
    }
    for step in reversed(steps):
        if step.operation != "clip":
            numbers = np.asarray(step.values, dtype=np.float64)[column]
            value = undo[step.operation](value, np.where(numbers == 0, 1, numbers))
    return value


def _neighbours(values: Floats) -> Floats:
    """Each value, its float64 and float32 neighbours, and where rounding to those turns over."""
    singles = [single.astype(np.float64) for single in _around(values.astype(np.float32), ulps=1)]
    below, same, above = singles
    turns = [(below + same) / 2, (same + above) / 2]
    return np.stack([*_around(values, ulps=1), *singles, *turns])


def _around(values: NDArray[F], *, ulps: int) -> list[NDArray[F]]:
    """The values and the floats next to them, from low to high."""
    below, above = [values], [values]
    for _ in range(ulps):
        below.insert(0, np.nextafter(below[0], values.dtype.type(-np.inf)))
        above.append(np.nextafter(above[-1], values.dtype.type(np.inf)))
    return below + above[1:]


def _prove(
    flat: FlatModel, ask: Ask, golden: Floats, ranges: Floats, categories: Categories
) -> None:
    """Compare bit by bit.

    A linear estimator is asked row by row, as requests come: its sums depend on how many rows
    there are. One of trees is asked all rows at once and a few alone; the flat form, which walks
    a single row in another way than many, many alone.
    """
    rows = probes(flat, golden, ranges, categories)
    linear = isinstance(flat.predictor, (Linear, Regression))
    singles = rows if linear else np.concatenate([golden[:SINGLE_ROWS], rows[-SINGLE_ROWS:]])
    expected = np.concatenate([ask(row[None, :]) for row in singles])
    same = np.array_equal(flat.predict_proba_rows(singles), expected)
    walked, found = rows[-WALKED_ROWS:], flat.predict_proba_rows(rows)
    alone = np.array([flat.predict_proba(row.tolist()) for row in walked])
    same = same and np.array_equal(alone, found[-WALKED_ROWS:])
    if same and not linear:
        same = np.array_equal(found, ask(rows))
    if not same:
        raise CannotFlatten("its flat form does not answer bit for bit the same")


def probabilities(estimator: Any, rows: Floats) -> NDArray[np.float64]:
    """The estimator's own answer; plain arrays stand for named columns in the card's order."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "X does not have valid feature names", UserWarning)
        return np.asarray(estimator.predict_proba(rows), dtype=np.float64)
