"""CSV and Parquet files -> a DataFrame with an enforced schema, and the rows that were kept out.

The files were matched with the descriptor by name already (``layout``), so Spark reads every
column as text, by position, and each cell is judged here: that is what gives every rejected
row its reason.
"""

import functools
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from py4j.protocol import Py4JError  # type: ignore[import-untyped]
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from pipeline.frames import GROUP, collect, column
from pipeline.inputs import Input
from pipeline.layout import Columns, Kind, Layout, columns, layouts
from store.descriptor import Descriptor
from store.errors import DataError
from store.schema import MAX_REJECTED_EXAMPLES, Rejected, RejectedRow

MALFORMED = "_malformed"
REASON = "_reason"
TEXT = "_text"
TEXT_LENGTH = 500
BROKEN_FILE = "FAILED_READ_FILE"
WRONG_LENGTH = "another number of fields than the header"


class Table(NamedTuple):
    """What was read.

    ``frame`` has one row per usable row: every feature as double (null where it is missing),
    every category as string, and, when rows are grouped, ``_group`` as string. It is cached.
    """

    frame: DataFrame
    rows: int
    rejected: Rejected


def read(
    spark: SparkSession, found: Input, descriptor: Descriptor, *, group_by: str | None
) -> Table:
    """Read a table and keep out the rows that do not parse.

    A row is kept out when it has another number of fields than the header, text where a number
    belongs, an infinite number, no value in the group column, or one that is none of the
    target's classes. An empty field or NaN is a missing value and no reason.

    Raises:
        DataError: A column is missing or has no numbers at all, or no row is usable.
    """
    parts = []
    for layout, files in layouts(found).items():
        where = columns(layout, descriptor, group_by, name=found.name(files[0]))
        raw = _scan(spark, found, layout, files)
        parts.append(_judged(raw, layout, where, descriptor, group_by))
    judged = functools.reduce(DataFrame.unionByName, parts).persist()
    try:
        return _checked(judged, found, descriptor, group_by)
    except (PySparkException, Py4JError) as error:
        if BROKEN_FILE not in str(error):
            raise
        raise DataError(
            f"{found.uri} is damaged: Spark cannot read all of it. Write the file again."
        ) from error


def _scan(spark: SparkSession, found: Input, layout: Layout, files: Sequence[Path]) -> DataFrame:
    """The files' columns as c0, c1, ..., and ``_malformed`` with the text of odd rows."""
    paths = [_escaped(file) for file in files]
    names = [f"c{i}" for i in range(len(layout.header))]
    if found.format == "parquet":
        return spark.read.parquet(*paths).toDF(*names).withColumn(MALFORMED, F.lit(None))
    fields = [StructField(name, StringType()) for name in (*names, MALFORMED)]
    return spark.read.csv(
        paths,
        schema=StructType(fields),
        header=True,
        sep=layout.delimiter,
        escape='"',
        ignoreLeadingWhiteSpace=True,
        ignoreTrailingWhiteSpace=True,
        columnNameOfCorruptRecord=MALFORMED,
        mode="PERMISSIVE",
    )


def _judged(
    raw: DataFrame, layout: Layout, where: Columns, descriptor: Descriptor, group_by: str | None
) -> DataFrame:
    """The contract's columns, with why a row is kept out and its text, else nulls."""
    cells = [F.col(f"c{i}") for i in range(len(layout.header))]
    parsed = {f"v{i}": _number(cells[i], layout.kinds[i]) for i in where.features}
    if where.group is not None:
        parsed[GROUP] = _label(cells[where.group], layout.kinds[where.group])
    # In steps, because Spark would work out an expression again wherever it is used.
    judged = raw.withColumns(parsed).withColumn(
        REASON, F.coalesce(*_reasons(layout, where, descriptor, group_by))
    )
    line = F.concat_ws(layout.delimiter, *(F.coalesce(c.cast("string"), F.lit("")) for c in cells))
    text = F.substring(F.coalesce(F.col(MALFORMED), line), 1, TEXT_LENGTH)
    values = {
        name: F.col(f"v{i}") for name, i in zip(descriptor.columns, where.features, strict=True)
    }
    labels = {
        name: _label(cells[i], layout.kinds[i])
        for name, i in zip(descriptor.categories, where.categories, strict=True)
    }
    return judged.select(
        *([] if where.group is None else [GROUP]),
        *(F.when(~F.isnan(value), value).alias(name) for name, value in values.items()),
        *(label.alias(name) for name, label in labels.items()),
        REASON,
        F.when(F.col(REASON).isNotNull(), text).alias(TEXT),
    )


