"""The map: where values lie among the sampled rows, on their first two principal components."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.svg import address
from dashboard.theme import DENSITY
from store.schema import Profile

WIDTH, HEIGHT = 400, 300
PADDING = 0.06
MIN_ROWS = 10
SHAPES = (
    "<circle cx='{x:.0f}' cy='{y:.0f}' r='3.6'/>",
    "<rect x='{x:.0f}' y='{y:.0f}' width='6.4' height='6.4' transform='translate(-3.2 -3.2)'/>",
    "<path d='M{x:.0f} {y:.0f}m-4.6 0l4.6-4.6 4.6 4.6-4.6 4.6z'/>",
    "<path d='M{x:.0f} {y:.0f}m-4.4 3.6l4.4-7.6 4.4 7.6z'/>",
)


@dataclass(frozen=True)
class Landscape:
    """A picture of the sampled rows, and how to find the place of any values on it.

    The place is linear in the values: ``origin`` plus, for each column, its value times its
    weights; both are (percent from the left, percent from the top). ``explained`` is the share of
    the standardised variance that the two components keep, ``rows`` how many rows are drawn.
    """

    image: str
    explained: float
    rows: int
    origin: tuple[float, float]
    weights: tuple[tuple[float, float], ...]

    def place(self, values: Sequence[float]) -> tuple[float, float]:
        """Where these values lie, kept within the picture."""
        pairs = list(zip(self.weights, values, strict=True))
        left = self.origin[0] + sum(weight[0] * value for weight, value in pairs)
        top = self.origin[1] + sum(weight[1] * value for weight, value in pairs)
        return min(max(left, 1.0), 99.0), min(max(top, 1.0), 99.0)


def landscape(profile: Profile, columns: Sequence[str]) -> Landscape | None:
    """
    Draw the profile's sampled rows on their first two principal components.

    Args:
        profile: What the Spark job found.
        columns: Two or more of its numeric columns, in the order of the weights.

    Returns:
        The map, or None where fewer than ``MIN_ROWS`` rows have every value or nothing varies.
        Colours and shapes are those of the groups in the order of the profile.
    """
    sample = profile.sample
    order = [sample.columns.index(column) for column in columns]
    whole = [
        (group, [row[i] for i in order])
        for group, row in zip(sample.groups, sample.values, strict=True)
        if all(row[i] is not None for i in order)
    ]
    if len(whole) < MIN_ROWS or len(columns) < 2:
        return None
    rows = np.asarray([row for _, row in whole], dtype=np.float64)
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
    values = [group.value for group in profile.groups]
    kinds = [values.index(group) if group in values else len(values) for group, _ in whole]
    # percent of the picture's width and height; the vertical axis runs down
    to_picture = np.array([100.0, -100.0]) / span
    origin = np.array([0.0, 100.0]) - (mean @ projection + low) * to_picture
    slopes = (projection * to_picture).tolist()
    return Landscape(
        image=_picture(rows @ (projection * to_picture) + origin, kinds),
        explained=float((weights[:2] ** 2).sum() / (weights**2).sum()),
        rows=len(whole),
        origin=(float(origin[0]), float(origin[1])),
        weights=tuple((left, top) for left, top in slopes),
    )


def _picture(points: NDArray[np.float64], kinds: Sequence[int]) -> str:
    """The marks at ``points`` (percent from the left and the top) as the address of an SVG."""
    groups = []
    for kind in sorted(set(kinds)):
        marks = "".join(
            SHAPES[kind % len(SHAPES)].format(x=x * WIDTH / 100, y=y * HEIGHT / 100)
            for (x, y), own in zip(points, kinds, strict=True)
            if own == kind
        )
        groups.append(f"<g fill='{DENSITY[kind % len(DENSITY)]}' fill-opacity='.7'>{marks}</g>")
    return address("".join(groups), width=WIDTH, height=HEIGHT)
