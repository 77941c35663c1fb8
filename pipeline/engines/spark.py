"""Distributed, the way of this program: the job behind ``python -m pipeline profile``.

Spark's tasks are told which pieces of which files are theirs. Each reads its own with Arrow, sums
arrays with the kernel, and answers with a few kB; the driver merges the answers in their order.
No row goes through the JVM or over the network, and the result is the same on any cluster.
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.condense import condense
from pipeline.engines.question import BINS, Answer, Column, Question, Section
from pipeline.inputs import find_input
from pipeline.runners import SparkRunner
from pipeline.session import spark_session
from pipeline.table.prepare import prepare
from store import schema
from store.descriptor import Descriptor, Feature
from store.errors import DataError


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from Parquet files, which are all of their kind in their folder.

    The profile has everything that is asked for, and a sample of the rows besides.

    Raises:
        DataError: The program keeps some rows out, such as those with infinite values.
    """
    where = str(files[0] if len(files) == 1 else files[0].parent / f"*{files[0].suffix}")
    features = tuple(Feature(column=name) for name in question.columns)
    descriptor = Descriptor(name="engines", features=features)
    groups = [question.group_by]
    table = prepare(find_input(where), descriptor, groups, needs_group=False)
    with spark_session() as spark:
        runner = SparkRunner(spark, parallelism=spark.sparkContext.defaultParallelism)
        found = condense(table, descriptor, groups, runner, uri=where)
    if found.rejected.rows:
        reasons = "; ".join(found.rejected.reasons)
        raise DataError(f"{found.rejected.rows:,} rows were kept out: {reasons}.")
    return Answer(
        _section(found.overall),
        {group.value: _section(group) for group in sorted(found.groups, key=lambda g: g.value)},
    )


def _section(found: schema.Section) -> Section:
    return Section(found.rows, tuple(map(_column, found.columns)), found.correlation)


def _column(found: schema.ColumnProfile) -> Column:
    return Column(
        count=found.count,
        missing=found.missing,
        mean=found.mean,
        sd=found.sd,
        minimum=found.minimum,
        maximum=found.maximum,
        skewness=found.skewness,
        histogram=found.histogram.counts if found.histogram else (0,) * BINS,
        quantiles=tuple(found.quantiles.values()),
        rank_error=found.rank_error,
    )
