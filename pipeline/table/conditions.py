"""Which rows are asked for: ``--where "COLUMN OPERATOR VALUE"``, and the rows that it holds for.

    acidity >= 3.5        numbers, and days as 2026-12-31, have an order
    shop == Dry Dock      text is compared as the profile shows it
    shop in A, "B, C"     one of several
    shop is missing       the only condition that holds for a missing value; also: is present
    `a<b` != 3            a column between backquotes may be called anything

A cell of text where a number or a date belongs can only be present: nothing else holds for it.
"""

import operator
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple, Self, cast

import numpy as np
import pyarrow as pa

from pipeline.kernel.calendar import NO_DAY, day_number
from pipeline.table.cells import MAX_LABEL, Flags, coded, days_of, numbers
from pipeline.table.columns import Check, Kind, Operator, is_number
from store.errors import DataError, InputError

COLUMN = r"\s*(?:`(?P<quoted>(?:[^`]|``)+)`|(?P<plain>[^`\s].*?))\s*"
ITEM = r"""\s*("(?:[^"]|"")*"|'(?:[^']|'')*'|[^,]*?)\s*"""
FORMS = (
    re.compile(rf"{COLUMN}(?P<operator>==|!=|<=|>=|<|>)(?P<value>.*)", re.DOTALL),
    re.compile(rf"{COLUMN}(?<=[\s`])(?P<operator>in)\s(?P<value>.*)", re.DOTALL),
    re.compile(rf"{COLUMN}(?<=[\s`])is\s+(?P<state>missing|present)\s*", re.DOTALL),
)
LISTED = re.compile(rf"{ITEM}(,|\Z)", re.DOTALL)
SIGN = re.compile(r"[=<>]")
PLAIN = re.compile(r"[^\W\d]\w*")
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ORDERED = ("<", "<=", ">", ">=")
HOW = (
    'Write it as "COLUMN == VALUE", with one of == != < <= > >=, as "COLUMN in A,B", or as '
    '"COLUMN is missing" (or present); put backquotes around a column whose name has such signs.'
)


class Condition(NamedTuple):
    """What a person asks of a column; ``str()`` of it reads back as the same."""

    column: str
    operator: Operator
    values: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """What is meant. Raises InputError."""
        found = next((match for form in FORMS if (match := form.fullmatch(text))), None)
        if found is None:
            raise InputError(f'"{text}" is no condition. {HOW}')
        said = found.groupdict()
        column = said["plain"] or said["quoted"].replace("``", "`")
        if said.get("state"):
            return cls(column, cast(Operator, f"is {said['state']}"))
        own = cast(Operator, said["operator"])
        value = said["value"].strip()
        values = _listed(value) if own == "in" else (_unquoted(value),)
        if not all(values):
            raise InputError(f'"{text}" names no value. For none, ask: {column} is missing')
        return cls(column, own, values)

    def __str__(self) -> str:
        column = self.column
        if not PLAIN.fullmatch(column) or SIGN.search("".join(self.values)):
            column = "`" + column.replace("`", "``") + "`"
        values = ", ".join(_quoted(value, listed=self.operator == "in") for value in self.values)
        return f"{column} {self.operator} {values}".rstrip()

    def check(self, position: int, kind: Kind, *, name: str) -> Check:
        """The condition on a column of a file.

        Args:
            position: Where the column is.
            kind: What it holds, ``unknown`` where the file does not tell.
            name: What the file is called.

        Raises:
            DataError: The values are nothing that what the column holds could be compared with.
        """
        if kind in ("number", "date"):
            read = _number if kind == "number" else _day
            values = [read(value) for value in self.values]
            if odd := next((v for v, r in zip(self.values, values, strict=True) if r is None), ""):
                what = "a number" if kind == "number" else "a day such as 2026-12-31"
                raise DataError(
                    f'"{self}" compares "{odd}" with the column "{self.column}" of {name}, which '
                    f"holds {kind}s. Compare it with {what}."
                )
            return Check(position, self.operator, kind, tuple(v for v in values if v is not None))
        if self.operator not in ORDERED:
            texts = tuple(value[:MAX_LABEL] for value in self.values)
            return Check(position, self.operator, "text", texts)
        [value] = self.values
        if (number := _number(value)) is not None:
            return Check(position, self.operator, "number", (number,), self.column)
        if (day := _day(value)) is not None:
            return Check(position, self.operator, "date", (day,), self.column)
        raise DataError(
            f'"{self}" asks for an order, and text has none: "{value}" is neither a number nor a '
            "day such as 2026-12-31. Ask with ==, != or in."
        )


