"""The small curves above a slider: where the rows of each class lie. An SVG, no Plotly."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dashboard.figures.svg import address
from dashboard.theme import DENSITY
from store.schema import ColumnProfile

WIDTH, HEIGHT = 240, 32
POINTS = 61
BANDWIDTH = 2.4  # in histogram bins: smooth enough to read, narrow enough to keep two peaks apart


def density_image(columns: Sequence[ColumnProfile], low: float, high: float) -> str:
    """
    Draw one smoothed curve per class as an SVG image.

    Args:
        columns: The same column in each class, in class order; a class without values is left out.
        low, high: The slider's ends, in the column's unit.

    Returns:
        A ``data:`` address. All curves share one height scale: each encloses the same area.
    """
    xs = np.linspace(low, high, POINTS)
    curves = [(i, _curve(column, xs)) for i, column in enumerate(columns) if column.histogram]
    top = max((float(curve.max()) for _, curve in curves), default=0.0)
    paths = "".join(_path(curve / top, DENSITY[i % len(DENSITY)]) for i, curve in curves if top > 0)
    return address(paths, width=WIDTH, height=HEIGHT)


def _curve(column: ColumnProfile, xs: NDArray[np.float64]) -> NDArray[np.float64]:
    """The histogram under a Gaussian kernel, at ``xs``, as a density."""
    if column.histogram is None or not column.count:
        return np.zeros_like(xs)
    edges = np.asarray(column.histogram.edges)
    centres, width = (edges[1:] + edges[:-1]) / 2, float(edges[1] - edges[0]) or 1.0
    weights = np.asarray(column.histogram.counts) / column.count
    distance = (xs[:, None] - centres[None, :]) / (BANDWIDTH * width)
    return np.asarray(np.exp(-0.5 * distance**2) @ weights / width)


def _path(heights: NDArray[np.float64], colour: str) -> str:
    steps = zip(np.linspace(0, WIDTH, POINTS), heights, strict=True)
    points = " ".join(f"{x:.0f},{HEIGHT - 1 - y * (HEIGHT - 3):.1f}" for x, y in steps)
    return (
        f"<polyline points='0,{HEIGHT} {points} {WIDTH},{HEIGHT}' fill='{colour}' "
        f"fill-opacity='.34' stroke='{colour}' stroke-opacity='.9' stroke-width='1' "
        "vector-effect='non-scaling-stroke'/>"
    )
