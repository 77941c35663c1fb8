"""Fine bins that hold one value only, however often: there a quantile is exact.

Whole numbers and rounded ones are the most common columns of all, and need no second pass so.
"""

import numpy as np
import numpy.typing as npt

from pipeline.kernel.plan import Floats
from pipeline.kernel.wire import Array

FIRST_LOOK = 4_096  # rows that tell nearly every continuous column from one with few values
MANY = 40  # a column is given up when more than one bin in so many holds several values


class Singles:
    """For each column and bin the only value in it: NaN before the first, inf for several.

    A column is given up when it is not of this kind. When that is depends on the rows alone, not
    on their order.
    """

    def __init__(self, columns: int, bins: int) -> None:
        self._bins = bins
        self._columns: dict[int, Floats] = {j: np.full(bins + 1, np.nan) for j in range(columns)}

    def of(self, column: int) -> Floats | None:
        """The only value of each bin, shape (bins + 1,); None when the column was given up."""
        return self._columns.get(column)

    def add(self, column: int, bins: npt.NDArray[np.intp], values: Floats) -> None:
        """Take in values and their bins."""
        for part in (slice(FIRST_LOOK), slice(FIRST_LOOK, None)):
            if column not in self._columns:
                return
            single, where, value = self._columns[column], bins[part], values[part]
            fresh = np.isnan(single[where])
            if fresh.any():
                single[where[fresh]] = value[fresh]
            single[where[single[where] != value]] = np.inf
            self._judge(column)

    def merge(self, other: "Singles") -> None:
        """Take in the values of another."""
        for j in list(self._columns):
            a, b = self._columns[j], other.of(j)
            if b is None:
                del self._columns[j]
                continue
            either = np.where(np.isnan(a), b, a)
            self._columns[j] = np.where((either == b) | np.isnan(b), either, np.inf)
            self._judge(j)

    def arrays(self) -> dict[str, Array]:
        """The state as arrays by name: the bins that are not empty."""
        found: dict[str, Array] = {}
        for j, single in self._columns.items():
            bins = np.flatnonzero(~np.isnan(single))
            found |= {f"single.{j}.bins": bins, f"single.{j}.values": single[bins]}
        return found

    def load(self, arrays: dict[str, Array]) -> None:
        """Be the state that these arrays are of."""
        for j in list(self._columns):
            if f"single.{j}.bins" in arrays:
                self._columns[j][arrays[f"single.{j}.bins"]] = arrays[f"single.{j}.values"]
            else:
                del self._columns[j]

    def _judge(self, column: int) -> None:
        if np.count_nonzero(np.isinf(self._columns[column])) > self._bins // MANY:
            del self._columns[column]
