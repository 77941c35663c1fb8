"""Arrays in one process: this program's own kernel reads the files once, without Spark.

The same sums run in every task of the Spark job. One pass gives all figures, with quantiles that
are exact in small tables and else within the rank error that the kernel states.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the kernel's sums round alike on one thread

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.engines.question import BINS, Answer, Column, Question, Section
from pipeline.kernel.partial import Partial
from pipeline.kernel.plan import Plan
from pipeline.kernel.ranks import Ranks
from pipeline.kernel.summary import Section as Found
from pipeline.kernel.summary import finish
from pipeline.kernel.zoom import Zoom

BATCH_ROWS = 65_536
Floats = np.ndarray[Any, np.dtype[np.float64]]


class Batch(NamedTuple):
    """Some rows: the columns with NaN where a value is missing, and the place of each row's group
    in ``labels``, which is None for no group."""

    columns: list[Floats]
    codes: np.ndarray[Any, np.dtype[np.int64]]
    labels: list[str | None]


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from Parquet files."""
    return finished(*passed(files, question))


def passed(files: Sequence[Path], question: Question) -> tuple[Partial, Ranks]:
    """The kernel's state after one pass, and what further ones told where quantiles need them."""
    partial = Partial(plan_of(question))
    for columns, codes, labels in batches(files, question.columns, question.group_by):
        partial.add(columns, codes, labels)
    ranks = Ranks.of(partial)
    while windows := ranks.needs_refinement():
        zoom = Zoom(windows)
        names = [question.columns[j] for j in windows.columns]
        for columns, codes, labels in batches(files, names, question.group_by):
            zoom.add(columns, codes, labels)
        ranks = ranks.refined(zoom)
    return partial, ranks


def finished(partial: Partial, ranks: Ranks) -> Answer:
    """The kernel's summary as an answer."""
    summary = finish(partial, ranks)
    groups = {str(found.value): _section(found) for found in summary.groups}
    return Answer(_section(summary.overall), groups)


def plan_of(question: Question) -> Plan:
    """The kernel's plan for a question; its bins are those of the question."""
    low, high = zip(*((edges[0], edges[-1]) for edges in question.edges), strict=True)
    return Plan(names=question.columns, low=low, high=high, sample_rows=0)


def batches(files: Sequence[Path], columns: Sequence[str], group_by: str) -> Iterator[Batch]:
    """The rows of Parquet files, a few ten thousand at a time."""
    for file in files:
        rows = pq.ParquetFile(file).iter_batches(
            BATCH_ROWS, columns=[*columns, group_by], use_threads=False
        )
        for batch in rows:
            group = pc.dictionary_encode(batch.column(group_by).cast(pa.string()))
            labels = [value or None for value in group.dictionary.to_pylist()]
            codes = group.indices.fill_null(len(labels)).to_numpy().astype(np.int64)
            yield Batch([_floats(batch.column(name)) for name in columns], codes, [*labels, None])


def _floats(cells: pa.Array) -> Floats:
    values = cells.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return values if np.isfinite(values).all() else np.where(np.isfinite(values), values, np.nan)


def _section(found: Found) -> Section:
    columns = (
        Column(
            count=column.count,
            missing=column.missing,
            mean=column.mean,
            sd=column.sd,
            minimum=column.minimum,
            maximum=column.maximum,
            skewness=column.skewness,
            histogram=column.counts or (0,) * BINS,
            quantiles=tuple(column.quantiles.values()),
            rank_error=column.rank_error,
        )
        for column in found.columns
    )
    return Section(found.rows, tuple(columns), found.correlation)
