"""Encoders as arrays: the first stage of a flat model that takes categories."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model.arrays import Floats, Indices, floats, indices, require


@dataclass(frozen=True, eq=False)
class Encoding:
    """The columns behind encoders, made from the columns of a row.

    Args:
        n_features: How many inputs a row has.
        sources: For each column that comes out, the input it is made of.
        tables: For each, what stands in it by the place of the category; None for a number that
            passes as it is.

    Raises:
        ModelRefused: The parts are not what this docstring promises.
    """

    n_features: int
    sources: ArrayLike
    tables: Sequence[Sequence[float] | None]
    _sources: Indices = field(init=False, repr=False)
    _tables: tuple[Floats | None, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sources = indices(self.sources, "sources")
        require(len(sources) == len(self.tables) > 0, "its encoders have other columns")
        require(
            ((sources >= 0) & (sources < self.n_features)).all(), "an encoder has no such input"
        )
        tables = [None if t is None else floats(t, "a table", ndim=1) for t in self.tables]
        object.__setattr__(self, "_sources", sources)
        object.__setattr__(self, "_tables", tuple(tables))

    @property
    def width(self) -> int:
        """How many columns come out."""
        return len(self._sources)

    def apply(self, rows: Floats) -> Floats:
        """(n, n_features) -> (n, width). Raises OverflowError for a place that is no category."""
        made = rows[:, self._sources]
        for column, table in enumerate(self._tables):
            if table is not None:
                made[:, column] = _looked_up(made[:, column], table)
        return made

    def passing(self) -> dict[int, int]:
        """The input behind each column that passes as it is."""
        found = zip(self._sources.tolist(), self._tables, strict=True)
        return {column: source for column, (source, table) in enumerate(found) if table is None}

    def to_data(self) -> dict[str, Any]:
        """What JSON keeps; the constructor takes it back."""
        tables = [None if table is None else table.tolist() for table in self._tables]
        return {"sources": self._sources.tolist(), "tables": tables}


def _looked_up(places: Floats, table: Floats) -> Floats:
    if not ((places >= 0) & (places < len(table)) & (places == np.floor(places))).all():
        raise OverflowError("a category is none of its feature")
    return table[places.astype(np.intp)]