def _reasons(
    layout: Layout, where: Columns, descriptor: Descriptor, group_by: str | None
) -> Iterator[Column]:
    """Each reason to keep a row out, null where it does not hold; the first that holds counts."""
    yield F.when(F.col(MALFORMED).isNotNull(), F.lit(WRONG_LENGTH))
    if where.group is not None:
        yield F.when(F.col(GROUP).isNull(), F.lit(f"{group_by} is empty"))
        if classes := _classes(descriptor, group_by):
            is_unknown = ~F.col(GROUP).isin(*classes)
            yield F.when(is_unknown, F.lit(f"{group_by} is none of its classes"))
    for name, i in zip(descriptor.columns, where.features, strict=True):
        value = F.col(f"v{i}")
        if layout.kinds[i] != "number":
            is_text = value.isNull() & (F.trim(f"c{i}") != "")
            yield F.when(is_text, F.lit(f"{name} is not a number"))
        yield F.when(F.abs(value) == float("inf"), F.lit(f"{name} is infinite"))


def _number(cell: Column, kind: Kind) -> Column:
    """The cell as double, null where it is none. Java would also read "1d" and "2F"."""
    if kind == "number":
        return cell.cast("double")
    return F.when(~F.substring(cell, -1, 1).isin(*"dDfF"), cell.try_cast("double"))


def _label(cell: Column, kind: Kind) -> Column:
    """The cell as text, null where it is empty; a whole number has no decimal point."""
    text = F.trim(cell.cast("string"))
    if kind == "number":
        whole = cell.try_cast("bigint")
        text = F.when(whole == cell, whole.cast("string")).otherwise(text)
    return F.when(text != "", text)


def _classes(descriptor: Descriptor, group_by: str | None) -> tuple[str, ...]:
    target = descriptor.target
    return tuple(target.classes) if target and target.column == group_by else ()


def _checked(
    judged: DataFrame, found: Input, descriptor: Descriptor, group_by: str | None
) -> Table:
    """Count the rows by reason, look at the rejected ones, and insist on usable ones."""
    numbers = [F.count(column(name)).alias(f"n{i}") for i, name in enumerate(descriptor.columns)]
    by_reason = judged.groupBy(REASON).agg(F.count(F.lit(1)).alias("rows"), *numbers)
    counted = collect(by_reason, "Read and check the rows")
    reasons = Counter({row[REASON]: row["rows"] for row in counted})
    rows = reasons.pop(None, 0)
    kept_out = judged.where(column(REASON).isNotNull()).select(TEXT, REASON)
    first = kept_out.limit(MAX_REJECTED_EXAMPLES)
    examples = collect(first, "Keep the first rejected rows") if reasons else []
    rejected = Rejected(
        rows=reasons.total(),
        reasons=dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
        examples=tuple(RejectedRow(text=row[TEXT], reason=row[REASON]) for row in examples),
    )
    for i, name in enumerate(descriptor.columns):
        if reasons[f"{name} is not a number"] and not any(row[f"n{i}"] for row in counted):
            raise DataError(
                f'The column "{name}" of {found.uri} has to be numeric, but none of its values '
                f"is a number. A rejected row: {rejected.examples[0].text}"
            )
    if not rows:
        why = ", ".join(f"{count:,} where {reason}" for reason, count in rejected.reasons.items())
        raise DataError(f"{found.uri} has no usable row: {why or 'only a header'}.")
    contract = [*([GROUP] if group_by else []), *descriptor.columns, *descriptor.categories]
    usable = judged.where(column(REASON).isNull())
    return Table(usable.select(*map(column, contract)), rows, rejected)


def _escaped(file: Path) -> str:
    """The path so that Spark takes no character of it for a pattern."""
    return "file:" + "".join(f"\\{c}" if c in "\\*?[]{}" else c for c in str(file))
