"""The right answer, by which every engine is judged, and how far another one is from it.

Up to ``EXACT_ROWS`` rows it is exact: sums without rounding (``math.fsum``) of deviations from the
mean, and sorted values. Beyond, the kernel stands in for it, which is itself judged below.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from pipeline.engines.kernel import Floats, batches, finished, passed
from pipeline.engines.question import BINS, SHARES, Answer, Column, Matrix, Question, Section
from pipeline.kernel.plan import Grid

EXACT_ROWS = 100_000
TOLERANCE = 1e-9


class Right(Protocol):
    """A right answer, and where a value stands among those of a column."""

    answer: Answer
    exact: bool

    def standing(self, group: str | None, column: int, value: float) -> tuple[int, int]:
        """At least so many values are below it, and at most so many below it or equal."""


class Judgement(NamedTuple):
    """How far an answer is from the right one.

    ``difference`` is the greatest relative difference of a figure: of a mean and an extreme
    relative to its own size or the column's sd, whichever is greater; of an sd to its own size;
    of skewness, and of correlation, to 1 or its own size. ``fault`` says what is wrong, or "".
    """

    difference: float
    fault: str


def reference(files: Sequence[Path], question: Question, *, rows: int) -> Right:
    """The right answer about Parquet files of so many rows."""
    return Exact(files, question) if rows <= EXACT_ROWS else Kernel(files, question)


class Exact:
    """The right answer from values in memory."""

    exact = True

    def __init__(self, files: Sequence[Path], question: Question) -> None:
        parts = list(batches(files, question.columns, question.group_by))
        values = np.concatenate([np.array(part.columns) for part in parts], axis=1)
        labels = np.array(
            [label for part in parts for label in np.array(part.labels, object)[part.codes]], object
        )
        names = sorted({label for label in labels if label is not None})
        self._sorted: dict[str | None, list[Floats]] = {}
        self.answer = Answer(
            self._section(None, values, question),
            {name: self._section(name, values[:, labels == name], question) for name in names},
        )

    def standing(self, group: str | None, column: int, value: float) -> tuple[int, int]:
        values = self._sorted[group][column]
        below, until = (np.searchsorted(values, value, side=side) for side in ("left", "right"))
        return int(below), int(until)

    def _section(self, group: str | None, values: Floats, question: Question) -> Section:
        present = ~np.isnan(values)
        found = [np.sort(v[there]) for v, there in zip(values, present, strict=True)]
        self._sorted[group] = found
        columns = tuple(
            _column(v.tolist(), values.shape[1] - len(v), edges)
            for v, edges in zip(found, question.edges, strict=True)
        )
        return Section(values.shape[1], columns, _correlation(values, present))


class Kernel:
    """The kernel's answer; where a value stands is known up to the kernel's fine bins."""

    exact = False

    def __init__(self, files: Sequence[Path], question: Question) -> None:
        partial, ranks = passed(files, question)
        self.answer = finished(partial, ranks)
        self._grid = Grid(partial.plan)
        self._ends = {
            section.label: section.group.counts[:, :-1].cumsum(axis=1)
            for section in partial.sections()
        }

    def standing(self, group: str | None, column: int, value: float) -> tuple[int, int]:
        ends = self._ends[group][column]
        place = int(self._grid.place(column, np.array([value]))[0])
        return int(ends[place - 1]) if place else 0, int(ends[place])


def judge(answer: Answer, right: Right) -> Judgement:
    """Compare an answer with the right one, in all that the answer covers."""
    if list(answer.groups) != list(right.answer.groups):
        found = ", ".join(answer.groups)
        return Judgement(0.0, f"groups: {found or 'none'}")
    pairs: list[tuple[str | None, Section, Section]]
    pairs = [(None, answer.overall, right.answer.overall)]
    pairs += [(name, answer.groups[name], found) for name, found in right.answer.groups.items()]
    worst = Judgement(0.0, "")
    for name, section, wanted in pairs:
        for what, difference in _differences(name, section, wanted, right):
            if not difference <= worst.difference:
                fault = what if not difference <= TOLERANCE else ""
                worst = Judgement(difference, fault)
    return worst


def _differences(
    name: str | None, found: Section, wanted: Section, right: Right
) -> Iterator[tuple[str, float]]:
    """What was compared, and the relative difference; infinite for a count that differs."""
    where = "all rows" if name is None else f"group {name}"
    yield f"rows of {where}", _exactly(found.rows, wanted.rows)
    for j, (column, truth) in enumerate(zip(found.columns, wanted.columns, strict=True)):
        at = f"column {j + 1} of {where}"
        for what in ("count", "missing", "histogram"):
            yield f"{what}, {at}", _exactly(getattr(column, what), getattr(truth, what))
        for what in ("mean", "minimum", "maximum"):
            scale = truth.sd or 0.0
            yield f"{what}, {at}", _relative(getattr(column, what), getattr(truth, what), scale)
        yield f"sd, {at}", _relative(column.sd, truth.sd, 0.0)
        yield f"skewness, {at}", _relative(column.skewness, truth.skewness, 1.0)
        yield f"quantiles, {at}", _quantiles(name, j, column, truth, right)
    if found.correlation is not None and wanted.correlation is not None:
        for a, row in enumerate(wanted.correlation):
            for b, r in enumerate(row):
                what = f"correlation of columns {a + 1} and {b + 1} of {where}"
                yield what, _relative(found.correlation[a][b], r, 1.0)


def _exactly(found: object, wanted: object) -> float:
    return 0.0 if found == wanted else math.inf


def _relative(found: float | None, wanted: float | None, scale: float) -> float:
    if found is None or wanted is None:
        return _exactly(found, wanted)
    size = max(abs(wanted), scale)
    return abs(found - wanted) / size if size else _exactly(found, wanted)


def _quantiles(group: str | None, j: int, found: Column, wanted: Column, right: Right) -> float:
    """Values against exact ones; else ranks against the stated error: infinite beyond it."""
    if found.quantiles is None:
        return 0.0
    if wanted.quantiles is None or None in wanted.quantiles:
        return _exactly(found.quantiles, wanted.quantiles)
    if right.exact and not found.rank_error:
        scale = wanted.sd or 0.0
        pairs = zip(found.quantiles, wanted.quantiles, strict=True)
        return max(_relative(one, two, scale) for one, two in pairs)
    slack = found.rank_error * found.count
    for share, value in zip(SHARES, found.quantiles, strict=True):
        rank = share * (found.count - 1)
        below, until = right.standing(group, j, math.nan if value is None else value)
        # Interpolated or rounded to a rank: within one of it either way.
        if until < math.floor(rank) - slack or below > math.ceil(rank) + 1 + slack:
            return math.inf
    return 0.0


def _column(values: Sequence[float], missing: int, edges: Sequence[float]) -> Column:
    """The figures of ascending values, exact up to the last rounding."""
    n = len(values)
    if not n:
        nothing = (None,) * len(SHARES)
        return Column(0, missing, None, None, None, None, None, (0,) * BINS, nothing)
    mean = math.fsum(values) / n
    deviations = [value - mean for value in values]
    rest = math.fsum(deviations) / n  # what rounding the mean left over
    m2 = math.fsum(d * d for d in deviations) - n * rest**2
    m3 = math.fsum(d**3 for d in deviations) - 3 * rest * m2 - n * rest**3
    varies = values[0] < values[-1]
    return Column(
        count=n,
        missing=missing,
        mean=mean,
        sd=math.sqrt(m2 / (n - 1)) if varies else 0.0 if n > 1 else None,
        minimum=values[0],
        maximum=values[-1],
        skewness=math.sqrt(n) * m3 / m2**1.5 if varies else None,
        histogram=_histogram(values, edges),
        quantiles=tuple(float(q) for q in np.quantile(values, SHARES)),
    )


def _histogram(values: Sequence[float], edges: Sequence[float]) -> tuple[int, ...]:
    ends = np.searchsorted(values, edges[1:-1], side="left")
    return tuple(np.diff([0, *ends.tolist(), len(values)]).tolist())


def _correlation(values: Floats, present: np.ndarray) -> Matrix:
    k = len(values)
    matrix: list[list[float | None]] = [[None] * k for _ in range(k)]
    for j in range(k):
        own = values[j, present[j]]
        matrix[j][j] = 1.0 if own.size and own.min() < own.max() else None
    for a, b in combinations(range(k), 2):
        both = present[a] & present[b]
        matrix[a][b] = matrix[b][a] = _pearson(values[a, both], values[b, both])
    return tuple(map(tuple, matrix))


def _pearson(x: Floats, y: Floats) -> float | None:
    if not x.size or x.min() == x.max() or y.min() == y.max():
        return None
    dx, dy = x - math.fsum(x) / x.size, y - math.fsum(y) / y.size
    dx, dy = dx - math.fsum(dx) / x.size, dy - math.fsum(dy) / y.size
    product, xx, yy = (math.fsum(p) for p in (dx * dy, dx * dx, dy * dy))
    return product / math.sqrt(xx * yy)
