"""The figures of a profile worked out again from its input, by pandas instead of the kernel.

It reads with Arrow, every cell of a CSV file as text, and knows the rules of ``pipeline.table`` in
its own words: a row is kept out when it has another number of fields than the header, text where a
number or a date belongs, an infinite number, no value in the target where rows are grouped
by it first, or one that is none of its classes. Empty fields and NaN are missing values.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from pipeline import REPOSITORY
from pipeline.inputs import Input, describe_input, find_input
from pipeline.layout import columns, layouts
from pipeline.table.columns import Columns, Layout
from pipeline.table.files import File, opened
from store.errors import DataError, InputError
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
    Histogram,
    Profile,
    Section,
    Trend,
    ValueCount,
)

MAX_LABEL = 200
Texts = pd.Series


def recompute(profile: Profile, question: Question, where: str | None = None) -> Recomputed:
    """The figures of a column, each beside the same from the rows.

    Args:
        profile: What is checked.
        question: Which of its figures.
        where: The input, where it is not at the profile's own URI.

    Raises:
        InputError: The profile has no such column or group.
        DataError: The input is not there, or is not what was profiled.
    """
    section = section_of(profile, question)
    found = find_input(where or _place(profile.input.uri))
    if profile.where:
        asked = " and ".join(profile.where)
        raise InputError(
            f"The profile is of the rows where {asked}; only that of a whole table is recomputed."
        )
    if found.format == "json":
        raise InputError("Of JSON lines nothing is recomputed; convert them to CSV or Parquet.")
    if describe_input(found).sha256 != profile.input.sha256:
        raise DataError(
            f"{found.uri} changed since it was profiled: its hash differs. "
            "Profile it again, or name the table as it was with --input."
        )
    parts = list(_rows(found, profile, question))
    rows = pd.concat([part for part, _ in parts], ignore_index=True)
    cells = rows["own"] if question.by is None else rows["own"][rows["by"] == question.value]
    return Recomputed(len(rows), sum(out for _, out in parts), _checks(section, question, cells))


def _place(uri: str) -> str:
    """Where a profile's input is: a relative URI starts at the repository."""
    beside = REPOSITORY / uri
    return str(beside) if "://" not in uri and beside.exists() else uri


def section_of(profile: Profile, question: Question) -> Section:
    """The section that a question is about. Raises InputError."""
    section: Section = profile.overall
    if (question.by is None) != (question.value is None):
        raise InputError("A group is named by --by COLUMN and --group VALUE together.")
    if question.by is not None:
        try:
            groups = {group.value: group for group in profile.by(question.by).groups}
        except KeyError:
            raise InputError(f'The profile is not grouped by "{question.by}".') from None
        if question.value not in groups:
            known = ", ".join(groups)
            raise InputError(f'{question.by} has no group "{question.value}". Known: {known}.')
        section = groups[str(question.value)]
    if question.column not in (names := asked_about(section)):
        raise InputError(
            f'The profile has no column "{question.column}". Known: {", ".join(names)}.'
        )
    return section


def _rows(found: Input, profile: Profile, question: Question) -> Iterable[tuple[pd.DataFrame, int]]:
    """For each file its usable rows, with the columns ``own`` and ``by``, and how many are not."""
    descriptor = profile.descriptor
    groups = [name for name in (profile.group_by, question.by) if name is not None]
    for layout, files in layouts(found, descriptor.csv).items():
        where = columns(layout, descriptor, groups, name=files[0].name)
        own = _own(profile, where, question.column)
        for file in files:
            table, malformed = _table(found, file, layout, profile)
            usable = _usable(table, where, profile)
            kept = table[usable]
            by = _labels(kept[where.groups[-1]]) if where.groups else pd.Series("", kept.index)
            yield (
                pd.DataFrame({"own": kept[own], "by": by}),
                malformed + int((~usable).sum()),
            )


