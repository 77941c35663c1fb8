"""A table -> all that a profile says about its rows, in one pass where the files tell the ranges.

Passes over the rows: one for the ranges of the columns, where Parquet's footers do not tell them;
one for everything; and one more for each time that some quantile is not within its rank error.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline import tasks
from pipeline.findings import Findings, findings, rejected_of
from pipeline.kernel.atoms import find_atoms
from pipeline.kernel.partial import Partial, TooManyGroups
from pipeline.kernel.plan import Floats, Plan, Ranges
from pipeline.kernel.ranks import Ranks
from pipeline.kernel.summary import Summary, finish
from pipeline.kernel.zoom import Windows, Zoom
from pipeline.runners import Runner
from pipeline.table.conditions import Condition, no_match
from pipeline.table.prepare import Prepared
from pipeline.table.reader import read
from store.descriptor import Descriptor
from store.errors import DataError
from store.schema import MAX_REJECTED_EXAMPLES, Rejected

SEED = 0
LOOKED_AT_SPLITS = 4
LOOKED_AT_ROWS = 16_384
RANGES = "Find the ranges"
STATISTICS = "Statistics"
QUANTILES = "Quantiles"


def condense(
    table: Prepared,
    descriptor: Descriptor,
    groups: Sequence[str],
    runner: Runner,
    *,
    uri: str,
    seed: int = SEED,
) -> Findings:
    """Read all rows and say what is in them.

    Args:
        table: The table, cut into splits.
        descriptor: Names the columns, and orders the groups.
        groups: The columns to group by, the one that decides first.
        runner: Runs the tasks.
        uri: What the table is called in an error.
        seed: Decides which rows are in the sample.

    Raises:
        DataError: No row is usable, a feature has no numbers at all, there are more groups than
            are profiled, or a file cannot be read.
        CellarError: The runner failed.
    """
    passes = 0
    ranges = table.ranges
    if ranges is None:
        ranges, passes = _look(table, runner), 1
    while True:
        plans = _plans(table, descriptor, ranges, seed)
        found = _count(table, plans, runner)
        passes += 1
        first = found.partials[0]
        assert first is not None
        exact = _ranges_of(first)
        if _same(exact, ranges):
            break
        # The files told of values in rows that are kept out. The bins are those of usable rows.
        ranges = exact
    rejected = rejected_of(found.seen.reasons, found.seen.odd)
    check(uri, descriptor, first.rows, exact.count.tolist(), rejected, table.conditions)
    summaries, more = _finished(table, found.partials, rejected, runner)
    return findings(
        descriptor, groups, summaries, rows=first.rows, rejected=rejected, passes=passes + more
    )


def check(
    uri: str,
    descriptor: Descriptor,
    rows: int,
    values: Sequence[int],
    rejected: Rejected,
    conditions: Sequence[Condition] = (),
) -> None:
    """Insist on usable rows and, in every feature, on numbers where there is any text.

    Raises:
        DataError: There are none.
    """
    for name, count in zip(descriptor.columns, values, strict=True):
        if not count and (reason := f"{name} is not a number") in rejected.reasons:
            shown = next((row.text for row in rejected.examples if row.reason == reason), "")
            raise DataError(
                f'The column "{name}" of {uri} has to be numeric, but none of its values is a '
                f"number. A rejected row: {shown}"
            )
    if not rows and conditions and not rejected.rows:
        raise no_match(uri, conditions)
    if not rows:
        why = ", ".join(f"{count:,} where {reason}" for reason, count in rejected.reasons.items())
        raise DataError(f"{uri} has no usable row: {why or 'only a header'}.")


def _look(table: Prepared, runner: Runner) -> Ranges:
    total = Ranges(len(table.reading.rules.features))
    for answer in runner.run(tasks.bound(tasks.look, table.reading), table.splits, RANGES):
        total.merge(tasks.looked(answer))
    return total


def _plans(table: Prepared, descriptor: Descriptor, ranges: Ranges, seed: int) -> tuple[Plan, ...]:
    """A plan for each grouping; the first one draws the sample."""
    plan = Plan.of(
        descriptor.columns,
        ranges,
        seed=seed,
        categories=descriptor.categories,
        dates=descriptor.dates,
    )
    if ranges.rows > plan.exact_rows:
        plan = replace(plan, atoms=find_atoms(_some_rows(table), plan))
    further = replace(plan, sample_rows=0)
    return (plan, *(further for _ in table.reading.rules.groups[1:]))


def _some_rows(table: Prepared) -> list[Floats]:
    """The features of a few rows from different places of the table."""
    step = max(1, len(table.splits) // LOOKED_AT_SPLITS)
    batches = []
    for split in table.splits[::step][:LOOKED_AT_SPLITS]:
        rows = next((rows for rows in read(table.reading, split) if rows.rows), None)
        if rows is not None:
            batches.append([value[:LOOKED_AT_ROWS] for value in rows.values])
    return [np.concatenate(column) for column in zip(*batches, strict=True)]


def _count(table: Prepared, plans: Sequence[Plan], runner: Runner) -> tasks.Counted:
    total = tasks.Counted([Partial(plan) for plan in plans], tasks.Seen(Counter(), []))
    task = tasks.bound(tasks.count, table.reading, plans, MAX_REJECTED_EXAMPLES)
    for answer in runner.run(task, table.splits, STATISTICS):
        found = tasks.counted(plans, answer)
        total.seen.take(found.seen.reasons.items(), found.seen.odd)
        del total.seen.odd[MAX_REJECTED_EXAMPLES:]
        for g, (one, other) in enumerate(zip(total.partials, found.partials, strict=True)):
            total.partials[g] = tasks.merged(one, other)
        if total.partials[0] is None:
            raise TooManyGroups(table.reading.rules.groups[0])
    return total


def _ranges_of(partial: Partial) -> Ranges:
    whole = partial.sections()[0].group
    ranges = Ranges(len(partial.plan.names))
    ranges.rows, ranges.low, ranges.high = partial.rows, whole.low, whole.high
    ranges.count = whole.counts[:, :-1].sum(axis=1)
    return ranges


def _same(a: Ranges, b: Ranges) -> bool:
    return np.array_equal(a.low, b.low) and np.array_equal(a.high, b.high)


def _finished(
    table: Prepared, partials: Sequence[Partial | None], rejected: Rejected, runner: Runner
) -> tuple[list[Summary | None], int]:
    """The figures of each grouping, and how many further passes they took."""
    ranks = [None if partial is None else Ranks.of(partial) for partial in partials]
    passes = 0
    while any(windows := [None if r is None else r.needs_refinement() for r in ranks]):
        zooms = _zoom(table, windows, rejected, runner)
        ranks = [
            r if r is None or zoom is None else r.refined(zoom)
            for r, zoom in zip(ranks, zooms, strict=True)
        ]
        passes += 1
    return [
        None if partial is None else finish(partial, rank)
        for partial, rank in zip(partials, ranks, strict=True)
    ], passes


def _zoom(
    table: Prepared, windows: Sequence[Windows | None], rejected: Rejected, runner: Runner
) -> list[Zoom | None]:
    told = table.reading
    columns = sorted({j for some in windows if some is not None for j in some.columns})
    if not rejected.rows:  # else a row has to be judged by all of its cells again
        told = told.only(columns)
        place = {j: i for i, j in enumerate(columns)}
        asked = [
            some and some._replace(column=tuple(place[j] for j in some.column)) for some in windows
        ]
    else:
        asked = list(windows)
    total = [None if some is None else Zoom(some) for some in asked]
    for answer in runner.run(tasks.bound(tasks.zoom, told, asked), table.splits, QUANTILES):
        for one, other in zip(total, tasks.zoomed(asked, answer), strict=True):
            if one is not None and other is not None:
                one.merge(other)
    for one, some in zip(total, windows, strict=True):
        if one is not None and some is not None:
            one.windows = some
    return total
