"""What people said of the answers: how many were right, and which class was taken for which."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import NamedTuple

from store.schema import CardClass

LEVEL = 0.95


class Share(NamedTuple):
    """A share with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Opinions:
    """The feedback of a window.

    ``labels`` are the classes, none of a regressor; ``confusion`` has a row an answer and a column
    a true class, of the feedback that names the true class or calls the answer right. ``unnamed``
    answers were called wrong without a word of what is right.
    """

    right: int
    total: int
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]
    unnamed: int

    @property
    def accuracy(self) -> Share | None:
        """The share of right answers among those that anybody judged; None without any."""
        return wilson(self.right, self.total) if self.total else None


def opinions(
    counts: Iterable[tuple[str, str | None, bool, int]], classes: Sequence[CardClass]
) -> Opinions:
    """Feedback put together.

    Args:
        counts: Answer, true class or None, whether it was right, and how often that was said.
        classes: Those of the model.
    """
    labels = {str(one.value): one.label for one in classes}
    said: Counter[tuple[str, str]] = Counter()
    right = total = unnamed = 0
    for answer, truth, is_right, n in counts:
        total += n
        right += n * is_right
        true = answer if is_right else truth
        if true is None:
            unnamed += n
        else:
            said[answer, true] += n
    others = {value for pair in said for value in pair} - labels.keys()
    order = [*labels, *sorted(others)] if classes else []
    return Opinions(
        right,
        total,
        tuple(labels.get(value, value) for value in order),
        tuple(tuple(said[answer, true] for true in order) for answer in order),
        unnamed,
    )


def wilson(right: int, total: int) -> Share:
    """The share of right ones with Wilson's score interval (Wilson 1927)."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share = right / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + (z / (2 * total)) ** 2)
    return Share(share, min(max(0.0, middle - half), share), max(min(1.0, middle + half), share))
