"""A table as a Spark DataFrame: for Spark's own operators, and for what only Spark can read.

Spark's tasks read files through ``pipeline.table``, as those do that need no DataFrame, and the
rows of a table or view that Spark reads itself are judged by the same rules.
"""

import functools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import DateType, DoubleType, StringType, StructField, StructType

from pipeline.condense import check
from pipeline.described import Column, inferred
from pipeline.findings import rejected_of
from pipeline.frames import collect, column, group_column, map_in_arrow
from pipeline.inputs import TABLE, Input
from pipeline.kernel.calendar import NO_DAY
from pipeline.kernel.partial import Coded
from pipeline.kernel.plan import Ints
from pipeline.layout import LOOKED_AT_ROWS, arrow_kind, columns
from pipeline.table.batches import arrow_rows
from pipeline.table.columns import Columns, Layout
from pipeline.table.conditions import Condition
from pipeline.table.files import Split
from pipeline.table.judge import Judged, Rules, judge
from pipeline.table.prepare import Prepared, prepare, rules_of
from pipeline.table.reader import Reading
from pipeline.table.reader import read as read_split
from store.descriptor import Descriptor
from store.errors import DataError
from store.schema import MAX_REJECTED_EXAMPLES, Rejected

KEPT_OUT = "_kept_out"
Batches = Iterator[pa.RecordBatch]


class Table(NamedTuple):
    """What was read.

    ``frame`` has one row per usable row: for each column that is grouped by its value as string
    under ``group_column(g)``, every feature as double, every category as string, and every date
    as date; null where it is missing. It is cached.
    """

    frame: DataFrame
    rows: int
    rejected: Rejected


def read(
    spark: SparkSession, found: Input, descriptor: Descriptor, *, groups: Sequence[str]
) -> Table:
    """Read files and keep out the rows that do not parse.

    Raises:
        DataError: A column is missing or has no numbers at all, no row is usable, or a file
            cannot be read.
    """
    table = prepare(found, descriptor, groups, needs_group=bool(groups))
    return read_prepared(spark, table, descriptor, groups=groups, uri=found.uri)


def read_prepared(
    spark: SparkSession,
    table: Prepared,
    descriptor: Descriptor,
    *,
    groups: Sequence[str],
    uri: str,
) -> Table:
    """The same of files that were cut into splits already."""
    schema = _schema(descriptor, groups)
    numbers = spark.range(0, len(table.splits), 1, len(table.splits))
    task = functools.partial(_read_splits, table.reading, table.splits, to_arrow_schema(schema))
    judged = map_in_arrow(numbers, task, schema)
    return _checked(judged, descriptor, groups, uri, table.conditions)


def spark_layout(frame: DataFrame) -> Layout:
    """The columns of what Spark reads itself."""
    schema = to_arrow_schema(frame.schema, timezone="UTC")
    return Layout(tuple(schema.names), tuple(arrow_kind(field.type) for field in schema))


def open_frame(spark: SparkSession, where: str) -> DataFrame:
    """What only Spark can read: ``table:NAME``, or files of another system.

    Raises:
        DataError: Spark cannot read it; the text ends with why.
    """
    scheme, _, name = where.partition(":")
    try:
        if scheme == TABLE:
            return spark.read.table(name)
        suffix = where.rstrip("/").rpartition(".")[2].lower()
        kind = {"csv": "csv", "tsv": "csv", "json": "json", "jsonl": "json"}.get(suffix, "parquet")
        options = {"header": True, "sep": "\t" if suffix == "tsv" else ","} if kind == "csv" else {}
        return spark.read.options(**options).format(kind).load(where)
    except (PySparkException, Py4JError) as error:
        said = next((line for line in str(error).splitlines() if line.strip(": ")), "no reason")
        raise DataError(f"Spark cannot read {where}: {said}") from error


def described_frame(frame: DataFrame, uri: str, *, group_by: Sequence[str]) -> Descriptor:
    """The descriptor of what Spark reads itself, inferred from its columns and first rows."""
    layout = spark_layout(frame)
    rows = frame.limit(LOOKED_AT_ROWS).collect()
    columns = {
        name: Column(
            kind, frozenset(str(row[i]) for row in rows if row[i] is not None and kind == "text")
        )
        for i, (name, kind) in enumerate(zip(layout.header, layout.kinds, strict=True))
    }
    return inferred(columns, uri.partition(":")[2], group_by=group_by, name=uri)


