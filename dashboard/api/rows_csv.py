"""Rows of features as CSV: UTF-8, comma-separated (RFC 4180), with a header that names each once.

Rows count below the header.
"""

import csv
import io
from collections import Counter
from collections.abc import Container, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.api.prediction import FieldNames
from dashboard.api.problems import Problem, Wrong
from dashboard.api.rows import Rows, careful, check_count, check_size, fields_wrong


def rows_of_csv(fields: FieldNames, body: bytes) -> Rows:
    """The rows of a body. Raises Problem 400 where it is no CSV, and 422."""
    try:
        text = body.decode("utf-8-sig")
        table = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(400, "Not CSV", "The body is not CSV in UTF-8.") from error
    if not table:
        raise Problem(400, "Not CSV", "The body has no header row that names the features.")
    header, rows = [name.strip() for name in table[0]], table[1:]
    _check_header(fields, header)
    check_count(len(rows))
    texts = {n for f in fields.features if f.categories for n in (f.name, *f.aliases)}
    quick = None if texts else _quick(fields, text, header, rows)
    cells = (_cells(header, row, texts) for row in rows)
    found = careful(fields, cells) if quick is None else quick
    check_size(fields, found)
    return found


def _quick(
    fields: FieldNames, text: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> NDArray[np.float64] | None:
    """The rows if every cell is plainly a number, as ``_number`` has it; else None."""
    plain = text.isascii() and text.count("_") == sum(name.count("_") for name in header)
    if not plain:
        return None
    place = {name: index for index, name in enumerate(header)}
    order = [
        next(place[name] for name in (f.name, *f.aliases) if name in place) for f in fields.features
    ]
    try:
        found = np.array([[float(cell) for cell in row] for row in rows])
    except ValueError:  # a cell is no number, or a row has another length
        return None
    if found.shape[1] != len(header) or not np.isfinite(found).all():
        return None
    chosen: NDArray[np.float64] = found[:, order]
    return chosen


def _check_header(fields: FieldNames, header: Sequence[str]) -> None:
    """Raise Problem 422 unless the header names every feature once."""
    known = {name: f.name for f in fields.features for name in (f.name, *f.aliases)}
    named = Counter(known.get(name) for name in header)
    wrong = [Wrong("unknown field", name) for name in header if name not in known]
    for feature in fields.features:
        if (times := named[feature.name]) != 1:
            wrong.append(Wrong("given more than once" if times else "missing", feature.name))
    if wrong:
        raise fields_wrong(fields, wrong)


def _cells(header: Sequence[str], row: list[str], texts: Container[str]) -> Any:
    """A line of CSV as a row of JSON is: an object, or a list of another length."""
    if len(row) != len(header):
        return row
    return {
        name: cell if name in texts else _number(cell)
        for name, cell in zip(header, row, strict=True)
        if cell.strip()
    }


def _number(text: str) -> float | str:
    """A number where the text is one as people and programs write it, else the text."""
    if "_" in text or not text.isascii():  # Python reads 1_000 and Arabic digits as numbers
        return text
    try:
        return float(text)
    except ValueError:
        return text