def no_match(uri: str, conditions: Sequence[Condition]) -> DataError:
    """What to say of a table without a row that is asked for."""
    asked = " and ".join(map(str, conditions))
    return DataError(f"{uri} has no row where {asked}. Compare its values with what was asked.")


def matching(batch: pa.RecordBatch, checks: Sequence[Check]) -> Flags:
    """For which rows of a batch every check holds; its columns are named after their positions.

    Raises:
        DataError: A cell cannot be compared, and the check says that this is an error.
    """
    found = np.ones(batch.num_rows, bool)
    for check in checks:
        found &= holds(check, batch.column(str(check.position)))
    return found


def holds(check: Check, cells: pa.Array) -> Flags:
    """For which cells of its column a check holds. Raises DataError, as ``matching`` does."""
    if check.as_a == "text":
        codes, labels = coded(cells)
        return np.take(np.array([_holds_for(check, label) for label in labels], bool), codes)
    value: Any
    if check.as_a == "number":
        value, is_text = numbers(cells)
        odd = np.zeros(len(cells), bool) if is_text is None else is_text
        known = ~np.isnan(value)
    else:
        value, odd = days_of(cells)
        known = (value != NO_DAY) & ~odd
    if check.name is not None and odd.any():
        text = str(cells[int(np.flatnonzero(odd)[0])].as_py())
        raise DataError(
            f'The column "{check.name}" holds text such as "{text[:MAX_LABEL]}", and it was asked '
            f"how that compares with a {check.as_a}. Ask with ==, != or in."
        )
    if check.operator in ("is missing", "is present"):
        return np.asarray((known | odd) == (check.operator == "is present"))
    return np.asarray(known & _compared(check, value))


def _compared(check: Check, value: Any) -> Any:
    """What the operator says of values that are there."""
    if check.operator == "in":
        return np.isin(value, check.values)
    return COMPARE[check.operator](value, check.values[0])


def _holds_for(check: Check, label: str | None) -> bool:
    if label is None or check.operator in ("is missing", "is present"):
        return (label is None) == (check.operator == "is missing")
    if check.operator == "in":
        return label in check.values
    return bool(COMPARE[check.operator](label, check.values[0]))


def _number(text: str) -> float | None:
    """The number that a text is; None for no number, and for NaN."""
    number = float(text) if is_number(text) else np.nan
    return None if np.isnan(number) else number


def _day(text: str) -> int | None:
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        return None


def _listed(text: str) -> tuple[str, ...]:
    """The values of a list; one that has a comma is in quotes."""
    values: list[str] = []
    more, place = ",", 0
    while more:
        found = LISTED.match(text, place)
        assert found is not None  # anything up to the next comma is a value
        value, more = found.groups()
        values.append(_unquoted(value))
        place = found.end()
    return tuple(values)


def _unquoted(text: str) -> str:
    quote = text[:1]
    if len(text) > 1 and quote in ('"', "'") and text.endswith(quote):
        text = text[1:-1].replace(quote * 2, quote)
    return text.strip()


def _quoted(value: str, *, listed: bool) -> str:
    if value[:1] in ('"', "'") or (listed and "," in value):
        return '"' + value.replace('"', '""') + '"'
    return value
