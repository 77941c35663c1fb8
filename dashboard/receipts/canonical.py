"""The one spelling of a JSON object, after RFC 8785: keys sorted, no spaces, shortest numbers.

Other programs may write a receipt in their own way between fetching and checking it: with spaces,
in another order, ``1.0`` for ``1``. What is read here is therefore the data, not the bytes; but a
number has to be one of the shortest that mean it, an escape in small letters, and a name there
once. So no single bit of a receipt can be another without its data being others.
"""

import json
import re
from typing import Any

import orjson

from store.errors import InputError

WHOLE = 2**53  # from here on a double does not know every whole number
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)")


def canonical(found: Any) -> bytes:
    """The spelling. Raises InputError for what is no JSON: infinite numbers, half characters."""
    try:
        return orjson.dumps(_plain(found), option=orjson.OPT_SORT_KEYS)
    except (TypeError, OverflowError, RecursionError) as error:
        raise InputError("This cannot be written as JSON.") from error


def parsed(data: bytes) -> Any:
    """The data in JSON that was spelled here or by another program. Raises InputError."""
    try:
        text = data.decode()
        if any(escape[1] != escape[1].lower() for escape in ESCAPE.finditer(text)):
            raise ValueError("an escape is in capital letters")
        return json.loads(
            text, object_pairs_hook=_object, parse_float=_number, parse_constant=_number
        )
    except (ValueError, RecursionError) as error:
        raise InputError("This is not JSON in UTF-8.") from error


def _plain(found: Any) -> Any:
    """The same with every number as it is spelled: whole ones without a point."""
    match found:
        case bool() | str() | None:
            return found
        case int() | float():
            value = float(found)
            if value - value != 0:
                raise TypeError("not a finite number")
            return int(value) if value.is_integer() and abs(value) < WHOLE else value
        case dict():
            return {key: _plain(value) for key, value in found.items()}
        case list() | tuple():
            return [_plain(value) for value in found]
    raise TypeError(f"{type(found).__name__} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found


def _number(text: str) -> Any:
    """A number that is spelled as programs spell it: RFC 8785's ``1e-7``, or Python's ``1e-07``."""
    value = float(text)
    if text not in (canonical(value).decode(), repr(value)):
        raise ValueError("a number is not in its shortest form")
    return _plain(value)
