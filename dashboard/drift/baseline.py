"""What a model's stream is compared with: the rows it was trained on, and its answers to new rows.

* A number is compared with the sampled rows of the profile: all rows of a table of up to 2,000. The
  histogram would not do exactly, since the reference alone chose its edges, and it hides ties.
* A category is compared with the counts of the profile, of those texts that the model takes, in the
  order of their letters, which no data has chosen. That each was seen at all does favour the
  reference a little: with ``RARE`` rows of each that does not matter, with fewer the feature is
  shown but not tested.
* An answer is compared with the answers to the rows that were held out, which the model had not
  seen either.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import Any, Literal

import numpy as np
import orjson

from dashboard.api.explaining import complete_rows, training_profile
from dashboard.drift.ranks import Floats, Integers, Reference, marks
from dashboard.live.snapshot import Live
from store.prediction_log.entry import Entry
from store.schema import (
    MAX_SAMPLE_ROWS,
    CardFeature,
    HeldOut,
    HeldOutRegression,
    ModelCard,
    Profile,
)

RARE = 5
FEWEST = 10  # rows of a reference that can tell anything

NOT_SAMPLED = "The profile has no sampled rows with a number for every feature."
NO_PROFILE = "The profile has no counts of these categories."
ROUGH = "The profile's counts of these categories are estimates."
RARE_ONES = f"The reference has a category in fewer than {RARE} rows."
NO_ANSWERS = "The card has no answers to rows that the model had never seen."
TOO_FEW = f"The reference has fewer than {FEWEST} rows."


@dataclass(frozen=True)
class Column:
    """One feature, or the answers, of the reference.

    Args:
        name: The feature's name; of the answers the target's.
        of: Whether it is an input or the answer.
        counts: The reference's rows in each bin, for people.
        edges: Bounds of the bins of a number; () of a category.
        labels: The texts of a category, one a bin, in the order in which they are tested.
        sample: The reference's values for the test; of a category its place among the labels.
        untested: Why it is not tested; "" where it is.
    """

    name: str
    of: Literal["input", "answer"]
    counts: tuple[int, ...]
    edges: tuple[float, ...]
    labels: tuple[str, ...]
    sample: Sequence[float] = field(repr=False)
    untested: str

    @cached_property
    def number(self) -> Callable[[Any], float]:
        """Gives a value of the log as the test knows it.

        It raises KeyError, OverflowError, TypeError or ValueError where that is none, and lets
        infinities pass.
        """
        if not self.labels:
            return float
        places = {label: float(place) for place, label in enumerate(self.labels)}

        def place(value: object) -> float:
            if isinstance(value, float) and value.is_integer():
                value = int(value)  # as the API takes it
            return places[str(value)]

        return place

    def binned(self, values: Floats) -> tuple[int, ...]:
        """How many of the values are in each bin; those beyond the ends are in the bins there."""
        if self.labels:
            return _counted(values, len(self.labels))
        return _between(values, self.edges)


@dataclass(frozen=True)
class Baseline:
    """The reference of a model: its features in the card's order, then its answers."""

    columns: tuple[Column, ...]

    @cached_property
    def tested(self) -> tuple[int, ...]:
        """The places of the columns that are tested."""
        return tuple(i for i, column in enumerate(self.columns) if not column.untested)

    @cached_property
    def reference(self) -> Reference | None:
        """What the test compares with; None where no column can be tested."""
        found = [marks(self.columns[i].sample, i) for i in self.tested]
        return Reference(found) if found else None

    def table(self, entries: Iterable[Entry]) -> tuple[list[bytes], Floats]:
        """The ids and the values (rows, columns) of predictions of this model.

        One that does not have every value as the model takes it is left out.
        """
        inputs = [(one.name, one.number) for one in self.columns if one.of == "input"]
        answers = [one.number for one in self.columns if one.of == "answer"]
        ids, rows = [], []
        for entry in entries:
            try:
                said = orjson.loads(entry.features)
                row = [number(said[name]) for name, number in inputs]
                row += [number(entry.answer) for number in answers]
            except (KeyError, OverflowError, TypeError, ValueError):
                continue
            ids.append(entry.id)
            rows.append(row)
        values = np.array(rows, dtype=np.float64).reshape(len(rows), len(self.columns))
        finite = np.asarray(np.isfinite(values).all(axis=1))
        return [*compress(ids, finite)], values[finite]


