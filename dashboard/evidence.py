"""The rows behind a figure: read again, and the figure worked out by plain Python.

``csv``, ``math.fsum`` and ``sorted`` do it, and nothing that the Spark job uses. Only files that a
profile names are read: below one folder, small, and with the very bytes that were profiled. Rows
are kept out by the rules of the job, written down once more: a row with another number of fields
than the header, with text where a number or a date belongs, with an infinite number, without a
value of the column that rows are grouped by first, or with one that is none of the target's
classes. An empty field or NaN is a missing value.
"""

import csv
import hashlib
import io
import math
from bisect import bisect_right
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from threading import Lock

from store.errors import Unreachable
from store.evidence import (
    Check,
    Question,
    Recomputed,
    asked_about,
    compare_categories,
    compare_numbers,
    compare_trends,
)
from store.schema import (
    CategoryProfile,
    ColumnProfile,
    Group,
    Histogram,
    Profile,
    Section,
    Trend,
    ValueCount,
)

MAX_BYTES = 8 * 2**20
MAX_KEPT = 64
MAX_LABEL = 200  # characters of a category's value; the job cuts off more
MARKS = ",;\t|"


class Evidence:
    """Recomputes figures from files below a folder; the last answers are kept.

    Args:
        root: The folder that an input's relative URI starts at.
        max_bytes: Of all files of a table; larger ones are left to the command line.
    """

    def __init__(self, root: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self._root = root.resolve()
        self._max_bytes = max_bytes
        self._kept: OrderedDict[tuple[str, str, Question], Recomputed] = OrderedDict()
        self._one_at_a_time = Lock()

    def files(self, profile: Profile) -> list[bytes]:
        """The bytes of the files that were profiled.

        Raises:
            Unreachable: They are elsewhere, too large, of another format, or changed since; the
                text says which.
        """
        if profile.where:
            raise Unreachable("The profile is of some rows of the table, and not of all.")
        read = profile.input
        if read.format != "csv":
            raise Unreachable(f"The rows are {read.format}, and only CSV is read here.")
        if "://" in read.uri or Path(read.uri).is_absolute():
            raise Unreachable("The rows are not on this server.")
        if read.bytes > self._max_bytes:
            size, limit = (n / 2**20 for n in (read.bytes, self._max_bytes))
            raise Unreachable(f"The rows are {size:,.0f} MiB; at most {limit:.0f} are read here.")
        hashes = [file.sha256 for file in read.files]
        if read.file_count != len(hashes) or None in hashes:
            raise Unreachable("The content of the files was not hashed, so nothing can be checked.")
        return [self._file(read.uri, f.name, f.bytes, f.sha256 or "") for f in read.files]

    def recompute(self, profile: Profile, question: Question) -> Recomputed:
        """The figures that a question is about, each beside the same from the rows.

        Raises:
            KeyError: The profile has no such group or column.
            Unreachable: The rows cannot be read here, or changed since.
        """
        section = _section(profile, question)
        if question.column not in asked_about(section):
            raise KeyError(question.column)
        files = self.files(profile)
        key = (profile.run_id, profile.input.sha256, question)
        with self._one_at_a_time:
            if key not in self._kept:
                self._kept[key] = _recompute(profile, section, files, question)
            self._kept.move_to_end(key)
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]

    def _file(self, uri: str, name: str, size: int, sha256: str) -> bytes:
        base = self._root / uri
        path = (base if base.is_file() and base.name == name else base / name).resolve()
        if not path.is_relative_to(self._root) or not path.is_file():
            raise Unreachable(f"{name} is not on this server.")
        changed = Unreachable(f"{name} changed since it was profiled: its hash differs.")
        if path.stat().st_size != size:
            raise changed
        with path.open("rb") as stream:
            data = stream.read(size + 1)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise changed
        return data


def type7(values: Sequence[float], share: float) -> float:
    """The quantile of ascending values by linear interpolation (Hyndman and Fan 1996, type 7)."""
    place = (len(values) - 1) * min(1.0, max(0.0, share))
    below = math.floor(place)
    above = min(below + 1, len(values) - 1)
    # Halves cannot overflow where the difference of two huge values would.
    part = place - below
    return values[below] * (1 - part) + values[above] * part


