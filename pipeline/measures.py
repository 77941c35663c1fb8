"""What Spark counts and measures in a frame: one job for each kind of figure.

Values are counted in long form, one row per value, so that another column costs no new code
and all rows together are just one grouping set more. Long expressions are SQL text: Spark parses
a text at once, where every call from Python costs about a millisecond. A frame is as ``profile``
promises it.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from pyspark.sql import Column, DataFrame, Row, Window
from pyspark.sql import functions as F

from pipeline.frames import GROUP, collect, column, quoted
from pipeline.kernel.calendar import NO_DAY, Calendar, day_number
from pipeline.kernel.plan import sample_rows
from store.schema import QUANTILES, Sample

TOP_VALUES = 20
NO_DISTANCE = 1e-45

Key = tuple[str | None, str]  # a group (None: all rows) and a column


def statistics(frame: DataFrame, names: Sequence[str]) -> dict[Key, Row]:
    """Counts, ranges and means of each group and column."""
    value = F.col("value")
    found = _per_group(
        _long(frame, {name: column(name) for name in names}),
        ["column"],
        F.count(F.lit(1)).alias("rows"),
        F.count(value).alias("count"),
        F.avg(value).alias("mean"),
        F.min(value).alias("minimum"),
        F.max(value).alias("maximum"),
    )
    return {(row[GROUP], row["column"]): row for row in collect(found, "Statistics")}


def centred(frame: DataFrame, names: Sequence[str], found: Mapping[Key, Row]) -> DataFrame:
    """Each row for the whole (its group is null) and for its group, less the means of these.

    Spark's moments lose the digits of a spread that its mean dwarfs; about the mean they do not.
    """
    means = [
        (group, *(_finite(found[group, name]["mean"]) for name in names))
        for group in {group for group, _ in found}
    ]
    places = [f"m{j}" for j in range(len(names))]
    schema = ", ".join(["of string", *(f"{place} double" for place in places)])
    of = F.lit(None).cast("string").alias("of")
    if GROUP in frame.columns:
        of = F.explode(F.array(of, column(GROUP))).alias("of")
    rows = frame.select(of, *map(column, names))
    known = F.broadcast(frame.sparkSession.createDataFrame(means, schema)).alias("known")
    return (
        rows.alias("rows")
        .join(known, F.expr("rows.of <=> known.of"))
        .select(
            F.col("rows.of").alias(GROUP),
            *(
                (column(name) - F.col(place)).alias(name)
                for name, place in zip(names, places, strict=True)
            ),
        )
    )


def spreads(about_means: DataFrame, names: Sequence[str]) -> dict[Key, Row]:
    """Standard deviation and skewness of each group and column, of what ``centred`` gives.

    Where all values lie closer together than ``NO_DISTANCE`` there is no skewness: Spark divides
    by their variance to the power of three halves, which is then too small for a number.
    """
    value = F.col("value")
    apart = F.when(F.abs(value) < NO_DISTANCE, 0.0).otherwise(value)
    found = (
        _long(about_means, {name: column(name) for name in names})
        .groupBy(GROUP, "column")
        .agg(F.stddev_samp(value).alias("sd"), F.skewness(apart).alias("skewness"))
    )
    return {(row[GROUP], row["column"]): row for row in collect(found, "Spreads")}


def values_beside_quantiles(frame: DataFrame, names: Sequence[str]) -> dict[Key, dict[int, float]]:
    """The values of a group and column that its quantiles lie between, by their rank from 0.

    Sorting spills to disk where Spark's own exact percentile would fill the memory.
    """
    long = _long(frame, {name: column(name) for name in names}).where(F.col("value").isNotNull())
    everything = _beside_quantiles(long.drop(GROUP), "column")
    found = everything.withColumn(GROUP, F.lit(None).cast("string"))
    if GROUP in long.columns:
        found = found.unionByName(_beside_quantiles(long, GROUP, "column"))
    ranks: dict[Key, dict[int, float]] = {}
    for row in collect(found, "Quantiles"):
        ranks.setdefault((row[GROUP], row["column"]), {})[row["rank"]] = row["value"]
    return ranks


def bin_counts(
    frame: DataFrame, edges: Mapping[str, tuple[float, ...]]
) -> dict[Key, dict[int, int]]:
    """How many values of a group and column lie in each bin."""
    if not edges:
        return {}
    bins = {
        name: F.when(
            column(name).isNotNull(), F.expr(_bin(name, edges[name], 0, len(edges[name]) - 1))
        )
        for name in edges
    }
    long = _long(frame, bins).where(F.col("value").isNotNull())
    counts: dict[Key, dict[int, int]] = {}
    found = _per_group(long, ["column", "value"], F.count(F.lit(1)).alias("rows"))
    for row in collect(found, "Histograms"):
        counts.setdefault((row[GROUP], row["column"]), {})[row["value"]] = row["rows"]
    return counts


def correlations(
    about_means: DataFrame, names: Sequence[str]
) -> dict[str | None, dict[tuple[int, int], float | None]]:
    """Pearson's r of each group and pair of columns, of what ``centred`` gives."""
    pairs = [
        f"named_struct('i', {i}, 'j', {j}, 'x', {quoted(names[i])}, 'y', {quoted(names[j])})"
        for i, j in itertools.combinations(range(len(names)), 2)
    ]
    if not pairs:
        return {}
    long = about_means.select(column(GROUP), F.expr(f"inline(array({', '.join(pairs)}))"))
    found = long.groupBy(GROUP, "i", "j").agg(F.corr("x", "y").alias("r"))
    matrices: dict[str | None, dict[tuple[int, int], float | None]] = {}
    for row in collect(found, "Correlations"):
        matrices.setdefault(row[GROUP], {})[row["i"], row["j"]] = row["r"]
    return matrices


