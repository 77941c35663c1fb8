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

    ``features`` has the descriptor's features as float64 in its order, ``target`` the class of
    each row: whole numbers where all classes are, else text. ``dropped`` rows had a missing
    value or did not parse.
    """

    features: pd.DataFrame
    target: np.ndarray[Any, Any]
    dropped: int


def read_rows(
    found: Input, descriptor: Descriptor, target: Target, conditions: Sequence[Condition] = ()
) -> Rows:
    """Read the complete rows that ``conditions`` hold for, file after file.

    Raises:
        DataError: A column is missing or not numeric, a file is broken, or no row is complete.
        StoreUnavailable: S3 failed.
    """
    table = prepare(found, descriptor, [target.column], needs_group=True, conditions=conditions)
    batches = [rows for split in table.splits for rows in read(table.reading, split)]
    seen = sum(rows.rows + rows.reasons.total() for rows in batches)
    complete = [_complete(rows, descriptor.columns) for rows in batches]
    frame = pd.concat([frame for frame, _ in complete], ignore_index=True) if complete else None
    if frame is None or frame.empty:
        raise DataError(
            f"{found.uri} has {seen:,} rows and none is complete: a model needs every feature and "
            f"{target.column} in each row."
        )
    labels = [label for _, labels in complete for label in labels]
    return Rows(features=frame, target=_classes(labels), dropped=seen - len(frame))


def _complete(rows: Judged, names: Sequence[str]) -> tuple[pd.DataFrame, list[str]]:
    """The features and the labels of the rows without a gap."""
    frame = pd.DataFrame(dict(zip(names, rows.values, strict=True)))
    whole = np.isfinite(frame.to_numpy()).all(axis=1)
    codes, labels = rows.groups[0]
    return frame[whole], [str(labels[code]) for code in codes[whole].tolist()]


def _classes(labels: Sequence[str]) -> np.ndarray[Any, Any]:
    """The labels as whole numbers where all of them are, else as text."""
    if all(map(WHOLE.fullmatch, labels)):
        return np.array([int(label) for label in labels])
    return np.array(labels, dtype=str)
