"""Quantiles, and how far from their rank they may be."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from pipeline.kernel.atoms import Atoms
from pipeline.kernel.group import Group
from pipeline.kernel.partial import Partial, atoms_of
from pipeline.kernel.plan import Floats, Grid, Ints
from pipeline.kernel.zoom import MAX_CELLS, MAX_SPLIT, MIN_SPLIT, Windows, Zoom, floats
from store.errors import DataError
from store.schema import QUANTILES

RANK_ERROR = 0.001
SHARES = np.array(QUANTILES)


@dataclass(frozen=True)
class Ranks:
    """Where the values are that the quantiles of each section and column lie between.

    The last axis has the rank below and the rank above each of ``QUANTILES``, all the ranks below
    first. The value of a rank is in [``low``, ``high``], where ``mass`` of the section's values
    are, after ``before`` that are less; so where low is high it is known.
    """

    labels: tuple[str | None, ...]  # None is the whole table, and the first
    count: Ints  # shape (sections, columns)
    before: Ints  # shape (sections, columns, ranks); so have the others
    mass: Ints
    low: Floats
    high: Floats

    @classmethod
    def of(cls, partial: Partial) -> Self:
        """What a pass tells: the values where they were kept, else their bins."""
        grid = Grid(partial.plan)
        atoms = atoms_of(partial.plan, grid)
        sections = partial.sections()
        count = np.array([s.group.counts[:, :-1].sum(axis=1) for s in sections])
        shape = (*count.shape, 2 * len(SHARES))
        before, mass = np.zeros((2, *shape), np.int64)
        low, high = np.zeros((2, *shape))
        for s, section in enumerate(sections):
            for j in np.flatnonzero(count[s]).tolist():
                found = _found(section.group, j, _ranks(count[s, j]), grid, atoms[j])
                before[s, j], mass[s, j], low[s, j], high[s, j] = found
        labels = tuple(section.label for section in sections)
        return cls(labels, count, before, mass, low, high)

    def needs_refinement(self, limit: float = RANK_ERROR) -> Windows | None:
        """The windows in which more than this part of a section's values may be confused.

        They are all there is to refine, or as many as fit; None when there is none.
        """
        wide = (self.low < self.high) & (self.mass > limit * self.count[..., None])
        windows: list[tuple[int, float, float]] = []
        for j in np.flatnonzero(wide.any(axis=(0, 2))).tolist():
            here = wide[:, j]
            for low, high in sorted(zip(self.low[:, j][here], self.high[:, j][here], strict=True)):
                if windows and windows[-1][0] == j and low <= windows[-1][2]:
                    windows[-1] = j, windows[-1][1], max(high, windows[-1][2])
                else:
                    windows.append((j, low, high))
        if not windows:
            return None
        del windows[MAX_CELLS // MIN_SPLIT :]
        room = MAX_CELLS // len(windows)
        column, lows, highs = zip(*windows, strict=True)
        split = min(MAX_SPLIT, 2 ** (room.bit_length() - 1))
        return Windows(column, np.array(lows), np.array(highs), split)

    def refined(self, zoom: Zoom) -> "Ranks":
        """What is known after another pass over all rows.

        Raises:
            DataError: The windows do not hold the values that they held before.
        """
        found = replace(
            self,
            before=self.before.copy(),
            mass=self.mass.copy(),
            low=self.low.copy(),
            high=self.high.copy(),
        )
        nobody = np.zeros_like(zoom.first, np.int64)
        for s, label in enumerate(self.labels):
            place = zoom.labels.get(label)
            counts = nobody if place is None else zoom.counts[place]
            if s == 0:
                counts = zoom.counts.sum(axis=0)
            for w, j in enumerate(zoom.windows.column):
                inside = (self.low[s, j] >= zoom.windows.low[w]) & (
                    self.high[s, j] <= zoom.windows.high[w]
                )
                inside &= self.low[s, j] < self.high[s, j]
                if not inside.any():
                    continue
                if (self.mass[s, j, inside] != counts[w].sum()).any():
                    raise DataError("The input has changed between two passes: run it again.")
                before, mass, cell = _located(
                    counts[w], _ranks(self.count[s, j])[inside] - self.before[s, j, inside]
                )
                found.before[s, j, inside] += before
                found.mass[s, j, inside] = mass
                low, high = floats(zoom.first[w, cell]), floats(zoom.last[w, cell])
                found.low[s, j, inside] = np.maximum(low, self.low[s, j, inside])
                found.high[s, j, inside] = np.minimum(high, self.high[s, j, inside])
        return found

    def quantiles(self) -> Floats:
        """The quantiles (Hyndman & Fan 1996, type 7), shape (sections, columns, quantiles).

        Between two values that are known they are as numpy and ``pipeline.profile`` compute them.
        """
        rank = _ranks(self.count)
        part = (rank - self.before + 0.5) / np.maximum(self.mass, 1)
        value = np.where(
            self.low < self.high,
            np.clip(self.low * (1 - part) + self.high * part, self.low, self.high),
            self.low,
        )
        below, above = np.split(value, 2, axis=-1)
        place = (self.count[..., None] - 1) * SHARES
        part = place - np.floor(place)
        with np.errstate(over="ignore", invalid="ignore"):
            step = above - below
            found = np.where(part >= 0.5, above - step * (1 - part), below + step * part)
        return np.where(self.count[..., None] > 0, found, np.nan) + 0.0

    def rank_error(self) -> Floats:
        """How far a quantile may be from its rank, as a part of all values; 0.0 where exact.

        Shape (sections, columns).
        """
        unsure = np.where(self.low < self.high, self.mass, 0).max(axis=-1)
        return np.asarray(unsure / np.maximum(self.count, 1))


def _ranks(count: Ints) -> Ints:
    """The ranks from 0 below and above each quantile, shape (..., ranks)."""
    place = (np.asarray(count)[..., None] - 1) * SHARES
    both = np.concatenate([np.floor(place), np.ceil(place)], axis=-1)
    ranks: Ints = np.maximum(both, 0).astype(np.int64)
    return ranks


def _found(
    group: Group, column: int, ranks: Ints, grid: Grid, atoms: Atoms | None
) -> tuple[Ints, Ints, Floats, Floats]:
    """``before``, ``mass``, ``low`` and ``high`` of the ranks of a column with values."""
    values = group.values(column)
    if values is not None:
        return ranks, np.ones_like(ranks), values[ranks], values[ranks]
    edges, counts = grid.edges[column], group.counts[column, :-1]
    if atoms is None:  # an edge belongs to the bin above it, but for the last one
        low, high = edges[:-1], np.append(np.nextafter(edges[1:-1], -np.inf), edges[-1])
    else:
        counts, low, high = atoms.cells(counts, group.at[column], edges)
    before, mass, cell = _located(counts, ranks)
    return (
        before,
        mass,
        np.maximum(low[cell], group.low[column]),
        np.minimum(high[cell], group.high[column]),
    )


def _located(counts: Ints, ranks: Ints) -> tuple[Ints, Ints, Ints]:
    """How many values are before each rank's cell, and in it, and which cell it is."""
    ends = counts.cumsum()
    cell = np.searchsorted(ends, ranks, side="right").astype(np.int64)
    return ends[cell] - counts[cell], counts[cell], cell
