"""Parallel: the files are split, each process counts its splits, and the counts are merged."""

import functools
import multiprocessing
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.engines.question import Answer, Question
from pipeline.engines.splits import Split, split
from pipeline.engines.tally import Tallies, answer, count, merge


def aggregate(files: Sequence[Path], question: Question) -> Answer:
    """Answer the question from CSV files, with a process for each core."""
    cores = os.cpu_count() or 1
    with multiprocessing.Pool(cores) as pool:
        counted = pool.imap(
            functools.partial(count_split, question=question), split(files, at_least=cores)
        )
        tallies: Tallies = functools.reduce(merge, counted, {})
    return answer(tallies, question)


def count_split(piece: Split, question: Question) -> Tallies:
    """Count the rows of one split: what each process does."""
    return count(piece.lines(), piece.header(), question)
