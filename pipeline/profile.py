"""A DataFrame -> what a profile says about it. Reads nothing, writes nothing, starts no session.

Values are counted in long form, one row per value, so that another column costs no new code
and all rows together are just one grouping set more.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Row, Window
from pyspark.sql import functions as F

from pipeline.frames import GROUP, collect, column, quoted
from store.descriptor import Descriptor
from store.errors import DataError
from store.schema import (
    MAX_SAMPLE_ROWS,
    QUANTILES,
    CategoryProfile,
    ColumnProfile,
    Group,
    Histogram,
    Sample,
    Section,
    ValueCount,
)

BINS = 40
TOP_VALUES = 20
MAX_GROUPS = 50
SEED = 0

Key = tuple[str | None, str]  # a group (None: all rows) and a column


class Findings(NamedTuple):
    """The parts of a profile that come out of the rows."""

    overall: Section
    groups: tuple[Group, ...]
    sample: Sample


def profile(
    frame: DataFrame, descriptor: Descriptor, *, group_by: str | None = None, seed: int = SEED
) -> Findings:
    """Statistics of every feature and category, over all rows and in each group.

    Args:
        frame: Features as double, categories as string, and ``_group`` as string when
            ``group_by`` is given; null is a missing value, and there is no NaN. It is scanned
            several times, so it is better cached.
        descriptor: Names the columns, and orders the groups: the target's classes in their
            order, further values by value.
        group_by: What the group column is called.
        seed: Decides which rows are in the sample.

    Raises:
        DataError: There are more groups than ``MAX_GROUPS``.
    """
    names = descriptor.columns
    statistics = _statistics(frame, names)
    classes = _classes(descriptor, group_by)
    values = _ordered({group for group, _ in statistics if group is not None}, classes)
    if len(values) > MAX_GROUPS:
        raise DataError(
            f"{group_by} has {len(values):,} values, and at most {MAX_GROUPS} groups are "
            "profiled. Group by a column with fewer values."
        )
    edges = {
        name: bin_edges(row["minimum"], row["maximum"])
        for name in names
        if (row := statistics[None, name])["count"]
    }
    counts = _bin_counts(frame, edges)
    correlations = _correlations(frame, names)
    categories = _categories(frame, descriptor.categories)

    def section(group: str | None) -> Section:
        rows = statistics[group, names[0]]["rows"]
        return Section(
            rows=rows,
            columns=tuple(
                _column(statistics[group, name], edges.get(name), counts.get((group, name), {}))
                for name in names
            ),
            categories=tuple(
                _category(name, rows, categories.get((group, name), []))
                for name in descriptor.categories
            ),
            correlation=_matrix(
                [statistics[group, name]["sd"] for name in names], correlations.get(group, {})
            ),
        )

    return Findings(
        overall=section(None),
        groups=tuple(
            Group(value=value, label=classes.get(value, value), **dict(section(value)))
            for value in values
        ),
        sample=_sample(frame, names, seed),
    )


def bin_edges(low: float, high: float) -> tuple[float, ...]:
    """``BINS`` + 1 edges from ``low`` to ``high``; around a constant, half a unit to each side."""
    middle = low / 2 + high / 2
    half = max(0.5, abs(middle) * 1e-9)  # beyond 1e15 half a unit is less than a float can tell
    for first, last in ((low, high), (middle - half, middle + half)):
        inner = (first * (1 - i / BINS) + last * (i / BINS) for i in range(1, BINS))
        edges = (first, *inner, last)
        if all(a < b for a, b in itertools.pairwise(edges)):
            return edges
    raise AssertionError("unreachable: the second edges always ascend")


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


def _statistics(frame: DataFrame, names: Sequence[str]) -> dict[Key, Row]:
    """Counts, moments and exact quantiles of each group and column."""
    value = F.col("value")
    found = _per_group(
        _long(frame, {name: column(name) for name in names}),
        ["column"],
        F.count(F.lit(1)).alias("rows"),
        F.count(value).alias("count"),
        F.avg(value).alias("mean"),
        F.stddev_samp(value).alias("sd"),
        F.min(value).alias("minimum"),
        F.max(value).alias("maximum"),
        F.skewness(value).alias("skewness"),
        F.percentile(value, F.array(*map(F.lit, QUANTILES))).alias("quantiles"),
    )
    return {(row[GROUP], row["column"]): row for row in collect(found, "Statistics")}


def _bin_counts(
    frame: DataFrame, edges: Mapping[str, tuple[float, ...]]
) -> dict[Key, dict[int, int]]:
    """How many values of a group and column lie in each bin."""
    if not edges:
        return {}
    bins = {
        name: F.when(column(name).isNotNull(), F.expr(_bin(name, edges[name], 0, BINS)))
        for name in edges
    }
    long = _long(frame, bins).where(F.col("value").isNotNull())
    counts: dict[Key, dict[int, int]] = {}
    found = _per_group(long, ["column", "value"], F.count(F.lit(1)).alias("rows"))
    for row in collect(found, "Histograms"):
        counts.setdefault((row[GROUP], row["column"]), {})[row["value"]] = row["rows"]
    return counts


def _bin(name: str, edges: Sequence[float], first: int, end: int) -> str:
    """The bin of a value, found by bisection: comparing is exact where dividing would round.

    It is SQL text because Spark parses a text in no time, and takes a call for every column
    expression.
    """
    if end - first == 1:
        return str(first)
    middle = (first + end) // 2
    below, above = _bin(name, edges, first, middle), _bin(name, edges, middle, end)
    return f"IF({quoted(name)} < {edges[middle]!r}D, {below}, {above})"


def _correlations(
    frame: DataFrame, names: Sequence[str]
) -> dict[str | None, dict[tuple[int, int], float | None]]:
    """Pearson's r of each group and pair of columns."""
    pairs = [
        F.struct(
            F.lit(i).alias("i"),
            F.lit(j).alias("j"),
            column(names[i]).alias("x"),
            column(names[j]).alias("y"),
        )
        for i, j in itertools.combinations(range(len(names)), 2)
    ]
    if not pairs:
        return {}
    ids = [column(GROUP)] if GROUP in frame.columns else []
    long = frame.select(*ids, F.explode(F.array(*pairs)).alias("pair")).select(*ids, "pair.*")
    matrices: dict[str | None, dict[tuple[int, int], float | None]] = {}
    for row in collect(_per_group(long, ["i", "j"], F.corr("x", "y").alias("r")), "Correlations"):
        matrices.setdefault(row[GROUP], {})[row["i"], row["j"]] = row["r"]
    return matrices