def _own(profile: Profile, where: Columns, column: str) -> int:
    """The position of the column that is asked about."""
    descriptor = profile.descriptor
    names = [*descriptor.columns, *descriptor.categories, *descriptor.dates]
    return [*where.features, *where.categories, *where.dates][names.index(column)]


def _table(found: Input, file: File, layout: Layout, profile: Profile) -> tuple[pd.DataFrame, int]:
    """All columns of a file under their positions, and how many rows had no such columns."""
    malformed: list[Any] = []

    def skip(row: Any) -> str:
        malformed.append(row)
        return "skip"

    text = profile.descriptor.csv
    names = [str(i) for i in range(layout.in_file)]
    try:
        if found.format == "parquet":
            with opened(found.place).open_input_file(file.path) as source:
                table = pq.read_table(source, columns=list(layout.header[: layout.in_file]))
        else:
            with opened(found.place).open_input_stream(file.path) as stream:
                table = pa.csv.read_csv(
                    stream,
                    pa.csv.ReadOptions(
                        column_names=names,
                        skip_rows=int(layout.has_header),
                        encoding=text.encoding,
                    ),
                    pa.csv.ParseOptions(
                        delimiter=layout.delimiter,
                        quote_char=text.quote,
                        newlines_in_values=True,
                        invalid_row_handler=skip,
                    ),
                    pa.csv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                    ),
                )
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{file.name} cannot be read: {error}.") from error
    frame = table.to_pandas()
    frame.columns = range(layout.in_file)
    for i, name in enumerate(layout.header[layout.in_file :], start=layout.in_file):
        frame[i] = file.partitions[name]
    return frame, len(malformed)


def _usable(table: pd.DataFrame, where: Columns, profile: Profile) -> Any:
    """Which rows are usable."""
    usable = np.ones(len(table), bool)
    target = profile.descriptor.target
    if target is not None and target.column == profile.group_by:
        label = _labels(table[where.groups[0]])
        usable &= (label != "").to_numpy()
        if target.classes:
            usable &= label.isin(list(target.classes)).to_numpy()
    for position in where.features:
        number, is_text = _numbers(table[position])
        usable &= ~is_text & ~np.isinf(number)
    for position in where.dates:
        usable &= ~_days(table[position])[1]
    return usable


