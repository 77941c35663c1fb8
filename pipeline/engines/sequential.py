"""Sequential: one process reads one row after the other. The standard library alone."""

import csv
from collections.abc import Sequence
from pathlib import Path

from pipeline.engines.question import Answer, Question
from pipeline.engines.tally import Tallies, answer, count, merge


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from CSV files."""
    tallies: Tallies = {}
    for file in files:
        with file.open(newline="", encoding="utf-8") as lines:
            header = next(csv.reader(lines))
            merge(tallies, count(lines, header, question))
    return answer(tallies, question)
