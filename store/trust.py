"""How far an answer of a model can be trusted, in numbers that a browser computes with.

docs/trust.md says in words what they mean and where the methods come from.
"""

from collections.abc import Sequence
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from store.part import Fraction, Part, Rows

LEVELS: Final = 200  # confidence goes in steps of half a percent
CONFIDENCES: Final = (0.8, 0.9, 0.95, 0.99)  # those whose coverage is measured
MAX_SCORES: Final = 201

Thresholds = tuple[float | None, ...]


class ReliabilityBin(Part):
    """Probabilities in [low, high): how many, their mean, and the share that came true.

    ``observed_low`` and ``observed_high`` end Wilson's 95 % interval of that share.
    """

    low: Fraction
    high: Fraction
    count: Annotated[int, Field(ge=1)]
    mean_predicted: Fraction
    observed: Fraction
    observed_low: Fraction
    observed_high: Fraction


class Calibration(Part):
    """A map of probabilities p to (p + floor)^exponent, divided by the sum over the classes.

    It is the identity, exponent 1 and floor 0, where another would not lower the log loss. Both
    losses and both lists of bins are of rows that neither the model nor the map had seen; a bin
    counts one probability a row and class.
    """

    exponent: Annotated[float, Field(gt=0)]
    floor: Fraction
    log_loss_before: Annotated[float, Field(ge=0)]
    log_loss_after: Annotated[float, Field(ge=0)]
    rows: Annotated[int, Field(ge=1)]
    before: tuple[ReliabilityBin, ...]
    after: tuple[ReliabilityBin, ...]

    @property
    def is_identity(self) -> bool:
        """Whether the probabilities stay as the model gives them."""
        return self.exponent == 1 and self.floor == 0


class Coverage(Part):
    """How often sets or intervals of one confidence held the truth, on rows never seen.

    ``covered`` counts the sets as the method makes them, ``shown`` as people see them: one that
    is ``empty`` is shown with the most probable class. In 95 of 100 tables of so many rows the
    share that is covered would lie from ``low`` to ``high`` if the promise were met exactly.
    ``size`` is the mean number of classes in a set as it is shown; of a regressor it is the width
    of every interval, None where that has no end.
    """

    promised: Fraction
    rows: Annotated[int, Field(ge=1)]
    covered: Rows
    shown: Rows
    empty: Rows
    low: Fraction
    high: Fraction
    size: Annotated[float, Field(ge=0)] | None


class Conformal(Part):
    """Where the scores of rows that the model had not seen end, for each confidence.

    A score is 1 - p of the true class, or by how much a number was missed. ``thresholds[c][k - 1]``
    belongs to the confidence k / 200: the score of rank ceil((rows + 1) k / 200) among the rows of
    class c, or among all of them where there is one list only; rounded up. It is None where there
    are too few rows for that rank, and then nothing can be left out.
    """

    rows: Annotated[int, Field(ge=1)]
    thresholds: tuple[Annotated[Thresholds, Field(min_length=199, max_length=199)], ...] = Field(
        min_length=1
    )
    coverage: tuple[Coverage, ...]

    @model_validator(mode="after")
    def _never_falls(self) -> Self:
        for known in self.thresholds:
            numbers = [value for value in known if value is not None]
            if numbers != sorted(numbers) or None in known[: len(numbers)]:
                raise ValueError("thresholds rise with the confidence, and those unknown are last")
        return self


class Cloud(Part):
    """A normal distribution: log weight, mean, and the upper triangle of U with U'U = precision.

    The triangle is read row by row, each from the diagonal on.
    """

    log_weight: float
    mean: tuple[float, ...]
    upper: tuple[float, ...]

    @model_validator(mode="after")
    def _is_a_triangle(self) -> Self:
        if len(self.upper) != len(self.mean) * (len(self.mean) + 1) // 2:
            raise ValueError("the triangle of a cloud has n (n + 1) / 2 numbers for n features")
        return self


class Plausibility(Part):
    """How unlikely a combination of values is, against the same values taken one by one.

    With z = (x - center) / scale of the ``features`` (places in the card), the score of a row is
    -log of the sum over clouds of exp(log_weight - |U (z - mean)|^2 / 2), less the sum of Huber's
    function of each z: z^2 / 2 up to ``bend``, a straight line beyond. ``scores`` are those of
    rows that the clouds had not seen, ascending; of more than 201 rows they are the quantiles in
    steps of half a percent. ``separation`` is the area under the ROC curve between such rows and
    rows whose columns were shuffled.
    """

    features: tuple[Rows, ...] = Field(min_length=1)
    center: tuple[float, ...]
    scale: tuple[Annotated[float, Field(gt=0)], ...]
    clouds: tuple[Cloud, ...] = Field(min_length=1)
    bend: Annotated[float, Field(gt=0)]
    scores: tuple[float, ...] = Field(min_length=1, max_length=MAX_SCORES)
    rows: Annotated[int, Field(ge=1)]
    separation: Fraction

    @model_validator(mode="after")
    def _fits(self) -> Self:
        widths = {len(part) for part in (self.center, self.scale)}
        widths |= {len(cloud.mean) for cloud in self.clouds}
        if widths != {len(self.features)}:
            raise ValueError("center, scale and clouds have one number a feature")
        if list(self.scores) != sorted(self.scores):
            raise ValueError("the scores of the rows ascend")
        return self


class Trust(Part):
    """What is known about how far to trust a model, from rows that it had not seen.

    ``origin`` says how: by ``cross-fitting`` the same recipe, or on rows that were ``unseen``
    because the model was made elsewhere. What is not known is None, and ``notes`` say why.
    """

    origin: Literal["cross-fitting", "unseen"]
    calibration: Calibration | None = None
    conformal: Conformal | None = None
    plausibility: Plausibility | None = None
    notes: tuple[str, ...] = ()

    def problem(self, *, features: int, classes: int) -> str | None:
        """Why it does not belong to a model of so many features and classes, or None."""
        if self.calibration is not None and not classes:
            return "a number has no calibration"
        if self.conformal is not None and len(self.conformal.thresholds) not in {1, classes}:
            return "thresholds are for all rows, or one list a class"
        places: Sequence[int] = self.plausibility.features if self.plausibility else ()
        if list(places) != sorted({place for place in places if place < features}):
            return "plausibility is about features that the model does not have"
        return None