def column_of(
    name: str, values: Sequence[float | None], edges: Sequence[float] | None
) -> ColumnProfile:
    """The figures of a numeric column, None where a value is missing, over these edges."""
    known = sorted(value for value in values if value is not None)
    count = len(known)
    mean = sd = skewness = None
    if count:
        mean = _finite(lambda: math.fsum(known) / count)
    if mean is not None and count > 1:
        m2 = _finite(lambda: math.fsum((value - mean) ** 2 for value in known))
        m3 = _finite(lambda: math.fsum((value - mean) ** 3 for value in known))
        sd = None if m2 is None else math.sqrt(m2 / (count - 1))
        if m2 and m3 is not None:
            skewness = _finite(lambda: (m3 / count) / (m2 / count) ** 1.5)
    return ColumnProfile(
        name=name,
        count=count,
        missing=len(values) - count,
        mean=mean,
        sd=sd,
        minimum=known[0] if count else None,
        maximum=known[-1] if count else None,
        skewness=skewness,
        quantiles={},
        histogram=_histogram(known, edges) if edges else None,
    )


def _recompute(
    profile: Profile, section: Section, files: Sequence[bytes], question: Question
) -> Recomputed:
    table = _Table(profile, question)
    for data in files:
        table.read(data)
    cells = table.cells
    name = question.column
    for column in section.columns:
        if column.name == name:
            checks = _numbers(column, [_number(cell) for cell in cells])
            return Recomputed(table.rows, table.rejected, checks)
    for category in section.categories:
        if category.name == name:
            checks = compare_categories(category, _category(name, cells))
            return Recomputed(table.rows, table.rejected, checks)
    trend = next(trend for trend in section.trends if trend.name == name)
    checks = compare_trends(trend, _trend(trend, cells))
    return Recomputed(table.rows, table.rejected, checks)


def _numbers(stored: ColumnProfile, values: list[float | None]) -> tuple[Check, ...]:
    edges = stored.histogram.edges if stored.histogram else None
    found = column_of(stored.name, values, edges)
    known = sorted(value for value in values if value is not None)
    shares = {share: float(share) for share in stored.quantiles}
    error = stored.rank_error
    exact = {text: type7(known, share) if known else None for text, share in shares.items()}
    bounds = {
        text: (type7(known, share - error), type7(known, share + error))
        for text, share in shares.items()
        if known
    }
    return compare_numbers(stored, found.model_copy(update={"quantiles": exact}), bounds)


def _histogram(values: Sequence[float], edges: Sequence[float]) -> Histogram:
    counts = [0] * (len(edges) - 1)
    for value in values:
        if edges[0] <= value <= edges[-1]:
            counts[min(bisect_right(edges, value), len(counts)) - 1] += 1
    return Histogram(edges=tuple(edges), counts=tuple(counts))


def _category(name: str, cells: Sequence[str]) -> CategoryProfile:
    counts = Counter(cell[:MAX_LABEL] for cell in cells if cell)
    known = counts.total()
    return CategoryProfile(
        name=name,
        count=known,
        missing=len(cells) - known,
        distinct=len(counts),
        top=tuple(ValueCount(value=value, count=count) for value, count in counts.most_common()),
    )


def _trend(stored: Trend, cells: Sequence[str]) -> Trend:
    days = [_day(cell) for cell in cells if cell]
    starts = Counter(_start(day, stored.step) for day in days if day is not None)
    ordered = sorted(starts)
    return Trend(
        name=stored.name,
        count=len(days),
        missing=len(cells) - len(days),
        minimum=None,
        maximum=None,
        step=stored.step,
        starts=tuple(ordered),
        counts=tuple(starts[start] for start in ordered),
    )


def _start(day: date, step: str) -> str:
    """The first day of the period that a day is in."""
    match step:
        case "year":
            return day.replace(month=1, day=1).isoformat()
        case "month":
            return day.replace(day=1).isoformat()
    return day.isoformat()


