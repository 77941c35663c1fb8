"""A DataFrame -> what a profile says about it. Reads nothing, writes nothing, starts no session."""

import math
from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from pipeline import measures
from pipeline.findings import (
    Findings,
    classes,
    grouping,
    left_out,
    ordered,
    trend,
    with_texts,
)
from pipeline.frames import GROUP, column, group_column
from pipeline.kernel.partial import TooManyGroups
from pipeline.kernel.plan import BINS, MAX_GROUPS, bin_edges
from store.descriptor import Descriptor
from store.schema import (
    MAX_CORRELATED,
    MAX_TREND_COLUMNS,
    QUANTILES,
    CategoryProfile,
    ColumnProfile,
    Group,
    Histogram,
    Rejected,
    Section,
    ValueCount,
)

SEED = 0
PASSES = 7  # over the cached rows: one for each kind of figure
NO_GROUP = "\0"  # rows without a value in a column that is grouped by


def profile(
    frame: DataFrame,
    descriptor: Descriptor,
    *,
    groups: Sequence[str] = (),
    rejected: Rejected | None = None,
    seed: int = SEED,
) -> Findings:
    """Statistics of every feature, category and date, over all rows and in each group.

    Args:
        frame: As ``pipeline.read.Table`` has it; null is a missing value, and there is no NaN.
            It is scanned several times, so it is better cached.
        descriptor: Names the columns, and orders the groups: the target's classes in their
            order, further values by value.
        groups: What the columns are called that rows are grouped by, the one that decides first.
        rejected: The rows that are not in the frame.
        seed: Decides which rows are in the sample.

    Raises:
        DataError: There are more groups than ``MAX_GROUPS``.
    """
    whole = _regrouped(frame, 0) if groups else frame
    first = _grouped(whole, descriptor, groups[0] if groups else None)
    if first is None:
        raise TooManyGroups(groups[0])
    further = {
        name: _grouped(_regrouped(frame, g), descriptor, name)
        for g, name in enumerate(groups[1:], start=1)
    }
    overall = first.section(None)
    drawn, texts = measures.sample(frame, descriptor.columns, descriptor.categories, seed)
    return Findings(
        rows=overall.rows,
        rejected=rejected or Rejected(rows=0, reasons={}, examples=()),
        overall=overall,
        groups=first.groups(),
        groupings=tuple(
            grouping(descriptor, name, found.groups()) for name, found in further.items() if found
        ),
        sample=with_texts(drawn, texts, overall.categories),
        passes=PASSES * (1 + len(further)),
        notes=tuple(left_out(name) for name, found in further.items() if found is None),
    )


def _grouped(frame: DataFrame, descriptor: Descriptor, group_by: str | None) -> "_Grouped | None":
    """What Spark finds in the groups by one column; None where it has too many values."""
    statistics = measures.statistics(frame, descriptor.columns)
    found = {group for group, _ in statistics} - {None, NO_GROUP}
    if len(found) > MAX_GROUPS:
        return None
    return _Grouped(frame, descriptor, classes(descriptor, group_by), statistics)


class _Grouped:
    """What Spark finds in a frame whose rows are grouped by the values of one column."""

    def __init__(
        self,
        frame: DataFrame,
        descriptor: Descriptor,
        known: Mapping[str, str],
        statistics: Mapping[measures.Key, Row],
    ) -> None:
        names = descriptor.columns
        self._descriptor = descriptor
        self._known = known
        self._statistics = statistics
        self._ranked = measures.values_beside_quantiles(frame, names)
        self._edges = {
            name: bin_edges(row["minimum"], row["maximum"])
            for name in names
            if (row := statistics[None, name])["count"]
        }
        self._counts = measures.bin_counts(frame, self._edges)
        about_means = measures.centred(frame, names, statistics)
        self._spreads = measures.spreads(about_means, names)
        self._correlations = measures.correlations(about_means, names[:MAX_CORRELATED])
        self._categories = measures.categories(frame, descriptor.categories)
        self._trends = measures.trends(frame, descriptor.dates, names[:MAX_TREND_COLUMNS])

    def groups(self) -> tuple[Group, ...]:
        """The rows of each group."""
        found = {group for group, _ in self._statistics} - {None, NO_GROUP}
        return tuple(
            Group(value=v, label=self._known.get(v, v), **dict(self.section(v)))
            for v in ordered((value for value in found if value is not None), self._known)
        )

    def section(self, group: str | None) -> Section:
        """All rows (None), or those of one group."""
        names = self._descriptor.columns
        rows = self._statistics[group, names[0]]["rows"]
        spreads = [self._spreads[group, name]["sd"] for name in names[:MAX_CORRELATED]]
        return Section(
            rows=rows,
            columns=tuple(
                _column(
                    self._statistics[group, name],
                    self._spreads[group, name],
                    self._ranked.get((group, name), {}),
                    self._edges.get(name),
                    self._counts.get((group, name), {}),
                )
                for name in names
            ),
            categories=tuple(
                _category(name, rows, self._categories.get((group, name), []))
                for name in self._descriptor.categories
            ),
            trends=tuple(
                trend(name, self._trends[group, name].periods(), names)
                for name in self._descriptor.dates
            ),
            correlation=_matrix(spreads, self._correlations.get(group, {})),
        )


def _regrouped(frame: DataFrame, number: int) -> DataFrame:
    """The frame with the values of a column as its group, ``NO_GROUP`` where there is none."""
    value = F.coalesce(column(group_column(number)), F.lit(NO_GROUP))
    return frame.withColumn(GROUP, value)


def quantile(share: float, count: int, ranked: Mapping[int, float]) -> float:
    """The quantile by linear interpolation between two ranks (Hyndman & Fan 1996, type 7).

    It is computed as numpy does, so that both give the same float.
    """
    place = (count - 1) * share
    below, above = ranked[math.floor(place)], ranked[math.ceil(place)]
    part = place - math.floor(place)
    if part >= 0.5:
        return above - (above - below) * (1 - part)
    return below + (above - below) * part


def _column(
    row: Row,
    spread: Row,
    ranked: Mapping[int, float],
    edges: tuple[float, ...] | None,
    counts: Mapping[int, int],
) -> ColumnProfile:
    count = row["count"]
    return ColumnProfile(
        name=row["column"],
        count=count,
        missing=row["rows"] - count,
        mean=_finite(row["mean"]),
        sd=_finite(spread["sd"]),
        minimum=row["minimum"],
        maximum=row["maximum"],
        skewness=_finite(spread["skewness"]),
        quantiles={
            str(share): _finite(quantile(share, count, ranked)) if count else None
            for share in QUANTILES
        },
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
