"""What people said of answers -> labelled rows to train on beside those of the table. No Spark.

A row is used once, and only where the table does not have it: people ask about rows of the table
too, and one that is held out must not be trained on. There are never more than the table gives,
the newest first, so that nobody outvotes it.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.cards import plain
from pipeline.rows import Rows
from store.descriptor import Descriptor
from store.errors import InputError
from store.schema import FeedbackRows

REMEMBERED = 100_000  # different rows of feedback at a time
AGAIN = "said more than once"
AT_ODDS = "two classes said of one row"
FOREIGN = "a value or a class that the table does not have"
IN_TABLE = "a row of the table"
OLDER = "more than the table gives, and older"

Saying = tuple[Mapping[str, object], str]  # the features, and the class that is true
Reader = Callable[[object], float | str | None]


class Feedback(NamedTuple):
    """Labelled rows in the shape of ``Rows``, and what is told of them on the card."""

    features: pd.DataFrame
    target: np.ndarray[Any, Any]
    told: FeedbackRows


def feedback_of(
    labelled: Iterable[Saying], rows: Rows, descriptor: Descriptor, *, most: int
) -> Feedback:
    """The rows of feedback that may be trained on.

    Args:
        labelled: Inputs and true classes, oldest first.
        rows: The table.
        descriptor: Names the inputs.
        most: How many rows at most.

    Raises:
        InputError: The model has no classes.
    """
    if descriptor.kind == "regressor":
        raise InputError(
            f'Feedback tells classes, and the model of "{descriptor.name}" predicts a number. '
            "Train it without --with-feedback."
        )
    known, left_out = _collected(labelled, rows)
    agreed = [(values, true) for values, true in known.items() if true is not None]
    left_out[AT_ODDS] += len(known) - len(agreed)
    features = pd.DataFrame([values for values, _ in agreed], columns=rows.features.columns)
    features = features.astype(rows.features.dtypes)
    is_new = ~np.isin(_hashes(features), _hashes(rows.features))
    left_out[IN_TABLE] += int((~is_new).sum())
    places = np.flatnonzero(is_new)
    left_out[OLDER] += max(0, len(places) - most)
    places = places[-most:]
    classes = {str(plain(value)): value for value in np.unique(rows.target)}
    target = np.array([classes[agreed[i][1]] for i in places], dtype=rows.target.dtype)
    said = {reason: count for reason, count in left_out.items() if count}
    told = FeedbackRows(rows=len(places), left_out=said)
    return Feedback(features.iloc[places].reset_index(drop=True), target, told)


def _collected(
    labelled: Iterable[Saying], rows: Rows
) -> tuple[dict[tuple[float | str, ...], str | None], Counter[str]]:
    """Each row once, in the order of what was said last; None where two classes were said."""
    readers = {name: _reader(column) for name, column in rows.features.items()}
    classes = {str(plain(value)) for value in np.unique(rows.target)}
    known: dict[tuple[float | str, ...], str | None] = {}
    left_out: Counter[str] = Counter()
    for features, true in labelled:
        read = [reader(features.get(str(name))) for name, reader in readers.items()]
        values = tuple(value for value in read if value is not None)
        if len(values) < len(readers) or len(features) > len(readers) or true not in classes:
            left_out[FOREIGN] += 1
            continue
        if values in known:
            left_out[AGAIN] += 1
            true_before = known.pop(values)
            known[values] = true if true_before == true else None
            continue
        known[values] = true
        if len(known) > REMEMBERED:
            del known[next(iter(known))]
            left_out[OLDER] += 1
    return known, left_out


def _reader(column: "pd.Series[Any]") -> Reader:
    """How a value of this column is read: a finite number, or a text that the column has."""
    if pd.api.types.is_float_dtype(column):
        return _number
    texts = frozenset(column)
    return lambda value: value if isinstance(value, str) and value in texts else None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def _hashes(features: pd.DataFrame) -> np.ndarray[Any, Any]:
    return np.asarray(pd.util.hash_pandas_object(features, index=False))
