"""What the drift test says of a stream of predictions: plain facts for a page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class FeatureDrift:
    """One feature, or the answers, beside the reference.

    Args:
        name: The feature's name; of the answers the target's.
        of: Whether it is an input or the answer.
        e_value: The most evidence that there ever was against "as the reference"; None where it is
            not tested, and ``untested`` says why.
        moved: Whether it has moved, at 5 % for all features together (Holm's procedure).
        since: When it began to move, as far as can be told; None while it has not moved.
        share: Its part of the evidence of all features, 0 to 1.
        psi: PSI of the window against the reference; None without rows in one of them.
        psi_noise: What 19 of 20 such PSIs stay below without any drift.
        reference: Rows of the reference in each bin.
        window: Rows of the window in each bin.
        edges: Bounds of the bins of a number, one more than bins; () of a category. Numbers beyond
            the reference's are in the bins at the ends.
        labels: The categories, one a bin; () of a number.
    """

    name: str
    of: Literal["input", "answer"]
    e_value: float | None
    untested: str
    moved: bool
    since: datetime | None
    share: float
    psi: float | None
    psi_noise: float
    reference: tuple[int, ...]
    window: tuple[int, ...]
    edges: tuple[float, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class DriftVerdict:
    """What is known of a stream: predictions of one model version from one group of sources.

    Args:
        rows: Predictions that the test has seen.
        window_rows: Predictions in the window that is shown beside the reference.
        reference_rows: Rows that the features are compared with.
        minimum: Predictions after which half of all shifts of half a standard deviation in one
            feature are found, if they are there from the start; None where the reference is too
            small to find them.
        e_value: The most evidence that there ever was, all features taken into account; an alarm
            from ``threshold`` on.
        threshold: 20: without drift it is ever reached in at most 5 % of streams.
        alarm: Whether it was.
        alarmed: When it was first reached; None without an alarm.
        since: When the drift began, as far as can be told; None without an alarm.
        features: The features in the order of the model, then the answer.
    """

    rows: int
    window_rows: int
    reference_rows: int
    minimum: int | None
    e_value: float
    threshold: float
    alarm: bool
    alarmed: datetime | None
    since: datetime | None
    features: tuple[FeatureDrift, ...]

    @property
    def false_alarm(self) -> float:
        """How often a stream without drift ever comes as far as this: at most so, 0 to 1."""
        return min(1.0, 1 / self.e_value) if self.e_value > 0 else 1.0

    @property
    def moved(self) -> tuple[FeatureDrift, ...]:
        """The features that have moved, the one with most evidence first."""
        found = (one for one in self.features if one.moved)
        return tuple(sorted(found, key=lambda one: -(one.e_value or 0.0)))
