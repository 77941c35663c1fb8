"""What a body asks: one row of features, or a table of up to 1,000, as JSON or as CSV."""

import json
from typing import Any, NamedTuple

import orjson

from dashboard.api.prediction import FieldNames
from dashboard.api.problems import Problem, Wrong
from dashboard.api.rows import Pairs, Rows, fields_wrong, pairs_of, row_of, table_of
from dashboard.api.rows_csv import rows_of_csv

INSTANCES = "instances"
JSON_TYPE = "application/json"
CSV_TYPE = "text/csv"


class Asked(NamedTuple):
    """Rows in the card's order; ``single`` where the body was one object and not a table."""

    rows: Rows
    single: bool


def asked(fields: FieldNames, body: bytes, content_type: str) -> Asked:
    """The rows of a request. Raises Problem: 400, 415 or 422."""
    match content_type.partition(";")[0].strip().lower():
        case "application/json":
            return _from_json(fields, body)
        case "text/csv":
            return Asked(rows_of_csv(fields, body), single=False)
    raise Problem(
        415,
        "Unsupported media type",
        f"Send the features as Content-Type: {JSON_TYPE} or {CSV_TYPE}.",
        headers={"Accept-Post": f"{JSON_TYPE}, {CSV_TYPE}"},
    )


def _from_json(fields: FieldNames, body: bytes) -> Asked:
    found = _parsed(body)
    if not isinstance(found, (dict, Pairs)):
        raise Problem(
            400,
            "Not a JSON object",
            f'The body is neither a JSON object of features nor {{"{INSTANCES}": [...]}}.',
        )
    pairs = pairs_of(found)
    tables = [value for name, value in pairs if name == INSTANCES and _is_list(value)]
    if not tables:
        return Asked([row_of(fields, pairs)], single=True)
    if len(pairs) > 1:
        others = [Wrong("unknown field", name) for name, _ in pairs if name != INSTANCES]
        raise fields_wrong(fields, others or [Wrong("given more than once", INSTANCES)])
    return Asked(table_of(fields, tables[0]), single=False)


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and not isinstance(value, Pairs)


def _parsed(body: bytes) -> Any:
    """The JSON of a body; its objects are Pairs wherever one may name a field twice."""
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
        return json.loads(body, object_pairs_hook=Pairs, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        raise Problem(400, "Not JSON", "The body is not valid JSON.") from error


def _refused(_constant: str) -> float:
    """NaN and Infinity are not JSON; they pass here to be refused by their field's name."""
    return float("nan")
