"""Rows of features as numbers, and everything that is wrong with them.

A table with a wrong row is refused whole, and every wrong field of every row is named: first what
is no number, and once there is no such field what is too large. Rows count from 1.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.api.prediction import FieldNames
from dashboard.api.problems import Problem, Wrong
from store.errors import FieldErrors

MAX_ROWS = 1_000
LARGEST = 1e30  # trees compare numbers as float32, which ends at 3.4e38: room for scalers

Rows = NDArray[np.float64] | list[tuple[float, ...]]


class Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a name given twice is seen."""


def row_of(fields: FieldNames, pairs: Iterable[tuple[str, Any]]) -> tuple[float, ...]:
    """The only row of a request. Raises Problem 422."""
    try:
        row = fields.values(pairs)
    except FieldErrors as error:
        raise fields_wrong(
            fields, [Wrong(why, name) for name, why in error.fields.items()]
        ) from error
    if max(row) > LARGEST or min(row) < -LARGEST:
        named = zip(fields.features, row, strict=True)
        beyond = [Wrong("too large", f.name) for f, value in named if abs(value) > LARGEST]
        raise fields_wrong(fields, beyond)
    return row


def table_of(fields: FieldNames, rows: Sequence[Any]) -> Rows:
    """The rows of a table, objects or lists in the card's order. Raises Problem 422."""
    check_count(len(rows))
    quick = _quick(fields, rows)
    found = careful(fields, rows) if quick is None else quick
    check_size(fields, found)
    return found


def _quick(fields: FieldNames, rows: Sequence[Any]) -> NDArray[np.float64] | None:
    """The rows if every one is plainly right; None where one has to be looked at closely."""
    if any(feature.categories for feature in fields.features):
        return None
    names = [feature.name for feature in fields.features]
    try:
        if all(type(row) is dict for row in rows):
            table = [[row[name] for name in names] for row in rows]
        elif all(type(row) is list for row in rows):
            table = list(rows)
        else:
            return None
        numbers = set(map(type, chain.from_iterable(table))) <= {int, float}
        if not numbers or any(len(row) != len(names) for row in rows):
            return None
        found = np.array(table, dtype=np.float64)
    except (KeyError, OverflowError):
        return None
    return found if np.isfinite(found).all() else None


def careful(fields: FieldNames, rows: Iterable[Any]) -> list[tuple[float, ...]]:
    """The rows, each looked at by itself. Raises Problem 422 that names what is wrong."""
    names = [feature.name for feature in fields.features]
    found: list[tuple[float, ...]] = []
    wrong: list[Wrong] = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, (dict, Pairs)):
            pairs = pairs_of(row)
        elif not isinstance(row, list):
            wrong.append(Wrong("neither an object nor a list", row=number))
            continue
        elif len(row) != len(names):
            reason = f"{len(row)} values where the model takes {len(names)}"
            wrong.append(Wrong(reason, row=number))
            continue
        else:
            pairs = list(zip(names, row, strict=True))
        try:
            found.append(fields.values(pairs))
        except FieldErrors as error:
            wrong += [Wrong(why, name, number) for name, why in error.fields.items()]
    if wrong:
        raise fields_wrong(fields, wrong)
    return found


def check_size(fields: FieldNames, rows: Rows) -> None:
    """Raise Problem 422 that names the numbers of a table beyond ``LARGEST``."""
    beyond = np.argwhere(np.abs(np.asarray(rows)) > LARGEST).tolist()
    wrong = [Wrong("too large", fields.features[index].name, row + 1) for row, index in beyond]
    if wrong:
        raise fields_wrong(fields, wrong)


def check_count(rows: int) -> None:
    """Raise Problem 422 unless so many rows are answered at once."""
    if not 1 <= rows <= MAX_ROWS:
        raise Problem(
            422,
            "No rows" if not rows else "Too many rows",
            f"The request has {rows:,} rows; 1 to {MAX_ROWS:,} are answered at once.",
        )


def fields_wrong(fields: FieldNames, errors: Sequence[Wrong]) -> Problem:
    """What is told of wrong fields."""
    what = "field" if len(errors) == 1 else "fields"
    return Problem(
        422,
        "Fields are wrong",
        f"{len(errors):,} {what} cannot be used. The model takes "
        f"{len(fields.features)} values a row, each once.",
        errors,
    )


def pairs_of(found: "dict[str, Any] | Pairs") -> list[tuple[str, Any]]:
    """The fields of an object."""
    return list(found) if isinstance(found, Pairs) else list(found.items())
