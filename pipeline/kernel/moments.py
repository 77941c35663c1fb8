"""Moments and co-moments of columns that merge without losing digits.

The updates are those of Chan, Golub & LeVeque (1983) and Pébay (2008). A mean is kept as the sum of
two floats: where it dwarfs the spread, the difference of two means has only the digits that a
single float throws away.
"""

import itertools
from typing import NamedTuple

import numpy as np

from pipeline.kernel.plan import Floats, Ints

CANCELLED = 1e-4  # a spread below this part of its sum of squares has lost four digits of sixteen


class Moments(NamedTuple):
    """Moments of k columns over the rows where another column has a value too.

    ``[i, j]`` is about column i over the rows where both i and j have a value, and ``[j, j]`` is
    column j alone. While no value is missing, i alone decides: ``rows`` has the shape (1, 1), and
    ``mean``, ``rest`` and ``spread`` have (k, 1) instead of (k, k).
    """

    rows: Ints
    mean: Floats
    rest: Floats  # the digits of the mean beyond ``mean``
    spread: Floats  # the sum of squared deviations
    cross: Floats  # shape (k, k): the sum of products of deviations
    cube: Floats  # shape (k,): the sum of cubed deviations


def measure(values: Floats, low: Floats, high: Floats) -> Moments:
    """The moments of values of shape (columns, rows) without NaN; rows > 0.

    ``low`` and ``high`` are each column's range, shape (columns,). The shift lies in it, so that
    the deviations of a constant are exactly 0.
    """
    rows = values.shape[1]
    shift = np.clip(values.mean(axis=1), low, high)
    y = values - shift[:, None]
    rest = y.mean(axis=1)
    cross = y @ y.T
    square = cross.diagonal().copy()
    cube = np.vecdot(y * y, y) - 3 * rest * square + 2 * rows * rest**3
    cross -= rows * np.outer(rest, rest)  # this order of the factors keeps it symmetric
    mean, rest = _two_sum(shift, rest)
    return Moments(
        rows=np.array([[rows]]),
        mean=mean[:, None],
        rest=rest[:, None],
        spread=np.maximum(cross.diagonal(), 0.0)[:, None],
        cross=cross,
        cube=cube,
    )


def measure_gaps(values: Floats, low: Floats, high: Floats) -> Moments:
    """The same of values with NaN; a column without values has no ``low`` (inf, and -inf)."""
    present = ~np.isnan(values)
    weight = present.astype(np.float64)
    alone = np.maximum(present.sum(axis=1), 1)
    total = values.sum(axis=1, where=present)
    shift = np.where(low <= high, np.clip(total / alone, low, high), 0.0)
    y = np.where(present, values - shift[:, None], 0.0)
    count = weight @ weight.T
    rest = (y @ weight.T) / np.maximum(count, 1)
    square = (y * y) @ weight.T
    spread = np.maximum(square - count * rest**2, 0.0)
    own = rest.diagonal()
    cube = np.vecdot(y * y, y) - 3 * own * square.diagonal() + 2 * count.diagonal() * own**3
    mean, digits = _two_sum(shift[:, None], rest)
    found = Moments(
        rows=count.astype(np.int64),
        mean=mean,
        rest=digits,
        spread=spread,
        cross=y @ y.T - count * (rest * rest.T),
        cube=cube,
    )
    lost = (spread < CANCELLED * square) & (count > 0)
    for i, j in np.argwhere(np.triu(lost | lost.T, 1)):
        _measure_pair(found, i, j, values[[i, j]][:, present[i] & present[j]])
    return found


def merged(a: Moments, b: Moments) -> Moments:
    """The moments of the rows of both."""
    rows = a.rows + b.rows
    some = np.maximum(rows, 1)
    mean = np.where(a.rows > 0, a.mean, b.mean)
    rest = np.where(a.rows > 0, a.rest, b.rest)
    delta = np.where((a.rows > 0) & (b.rows > 0), (b.mean - mean) + (b.rest - rest), 0.0)
    mean, rest = _two_sum(mean, rest + delta * (b.rows / some))
    weight = a.rows * (b.rows / some)

    columns = len(a.cube)
    d, w, n, na, nb, sa, sb = (
        diagonal(part, columns)
        for part in (delta, weight, some, a.rows, b.rows, a.spread, b.spread)
    )
    cube = a.cube + b.cube + d**3 * w * ((na - nb) / n) + 3 * d * (na / n * sb - nb / n * sa)
    return Moments(
        rows=rows,
        mean=mean,
        rest=rest,
        spread=a.spread + b.spread + delta**2 * weight,
        cross=a.cross + b.cross + delta * delta.T * weight,
        cube=cube,
    )


def diagonal(part: Floats | Ints, columns: int) -> Floats:
    """The figures of the columns alone, shape (columns,)."""
    return np.broadcast_to(part, (columns, columns)).diagonal().astype(np.float64)


def _measure_pair(found: Moments, i: int, j: int, both: Floats) -> None:
    """Put in the moments of two columns over the rows that both have, taken afresh."""
    pair = measure(both, both.min(axis=1), both.max(axis=1))
    for side, (one, other) in enumerate(itertools.permutations((i, j))):
        found.mean[one, other] = pair.mean[side, 0]
        found.rest[one, other] = pair.rest[side, 0]
        found.spread[one, other] = pair.spread[side, 0]
        found.cross[one, other] = pair.cross[0, 1]


def _two_sum(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    """The sum as a float, and what it lacks (Knuth): their sum is a + b without rounding."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)
