"""The map: where values lie among the sampled rows, on their first two principal components."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from store.schema import Profile

PADDING = 0.06
MIN_ROWS = 10


@dataclass(frozen=True)
class Landscape:
    """How to find the place of any values among the sampled rows.

    The place is linear in the values: ``origin`` plus, for each column, its value times its
    weights; both are (percent from the left, percent from the top). ``explained`` is the share of
    the standardised variance that the two components keep, ``rows`` how many rows are drawn.
    """

    explained: float
    rows: int
    origin: tuple[float, float]
    weights: tuple[tuple[float, float], ...]


def landscape(profile: Profile, columns: Sequence[str]) -> Landscape | None:
    """
    Lay a map over the profile's sampled rows: their first two principal components.

    Args:
        profile: What the Spark job found.
        columns: Two or more of its numeric columns, in the order of the weights.

    Returns:
        The map, or None where fewer than ``MIN_ROWS`` sampled rows have every value, or nothing
        varies.
    """
    sample = profile.sample
    if not set(columns) <= set(sample.columns):
        return None
    order = [sample.columns.index(column) for column in columns]
    whole = [
        [row[i] for i in order] for row in sample.values if all(row[i] is not None for i in order)
    ]
    if len(whole) < MIN_ROWS or len(columns) < 2:
        return None
    rows = np.asarray(whole, dtype=np.float64)
    mean, scale = rows.mean(axis=0), rows.std(axis=0)
    scale[scale == 0] = 1.0
    _, weights, axes = np.linalg.svd((rows - mean) / scale, full_matrices=False)
    if weights[0] == 0:
        return None
    # the sign of a component is free; its largest weight is made positive, so that it stays put
    axes = axes[:2] * np.sign(axes[[0, 1], np.abs(axes[:2]).argmax(axis=1)])[:, None]
    projection = axes.T / scale[:, None]
    points = (rows - mean) @ projection
    span = np.ptp(points, axis=0) * (1 + 2 * PADDING) + 1e-12
    low = points.min(axis=0) - np.ptp(points, axis=0) * PADDING
    # percent of the picture's width and height; the vertical axis runs down
    to_picture = np.array([100.0, -100.0]) / span
    origin = np.array([0.0, 100.0]) - (mean @ projection + low) * to_picture
    slopes = (projection * to_picture).tolist()
    return Landscape(
        explained=float((weights[:2] ** 2).sum() / (weights**2).sum()),
        rows=len(whole),
        origin=(float(origin[0]), float(origin[1])),
        weights=tuple((left, top) for left, top in slopes),
    )
