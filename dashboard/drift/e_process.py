"""The drift test: evidence that a stream is not as its reference, valid whenever one looks.

Each column bets on its ranks (``dashboard.drift.ranks``, ``dashboard.drift.bets``). The stakes of a
column are 1 in all, a part of them starts at each row, and what they have become is the column's
e-value E: a martingale of mean 1 under exchangeability. By Ville's inequality (1939) it ever
reaches 1/p in at most a share p of streams. Of K columns, the largest highest E divided by K ever
reaches 20 in at most 5 % of streams, however the columns depend on each other; docs/drift.md says
why it is not their mean.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from dashboard.drift.bets import BETS, FIRST_STAKE, factors, waiting
from dashboard.drift.ranks import Floats, Integers, Reference, counted, row_hashes, uniforms
from dashboard.drift.state import State

THRESHOLD = 20.0
CHUNK = 128  # rows at once: the products of their factors stay within 1e-122 and 1e71
MOST = 1e100  # wealth above it is not counted, which keeps every promise


def fold(state: State, reference: Reference, ids: Sequence[bytes], values: Floats) -> State:
    """The state after more rows.

    Args:
        state: The state before; it is not changed.
        reference: What it is a state of.
        ids: The rows' ids, UUIDv7, in their order.
        values: (rows, columns), finite.

    Raises:
        ValueError: The state belongs to another reference.
    """
    after = state
    for chunk, _ in folded(state, reference, ids, values):
        after = chunk
    return after


def folded(
    state: State, reference: Reference, ids: Sequence[bytes], values: Floats
) -> Iterable[tuple[State, Floats]]:
    """As ``fold``, chunk by chunk, each with the e-values (rows, columns) after each row."""
    if state.reference != reference.fingerprint:
        raise ValueError("This state of the drift test belongs to another reference.")
    columns = np.arange(len(reference.columns))
    for begin in range(0, len(ids), CHUNK):
        part = slice(begin, begin + CHUNK)
        ties, places = uniforms(row_hashes(ids[part])[:, None], columns)
        cells = np.stack(
            [one.cells(values[part, i], ties[:, i]) for i, one in enumerate(reference.columns)],
            axis=1,
        )
        moments = np.array([int.from_bytes(one[:6], "big") for one in ids[part]], dtype=np.int64)
        state, e_values = _chunk(state, reference, cells, places, moments)
        yield state, e_values


def _chunk(
    state: State, reference: Reference, cells: Integers, places: Floats, moments: Integers
) -> tuple[State, Floats]:
    rows = len(cells)
    in_all = reference.rows + state.rows + np.arange(rows)[:, None]
    below, inside, counts = counted(state.counts, reference.inside, cells)
    ranks = (below + places * (inside + 1)) / (in_all + 1)

    # Products from the chunk's begin: a stake of row s is worth product(t) / product(s - 1).
    product = np.cumprod(factors(ranks, reference.rows / in_all), axis=0)
    earlier = np.ones_like(product)
    earlier[1:] = product[:-1]
    left = waiting(np.arange(state.rows, state.rows + rows + 1, dtype=np.float64))
    begun = (left[:-1] - left[1:])[:, None, None] / earlier[..., BETS:]
    wealth = product
    wealth[..., :BETS] *= state.wealth[:, :BETS]
    last = product[-1].copy()
    wealth[..., BETS:] *= state.wealth[:, BETS:] + np.cumsum(begun, axis=0)

    e_values = (
        FIRST_STAKE * wealth[..., :BETS].sum(axis=-1)
        + (1 - FIRST_STAKE) * wealth[..., BETS:].sum(axis=-1)
    ) / BETS + (1 - FIRST_STAKE) * left[1:, None]
    best, starts = _best(state, last, begun, wealth[-1], moments)
    top = e_values.max(axis=0)
    higher = top > state.highest
    found = np.where(np.arange(2 * BETS) < BETS, FIRST_STAKE, 1 - FIRST_STAKE) * best
    leading = np.take_along_axis(starts, found.argmax(axis=1)[:, None], axis=1)[:, 0]
    alarmed = state.alarmed
    if alarmed is None:
        reached = (e_values >= THRESHOLD * e_values.shape[1]).any(axis=1)
        alarmed = int(moments[reached.argmax()]) if reached.any() else None
    after = State(
        reference=state.reference,
        rows=state.rows + rows,
        first=state.first if state.rows else int(moments[0]),
        alarmed=alarmed,
        counts=counts,
        wealth=np.minimum(wealth[-1], MOST),
        best=best,
        starts=starts,
        highest=np.maximum(state.highest, top),
        since=np.where(higher, leading, state.since),
    )
    return after, e_values


def _best(
    state: State, last: Floats, begun: Floats, wealth: Floats, moments: Integers
) -> tuple[Floats, Integers]:
    """The wealth of the best single start of each bet after a chunk, and when that start was."""
    best, starts = np.empty_like(state.best), np.empty_like(state.starts)
    best[:, :BETS] = wealth[:, :BETS]
    starts[:, :BETS] = state.first if state.rows else moments[0]
    new = begun.argmax(axis=0)
    worth = np.take_along_axis(begun, new[None], axis=0)[0]
    newer = worth > state.best[:, BETS:]
    best[:, BETS:] = np.where(newer, worth, state.best[:, BETS:]) * last[:, BETS:]
    starts[:, BETS:] = np.where(newer, moments[new], state.starts[:, BETS:])
    return np.minimum(best, MOST), starts
