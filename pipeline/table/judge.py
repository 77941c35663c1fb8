"""A batch of cells -> arrays of the usable rows, and why the other rows are kept out."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from pipeline.kernel.partial import Coded
from pipeline.kernel.plan import Floats, Ints
from pipeline.table.batches import Attempts, Odd, Raw
from pipeline.table.cells import Flags, coded, days_of, numbers
from pipeline.table.columns import Columns
from pipeline.table.conditions import matching

USABLE = -1


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
    """Judge rows; those that are not asked for are as if they were not there.

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
    raw = _asked_for(raw, columns)
    batch = raw.batch
    seen = batch.num_rows
    verdict = _Verdict(seen)
    groups = [coded(batch.column(str(i))) for i in columns.groups]
    if groups and rules.needs_group:
        codes, labels = groups[0]
        name = rules.groups[0]
        verdict.reject(np.array([label is None for label in labels])[codes], f"{name} is empty")
        if rules.classes:
            unknown = np.array([label not in rules.classes for label in labels])
            verdict.reject(unknown[codes], f"{name} is none of its classes")
    values = []
    for name, i in zip(rules.features, columns.features, strict=True):
        number, is_text = numbers(batch.column(str(i)))
        if is_text is not None:
            verdict.reject(is_text, f"{name} is not a number")
        infinite = np.isinf(number)
        if infinite.any():
            verdict.reject(infinite, f"{name} is infinite")
        values.append(number)
    days = []
    for name, i in zip(rules.dates, columns.dates, strict=True):
        day, is_text = days_of(batch.column(str(i)))
        verdict.reject(is_text, f"{name} is not a date")
        days.append(day)
    categories = [coded(batch.column(str(i))) for i in columns.categories]
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


def _asked_for(raw: Raw, columns: Columns) -> Raw:
    """The rows that every condition holds for."""
    if not columns.checks:
        return raw
    rows = np.flatnonzero(matching(raw.batch, columns.checks))
    if len(rows) == raw.batch.num_rows:
        return raw
    return Raw(raw.batch.take(rows), raw.odd, lambda i: raw.text(int(rows[i])))


class _Verdict:
    """The reason to keep each row out; the first one counts."""

    def __init__(self, rows: int) -> None:
        self._names: list[str] = []
        self._reason = np.full(rows, USABLE, np.int32)

    def reject(self, rows: Flags, reason: str) -> None:
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
