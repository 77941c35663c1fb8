"""What one would pick instead: Polars. A lazy query over the files, on all cores."""

import math
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import polars as pl

from pipeline.engines.question import BINS, SHARES, Answer, Column, Matrix, Question, Section

GROUP, ROWS, BIN = "_group", "_rows", "_bin"


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from Parquet files."""
    rows = select(pl.scan_parquet(list(files)), question)
    wanted = [*statistics(question), *correlations(question)]
    everybody = rows.group_by(pl.lit("").alias(GROUP))
    each = rows.drop_nulls(GROUP).group_by(GROUP)
    whole, groups = pl.collect_all([everybody.agg(wanted), each.agg(wanted).sort(GROUP)])
    return Answer(
        section(whole.row(0, named=True), question),
        {row[GROUP]: section(row, question) for row in groups.iter_rows(named=True)},
    )


def select(table: pl.LazyFrame, question: Question) -> pl.LazyFrame:
    """The group as text, and each column by its number; null where missing."""
    group = pl.col(question.group_by).cast(pl.String)
    values = [pl.col(name).cast(pl.Float64) for name in question.columns]
    return table.select(
        pl.when(group != "").then(group).alias(GROUP),
        *(pl.when(v.is_finite()).then(v).alias(str(j)) for j, v in enumerate(values)),
    )


def statistics(question: Question) -> list[pl.Expr]:
    """The figures of each column."""
    wanted = [pl.len().alias(ROWS)]
    for j, (pivot, edges) in enumerate(zip(question.pivots, question.edges, strict=True)):
        value = pl.col(str(j))
        distance = value - pivot
        inner = pl.lit(pl.Series(edges[1:-1]))
        wanted += [
            value.count().alias(f"{j}.count"),
            distance.mean().alias(f"{j}.mean"),
            distance.std().alias(f"{j}.sd"),
            value.min().alias(f"{j}.minimum"),
            value.max().alias(f"{j}.maximum"),
            distance.skew().alias(f"{j}.skewness"),
            *(value.quantile(p, "linear").alias(f"{j}.quantile {p}") for p in SHARES),
            inner.search_sorted(value.drop_nulls(), side="right")
            .alias(BIN)
            .value_counts()
            .alias(f"{j}.bins"),
        ]
    return wanted


def correlations(question: Question) -> list[pl.Expr]:
    """Pearson's r of each pair of columns, over the rows that have both."""
    names = [str(j) for j in range(len(question.columns))]
    return [
        pl.corr(pl.col(a) - question.pivots[int(a)], pl.col(b) - question.pivots[int(b)]).alias(
            f"{a}~{b}"
        )
        for a, b in combinations(names, 2)
    ]


def section(row: dict[str, Any], question: Question) -> Section:
    """A row of figures as a section."""
    columns = []
    for j, pivot in enumerate(question.pivots):
        count, mean = row[f"{j}.count"], row[f"{j}.mean"]
        varies = count and row[f"{j}.minimum"] < row[f"{j}.maximum"]
        columns.append(
            Column(
                count=count,
                missing=row[ROWS] - count,
                mean=None if mean is None else pivot + mean,
                sd=row[f"{j}.sd"],
                minimum=row[f"{j}.minimum"],
                maximum=row[f"{j}.maximum"],
                skewness=row[f"{j}.skewness"] if varies else None,
                histogram=_histogram(row[f"{j}.bins"]),
                quantiles=tuple(row[f"{j}.quantile {p}"] for p in SHARES),
            )
        )
    return Section(row[ROWS], tuple(columns), _matrix(row, columns))


def _histogram(found: Sequence[dict[str, int]]) -> tuple[int, ...]:
    counts = {each[BIN]: each["count"] for each in found}
    return tuple(counts.get(place, 0) for place in range(BINS))


def _matrix(row: dict[str, Any], columns: Sequence[Column]) -> Matrix:
    """The pairs as a symmetric matrix; a column that varies has 1 with itself."""

    def r(a: int, b: int) -> float | None:
        if not (columns[a].sd and columns[b].sd):
            return None
        if a == b:
            return 1.0
        found = row[f"{min(a, b)}~{max(a, b)}"]
        return None if found is None or math.isnan(found) else found

    numbers = range(len(columns))
    return tuple(tuple(r(a, b) for b in numbers) for a in numbers)
