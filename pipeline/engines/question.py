"""What every engine is asked, and what its answer means: the one definition that all keep to.

The table has numeric columns and a column of groups. The answer is about all rows, and about the
rows of each group. For each numeric column:

    present      A value is present when it is a finite number. Null, an empty cell, NaN and
                 infinities are missing. (The Spark job of this program keeps rows with
                 infinities out of a table, so its engine refuses them.)
    count        How many values are present; ``missing`` is the other rows.
    mean         Their sum by ``count``; None without values.
    sd           The root of the sum of squared deviations by ``count`` - 1; None below two values.
    minimum, maximum   None without values.
    skewness     m3 / m2**1.5, where mk is the mean of the k-th powers of the deviations (that of
                 a population, not corrected for bias); None where all values are equal.
    histogram    ``BINS`` counts between the edges of the question. Bin i has the values with
                 edges[i] <= value < edges[i + 1]; the last one its upper edge too.

and from the engines that say so in ``registry``:

    quantiles    At the shares in ``SHARES``, interpolated linearly between the two nearest ranks
                 (Hyndman & Fan 1996, type 7). ``rank_error`` bounds how far one may be from its
                 rank, as a part of ``count``; 0 where they are exact.
    correlation  Pearson's r between every two columns over the rows where both are present; None
                 where one of them does not vary.

A group is named by its value as text. A row whose group is null or empty is in no group and
counts in the whole.

Values are best summed as distances from the middle of the edges (``pivots``): where a mean
dwarfs its spread (1,000,000,000 give or take 1), their squares would use up all digits.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

BINS: Final = 40
SHARES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

Matrix = tuple[tuple[float | None, ...], ...]


class Question(NamedTuple):
    """The numeric columns, their ``BINS`` + 1 ascending edges, and the column of groups.

    No value lies outside the edges of its column.
    """

    columns: tuple[str, ...]
    group_by: str
    edges: tuple[tuple[float, ...], ...]

    @property
    def pivots(self) -> tuple[float, ...]:
        """The middle of each column's edges."""
        return tuple(edges[0] / 2 + edges[-1] / 2 for edges in self.edges)

    def to_json(self) -> str:
        """The question as JSON, floats to the last bit."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The question from its JSON."""
        said = json.loads(text)
        edges = tuple(tuple(column) for column in said["edges"])
        return cls(tuple(said["columns"]), said["group_by"], edges)


@dataclass(frozen=True, slots=True)
class Column:
    """One column over some rows."""

    count: int
    missing: int
    mean: float | None
    sd: float | None
    minimum: float | None
    maximum: float | None
    skewness: float | None
    histogram: tuple[int, ...]
    quantiles: tuple[float | None, ...] | None = None
    rank_error: float = 0.0


class Section(NamedTuple):
    """All rows, or those of one group; the columns in the order of the question."""

    rows: int
    columns: tuple[Column, ...]
    correlation: Matrix | None = None


class Answer(NamedTuple):
    """All rows, and the rows of each group by its name."""

    overall: Section
    groups: dict[str, Section]

    def to_json(self) -> str:
        """The answer as JSON, floats to the last bit."""
        return json.dumps(self, allow_nan=False, default=astuple)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The answer from its JSON."""
        overall, groups = json.loads(text)
        return cls(_section(overall), {name: _section(said) for name, said in groups.items()})


Aggregate = Callable[[Sequence[Path], Question], Answer]


def _section(said: list[Any]) -> Section:
    rows, columns, correlation = said
    return Section(
        rows,
        tuple(Column(*map(_tuple, column)) for column in columns),
        None if correlation is None else tuple(map(tuple, correlation)),
    )


def _tuple(said: Any) -> Any:
    return tuple(said) if isinstance(said, list) else said
