"""A DataFrame -> what a profile says about it. Reads nothing, writes nothing, starts no session."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pyspark.sql import DataFrame, Row

from pipeline import measures
from pipeline.kernel.plan import BINS, MAX_GROUPS, bin_edges
from store.descriptor import Descriptor
from store.errors import DataError
from store.schema import (
    QUANTILES,
    CategoryProfile,
    ColumnProfile,
    Group,
    Histogram,
    Sample,
    Section,
    ValueCount,
)

SEED = 0


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
    statistics = measures.statistics(frame, names)
    classes = _classes(descriptor, group_by)
    values = _ordered({group for group, _ in statistics if group is not None}, classes)
    if len(values) > MAX_GROUPS:
        raise DataError(
            f"{group_by} has {len(values):,} values, and at most {MAX_GROUPS} groups are "
            "profiled. Group by a column with fewer values."
        )
    ranked = measures.values_beside_quantiles(frame, names)
    edges = {
        name: bin_edges(row["minimum"], row["maximum"])
        for name in names
        if (row := statistics[None, name])["count"]
    }
    counts = measures.bin_counts(frame, edges)
    correlations = measures.correlations(frame, names)
    categories = measures.categories(frame, descriptor.categories)

    def section(group: str | None) -> Section:
        rows = statistics[group, names[0]]["rows"]
        return Section(
            rows=rows,
            columns=tuple(
                _column(
                    statistics[group, name],
                    ranked.get((group, name), {}),
                    edges.get(name),
                    counts.get((group, name), {}),
                )
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
        sample=measures.sample(frame, names, seed),
    )


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
        sd=_finite(row["sd"]),
        minimum=row["minimum"],
        maximum=row["maximum"],
        skewness=_finite(row["skewness"]),
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
