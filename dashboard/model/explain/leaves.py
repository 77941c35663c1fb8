"""The ways to the leaves of trees, as conditions on the features of a row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.model.arrays import Floats, Indices
from dashboard.model.trees import LEAF, Trees

MAX_FEATURES = 62  # on the way to a leaf, as the bits of one integer

Codes = NDArray[np.int64]


class Leaves(NamedTuple):
    """The ways to all leaves: a condition ``low < x[column] <= high`` a column of the way.

    Those are (leaves, conditions), filled up with conditions that every row satisfies. The columns
    of one feature go together in a place of the leaf: ``feature`` is (leaves, places), filled up
    likewise, and ``place`` says for each condition which.
    """

    column: Indices
    low: Floats
    high: Floats
    place: Codes
    feature: Indices

    def missed(self, columns: Floats, start: int, stop: int) -> Codes:
        """(n, leaves from start to stop): bit k where a condition of the place k is not met."""
        x = columns[:, self.column[start:stop]]
        met = (self.low[start:stop] < x) & (x <= self.high[start:stop])
        bits = np.where(met, 0, np.int64(1) << self.place[start:stop])
        found: Codes = np.bitwise_or.reduce(bits, axis=2)
        return found


def leaves_of(trees: Trees, sources: Indices) -> Leaves:
    """The ways to the leaves, in the order of the table; ``sources``: the feature of each column.

    A way may have more than ``MAX_FEATURES`` features; then ask for no ``missed``.
    """
    ways = _ways(trees)
    features = [list(dict.fromkeys(sources[list(way)].tolist())) for way in ways]
    shape = len(ways), max(map(len, ways))
    leaves = Leaves(
        np.zeros(shape, dtype=np.intp),
        np.full(shape, -np.inf),
        np.full(shape, np.inf),
        np.zeros(shape, dtype=np.int64),
        np.zeros((len(ways), max(map(len, features))), dtype=np.intp),
    )
    for leaf, (way, asked) in enumerate(zip(ways, features, strict=True)):
        leaves.feature[leaf, : len(asked)] = asked
        for condition, (column, (low, high)) in enumerate(way.items()):
            leaves.column[leaf, condition] = column
            leaves.low[leaf, condition], leaves.high[leaf, condition] = low, high
            leaves.place[leaf, condition] = asked.index(int(sources[column]))
    return leaves


def _ways(trees: Trees) -> list[dict[int, tuple[float, float]]]:
    """Of each leaf, by column: above which number its value is, and up to which."""
    feature, threshold = np.asarray(trees.feature), iter(np.asarray(trees.threshold).tolist())
    ways: list[dict[int, tuple[float, float]]] = [{} for _ in range(trees.trees)]
    found = []
    for node, asked in enumerate(feature.tolist()):
        way, ways[node] = ways[node], {}
        if asked == LEAF:
            found.append(way)
            continue
        limit = next(threshold)
        low, high = way.get(asked, (-np.inf, np.inf))
        # The children of the splits follow in the order of the splits.
        ways.append(way | {asked: (low, min(high, limit))})
        ways.append(way | {asked: (max(low, limit), high)})
    return found
