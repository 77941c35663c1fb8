"""What a task does with its split: rows in, a few kB of bytes out. Runs on any worker.

Each task is a plain function of what the driver tells and of one ``Split``. What goes wrong on
purpose travels back as an answer too: a text for the person, not a trace through Java.
"""

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from pipeline.kernel import wire
from pipeline.kernel.partial import Coded, Partial, TooManyGroups
from pipeline.kernel.plan import Plan, Ranges
from pipeline.kernel.zoom import Windows, Zoom
from pipeline.table.files import Split
from pipeline.table.judge import Judged
from pipeline.table.reader import Reading, read
from store import errors

Task = Callable[[Split], bytes]
FAILED = "failed"


class Seen(NamedTuple):
    """What was kept out of the rows: how many by reason, and (text, reason) of the first."""

    reasons: Counter[str]
    odd: list[tuple[str, str]]

    def take(self, reasons: Iterable[tuple[str, int]], odd: Iterable[Sequence[str]]) -> None:
        """Take in what a batch or a task says."""
        self.reasons.update(dict(reasons))
        self.odd.extend((text, reason) for text, reason in odd)


def answered(task: Task, split: Split) -> bytes:
    """The answer of a task, or why it has none; to be read with ``answer_of``."""
    try:
        return wire.joined(None, [task(split)])
    except errors.CellarError as error:
        return wire.joined([FAILED, type(error).__name__, str(error)], [])


def answer_of(data: bytes) -> bytes:
    """What a task answered. Raises what it raised, if that was on purpose."""
    failed, parts = wire.parted(data)
    if failed is None:
        return parts[0]
    kind = getattr(errors, failed[1], errors.DataError)
    raise kind(failed[2])


# -- The range of each column ------------------------------------------------------------------


def look(told: Reading, split: Split) -> bytes:
    """The ranges of the usable rows of a split."""
    ranges = Ranges(len(told.rules.features))
    for rows in read(told, split):
        if rows.rows:
            ranges.add(rows.values)
    arrays = {"count": ranges.count, "low": ranges.low, "high": ranges.high}
    return wire.pack(ranges.rows, arrays)


def looked(data: bytes) -> Ranges:
    """What ``look`` answered."""
    rows, arrays = wire.unpack(data)
    ranges = Ranges(len(arrays["low"]))
    ranges.rows = rows
    ranges.count, ranges.low, ranges.high = arrays["count"], arrays["low"], arrays["high"]
    return ranges


# -- All statistics ----------------------------------------------------------------------------


class Counted(NamedTuple):
    """Partial results by grouping, None for one that has too many values; and what was kept out."""

    partials: list[Partial | None]
    seen: Seen


def count(told: Reading, plans: Sequence[Plan], examples: int, split: Split) -> bytes:
    """The partial results of a split, one a plan: the first for the rows and the first grouping,
    the others for further groupings."""
    partials: list[Partial | None] = [Partial(plan) for plan in plans]
    seen = Seen(Counter(), [])
    for rows in read(told, split, examples=examples):
        seen.take(rows.reasons.items(), rows.odd)
        if rows.rows:
            for g in range(len(partials)):
                partials[g] = _added(partials[g], rows, g, split.number)
    note = [
        [None if partial is None else partial.rows for partial in partials],
        list(seen.reasons.items()),
        seen.odd,
    ]
    packed = [b"" if partial is None else partial.to_bytes() for partial in partials]
    return wire.joined(note, packed)


def counted(plans: Sequence[Plan], data: bytes) -> Counted:
    """What ``count`` answered."""
    (rows, reasons, odd), packed = wire.parted(data)
    seen = Seen(Counter(), [])
    seen.take(reasons, odd)
    partials = [
        None if n is None else Partial.from_bytes(plan, part)
        for n, plan, part in zip(rows, plans, packed, strict=True)
    ]
    return Counted(partials, seen)


def _added(partial: Partial | None, rows: Judged, grouping: int, split: int) -> Partial | None:
    if partial is None:
        return None
    codes, labels = _grouped(rows, grouping)
    try:
        partial.add(
            rows.values,
            codes,
            labels,
            categories=rows.categories,
            days=rows.days,
            file=split,
            rows=rows.place,
        )
    except TooManyGroups:
        return None
    return partial


def merged(one: Partial | None, other: Partial | None) -> Partial | None:
    """Both partial results of a grouping as one; None where it has too many values."""
    if one is None or other is None:
        return None
    try:
        one.merge(other)
    except TooManyGroups:
        return None
    return one


# -- Quantiles, again --------------------------------------------------------------------------


def zoom(told: Reading, windows: Sequence[Windows | None], split: Split) -> bytes:
    """How the values of a split lie in the windows, one answer a grouping that has any.

    ``told.rules.features`` are the columns that any window is about, and the windows count from 0
    among these.
    """
    zooms = [None if some is None else Zoom(some) for some in windows]
    for rows in read(told, split):
        if not rows.rows:
            continue
        for g, one in enumerate(zooms):
            if one is not None:
                codes, labels = _grouped(rows, g)
                one.add([rows.values[j] for j in one.windows.columns], codes, labels)
    return wire.joined(None, [b"" if one is None else one.to_bytes() for one in zooms])


def zoomed(windows: Sequence[Windows | None], data: bytes) -> list[Zoom | None]:
    """What ``zoom`` answered."""
    _, parts = wire.parted(data)
    return [
        None if some is None else Zoom.from_bytes(some, part)
        for some, part in zip(windows, parts, strict=True)
    ]


def _grouped(rows: Judged, grouping: int) -> Coded | tuple[None, tuple[None]]:
    return rows.groups[grouping] if rows.groups else (None, (None,))


def bound(task: Callable[..., bytes], *told: Any) -> Task:
    """A task with all but its split."""
    return functools.partial(answered, functools.partial(task, *told))
