"""What the test says of a stream, with a window of it beside the reference."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np

from dashboard.drift.baseline import Baseline, Column
from dashboard.drift.e_process import THRESHOLD
from dashboard.drift.power import rows_needed
from dashboard.drift.profiles import decile_cuts, psi, psi_noise
from dashboard.drift.ranks import Floats
from dashboard.drift.state import State, moment_of
from dashboard.drift.verdict import DriftVerdict, FeatureDrift
from store.prediction_log.entry import Entry
from store.schema import Histogram


def assess(baseline: Baseline, state: State | None, window: Iterable[Entry] = ()) -> DriftVerdict:
    """The verdict of a stream.

    Args:
        baseline: What the stream is compared with.
        state: What the test has found; None before the first prediction.
        window: The predictions to show beside the reference: how much they differ is told by PSI,
            which may be looked at as often as one likes but raises no alarm.
    """
    _, values = baseline.table(window)
    highest = state.highest if state else np.ones(len(baseline.tested))
    places = {place: at for at, place in enumerate(baseline.tested)}
    moved = _moved(highest)
    features = []
    for place, column in enumerate(baseline.columns):
        at = places.get(place)
        since = moment_of(int(state.since[at])) if state and at is not None and moved[at] else None
        features.append(
            _feature(
                column,
                values[:, place],
                e_value=float(highest[at]) if at is not None else None,
                share=float(highest[at] / highest.sum()) if at is not None else 0.0,
                moved=at is not None and bool(moved[at]),
                since=since,
            )
        )
    evidence = state.evidence if state else 0.0
    alarm = state is not None and state.alarmed is not None
    rows = int(baseline.reference.rows.max()) if baseline.reference else 0
    return DriftVerdict(
        rows=state.rows if state else 0,
        window_rows=len(values),
        reference_rows=rows,
        minimum=rows_needed(rows, len(highest)) if rows else None,
        e_value=evidence,
        threshold=THRESHOLD,
        alarm=alarm,
        alarmed=moment_of(state.alarmed) if state and state.alarmed is not None else None,
        since=moment_of(int(state.since[highest.argmax()])) if state and alarm else None,
        features=tuple(features),
    )


def window_psi(column: Column, counts: Sequence[int]) -> tuple[float | None, float]:
    """The PSI of a window's counts against the reference's, and what 95 % of noise stays below.

    Bins of a number are joined to at most ten, cut near the deciles of the reference.
    """
    rows, others = sum(column.counts), sum(counts)
    if not rows or not others:
        return None, 0.0
    expected, actual = list(column.counts), list(counts)
    if column.edges:
        histogram = Histogram(edges=column.edges, counts=column.counts)
        cuts = [column.edges.index(cut) for cut in decile_cuts(histogram)]
        expected = [sum(part) for part in _split(expected, cuts)]
        actual = [sum(part) for part in _split(actual, cuts)]
    _, limit = psi_noise(len(expected), rows, others)
    return psi(expected, actual), limit


def _moved(highest: Floats) -> list[bool]:
    """Which columns have moved, by Holm's procedure (1979) on their anytime-valid p-values 1 / E.

    All that are named are rightly so in 95 % of streams, however the columns depend on each other.
    """
    order = np.argsort(-highest)
    needed = THRESHOLD * np.arange(len(highest), 0, -1)
    kept = np.minimum.accumulate(highest[order] >= needed)
    moved = np.zeros(len(highest), dtype=bool)
    moved[order] = kept
    return [bool(one) for one in moved]


def _feature(
    column: Column,
    values: Floats,
    *,
    e_value: float | None,
    share: float,
    moved: bool,
    since: datetime | None,
) -> FeatureDrift:
    window = column.binned(values)
    found, noise = window_psi(column, window)
    return FeatureDrift(
        name=column.name,
        of=column.of,
        e_value=e_value,
        untested=column.untested,
        moved=moved,
        since=since,
        share=share,
        psi=found,
        psi_noise=noise,
        reference=column.counts,
        window=window,
        edges=column.edges,
        labels=column.labels,
    )


def _split(counts: Sequence[int], cuts: Sequence[int]) -> list[Sequence[int]]:
    """The counts in parts that end before each place."""
    return [counts[a:b] for a, b in pairwise([0, *cuts, len(counts)])]
