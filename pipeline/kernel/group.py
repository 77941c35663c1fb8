"""What is known about the rows of one group."""

from typing import NamedTuple, Self

import numpy as np

from pipeline.kernel.moments import Moments, measure, measure_gaps, merged
from pipeline.kernel.plan import Floats, Ints
from pipeline.kernel.wire import Array


class Span(NamedTuple):
    """The least and the greatest value of each column, inf and -inf without values."""

    low: Floats
    high: Floats
    has_gaps: bool

    @classmethod
    def of(cls, values: Floats) -> Self:
        """The span of values of shape (columns, rows), rows > 0; NaN is a gap."""
        low, high = values.min(axis=1), values.max(axis=1)
        if not np.isnan(low).any():
            return cls(low, high, has_gaps=False)
        low = np.fmin.reduce(values, axis=1, initial=np.inf)
        high = np.fmax.reduce(values, axis=1, initial=-np.inf)
        return cls(low, high, has_gaps=True)


class Group:
    """The state of k columns over some rows.

    Attributes:
        rows: How many.
        low: The least value of each column, inf without values, shape (k,).
        high: The greatest, -inf without.
        moments: None before the first row; of the values times the partial's scale.
        counts: Values in each fine bin, then those missing, shape (k, bins + 1).
        kept: The values themselves in parts of shape (k, rows); None when they were too many.
    """

    def __init__(self, columns: int, bins: int) -> None:
        self.rows = 0
        self.low: Floats = np.full(columns, np.inf)
        self.high: Floats = np.full(columns, -np.inf)
        self.moments: Moments | None = None
        self.counts: Ints = np.zeros((columns, bins + 1), np.int64)
        self.kept: list[Floats] | None = []

    def add(self, values: Floats, span: Span, scale: Floats | None) -> None:
        """Take in all but the counts of values of shape (k, rows), rows > 0."""
        low, high, has_gaps = span
        self.rows += values.shape[1]
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)
        if scale is not None:
            values, low, high = values * scale[:, None], low * scale, high * scale
        self._join((measure_gaps if has_gaps else measure)(values, low, high))

    def merge(self, other: "Group") -> None:
        """Take in the rows of another."""
        self.rows += other.rows
        self.low = np.minimum(self.low, other.low)
        self.high = np.maximum(self.high, other.high)
        self.counts += other.counts
        self._join(other.moments)
        if self.kept is None or other.kept is None:
            self.kept = None
        else:
            self.kept += other.kept

    def values(self, column: int) -> Floats | None:
        """A column's values in ascending order, less those missing; None if they are not kept."""
        if self.kept is None:
            return None
        every = np.concatenate([np.empty(0), *(part[column] for part in self.kept)])
        return np.sort(every[~np.isnan(every)])

    def arrays(self) -> dict[str, Array]:
        """The state but for ``counts``, as arrays by name."""
        found: dict[str, Array] = {"rows": np.array(self.rows), "low": self.low, "high": self.high}
        if self.moments:
            found |= {f"moments.{name}": part for name, part in self.moments._asdict().items()}
        if self.kept is not None:
            found["kept"] = np.concatenate([np.empty((len(self.low), 0)), *self.kept], axis=1)
        return found

    @classmethod
    def of(cls, arrays: dict[str, Array], counts: Ints) -> Self:
        """The state from its arrays."""
        group = cls(len(counts), 0)
        group.rows = int(arrays["rows"])
        group.low, group.high, group.counts = arrays["low"], arrays["high"], counts
        if "moments.rows" in arrays:
            group.moments = Moments(*(arrays[f"moments.{name}"] for name in Moments._fields))
        group.kept = [arrays["kept"]] if "kept" in arrays else None
        return group

    def _join(self, moments: Moments | None) -> None:
        if self.moments and moments:
            self.moments = merged(self.moments, moments)
        else:
            self.moments = self.moments or moments
