"""Two small histograms over one axis: what was trained on above it, what is asked below."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from dash import html

from dashboard.components.page import attributes
from dashboard.drift.verdict import FeatureDrift

GAP = 0.12  # of a category's bar, on each side
MOST_STEPS = 20  # of a number: more would show noise at this size


def mirrored(feature: FeatureDrift, label: str) -> html.Div:
    """Both histograms of a feature in one scale; ``label`` is for who does not see them."""
    feature = _coarse(feature)
    heights = [_heights(feature, counts) for counts in (feature.reference, feature.window)]
    highest = max((height for each in heights for height in each), default=0) or 1.0
    parts = [
        html.Span(
            className=f"mirror-{name}",
            style={"clipPath": _outline(feature, each, highest, down=name == "asked")},
        )
        for name, each in zip(("trained", "asked"), heights, strict=True)
    ]
    return html.Div(parts, className="mirror", role="img", **attributes(aria_label=label))


def typical(feature: FeatureDrift, counts: Sequence[int]) -> float | str | None:
    """The median of a number, read straight between the edges of its bin, or the most frequent
    category; None without rows.
    """
    total = sum(counts)
    if not total:
        return None
    if feature.labels:
        return feature.labels[max(range(len(counts)), key=lambda place: counts[place])]
    below = list(accumulate(counts))
    place = next(i for i, count in enumerate(below) if 2 * count >= total)
    low, high = feature.edges[place], feature.edges[place + 1]
    return low + (high - low) * (total / 2 - (below[place] - counts[place])) / counts[place]


def _coarse(feature: FeatureDrift) -> FeatureDrift:
    """The feature with neighbouring bins of a number taken together."""
    together = -(-len(feature.reference) // MOST_STEPS)
    if not feature.edges or together < 2:
        return feature
    starts = range(0, len(feature.reference), together)
    return replace(
        feature,
        reference=tuple(sum(feature.reference[i : i + together]) for i in starts),
        window=tuple(sum(feature.window[i : i + together]) for i in starts),
        edges=(*(feature.edges[i] for i in starts), feature.edges[-1]),
    )


def _heights(feature: FeatureDrift, counts: Sequence[int]) -> list[float]:
    """Shares of the rows; of a number over the width of their bin, since widths may differ."""
    total = sum(counts) or 1
    if not feature.edges:
        return [count / total for count in counts]
    span = feature.edges[-1] - feature.edges[0]
    widths = [(high - low) / span if span else 0.0 for low, high in pairwise(feature.edges)]
    return [n / total / width if width else 0.0 for n, width in zip(counts, widths, strict=True)]


def _outline(feature: FeatureDrift, heights: Sequence[float], highest: float, *, down: bool) -> str:
    """The shape that is left of a box: a step a bin, from its lower edge up or its upper down."""
    base = 0.0 if down else 100.0
    points = [(0.0, base)]
    for (left, right), height in zip(_spans(feature), heights, strict=True):
        end = round(100 * height / highest, 1)
        y = end if down else round(100 - end, 1)
        points += [(left, base), (left, y), (right, y), (right, base)]
    points.append((100.0, base))
    return f"polygon({', '.join(f'{x:g}% {y:g}%' for x, y in points)})"


def _spans(feature: FeatureDrift) -> list[tuple[float, float]]:
    """Where each bin lies, in percent of the width."""
    if feature.edges:
        first, last = feature.edges[0], feature.edges[-1]
        places = [round(100 * (edge - first) / ((last - first) or 1), 1) for edge in feature.edges]
        return list(pairwise(places))
    width = 100 / max(len(feature.labels), 1)
    return [
        (round(width * (i + GAP), 1), round(width * (i + 1 - GAP), 1))
        for i in range(len(feature.labels))
    ]
