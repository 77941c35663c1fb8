"""What one would pick instead: DuckDB. One SQL query over the files, on all cores."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb

from pipeline.engines.question import BINS, SHARES, Answer, Column, Matrix, Question, Section

EXTREMES = ("minimum", "maximum")
STATISTICS = """
    SELECT grp, grouping(grp) = 1 AS whole, count(*) AS "rows", {figures}
    FROM values
    GROUP BY GROUPING SETS ((grp), ())
"""
HISTOGRAMS = """
    SELECT grp, bin, count(*)
    FROM (SELECT grp, unnest([{bins}]) AS bin FROM values)
    WHERE bin IS NOT NULL
    GROUP BY ALL
"""
# The functions work on distances from the pivot: the skewness is of sums of plain powers.
FIGURES = """
    count(c{j}) AS "{j}.count",
    favg(c{j} - {pivot}) AS "{j}.mean",
    stddev_samp(c{j} - {pivot}) AS "{j}.sd",
    min(c{j}) AS "{j}.minimum",
    max(c{j}) AS "{j}.maximum",
    skewness(c{j} - {pivot}) AS "{j}.skewness",
    quantile_cont(c{j}, {shares}) AS "{j}.quantiles"
"""
# A guess by division, put right by the edges; DuckDB counts the elements of a list from 1.
BIN = """
    list_transform([least({last}, greatest(0, floor((c{j} - {low}) / {width})::INTEGER))],
        lambda guess: guess + {first}
            - (c{j} < {edges}[guess + 1])::INTEGER
            + (guess < {last} AND c{j} >= {edges}[guess + 2])::INTEGER
    )[1]
"""


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from Parquet files."""
    with duckdb.connect() as connection:
        connection.execute(f"CREATE VIEW values AS {select(files, question)}")
        figures = connection.execute(STATISTICS.format(figures=statistics(question)))
        names = [about[0] for about in figures.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in figures.fetchall()]
        counted = connection.execute(HISTOGRAMS.format(bins=bins(question))).fetchall()
    counts: dict[str | None, list[int]] = defaultdict(lambda: [0] * BINS * len(question.columns))
    for group, place, count in counted:
        counts[None][place] += count
        if group is not None:
            counts[group][place] += count
    whole = next(row for row in rows if row["whole"])
    groups = {row["grp"]: row for row in rows if not row["whole"] and row["grp"] is not None}
    return Answer(
        section(whole, counts, question),
        {name: section(groups[name], counts, question) for name in sorted(groups)},
    )


def select(files: Sequence[Path], question: Question) -> str:
    """The group as text, and each column by its number; null where missing."""
    listed = ", ".join(_text(str(file)) for file in files)
    values = ", ".join(
        f"CASE WHEN isfinite({_name(c)}::DOUBLE) THEN {_name(c)}::DOUBLE END AS c{j}"
        for j, c in enumerate(question.columns)
    )
    group = f"nullif({_name(question.group_by)}::VARCHAR, '')"
    return f"SELECT {group} AS grp, {values} FROM read_parquet([{listed}])"


def statistics(question: Question) -> str:
    """The figures of each column, and the correlation of each pair over the rows that have both."""
    pivots = [repr(pivot) for pivot in question.pivots]
    figures = [
        FIGURES.format(j=j, pivot=pivot, shares=list(SHARES)) for j, pivot in enumerate(pivots)
    ]
    figures += [
        f'corr(c{a} - {pivots[a]}, c{b} - {pivots[b]}) AS "{a}~{b}"'
        for a, b in combinations(range(len(pivots)), 2)
    ]
    return ", ".join(figures)


def bins(question: Question) -> str:
    """The bin of each column's value, counted from ``BINS`` times the column's number."""
    return ", ".join(
        BIN.format(
            j=j,
            first=j * BINS,
            last=BINS - 1,
            low=repr(edges[0]),
            width=repr((edges[-1] - edges[0]) / BINS),
            edges=list(edges),
        )
        for j, edges in enumerate(question.edges)
    )


def section(
    row: Mapping[str, Any], counts: Mapping[str | None, Sequence[int]], question: Question
) -> Section:
    """A row of figures as a section."""
    group = None if row["whole"] else row["grp"]
    columns = []
    for j, pivot in enumerate(question.pivots):
        n, mean, low, high = (row[f"{j}.{what}"] for what in ("count", "mean", *EXTREMES))
        columns.append(
            Column(
                count=n,
                missing=row["rows"] - n,
                mean=None if mean is None else pivot + mean,
                sd=row[f"{j}.sd"],
                minimum=low,
                maximum=high,
                skewness=_of_population(row[f"{j}.skewness"], n, varies=n > 0 and low < high),
                histogram=tuple(counts[group][j * BINS : (j + 1) * BINS]),
                quantiles=tuple(row[f"{j}.quantiles"] or [None] * len(SHARES)),
            )
        )
    return Section(row["rows"], tuple(columns), _matrix(row, columns))


def _of_population(skewness: float | None, n: int, *, varies: bool) -> float | None:
    """DuckDB corrects the skewness for bias and has none of two values; take that back."""
    if not varies:
        return None
    return 0.0 if skewness is None else skewness * (n - 2) / math.sqrt(n * (n - 1))


def _matrix(row: Mapping[str, Any], columns: Sequence[Column]) -> Matrix:
    """The pairs as a symmetric matrix; a column that varies has 1 with itself."""

    def r(a: int, b: int) -> float | None:
        if a == b:
            return 1.0 if columns[a].sd else None
        found = row[f"{min(a, b)}~{max(a, b)}"]
        return None if found is None or math.isnan(found) else float(found)

    numbers = range(len(columns))
    return tuple(tuple(r(a, b) for b in numbers) for a in numbers)


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