def reference_profile(card: ModelCard, live: Live) -> Profile | None:
    """The profile that an open model, live or candidate, is compared with, whatever its name.

    It is that of the rows the model was trained on, where it is live; else the one that the release
    pins for this version, which is of a later or earlier run; None without either.
    """
    released = (*live.release.models, *live.release.candidates) if live.release else ()
    pinned = {(model.name, model.version): model.profile for model in released}
    of_release = live.profiles.get(pinned.get((card.name, card.version), ""))
    return training_profile(card, live.profiles) or of_release


def baseline(card: ModelCard, profile: Profile | None) -> Baseline:
    """What the predictions of a model are compared with."""
    rows = [row for row, _ in complete_rows(_numbers(card), profile)] if profile else []
    samples = dict(
        zip((one.name for one in _numbers(card).features), np.array(rows).T, strict=False)
    )
    columns = [
        _category(feature, feature.categories, profile)
        if feature.categories
        else _number(feature, samples.get(feature.name), profile)
        for feature in card.features
    ]
    return Baseline((*columns, _answers(card)))


def _numbers(card: ModelCard) -> ModelCard:
    """The card with its numeric features alone: a sample has no others."""
    numbers = tuple(feature for feature in card.features if not feature.categories)
    return card.model_copy(update={"features": numbers})


def _number(feature: CardFeature, sample: Floats | None, profile: Profile | None) -> Column:
    found = {column.name: column for column in profile.overall.columns} if profile else {}
    column = found.get(feature.name)
    histogram = column.histogram if column else None
    values = sample.tolist() if sample is not None else []
    return Column(
        name=feature.name,
        of="input",
        counts=histogram.counts if histogram else (),
        edges=histogram.edges if histogram else (),
        labels=(),
        sample=values,
        untested=NOT_SAMPLED if not values else TOO_FEW if len(values) < FEWEST else "",
    )


def _category(feature: CardFeature, texts: Sequence[str], profile: Profile | None) -> Column:
    found = {column.name: column for column in profile.overall.categories} if profile else {}
    column = found.get(feature.name)
    labels = tuple(sorted(texts))
    seen = {value.value: value.count for value in column.top} if column else {}
    counts = tuple(seen.get(label, 0) for label in labels)
    untested = ""
    if column is None:
        untested = NO_PROFILE
    elif column.count_error:
        untested = ROUGH
    elif min(counts) < RARE:
        untested = RARE_ONES
    sample = [] if untested else _drawn(counts)
    return Column(feature.name, "input", counts, (), labels, sample, untested)


def _answers(card: ModelCard) -> Column:
    shown = card.held_out or card.on_given
    untested = "" if card.held_out else NO_ANSWERS
    if card.held_out and card.held_out.rows < FEWEST:
        untested = TOO_FEW
    if card.number is not None:
        pairs = shown.sample if isinstance(shown, HeldOutRegression) else ()
        sample = [predicted for _, predicted in pairs]
        histogram = card.number.values.histogram
        edges = histogram.edges if histogram else ()
        counts = _between(np.array(sample), edges)
        return Column(card.target, "answer", counts, edges, (), sample, untested)
    labels = tuple(str(one.value) for one in card.classes)
    confusion = shown.confusion if isinstance(shown, HeldOut) else ((0,) * len(labels),)
    counts = tuple(sum(predicted) for predicted in zip(*confusion, strict=True))
    return Column(card.target, "answer", counts, (), labels, _drawn(counts), untested)


def _between(values: Floats, edges: Sequence[float]) -> tuple[int, ...]:
    """How many values are in each bin; none without edges."""
    inner = np.array(edges[1:-1], dtype=np.float64)
    return _counted(np.searchsorted(inner, values, side="right"), len(edges) - 1) if edges else ()


def _counted(places: Floats | Integers, bins: int) -> tuple[int, ...]:
    return tuple(np.bincount(places.astype(np.intp), minlength=bins).tolist())


def _drawn(counts: Sequence[int]) -> list[float]:
    """The rows behind counts, as places; of very many a sample without replacement."""
    kept = np.array(counts, dtype=np.int64)
    if kept.sum() > MAX_SAMPLE_ROWS:
        kept //= max(1, int(kept.sum()) // 100_000_000)  # numpy draws from fewer than 1e9
        random = np.random.default_rng(len(counts))
        kept = random.multivariate_hypergeometric(kept, MAX_SAMPLE_ROWS)
    places: list[float] = np.repeat(np.arange(len(counts), dtype=np.float64), kept).tolist()
    return places
