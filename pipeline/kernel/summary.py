"""The merged state -> plain figures, for a caller to put into an artifact."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pipeline.kernel.calendar import Calendar, Periods
from pipeline.kernel.group import BLOCK, Group
from pipeline.kernel.moments import Moments, diagonal
from pipeline.kernel.partial import Partial, scale_of
from pipeline.kernel.plan import BINS, Floats, Ints
from pipeline.kernel.ranks import Ranks
from pipeline.kernel.tally import Values
from store.schema import QUANTILES

Matrix = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Column:
    """A column, as ``store.schema.ColumnProfile`` has it.

    ``edges`` and ``counts`` are its histogram, None without a value in the whole table.
    ``rank_error`` bounds how far a quantile is from its rank, as a part of ``count``.
    """

    name: str
    count: int
    missing: int
    mean: float | None
    sd: float | None
    minimum: float | None
    maximum: float | None
    skewness: float | None
    quantiles: dict[str, float | None]
    edges: tuple[float, ...] | None
    counts: tuple[int, ...] | None
    rank_error: float


class Section(NamedTuple):
    """All rows (``value`` is None), or those of one group."""

    value: str | None
    rows: int
    columns: tuple[Column, ...]
    categories: tuple[Values, ...]
    trends: tuple[Periods, ...]
    correlation: Matrix


class Sample(NamedTuple):
    """Rows in the order of the input, with the value of each one's group."""

    groups: tuple[str | None, ...]
    values: tuple[tuple[float | None, ...], ...]
    texts: tuple[tuple[str | None, ...], ...]


class Summary(NamedTuple):
    """All there is to say; ``groups`` are in the order of their values as text."""

    overall: Section
    groups: tuple[Section, ...]
    sample: Sample


def finish(partial: Partial, ranks: Ranks | None = None) -> Summary:
    """The figures of a whole table.

    Args:
        partial: Has seen every row.
        ranks: What further passes told about the quantiles; None when there was none.

    A figure is None without the values that it takes (two for a spread, a spread for skewness and
    correlation), and where it or a sum that Spark would make of it is beyond what a float holds.
    """
    ranks = ranks or Ranks.of(partial)
    quantiles, errors = ranks.quantiles(), ranks.rank_error()
    overall, *groups = (
        _section(label, group, partial, quantiles[s], errors[s])
        for s, (label, group) in enumerate(partial.sections())
    )
    return Summary(overall, tuple(groups), _sample(partial))


def _section(
    label: str | None, group: Group, partial: Partial, quantiles: Floats, errors: Floats
) -> Section:
    plan = partial.plan
    present = group.counts[:, :-1]
    count = present.sum(axis=1)
    mean, sd, skewness, correlation = _moments(group, partial)
    columns = tuple(
        Column(
            name=name,
            count=int(count[j]),
            missing=int(group.counts[j, -1]),
            mean=_finite(mean[j]),
            sd=_finite(sd[j]),
            minimum=_finite(group.low[j] + 0.0),
            maximum=_finite(group.high[j] + 0.0),
            skewness=_finite(skewness[j]),
            quantiles={
                str(share): _finite(value)
                for share, value in zip(QUANTILES, quantiles[j], strict=True)
            },
            edges=plan.edges(j),
            counts=None if plan.low[j] is None else _coarse(present[j]),
            rank_error=float(errors[j]),
        )
        for j, name in enumerate(plan.names)
    )
    calendars: list[Calendar] = partial.calendars if label is None else group.calendars
    return Section(
        value=label,
        rows=group.rows,
        columns=columns,
        categories=tuple(tally.values() for tally in group.tallies),
        trends=tuple(calendar.periods() for calendar in calendars),
        correlation=tuple(tuple(map(_finite, row)) for row in correlation.tolist()),
    )


def _moments(group: Group, partial: Partial) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, sd, skewness (k,) and correlation (k, k); what is not finite is to be None.

    The correlation is that of the first block of columns.
    """
    k = len(partial.plan.names)
    if not group.moments:
        return (*np.full((3, k), np.nan), np.full((min(k, BLOCK),) * 2, np.nan))
    scale = scale_of(partial.plan)
    unit = np.ones(k) if scale is None else 1 / scale
    first = range(0, k, BLOCK)
    found = [
        _of_block(moments, unit[i : i + BLOCK])
        for i, moments in zip(first, group.moments, strict=True)
    ]
    mean, sd, skewness, correlation = zip(*found, strict=True)
    return (*map(np.concatenate, (mean, sd, skewness)), correlation[0])


def _of_block(found: Moments, unit: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """The same of the columns of a block, whose values were divided by ``unit``."""
    k = len(unit)
    n, m2 = diagonal(found.rows, k), diagonal(found.spread, k)
    with np.errstate(all="ignore"):
        mean = diagonal(found.mean, k) * unit
        sd = np.where(n > 1, np.sqrt(m2 / (n - 1)) * unit, np.nan)
        skewness = np.sqrt(n) * (found.cube / m2) / np.sqrt(m2)
        root = np.sqrt(np.broadcast_to(found.spread, (k, k)))
        r = np.clip(found.cross / (root * root.T), -1.0, 1.0)

        has_sum = np.isfinite(mean * n)
        has_squares = np.isfinite(m2 * unit * unit)
        has_cubes = has_squares & np.isfinite(found.cube * unit * unit * unit)
        r[~has_squares] = r[:, ~has_squares] = np.nan
        np.fill_diagonal(r, np.where(m2 > 0, 1.0, np.nan))
    return (
        np.where(has_sum & (n > 0), mean, np.nan),
        np.where(has_squares, sd, np.nan),
        np.where(has_cubes, skewness, np.nan),
        r,
    )


def _coarse(fine: Ints) -> tuple[int, ...]:
    return tuple(fine.reshape(BINS, -1).sum(axis=1).tolist())


def _sample(partial: Partial) -> Sample:
    drawn, labels = partial.drawn, list(partial.groups)
    order = np.argsort(drawn.place)
    return Sample(
        groups=tuple(labels[code] for code in drawn.code[order]),
        values=tuple(tuple(map(_finite, row)) for row in drawn.values[order].tolist()),
        texts=tuple(map(tuple, drawn.texts[order].tolist())),
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
