"""What was predicted in a span of time: tallies of the log go in, series for charts come out."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

from dashboard.monitoring.windows import Window
from store.prediction_log.bins import CONFIDENCE_BINS, PER_DECADE
from store.prediction_log.entry import Served, Source, Tally
from store.schema import ModelCard

MOST_ANSWERS = 5  # as many as there are colours
OTHERS = "other classes"


@dataclass(frozen=True)
class Answer:
    """One class: how often it was the answer, step by step and by its probability.

    ``label`` is what people call it. ``steps`` has a count a step of the window, and
    ``confidence`` one a bin.
    """

    label: str
    steps: tuple[int, ...]
    confidence: tuple[int, ...]

    @property
    def total(self) -> int:
        """How often it was the answer."""
        return sum(self.steps)


@dataclass(frozen=True)
class Version:
    """A version of a model that answered: how often, and in which steps first and last."""

    served: Served
    total: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Traffic:
    """The predictions of a window.

    ``latency`` has a count a bin, by bin; ``errors`` a count a step, by kind; ``sources`` the
    predictions by where they came from. A regressor has one answer, with no confidence.
    """

    window: Window
    answers: tuple[Answer, ...]
    latency: dict[int, int]
    errors: dict[str, tuple[int, ...]]
    sources: dict[Source, int]
    versions: tuple[Version, ...]

    @property
    def total(self) -> int:
        """How many predictions there were."""
        return sum(self.latency.values())

    @property
    def failed(self) -> int:
        """How many requests were not answered as asked."""
        return sum(sum(steps) for steps in self.errors.values())


def traffic(
    by_time: Iterable[Tally], by_bin: Iterable[Tally], window: Window, card: ModelCard
) -> Traffic:
    """The tallies of a window, put together.

    Args:
        by_time: Those of one model, and errors, whatever their bin.
        by_bin: Those of one model, whenever they were.
        window: The window.
        card: Of the model. Classes come in its order; others that were answered follow, the most
            frequent first.
    """
    begin, steps = window.since.timestamp(), len(window.starts)
    over_time: defaultdict[str, list[int]] = defaultdict(lambda: [0] * steps)
    confidence: defaultdict[str, list[int]] = defaultdict(lambda: [0] * CONFIDENCE_BINS)
    errors: defaultdict[str, list[int]] = defaultdict(lambda: [0] * steps)
    latency: Counter[int] = Counter()
    sources: Counter[Source] = Counter()
    versions: defaultdict[Served, Counter[datetime]] = defaultdict(Counter)
    for tally in by_time:
        step = int((tally.at.timestamp() - begin) // window.step)
        if tally.measure == "error":
            errors[tally.answer][step] += tally.n
        elif tally.measure == "latency" and tally.served and tally.source:
            over_time[tally.answer][step] += tally.n
            sources[tally.source] += tally.n
            versions[tally.served][tally.at] += tally.n
    for tally in by_bin:
        if tally.measure == "confidence":
            confidence[tally.answer][tally.bin] += tally.n
        elif tally.measure == "latency":
            latency[tally.bin] += tally.n
    return Traffic(
        window,
        _answers(over_time, confidence, card),
        dict(sorted(latency.items())),
        {kind: tuple(errors[kind]) for kind in sorted(errors, key=lambda k: -sum(errors[k]))},
        dict(sorted(sources.items())),
        tuple(
            Version(served, sum(times.values()), min(times), max(times))
            for served, times in sorted(versions.items(), key=lambda one: -max(one[1]).timestamp())
        ),
    )


def latency_edges(found: int) -> tuple[float, float]:
    """Where a bin of latencies begins and ends, in microseconds."""
    return 10 ** (found / PER_DECADE), 10 ** ((found + 1) / PER_DECADE)


def latency_quantile(latency: dict[int, int], share: float) -> float | None:
    """The time that this share of the predictions stayed below, in microseconds; None of none.

    Within its bin, a tenth of a decade, it is read off as if times were even on a logarithmic
    scale; so it is within 26 % of the exact one.
    """
    total = sum(latency.values())
    if not total:
        return None
    bins = sorted(latency)
    below = list(accumulate(latency[one] for one in bins))
    place = next(i for i, count in enumerate(below) if count >= share * total)
    inside = (share * total - (below[place] - latency[bins[place]])) / latency[bins[place]]
    return float(10 ** ((bins[place] + inside) / PER_DECADE))


def _answers(
    over_time: defaultdict[str, list[int]],
    confidence: defaultdict[str, list[int]],
    card: ModelCard,
) -> tuple[Answer, ...]:
    """The classes in their order, at most ``MOST_ANSWERS``; the last then holds all others."""
    labels = {str(one.value): one.label for one in card.classes} or {"": card.target}
    strangers = sorted(over_time.keys() - labels.keys(), key=lambda one: -sum(over_time[one]))
    order = [*labels, *strangers]
    parts = [[one] for one in order]
    if len(order) > MOST_ANSWERS:
        ranked = sorted(order, key=lambda one: -sum(over_time[one]))
        shown = set(ranked[: MOST_ANSWERS - 1])
        parts = [[one] for one in order if one in shown]
        parts.append([one for one in order if one not in shown])
    return tuple(
        Answer(
            labels.get(part[0], part[0]) if len(part) == 1 else OTHERS,
            _sum([over_time[one] for one in part]),
            _sum([confidence[one] for one in part]),
        )
        for part in parts
    )


def _sum(counts: Sequence[Sequence[int]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*counts, strict=True)))
