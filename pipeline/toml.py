"""A descriptor as the TOML text that a person can edit; the standard library only reads TOML."""

import datetime
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from store.descriptor import Descriptor

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(descriptor: Descriptor) -> str:
    """The text that ``read_descriptor`` reads as this descriptor; defaults are left out."""
    said = descriptor.model_dump(by_alias=True, exclude_defaults=True)
    return "\n".join(_lines(said, "")) + "\n"


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    """The lines of a table: its own values, then the tables and lists of tables below it."""
    below = {}
    for key, value in table.items():
        is_tables = _is_list(value) and value and all(isinstance(v, dict) for v in value)
        if is_tables or (isinstance(value, dict) and not path):
            below[key] = value
        else:
            yield f"{_key(key)} = {_value(value)}"
    for key, value in below.items():
        name = f"{path}{_key(key)}"
        for one in value if _is_list(value) else [value]:
            yield ""
            yield f"[[{name}]]" if _is_list(value) else f"[{name}]"
            yield from _lines(one, f"{name}.")


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _key(key: str) -> str:
    return key if BARE_KEY.fullmatch(key) else _value(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if _is_list(value):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        return repr(value)  # inf and nan are TOML, and not JSON
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    # JSON's strings, numbers and truth values are TOML's, but for one control character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
