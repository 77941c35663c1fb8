"""The complete rows of a table in memory, to train on. No Spark here.

The rows are those that a profile counts as usable, less those with a missing value.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.inputs import Input
from pipeline.table.conditions import Condition
from pipeline.table.judge import Judged
from pipeline.table.prepare import prepare
from pipeline.table.reader import read
from store.descriptor import Descriptor, Target
from store.errors import DataError

WHOLE = re.compile(r"0|-?[1-9][0-9]*")


class Rows(NamedTuple):
    """Complete rows.

    ``features`` has the inputs of the model in their order, numbers as float64 and categories as
    text. ``target`` is the class of each row, whole numbers where all classes are and else text;
    or the number that a regressor learns. ``dropped`` rows had a missing value or did not parse.
    """

    features: pd.DataFrame
    target: np.ndarray[Any, Any]
    dropped: int


def read_rows(
    found: Input,
    descriptor: Descriptor,
    target: Target,
    conditions: Sequence[Condition] = (),
    *,
    inputs: Sequence[str] | None = None,
) -> Rows:
    """Read the complete rows that ``conditions`` hold for, file after file.

    Args:
        found: The table.
        descriptor: Names its columns.
        target: What a model learns.
        conditions: What rows are asked for.
        inputs: The columns that the model sees; those of the descriptor unless given.

    Raises:
        DataError: A column is missing or not numeric, a file is broken, or no row is complete.
        StoreUnavailable: S3 failed.
    """
    names = descriptor.inputs if inputs is None else tuple(inputs)
    is_number = descriptor.kind == "regressor"
    groups = [] if is_number else [target.column]
    table = prepare(found, descriptor, groups, needs_group=bool(groups), conditions=conditions)
    batches = [rows for split in table.splits for rows in read(table.reading, split)]
    seen = sum(rows.rows + rows.reasons.total() for rows in batches)
    wanted = (*names, target.column)
    frames = [_complete(rows, descriptor, wanted, labelled=not is_number) for rows in batches]
    frame = pd.concat(frames, ignore_index=True) if frames else None
    if frame is None or frame.empty:
        raise DataError(
            f"{found.uri} has {seen:,} rows and none is complete: a model needs every feature and "
            f"{target.column} in each row."
        )
    known = frame.pop(target.column)
    true = known.to_numpy() if is_number else _classes(known.tolist())
    return Rows(features=frame[list(names)], target=true, dropped=seen - len(frame))


def _complete(
    rows: Judged, descriptor: Descriptor, wanted: Sequence[str], *, labelled: bool
) -> pd.DataFrame:
    """The wanted columns of the rows without a gap in them; of a label column as text."""
    texts = dict(zip(descriptor.categories, rows.categories, strict=True))
    numbers = dict(zip(descriptor.columns, rows.values, strict=True))
    if labelled:
        texts[wanted[-1]] = rows.groups[0]
    found: dict[str, Any] = {
        name: numbers[name]
        if name in numbers
        else np.array(texts[name].labels, dtype=object)[texts[name].codes]
        for name in wanted
    }
    frame = pd.DataFrame(found)
    return frame[frame.notna().all(axis=1)]


def _classes(labels: Sequence[str]) -> np.ndarray[Any, Any]:
    """The labels as whole numbers where all of them are, else as text."""
    if all(map(WHOLE.fullmatch, labels)):
        return np.array([int(label) for label in labels])
    return np.array(labels, dtype=str)