def read_frame(
    frame: DataFrame,
    descriptor: Descriptor,
    *,
    groups: Sequence[str],
    uri: str,
    needs_group: bool = True,
    conditions: Sequence[Condition] = (),
) -> Table:
    """The same of what Spark reads itself: a table, a view, files of another system."""
    layout = spark_layout(frame)
    where = columns(layout, descriptor, groups, name=uri, conditions=conditions)
    needed = frame.toDF(*map(str, range(len(layout.header)))).select(
        *(column(str(i)) for i in where.needed)
    )
    schema = _schema(descriptor, groups)
    rules = rules_of(descriptor, groups, needs_group=needs_group)
    task = functools.partial(_judge_batches, where, rules, to_arrow_schema(schema))
    return _checked(map_in_arrow(needed, task, schema), descriptor, groups, uri, conditions)


def _schema(descriptor: Descriptor, groups: Sequence[str]) -> StructType:
    fields = [
        *((group_column(g), StringType()) for g in range(len(groups))),
        *((name, DoubleType()) for name in descriptor.columns),
        *((name, StringType()) for name in descriptor.categories),
        *((name, DateType()) for name in descriptor.dates),
        (KEPT_OUT, StringType()),
    ]
    return StructType([StructField(name, kind) for name, kind in fields])


def _read_splits(
    told: Reading, splits: Sequence[Split], schema: pa.Schema, batches: Batches
) -> Batches:
    for batch in batches:
        for number in batch.column(0).to_pylist():
            found = read_split(told, splits[number], examples=MAX_REJECTED_EXAMPLES)
            yield from _as_batches(found, schema)


def _judge_batches(where: Columns, rules: Rules, schema: pa.Schema, batches: Batches) -> Batches:
    def judged() -> Iterator[Judged]:
        examples = MAX_REJECTED_EXAMPLES
        for batch in batches:
            found = judge(arrow_rows(batch), where, rules, first=0, examples=examples)
            examples -= len(found.odd)
            yield found

    yield from _as_batches(judged(), schema)


def _as_batches(found: Iterable[Judged], schema: pa.Schema) -> Batches:
    """The usable rows, and one row a batch that tells of the others."""
    for rows in found:
        arrays = [
            *map(_texts, rows.groups),
            *(pa.array(value, from_pandas=True) for value in rows.values),
            *map(_texts, rows.categories),
            *map(_dates, rows.days),
            pa.nulls(rows.rows, pa.string()),
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)
        if rows.reasons:
            told = json.dumps([dict(rows.reasons), rows.odd])
            alone: list[pa.Array] = [pa.nulls(1, field.type) for field in schema][:-1]
            yield pa.RecordBatch.from_arrays([*alone, pa.array([told])], schema=schema)


def _texts(column: Coded) -> pa.Array:
    return pa.array(column.labels, pa.string()).take(pa.array(column.codes))


def _dates(days: Ints) -> pa.Array:
    return pa.array(days.astype("int32"), pa.int32(), mask=days == NO_DAY).cast(pa.date32())


def _checked(
    judged: DataFrame,
    descriptor: Descriptor,
    groups: Sequence[str],
    uri: str,
    conditions: Sequence[Condition],
) -> Table:
    """Count the rows by reason, look at the rejected ones, and insist on usable ones."""
    judged = judged.persist()
    kept_out = column(KEPT_OUT).isNotNull()
    numbers = [F.count(column(name)).alias(f"n{i}") for i, name in enumerate(descriptor.columns)]
    usable = F.count(F.when(~kept_out, 1)).alias("rows")
    try:
        [counts] = collect(judged.agg(usable, *numbers), "Read and check the rows")
        told = collect(judged.where(kept_out).select(KEPT_OUT), "Look at the rows kept out")
    except (PySparkException, Py4JError) as error:
        raise _refused(error) or error from error
    reasons: Counter[str] = Counter()
    odd: list[tuple[str, str]] = []
    for (text,) in told:
        more, examples = json.loads(text)
        reasons.update(more)
        odd.extend((line, reason) for line, reason in examples)
    rejected = rejected_of(reasons, odd)
    values = [counts[f"n{i}"] for i in range(len(numbers))]
    check(uri, descriptor, counts["rows"], values, rejected, conditions)
    contract = [name for name in _schema(descriptor, groups).names if name != KEPT_OUT]
    frame = judged.where(~kept_out).select(*map(column, contract))
    return Table(frame, counts["rows"], rejected)


def _refused(error: Exception) -> DataError | None:
    """What a task raised on purpose, out of the text of Java's exception."""
    _, mark, text = str(error).partition("store.errors.DataError: ")
    return DataError(text.splitlines()[0]) if mark else None
