"""A batch of cells -> arrays of the usable rows, and why the other rows are kept out."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernel.calendar import NO_DAY, day_number
from pipeline.kernel.partial import Coded, Label
from pipeline.kernel.plan import Floats, Ints
from pipeline.table.batches import Attempts, Odd, Raw
from pipeline.table.columns import Columns, is_number

MAX_LABEL = 200  # characters of a value of a category or group; more are cut off
USABLE = -1
Texts = npt.NDArray[np.bool_]


class Rules(NamedTuple):
    """What a row has to be like.

    ``features``, ``dates`` and ``groups`` are what the columns are called. Rows need a value of
    the first group column if ``needs_group``, and one of ``classes`` if there are any.
    """

    features: tuple[str, ...]
    dates: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    needs_group: bool = True
    classes: tuple[str, ...] = ()


class Judged(NamedTuple):
    """Usable rows as arrays, and the others.

    ``place`` is the number of each row among those of its split, ``seen`` how many those were
    here. ``values`` are the features with NaN where a value is missing, ``days`` the dates as
    days since 1970 with ``NO_DAY``.
    """

    seen: int
    place: int | Ints
    values: list[Floats]
    groups: list[Coded]
    categories: list[Coded]
    days: list[Ints]
    reasons: Counter[str]
    odd: list[Odd]

    @property
    def rows(self) -> int:
        """How many rows are usable."""
        return self.seen if isinstance(self.place, int) else len(self.place)


def judge(
    attempts: Attempts, columns: Columns, rules: Rules, *, first: int, examples: int
) -> Judged:
    """Judge rows.

    Args:
        attempts: The rows.
        columns: Where in them the columns are.
        rules: What a row has to be like.
        first: The number of the first row in its split.
        examples: At most so many of the rows that are kept out are told.
    """
    if attempts.fast is not None:
        found = _judge(attempts.fast, columns, rules, first, examples)
        if not found.reasons:
            return found
    return _judge(attempts.thorough(), columns, rules, first, examples)


def _judge(raw: Raw, columns: Columns, rules: Rules, first: int, examples: int) -> Judged:
    batch = raw.batch
    seen = batch.num_rows
    verdict = _Verdict(seen)
    groups = [_coded(batch.column(str(i))) for i in columns.groups]
    if groups and rules.needs_group:
        codes, labels = groups[0]
        name = rules.groups[0]
        verdict.reject(np.array([label is None for label in labels])[codes], f"{name} is empty")
        if rules.classes:
            unknown = np.array([label not in rules.classes for label in labels])
            verdict.reject(unknown[codes], f"{name} is none of its classes")
    values = []
    for name, i in zip(rules.features, columns.features, strict=True):
        number, is_text = _numbers(batch.column(str(i)))
        if is_text is not None:
            verdict.reject(is_text, f"{name} is not a number")
        infinite = np.isinf(number)
        if infinite.any():
            verdict.reject(infinite, f"{name} is infinite")
        values.append(number)
    days = []
    for name, i in zip(rules.dates, columns.dates, strict=True):
        day, is_text = _days(batch.column(str(i)))
        verdict.reject(is_text, f"{name} is not a date")
        days.append(day)
    categories = [_coded(batch.column(str(i))) for i in columns.categories]
    odd = [*raw.odd, *verdict.odd(raw.text, examples - len(raw.odd))][:examples]
    reasons = verdict.reasons + Counter(row.reason for row in raw.odd)
    keep = verdict.usable()
    if keep is None:
        return Judged(seen, first, values, groups, categories, days, reasons, odd)
    return Judged(
        seen=seen,
        place=first + keep,
        values=[value[keep] for value in values],
        groups=[Coded(codes[keep], labels) for codes, labels in groups],
        categories=[Coded(codes[keep], labels) for codes, labels in categories],
        days=[day[keep] for day in days],
        reasons=reasons,
        odd=odd,
    )


class _Verdict:
    """The reason to keep each row out; the first one counts."""

    def __init__(self, rows: int) -> None:
        self._names: list[str] = []
        self._reason = np.full(rows, USABLE, np.int32)

    def reject(self, rows: Texts, reason: str) -> None:
        if rows.any():
            self._reason[rows & (self._reason == USABLE)] = len(self._names)
            self._names.append(reason)

    @property
    def reasons(self) -> Counter[str]:
        counts = np.bincount(self._reason + 1, minlength=1 + len(self._names))[1:]
        found = zip(self._names, counts.tolist(), strict=True)
        return Counter({name: count for name, count in found if count})

    def odd(self, text: Callable[[int], str], limit: int) -> list[Odd]:
        rows = np.flatnonzero(self._reason != USABLE)[: max(0, limit)]
        return [Odd(text(row), self._names[self._reason[row]]) for row in rows.tolist()]

    def usable(self) -> Ints | None:
        """Which rows are usable; None where all are."""
        return np.flatnonzero(self._reason == USABLE) if self._names else None


def _numbers(cells: pa.Array) -> tuple[Floats, Texts | None]:
    """The cells as numbers with NaN where there is none, and which of them are text instead."""
    if not pa.types.is_string(cells.type):
        return _floats(pc.cast(cells, pa.float64(), safe=False)), None
    text = pc.utf8_trim_whitespace(cells)
    try:
        return _floats(pc.cast(pc.if_else(pc.equal(text, ""), None, text), pa.float64())), None
    except pa.ArrowInvalid:  # one cell that is no number spoils the fast way
        cell = text.to_pylist()
    is_text = np.array([bool(value) and not is_number(value) for value in cell], bool)
    number = [
        float(value) if value and not odd else np.nan
        for value, odd in zip(cell, is_text, strict=True)
    ]
    return np.array(number, np.float64), is_text


def _floats(cells: pa.Array) -> Floats:
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64)


def _coded(cells: pa.Array) -> Coded:
    """The cells as text, each once, and which one a row has; None where it is empty."""
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    labels: list[Label] = [*_labels(cells.dictionary), None]
    codes = cells.indices.fill_null(len(labels) - 1)
    return Coded(np.asarray(codes.to_numpy(zero_copy_only=False), np.intp), labels)


def _labels(values: pa.Array) -> Sequence[Label]:
    """Values as text, None for one that is empty; a whole number has no decimal point."""
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        numbers = pc.cast(values, pa.float64(), safe=False).to_pylist()
        return [
            None if v is None or v != v else f"{v:.0f}" if v == round(v, 0) else str(v)
            for v in numbers
        ]
    text = pc.utf8_trim_whitespace(pc.cast(values, pa.string()))
    return [value or None for value in pc.utf8_slice_codeunits(text, 0, MAX_LABEL).to_pylist()]


def _days(cells: pa.Array) -> tuple[Ints, Texts]:
    """The cells as days since 1970, and which of them are no date."""
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    days = [_day(value) for value in _moments(cells.dictionary)]
    codes = np.asarray(cells.indices.fill_null(len(days)).to_numpy(zero_copy_only=False), np.intp)
    known = np.array([NO_DAY if day is None else day for day in days] + [NO_DAY], np.int64)
    odd = np.array([day is None for day in days] + [False])
    return known[codes], odd[codes]


def _moments(values: pa.Array) -> list[Any]:
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return pc.cast(values, pa.date32(), safe=False).cast(pa.int32()).to_pylist()  # type: ignore[no-any-return]
    return pc.utf8_trim_whitespace(pc.cast(values, pa.string())).to_pylist()  # type: ignore[no-any-return]


def _day(value: int | str | None) -> int | None:
    """A day as a number; ``NO_DAY`` where there is nothing, None where there is something else."""
    if isinstance(value, int):
        return value
    if not value:
        return NO_DAY
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return day_number(moment.date())
