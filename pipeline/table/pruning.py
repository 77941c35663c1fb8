"""What of a table need not be read, because no row there can match the conditions.

Only what is sure is left out: the names of a file's folders and the statistics of a row group
bound the cells, and ``conditions`` has the last word on each cell that is read.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

from pipeline.kernel.calendar import day_number
from pipeline.table.cells import MAX_LABEL
from pipeline.table.columns import Check, Layout, is_number
from pipeline.table.conditions import COMPARE, ORDERED, Condition
from pipeline.table.files import File

LAST_SPACE = "\u3000"  # of the characters that count as space
ASCII = "\x7f"


class Skipped(NamedTuple):
    """What was not read: whole files, and row groups of the others."""

    files: int = 0
    row_groups: int = 0

    def __str__(self) -> str:
        parts = [(self.files, "file"), (self.row_groups, "row group")]
        said = (f"{count:,} {what}{'s' * (count > 1)}" for count, what in parts if count)
        return " and ".join(said)


def file_may_match(file: File, conditions: Sequence[Condition]) -> bool:
    """Whether a row of a file can match, by the names of its folders alone.

    What the column holds is not known by then, so a value is compared as all that it can be.
    """
    folders = file.partitions
    return all(
        _folder_may_match((folders[c.column] or "").strip(), c)
        for c in conditions
        if c.column in folders
    )


def row_group_may_match(group: Any, layout: Layout, checks: Sequence[Check]) -> bool:
    """Whether a row of a row group can match, by its statistics (pyarrow's metadata)."""
    places = {group.column(c).path_in_schema: c for c in range(group.num_columns)}
    for check in checks:
        place = (
            places.get(layout.header[check.position]) if check.position < layout.in_file else None
        )
        statistics = None if place is None else group.column(place).statistics
        if statistics is not None and not _may_match(check, statistics, group.num_rows):
            return False
    return True


def _folder_may_match(value: str, condition: Condition) -> bool:
    if not value or condition.operator in ("is missing", "is present"):
        return (not value or value.lower() == "nan") == (condition.operator == "is missing")
    if condition.operator in ORDERED:
        [asked] = condition.values
        pair = _as_one_kind(value, asked)
        return pair is None or bool(COMPARE[condition.operator](*pair))
    equal = any(_may_equal(value, asked) for asked in condition.values)
    if condition.operator == "!=":
        return value != condition.values[0]
    return equal


def _may_equal(value: str, asked: str) -> bool:
    if value[:MAX_LABEL] == asked[:MAX_LABEL]:
        return True
    pair = _as_one_kind(value, asked)
    return pair[0] == pair[1] if pair else _as_one_kind(asked, asked) is not None


def _as_one_kind(value: str, asked: str) -> tuple[float, float] | None:
    """Both as numbers, else both as days; None where neither is possible."""
    if is_number(value) and is_number(asked):
        return float(value), float(asked)
    try:
        return day_number(date.fromisoformat(value)), day_number(date.fromisoformat(asked))
    except ValueError:
        return None


def _may_match(check: Check, statistics: Any, rows: int) -> bool:
    empty = statistics.has_null_count and statistics.null_count == rows
    if empty:
        return check.operator == "is missing"
    if not statistics.has_min_max:
        return True
    low, high = statistics.min, statistics.max
    if check.operator == "is missing":
        # An empty text and NaN are missing too, and no nulls.
        never_odd = isinstance(low, int | date)
        return not (never_odd and statistics.has_null_count and not statistics.null_count)
    if check.as_a == "number" and isinstance(low, int | float):
        return _any_between(check, float(low), float(high))
    if check.as_a == "date" and isinstance(low, date):
        return _any_between(check, _day_of(low) - 1, _day_of(high) + 1)  # a zone may move it
    if check.as_a == "text" and isinstance(low, str):
        return _text_may_match(check, low, high)
    return True


def _any_between(check: Check, low: float, high: float) -> bool:
    """Whether the operator can hold for a value in [low, high]."""
    answers: dict[str, Callable[[Any], bool]] = {
        "==": lambda value: low <= value <= high,
        "in": lambda value: low <= value <= high,
        "!=": lambda value: not low == value == high,
        "<": lambda value: low < value,
        "<=": lambda value: low <= value,
        ">": lambda value: high > value,
        ">=": lambda value: high >= value,
    }
    answer = answers.get(check.operator)
    return answer is None or any(answer(value) for value in check.values)


def _text_may_match(check: Check, low: str, high: str) -> bool:
    """The same of text, which is compared without the space around it."""
    if check.operator not in ("==", "in") or not low[:1] > " " or not high[:1] < ASCII:
        return True  # the space may be in front, and orders the cells otherwise
    return any(
        len(text) >= MAX_LABEL or (text <= high and low <= text + chr(ord(LAST_SPACE) + 1))
        for text in map(str, check.values)
    )


def _day_of(moment: date) -> int:
    return day_number(date(moment.year, moment.month, moment.day))