def _numbers(cells: Texts) -> tuple[Any, Any]:
    """The cells as float64 with NaN where there is none, and which of them are text instead."""
    if pd.api.types.is_numeric_dtype(cells):
        return cells.to_numpy(np.float64, na_value=np.nan), np.zeros(len(cells), bool)
    text = cells.astype("string").fillna("").str.strip()
    number = pd.to_numeric(text, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    is_text = (text != "").to_numpy() & np.isnan(number) & (text.str.lower() != "nan").to_numpy()
    for i in np.flatnonzero(is_text):  # what Python reads and pandas does not
        try:
            number[i] = float(text.iloc[i])
            is_text[i] = "_" in text.iloc[i]
        except ValueError:
            continue
    return number, is_text


def _labels(cells: Texts) -> Texts:
    """The cells as text, "" where they are empty; a whole number has no decimal point."""
    if pd.api.types.is_float_dtype(cells):
        known = [
            "" if pd.isna(v) else f"{v:.0f}" if v == round(v, 0) else str(v) for v in cells.tolist()
        ]
        return pd.Series(known, cells.index, dtype="object")
    if pd.api.types.is_bool_dtype(cells):
        return cells.map({True: "true", False: "false"})
    text = cells.astype("string").fillna("").str.strip().str.slice(0, MAX_LABEL)
    return text.astype("object")


def _days(cells: Texts) -> tuple[Any, Any]:
    """The cells as days (NaT where there is none), and which of them are something else."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        return pd.to_datetime(cells, utc=True), np.zeros(len(cells), bool)
    text = cells.astype("string").fillna("").str.strip()
    moments = pd.to_datetime(text, errors="coerce", utc=True, format="ISO8601")
    return moments, (moments.isna() & (text != "")).to_numpy()


def _checks(section: Section, question: Question, cells: Texts) -> tuple[Check, ...]:
    name = question.column
    for column in section.columns:
        if column.name == name:
            return _column(column, _numbers(cells)[0])
    for category in section.categories:
        if category.name == name:
            return compare_categories(category, _category(name, _labels(cells)))
    trend = next(trend for trend in section.trends if trend.name == name)
    return compare_trends(trend, _trend(trend, _days(cells)[0]))


def _column(stored: ColumnProfile, number: Any) -> tuple[Check, ...]:
    values = pd.Series(number).dropna().astype("float64")
    shares = {text: float(text) for text in stored.quantiles}
    error = stored.rank_error
    exact: dict[str, float | None] = dict.fromkeys(shares)
    bounds = {}
    if len(values):
        exact = {text: float(values.quantile(share)) for text, share in shares.items()}
        bounds = {
            text: (
                float(values.quantile(max(0.0, share - error))),
                float(values.quantile(min(1.0, share + error))),
            )
            for text, share in shares.items()
        }
    moved = values - values.mean() if len(values) else values
    m2 = float((moved**2).mean()) if len(values) else 0.0
    recomputed = ColumnProfile(
        name=stored.name,
        count=len(values),
        missing=len(number) - len(values),
        mean=_finite(values.mean()),
        sd=_finite(values.std(ddof=1)),
        minimum=_finite(values.min()),
        maximum=_finite(values.max()),
        skewness=_finite((moved**3).mean() / m2**1.5) if m2 else None,
        quantiles=exact,
        histogram=_histogram(values, stored.histogram),
    )
    return compare_numbers(stored, recomputed, bounds)


def _histogram(values: Texts, stored: Histogram | None) -> Histogram | None:
    if stored is None:
        return None
    edges = np.array(stored.edges)
    places = np.minimum(np.searchsorted(edges, values.to_numpy(), side="right"), len(edges) - 1) - 1
    counts = np.bincount(places[places >= 0], minlength=len(edges) - 1)
    return Histogram(edges=stored.edges, counts=tuple(int(count) for count in counts))


def _category(name: str, labels: Texts) -> CategoryProfile:
    counts = labels[labels != ""].value_counts()
    known = int(counts.sum())
    return CategoryProfile(
        name=name,
        count=known,
        missing=len(labels) - known,
        distinct=len(counts),
        top=tuple(
            ValueCount(value=str(value), count=int(count)) for value, count in counts.items()
        ),
    )


def _trend(stored: Trend, moments: Any) -> Trend:
    known = moments.dropna().dt.tz_localize(None)
    letter = {"day": "D", "month": "M", "year": "Y"}[stored.step]
    counts = known.dt.to_period(letter).value_counts().sort_index()
    return Trend(
        name=stored.name,
        count=len(known),
        missing=len(moments) - len(known),
        minimum=None,
        maximum=None,
        step=stored.step,
        starts=tuple(str(period.start_time.date()) for period in counts.index),
        counts=tuple(int(count) for count in counts),
    )


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def listing(checks: Sequence[Check]) -> str:
    """The checks as a table of text."""
    heads = ("figure", "in the profile", "recomputed", "difference", "agrees", "within")
    lines = [heads, *(_line(check) for check in checks)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    shown = (
        "  ".join(
            cell.ljust(width) if i in (0, 4, 5) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )
    return "\n".join(shown)


def _line(check: Check) -> tuple[str, ...]:
    def text(value: float | None) -> str:
        if value is None:
            return "-"
        return f"{value:,}" if isinstance(value, int) else f"{value:.12g}"

    difference = check.difference
    moved = "-" if difference is None else f"{difference:.2g}"
    said = "yes" if check.agrees else "NO"
    return check.name, text(check.stored), text(check.recomputed), moved, said, check.within