def categories(frame: DataFrame, names: Sequence[str]) -> dict[Key, list[Row]]:
    """The most frequent values of each group and category, most frequent first."""
    if not names:
        return {}
    long = _long(frame, {name: column(name) for name in names}).where(F.col("value").isNotNull())
    every = Window.partitionBy(GROUP, "column")
    ranked = _per_group(long, ["column", "value"], F.count(F.lit(1)).alias("rows")).select(
        GROUP,
        "column",
        "value",
        "rows",
        F.sum("rows").over(every).alias("count"),
        F.count(F.lit(1)).over(every).alias("distinct"),
        F.row_number().over(every.orderBy(F.desc("rows"), "value")).alias("rank"),
    )
    found: dict[Key, list[Row]] = {}
    top = ranked.where(F.col("rank") <= TOP_VALUES).orderBy("rank")
    for row in collect(top, "Categories"):
        found.setdefault((row[GROUP], row["column"]), []).append(row)
    return found


def trends(frame: DataFrame, dates: Sequence[str], names: Sequence[str]) -> dict[Key, Calendar]:
    """The rows of each group and column of dates by period; those of all rows with sums."""
    found: dict[Key, Calendar] = {}
    for date in dates:
        sums = [F.sum(column(name)).alias(f"s{j}") for j, name in enumerate(names)]
        filled = [F.count(column(name)).alias(f"n{j}") for j, name in enumerate(names)]
        rows = F.count(F.lit(1)).alias("rows")
        every = frame.groupBy(column(date).alias("day")).agg(rows, *sums, *filled)
        found[None, date] = _calendar(collect(every, "Trends"), len(names))
        if GROUP not in frame.columns:
            continue
        by_group: dict[str, list[Row]] = {}
        grouped = frame.groupBy(column(GROUP), column(date).alias("day")).agg(rows)
        for row in collect(grouped, "Trends"):
            by_group.setdefault(row[GROUP], []).append(row)
        found |= {(group, date): _calendar(days, 0) for group, days in by_group.items()}
    return found


def _calendar(days: Sequence[Row], columns: int) -> Calendar:
    calendar = Calendar(columns)
    shape = len(days), columns
    calendar.put(
        np.array([NO_DAY if row["day"] is None else day_number(row["day"]) for row in days]),
        np.array([row["rows"] for row in days]),
        np.array([[row[f"s{j}"] or 0.0 for j in range(columns)] for row in days]).reshape(shape),
        np.array([[row[f"n{j}"] for j in range(columns)] for row in days], np.int64).reshape(shape),
    )
    return calendar


def sample(
    frame: DataFrame, names: Sequence[str], categories: Sequence[str], seed: int
) -> tuple[Sample, list[list[str | None]]]:
    """The rows whose place in the table has the smallest hashes, in the table's order.

    Returns:
        Their numbers, and beside them the texts of the categories.
    """
    ids = [column(GROUP)] if GROUP in frame.columns else [F.lit(None).cast("string").alias(GROUP)]
    placed = frame.select(
        F.monotonically_increasing_id().alias("_place"),
        *ids,
        *map(column, names),
        *map(column, categories),
    )
    lot = F.xxhash64(F.col("_place"), F.lit(seed))
    chosen = collect(placed.orderBy(lot, "_place").limit(sample_rows(len(names))), "Sample")
    chosen.sort(key=lambda row: row["_place"])
    last = 2 + len(names)
    drawn = Sample(
        columns=tuple(names),
        groups=tuple(row[1] for row in chosen),
        values=tuple(tuple(row[2:last]) for row in chosen),
    )
    return drawn, [list(row[last:]) for row in chosen]


def _finite(mean: float | None) -> float:
    """The mean; 0 where there is none, or it is beyond what a float holds."""
    return mean if mean is not None and math.isfinite(mean) else 0.0


def _per_group(long: DataFrame, keys: Sequence[str], *aggregates: Column) -> DataFrame:
    """Aggregate by the keys, and by group and keys; ``_group`` is null for all rows together."""
    if GROUP not in long.columns:
        return long.groupBy(*keys).agg(*aggregates).withColumn(GROUP, F.lit(None).cast("string"))
    every = [F.col(key) for key in keys]
    return long.groupingSets([[F.col(GROUP), *every], every], GROUP, *keys).agg(*aggregates)


def _long(frame: DataFrame, values: Mapping[str, Column]) -> DataFrame:
    """One row per row and name: (``_group``,) ``column``, ``value``."""
    ids = [column(GROUP)] if GROUP in frame.columns else []
    wide = frame.select(*ids, *(value.alias(name) for name, value in values.items()))
    return wide.unpivot(tuple(ids), tuple(column(name) for name in values), "column", "value")


def _beside_quantiles(long: DataFrame, *keys: str) -> DataFrame:
    """The rows whose value is next to a quantile among the values with the same keys."""
    each = Window.partitionBy(*keys)
    ranked = long.select(
        *keys,
        "value",
        (F.row_number().over(each.orderBy("value")) - 1).alias("rank"),
        F.count(F.lit(1)).over(each).alias("count"),
    )
    places = [f"(`count` - 1) * {share}D" for share in QUANTILES]
    is_beside = " OR ".join(f"rank IN (floor({place}), ceil({place}))" for place in places)
    return ranked.where(is_beside).drop("count")


def _bin(name: str, edges: Sequence[float], first: int, end: int) -> str:
    """The bin of a value, found by bisection: comparing is exact where dividing would round."""
    if end - first == 1:
        return str(first)
    middle = (first + end) // 2
    below, above = _bin(name, edges, first, middle), _bin(name, edges, middle, end)
    return f"IF({quoted(name)} < {edges[middle]!r}D, {below}, {above})"
