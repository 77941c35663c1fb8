"""One column's figures in plain Python: values go in one by one, and two tallies become one.

The running mean and the sums of squared and cubed deviations are those of Welford (1962) and
Pébay (2008); they lose no digits as the values go by, and they merge. That is what lets the same
counting run in one process, in many, and on a cluster.
"""

import csv
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pipeline.engines.question import Answer, Column, Question, Section

Tallies = dict[str | None, list["Tally"]]  # by group; one a column


class Tally:
    """What is known about the values of one column so far."""

    __slots__ = (
        "count",
        "counts",
        "inner_edges",
        "m2",
        "m3",
        "maximum",
        "mean",
        "minimum",
        "missing",
        "pivot",
    )

    def __init__(self, edges: Sequence[float]) -> None:
        self.pivot = edges[0] / 2 + edges[-1] / 2
        self.inner_edges = edges[1:-1]
        self.count = 0
        self.missing = 0
        self.mean = 0.0  # of the distances from the pivot, and so are m2 and m3
        self.m2 = 0.0  # the sum of squared deviations from the mean
        self.m3 = 0.0  # of cubed ones
        self.minimum = math.inf
        self.maximum = -math.inf
        self.counts = [0] * (len(edges) - 1)

    def add(self, value: float) -> None:
        """Take in a value; NaN and infinities are missing."""
        if not -math.inf < value < math.inf:
            self.missing += 1
            return
        before = self.count
        n = self.count = before + 1
        delta = value - self.pivot - self.mean
        step = delta / n
        term = delta * step * before
        self.mean += step
        self.m3 += term * step * (n - 2) - 3 * step * self.m2
        self.m2 += term
        if value < self.minimum:
            self.minimum = value
        if value > self.maximum:
            self.maximum = value
        self.counts[bisect_right(self.inner_edges, value)] += 1

    def merge(self, other: Self) -> Self:
        """Take in all that another has seen; returns itself."""
        a, b = self.count, other.count
        self.missing += other.missing
        if not b:
            return self
        n = self.count = a + b
        delta = other.mean - self.mean
        self.m3 += (
            other.m3
            + delta**3 * a * b * (a - b) / n**2
            + 3 * delta * (a * other.m2 - b * self.m2) / n
        )
        self.m2 += other.m2 + delta**2 * a * b / n
        self.mean += delta * b / n
        self.minimum = min(self.minimum, other.minimum)
        self.maximum = max(self.maximum, other.maximum)
        self.counts = [one + two for one, two in zip(self.counts, other.counts, strict=True)]
        return self

    def column(self) -> Column:
        """The figures, as ``question`` defines them."""
        n, some = self.count, self.count > 0
        return Column(
            count=n,
            missing=self.missing,
            mean=self.pivot + self.mean if some else None,
            sd=math.sqrt(self.m2 / (n - 1)) if n > 1 else None,
            minimum=self.minimum if some else None,
            maximum=self.maximum if some else None,
            skewness=math.sqrt(n) * self.m3 / self.m2**1.5 if self.m2 > 0 else None,
            histogram=tuple(self.counts),
        )


def count(lines: Iterable[str], header: Sequence[str], question: Question) -> Tallies:
    """Count the rows of a CSV file, or of a piece of one, by group.

    Args:
        lines: Lines of the file; the header among them is passed over.
        header: The names of all columns of the file.
        question: What is asked.
    """
    header = list(header)
    group_at = header.index(question.group_by)
    places = [header.index(name) for name in question.columns]
    tallies: Tallies = {}
    for row in csv.reader(lines):
        if row == header:
            continue
        group = row[group_at] or None
        if group not in tallies:
            tallies[group] = [Tally(edges) for edges in question.edges]
        for place, tally in zip(places, tallies[group], strict=True):
            tally.add(float(row[place] or "nan"))
    return tallies


def merge(into: Tallies, other: Tallies) -> Tallies:
    """Take in the tallies of other rows; returns the first."""
    for group, tallies in other.items():
        if group in into:
            for own, more in zip(into[group], tallies, strict=True):
                own.merge(more)
        else:
            into[group] = tallies
    return into


def answer(tallies: Mapping[str | None, Sequence[Tally]], question: Question) -> Answer:
    """The answer from the tallies of all groups; the whole is their merge."""
    whole = [Tally(edges) for edges in question.edges]
    for group in sorted(tallies, key=lambda name: (name is None, name or "")):
        for own, more in zip(whole, tallies[group], strict=True):
            own.merge(more)
    groups = sorted(name for name in tallies if name is not None)
    return Answer(_section(whole), {name: _section(tallies[name]) for name in groups})


def _section(tallies: Sequence[Tally]) -> Section:
    columns = tuple(tally.column() for tally in tallies)
    return Section(columns[0].count + columns[0].missing, columns)
