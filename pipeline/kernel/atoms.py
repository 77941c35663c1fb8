"""Values that occur so often that a quantile may be one of them: counted apart from their bin.

Rounded and whole numbers, a sensor's zero, a price of 9.99: in such columns a bin as a whole would
not tell a quantile well enough. Looked for in a few rows before the pass; one that was not found
there is found by another pass.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.kernel.plan import Floats, Grid, Ints, Plan

ATOM_ROWS = 2  # of those that are looked at


def find_atoms(columns: Sequence[Floats], plan: Plan) -> tuple[tuple[float, ...], ...]:
    """The most frequent value of each bin in some rows, if it is there more than once.

    Args:
        columns: The columns of the rows, NaN where a value is missing.
        plan: Of the table; its own atoms do not count.
    """
    grid = Grid(plan)
    low = np.array([np.nan if low is None else low for low in plan.low])
    high = np.array([np.nan if high is None else high for high in plan.high])
    return tuple(
        _atoms_of(column[(column >= low[j]) & (column <= high[j])], grid, j)
        for j, column in enumerate(columns)
    )


def _atoms_of(values: Floats, grid: Grid, column: int) -> tuple[float, ...]:
    found, rows = np.unique(values + 0.0, return_counts=True)  # -0.0 is 0.0
    found, rows = found[rows >= ATOM_ROWS], rows[rows >= ATOM_ROWS]
    order = np.argsort(-rows, kind="stable")
    _, first = np.unique(grid.place(column, found[order]), return_index=True)
    return tuple(found[order][first].tolist())


class Atoms:
    """Tells the cell of a value that is at an atom or below it in the atom's own bin.

    Attributes:
        values: The atoms, ascending; atom i has the cells 2 i (below it) and 2 i + 1 (at it).
        bins: The bin of each.
    """

    def __init__(self, values: Sequence[float], grid: Grid, column: int) -> None:
        self.values: Floats = np.array(values)
        self.bins = grid.place(column, self.values)
        self._value = np.full(grid.bins + 1, np.nan)
        self._value[self.bins] = self.values
        self._cell = np.zeros(grid.bins + 1, np.intp)
        self._cell[self.bins] = 2 * np.arange(len(self.values))

    def place(
        self, bins: npt.NDArray[np.intp], values: Floats
    ) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """Which of the values are not above an atom of their bin, ascending, and their cells."""
        atom = self._value[bins]
        here = np.flatnonzero(values <= atom)
        cell = self._cell[bins[here]]
        cell += values[here] == atom[here]
        return here, cell

    def cells(self, counts: Ints, at: Ints, edges: Floats) -> tuple[Ints, Floats, Floats]:
        """The counts of a group with each atom apart, and where the values of each cell may be.

        Args:
            counts: In each bin, shape (bins,).
            at: In each cell, shape (2 atoms,).
            edges: Of the bins, shape (bins + 1,).
        """
        size = len(counts) + 2 * len(self.values)
        start = np.arange(len(counts))
        start[1:] += 2 * np.cumsum(np.bincount(self.bins, minlength=len(counts)))[:-1]
        last = start.copy()
        last[self.bins] += 2  # the part of a bin above its atom, or all of it
        split = np.zeros(size, np.int64)
        low, high = np.empty(size), np.empty(size)
        low[start], high[last] = edges[:-1], np.nextafter(edges[1:], -np.inf)
        high[last[-1]] = edges[-1]
        split[last] = counts
        below, on = start[self.bins], start[self.bins] + 1
        split[below], split[on] = at[0::2], at[1::2]
        split[on + 1] -= at[0::2] + at[1::2]
        low[on] = high[on] = self.values
        high[below] = np.nextafter(self.values, -np.inf)
        low[on + 1] = np.nextafter(self.values, np.inf)
        return split, low, high
