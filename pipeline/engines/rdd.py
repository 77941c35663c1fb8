"""Distributed, the first way: Spark's resilient distributed datasets, map and reduce by key.

Spark splits the text files, Python workers count the rows of each partition (``mapPartitions``,
which combines before anything travels), and ``reduceByKey`` brings the tallies of a group
together. The counting itself is the code of ``sequential``.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pipeline.engines.question import Answer, Question
from pipeline.engines.tally import Tally, answer, count
from pipeline.session import spark_session

Pair = tuple[str | None, list[Tally]]


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from CSV files with the same columns in the same order."""
    with files[0].open(newline="", encoding="utf-8") as lines:
        header = next(csv.reader(lines))

    def map_rows(rows: Iterable[str]) -> Iterator[Pair]:
        yield from count(rows, header, question).items()

    with spark_session() as spark:
        text = spark.sparkContext.textFile(",".join(path.absolute().as_uri() for path in files))
        reduced = text.mapPartitions(map_rows).reduceByKey(merge_columns)
        return answer(dict(reduced.collect()), question)


def merge_columns(one: list[Tally], two: list[Tally]) -> list[Tally]:
    """The tallies of the rows of both: what combiners and reducers do."""
    return [a.merge(b) for a, b in zip(one, two, strict=True)]