class _Table:
    """Takes the cells of one column out of the usable rows of one group."""

    def __init__(self, profile: Profile, question: Question) -> None:
        self._profile = profile
        self._question = question
        self.rows = 0
        self.rejected = 0
        self.cells: list[str] = []

    def read(self, data: bytes) -> None:
        """Take in a file. Raises Unreachable where it cannot be read as the profile says."""
        text = self._profile.descriptor.csv
        try:
            codec = "utf-8-sig" if text.encoding == "utf-8" else text.encoding
            decoded = data.decode(codec)
            first = next((line for line in io.StringIO(decoded) if line.strip()), "")
            mark = text.delimiter or max(
                MARKS,
                key=lambda m: len(next(csv.reader([first], delimiter=m, quotechar=text.quote))),
            )
            rows = csv.reader(
                io.StringIO(decoded, newline=""), delimiter=mark, quotechar=text.quote
            )
            self._take(row for row in rows if row)
        except (UnicodeDecodeError, csv.Error, StopIteration, ValueError) as error:
            raise Unreachable("The file cannot be read as plain CSV here.") from error

    def _take(self, rows: Iterator[list[str]]) -> None:
        profile, (column, by, value) = self._profile, self._question
        first = next(rows)
        header = [name.strip() for name in first]
        if profile.descriptor.csv.header is False:
            header = [f"column_{i}" for i in range(1, len(first) + 1)]
            rows = chain([first], rows)
        descriptor = profile.descriptor
        aliases = {feature.column: feature.names for feature in descriptor.features}
        is_usable = _rules(profile, header)
        own = _place(header, aliases.get(column, (column,)))
        chosen = None if by is None or value is None else _place(header, (by,))
        for row in rows:
            cells = [cell.strip() for cell in row]
            if not is_usable(cells):
                self.rejected += 1
                continue
            self.rows += 1
            if chosen is None or cells[chosen][:MAX_LABEL] == value:
                self.cells.append(cells[own])


def _rules(profile: Profile, header: Sequence[str]) -> Callable[[list[str]], bool]:
    """Whether a row is usable, given the cells of it."""
    descriptor, target = profile.descriptor, profile.descriptor.target
    numbers = [_place(header, feature.names) for feature in descriptor.features]
    dates = [_place(header, (name,)) for name in descriptor.dates]
    group, classes = None, set[str]()
    if target is not None and target.column == profile.group_by:
        group, classes = _place(header, (target.column,)), set(target.classes)

    def is_usable(cells: list[str]) -> bool:
        if len(cells) != len(header):
            return False
        if group is not None and not cells[group]:
            return False
        if group is not None and classes and cells[group][:MAX_LABEL] not in classes:
            return False
        if any(cells[i] and not _is_finite(cells[i]) for i in numbers):
            return False
        return not any(cells[i] and _day(cells[i]) is None for i in dates)

    return is_usable


def _place(header: Sequence[str], names: Sequence[str]) -> int:
    """Where a column is: under its own name, else under an alias. Raises ValueError."""
    found = next((name for name in names if name in header), names[0])
    return header.index(found)


def _is_finite(text: str) -> bool:
    """Whether text is a number or NaN, and no infinity. Python would also read "1_000"."""
    try:
        return "_" not in text and not math.isinf(float(text))
    except ValueError:
        return False


def _number(text: str) -> float | None:
    value = float(text) if text else math.nan
    return None if math.isnan(value) else value


def _day(text: str) -> date | None:
    """The day in UTC of an ISO date or time; None of any other text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment.astimezone(UTC) if moment.tzinfo else moment).date()


def _finite(work: Callable[[], float]) -> float | None:
    """What the work gives; None where squares or sums of huge numbers overflow."""
    try:
        value = work()
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _section(profile: Profile, question: Question) -> Section:
    """The section that a question is about. Raises KeyError."""
    if question.by is None or question.value is None:
        return profile.overall
    groups: dict[str, Group] = {group.value: group for group in profile.by(question.by).groups}
    return groups[question.value]
