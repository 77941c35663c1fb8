"""Distributed, the usual way: Spark's DataFrame with the aggregate functions that it brings.

``rollup`` gives every group and the whole at once. A histogram is a count of (group, column, bin).
Python only says what is to be computed; the work is done in the JVM.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import Column as Expression
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from pipeline.engines.question import BINS, SHARES, Answer, Column, Question, Section
from pipeline.session import spark_session

GROUP, WHOLE = "_group", "_whole"
ACCURACY = 1_000  # percentile_approx is then at most 1 / 1,000 of the rows off its rank


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from Parquet files."""
    with spark_session() as spark:
        table = spark.read.parquet(*(path.absolute().as_uri() for path in files))
        rows = select(table, question)
        figures = statistics(rows, question).collect()
        counts = histograms(rows, question)
    whole = next(row for row in figures if row[WHOLE])
    groups = {row[GROUP]: row for row in figures if not row[WHOLE] and row[GROUP] is not None}
    return Answer(
        _section(whole, counts, question),
        {name: _section(groups[name], counts, question) for name in sorted(groups)},
    )


def select(table: DataFrame, question: Question) -> DataFrame:
    """The group as text and each column as its distance from its pivot; null where missing.

    Columns are called by their number: a name may have a dot in it.
    """
    group = F.nullif(_column(question.group_by).cast("string"), F.lit(""))
    return table.select(
        group.alias(GROUP),
        *(
            F.when(_is_finite(value), value).alias(str(j))
            for j, name in enumerate(question.columns)
            for value in [_column(name).cast("double")]
        ),
    )


def statistics(rows: DataFrame, question: Question) -> DataFrame:
    """A row of figures for each group and one for the whole."""
    wanted = [F.count(F.lit(1)).alias("rows"), F.grouping(GROUP).cast("boolean").alias(WHOLE)]
    for j, pivot in enumerate(question.pivots):
        value = F.col(str(j))
        distance = value - F.lit(pivot)
        wanted += [
            F.count(value).alias(f"{j}.count"),
            F.avg(distance).alias(f"{j}.mean"),
            F.stddev_samp(distance).alias(f"{j}.sd"),
            F.min(value).alias(f"{j}.minimum"),
            F.max(value).alias(f"{j}.maximum"),
            F.skewness(distance).alias(f"{j}.skewness"),
            F.percentile_approx(value, list(SHARES), ACCURACY).alias(f"{j}.quantiles"),
        ]
    return rows.rollup(GROUP).agg(*wanted)


def histograms(rows: DataFrame, question: Question) -> dict[str | None, list[int]]:
    """For each group, None for the whole, the counts of all bins of all columns in one list."""
    bins = [_bin(F.col(str(j)), edges, j * BINS) for j, edges in enumerate(question.edges)]
    each = rows.select(GROUP, F.explode(F.array(*bins)).alias("bin")).where("bin is not null")
    counts: dict[str | None, list[int]] = defaultdict(lambda: [0] * (BINS * len(bins)))
    for group, place, count in each.groupBy(GROUP, "bin").count().collect():
        counts[None][place] += count
        if group is not None:
            counts[group][place] += count
    return counts


def _bin(value: Expression, edges: Sequence[float], first: int) -> Expression:
    """The bin of a value, counted from ``first``: a guess by division, put right by the edges."""
    low, high = edges[0], edges[-1]
    guess = F.floor((value - low) / (high - low) * BINS)
    guess = F.least(F.lit(BINS - 1), F.greatest(F.lit(0), guess)).cast("int")
    bounds = F.array(*map(F.lit, edges))
    too_high = (value < F.get(bounds, guess)).cast("int")
    too_low = ((value >= F.get(bounds, guess + 1)) & (guess < BINS - 1)).cast("int")
    return guess - too_high + too_low + first


def _section(row: Row, counts: dict[str | None, list[int]], question: Question) -> Section:
    group = None if row[WHOLE] else row[GROUP]
    columns = []
    for j, pivot in enumerate(question.pivots):
        count, mean, sd, minimum, maximum, skewness, quantiles = (
            row[f"{j}.{what}"]
            for what in ("count", "mean", "sd", "minimum", "maximum", "skewness", "quantiles")
        )
        columns.append(
            Column(
                count=count,
                missing=row["rows"] - count,
                mean=None if mean is None else pivot + mean,
                sd=sd,
                minimum=minimum,
                maximum=maximum,
                skewness=skewness,
                histogram=tuple(counts[group][j * BINS : (j + 1) * BINS]),
                quantiles=tuple(quantiles) if quantiles else (None,) * len(SHARES),
                rank_error=1 / ACCURACY,
            )
        )
    return Section(row["rows"], tuple(columns))


def _column(name: str) -> Expression:
    """A column by its name, also one with a dot in it."""
    return F.col("`" + name.replace("`", "``") + "`")


def _is_finite(value: Expression) -> Expression:
    return ~F.isnan(value) & (F.abs(value) < F.lit(float("inf")))
