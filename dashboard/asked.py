"""What a body asks: one row of features, or a table of up to 1,000, as JSON or as CSV.

A table with a wrong row is refused whole, and every wrong field of every row is named: first what
is no number, and once there is no such field what is too large. Rows count from 1, in CSV below
the header.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from dashboard.prediction import FieldNames
from dashboard.problems import Problem, Wrong
from store.errors import FieldErrors

MAX_ROWS = 1_000
LARGEST = 1e30  # trees compare numbers as float32, which ends at 3.4e38: room for scalers
INSTANCES = "instances"
JSON_TYPE = "application/json"
CSV_TYPE = "text/csv"

Rows = NDArray[np.float64] | list[tuple[float, ...]]


class Asked(NamedTuple):
    """Rows in the card's order; ``single`` where the body was one object and not a table."""

    rows: Rows
    single: bool


def asked(fields: FieldNames, body: bytes, content_type: str) -> Asked:
    """The rows of a request. Raises Problem: 400, 415 or 422."""
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            found = _from_json(fields, body)
        case "text/csv":
            found = Asked(_from_csv(fields, body), single=False)
        case _:
            raise _unsupported()
    if too_large := _too_large(fields, found):
        raise _wrong(fields, too_large)
    return found


def _unsupported() -> Problem:
    return Problem(
        415,
        "Unsupported media type",
        f"Send the features as Content-Type: {JSON_TYPE} or {CSV_TYPE}.",
        headers={"Accept-Post": f"{JSON_TYPE}, {CSV_TYPE}"},
    )


def _from_json(fields: FieldNames, body: bytes) -> Asked:
    found = _parsed(body)
    if not isinstance(found, (dict, _Pairs)):
        raise Problem(
            400,
            "Not a JSON object",
            f'The body is neither a JSON object of features nor {{"{INSTANCES}": [...]}}.',
        )
    pairs = _pairs(found)
    tables = [value for name, value in pairs if name == INSTANCES and _is_list(value)]
    if not tables:
        return Asked([_row(fields, pairs)], single=True)
    if len(pairs) > 1:
        others = [Wrong("unknown field", name) for name, _ in pairs if name != INSTANCES]
        raise _wrong(fields, others or [Wrong("given more than once", INSTANCES)])
    return Asked(_table(fields, tables[0]), single=False)


def _row(fields: FieldNames, pairs: Iterable[tuple[str, Any]]) -> tuple[float, ...]:
    try:
        return fields.values(pairs)
    except FieldErrors as error:
        raise _wrong(fields, [Wrong(why, name) for name, why in error.fields.items()]) from error


def _table(fields: FieldNames, rows: Sequence[Any]) -> Rows:
    _check_count(len(rows))
    quick = _quick(fields, rows)
    return _careful(fields, rows) if quick is None else quick


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


def _careful(fields: FieldNames, rows: Iterable[Any]) -> list[tuple[float, ...]]:
    """The rows, each looked at by itself. Raises Problem 422 that names what is wrong."""
    names = [feature.name for feature in fields.features]
    found: list[tuple[float, ...]] = []
    wrong: list[Wrong] = []
    for number, row in enumerate(rows, start=1):
        if isinstance(row, (dict, _Pairs)):
            pairs = _pairs(row)
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
        raise _wrong(fields, wrong)
    return found


def _from_csv(fields: FieldNames, body: bytes) -> Rows:
    try:
        text = body.decode("utf-8-sig")
        table = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise Problem(400, "Not CSV", "The body is not CSV in UTF-8.") from error
    if not table:
        raise Problem(400, "Not CSV", "The body has no header row that names the features.")
    header, rows = [name.strip() for name in table[0]], table[1:]
    _check_header(fields, header)
    _check_count(len(rows))
    quick = _quick_csv(fields, text, header, rows)
    if quick is not None:
        return quick
    texts = {n for f in fields.features if f.categories for n in (f.name, *f.aliases)}
    return _careful(fields, (_cells(header, row, texts) for row in rows))


def _quick_csv(
    fields: FieldNames, text: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> NDArray[np.float64] | None:
    """The rows if every cell is plainly a number, as ``_number`` has it; else None."""
    plain = text.isascii() and text.count("_") == sum(name.count("_") for name in header)
    if not plain or any(feature.categories for feature in fields.features):
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
        raise _wrong(fields, wrong)


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


def _too_large(fields: FieldNames, found: Asked) -> list[Wrong]:
    if found.single:
        row = found.rows[0]
        pairs = () if max(row) <= LARGEST and min(row) >= -LARGEST else enumerate(row)
        return [
            Wrong("too large", fields.features[index].name)
            for index, value in pairs
            if abs(value) > LARGEST
        ]
    table = np.abs(np.asarray(found.rows))
    return [
        Wrong("too large", fields.features[index].name, int(row) + 1)
        for row, index in np.argwhere(table > LARGEST)
    ]


def _check_count(rows: int) -> None:
    if not 1 <= rows <= MAX_ROWS:
        raise Problem(
            422,
            "No rows" if not rows else "Too many rows",
            f"The request has {rows:,} rows; 1 to {MAX_ROWS:,} are answered at once.",
        )


def _wrong(fields: FieldNames, errors: Sequence[Wrong]) -> Problem:
    what = "field" if len(errors) == 1 else "fields"
    return Problem(
        422,
        "Fields are wrong",
        f"{len(errors):,} {what} cannot be used. The model takes "
        f"{len(fields.features)} values a row, each once.",
        errors,
    )


class _Pairs(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a name given twice is seen."""


def _pairs(found: "dict[str, Any] | _Pairs") -> list[tuple[str, Any]]:
    return list(found) if isinstance(found, _Pairs) else list(found.items())


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, _Pairs)


def _parsed(body: bytes) -> Any:
    """The JSON of a body; its objects are _Pairs wherever one may name a field twice."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return _parsed_with_pairs(body)
    # Every field has a colon, so that as many colons as fields mean that none was dropped as a
    # repetition; more of them may be a repetition or a text with a colon.
    return found if body.count(b":") == _members(found) else _parsed_with_pairs(body)


def _members(found: Any) -> int:
    """How many fields the object and the objects in its table have."""
    if not isinstance(found, dict):
        return 0
    rows = found.get(INSTANCES)
    inner = sum(len(row) for row in rows if type(row) is dict) if isinstance(rows, list) else 0
    return len(found) + inner


def _parsed_with_pairs(body: bytes) -> Any:
    try:
        return json.loads(body, object_pairs_hook=_Pairs, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Not JSON", "The body is not valid JSON.") from error


def _refused(_constant: str) -> float:
    """NaN and Infinity are not JSON; they pass here to be refused by their field's name."""
    return float("nan")