def _categories(frame: DataFrame, names: Sequence[str]) -> dict[Key, list[Row]]:
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


def _sample(frame: DataFrame, names: Sequence[str], seed: int) -> Sample:
    """The rows whose place in the table has the smallest hashes, in the table's order."""
    ids = [column(GROUP)] if GROUP in frame.columns else [F.lit(None).cast("string").alias(GROUP)]
    placed = frame.select(
        F.monotonically_increasing_id().alias("_place"), *ids, *map(column, names)
    )
    lot = F.xxhash64(F.col("_place"), F.lit(seed))
    chosen = collect(placed.orderBy(lot, "_place").limit(MAX_SAMPLE_ROWS), "Sample")
    chosen.sort(key=lambda row: row["_place"])
    return Sample(
        columns=tuple(names),
        groups=tuple(row[1] for row in chosen),
        values=tuple(tuple(row[2:]) for row in chosen),
    )


def _column(row: Row, edges: tuple[float, ...] | None, counts: Mapping[int, int]) -> ColumnProfile:
    quantiles = row["quantiles"] or [None] * len(QUANTILES)
    return ColumnProfile(
        name=row["column"],
        count=row["count"],
        missing=row["rows"] - row["count"],
        mean=_finite(row["mean"]),
        sd=_finite(row["sd"]),
        minimum=row["minimum"],
        maximum=row["maximum"],
        skewness=_finite(row["skewness"]),
        quantiles={str(share): _finite(q) for share, q in zip(QUANTILES, quantiles, strict=True)},
        histogram=edges
        and Histogram(edges=edges, counts=tuple(counts.get(i, 0) for i in range(BINS))),
    )


def _category(name: str, rows: int, top: Sequence[Row]) -> CategoryProfile:
    count = top[0]["count"] if top else 0
    return CategoryProfile(
        name=name,
        count=count,
        missing=rows - count,
        distinct=top[0]["distinct"] if top else 0,
        top=tuple(ValueCount(value=row["value"], count=row["rows"]) for row in top),
    )


def _matrix(
    spreads: Sequence[float | None], pairs: Mapping[tuple[int, int], float | None]
) -> tuple[tuple[float | None, ...], ...]:
    """The whole symmetric matrix; null where a column does not vary."""

    def r(i: int, j: int) -> float | None:
        if i == j:
            return 1.0 if spreads[i] else None
        value = _finite(pairs.get((min(i, j), max(i, j))))
        return None if value is None else max(-1.0, min(1.0, value))

    every = range(len(spreads))
    return tuple(tuple(r(i, j) for j in every) for i in every)


def _finite(value: float | None) -> float | None:
    """The value, or None: squares of huge numbers overflow."""
    return value if value is not None and math.isfinite(value) else None


def _classes(descriptor: Descriptor, group_by: str | None) -> dict[str, str]:
    """The labels of the classes in their order, when rows are grouped by the target."""
    target = descriptor.target
    return dict(target.classes) if target and target.column == group_by else {}


def _ordered(values: set[str], classes: Mapping[str, str]) -> list[str]:
    """Known classes in their order, then the others by value: 2 before 10, both before "a"."""

    def by_value(value: str) -> tuple[int, float, str]:
        try:
            return 0, float(value), value
        except ValueError:
            return 1, 0.0, value

    return [v for v in classes if v in values] + sorted(values - set(classes), key=by_value)
