"""CSV and Parquet files -> the complete rows of a table in memory, to train on. No Spark here.

The rows are those that ``read`` finds usable, less those with a missing value.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from pipeline.inputs import Input
from pipeline.layout import Columns, Layout, columns, is_number, layouts, open_text
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


def read_rows(found: Input, descriptor: Descriptor, target: Target) -> Rows:
    """Read the complete rows, file after file.

    Raises:
        DataError: A column is missing or not numeric, a file is broken, or no row is complete.
    """
    frames, read = [], 0
    for layout, files in layouts(found).items():
        where = columns(layout, descriptor, target.column, name=found.name(files[0]))
        for file in files:
            try:
                table, malformed = _table(file, found, layout, where)
            except (pa.ArrowException, OSError) as error:
                raise DataError(f"{found.name(file)} cannot be read: {error}") from error
            read += len(table) + malformed
            frames.append(_frame(table, layout, where, descriptor.columns))
    frame = pd.concat(frames, ignore_index=True)
    labels = frame.pop("")
    known = labels.isin(list(target.classes)) if target.classes else labels.notna()
    complete = known.to_numpy() & np.isfinite(frame.to_numpy()).all(axis=1)
    if not complete.any():
        raise DataError(
            f"{found.uri} has {read:,} rows and none is complete: a model needs every feature and "
            f"{target.column} in each row."
        )
    return Rows(
        features=frame[complete].reset_index(drop=True),
        target=_classes(labels[complete].tolist()),
        dropped=read - int(complete.sum()),
    )


def _table(file: Path, found: Input, layout: Layout, where: Columns) -> tuple[pa.Table, int]:
    """The columns that are needed, under their positions, and how many rows did not parse."""
    needed = _needed(where)
    if found.format == "parquet":
        table = pa.parquet.read_table(file, columns=[layout.header[i] for i in needed])
        return table.rename_columns([str(i) for i in needed]), 0
    with open_text(file) as lines:
        header = next(i for i, line in enumerate(lines, start=1) if line.strip())
    malformed: list[object] = []

    def skip(row: object) -> str:
        malformed.append(row)
        return "skip"

    names = [str(i) for i in range(len(layout.header))]
    table = pa.csv.read_csv(
        file,
        pa.csv.ReadOptions(column_names=names, skip_rows=header),
        pa.csv.ParseOptions(delimiter=layout.delimiter, invalid_row_handler=skip),
        pa.csv.ConvertOptions(
            include_columns=[str(i) for i in needed],
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            null_values=[""],
        ),
    )
    return table, len(malformed)


def _needed(where: Columns) -> list[int]:
    """The positions of the features and the label, each once."""
    label = [] if where.group is None else [where.group]
    return list(dict.fromkeys([*where.features, *label]))


def _frame(table: pa.Table, layout: Layout, where: Columns, names: Sequence[str]) -> pd.DataFrame:
    """The features as float64, and the label as text (None where empty) in the column ""."""
    frame = pd.DataFrame(
        {
            name: _numbers(table[str(position)])
            for name, position in zip(names, where.features, strict=True)
        }
    )
    frame[""] = pd.Series(_labels(table[str(where.group)]), dtype=object)
    return frame


def _numbers(cells: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """The cells as float64; NaN where there is no number."""
    if pa.types.is_string(cells.type):
        text = pc.utf8_trim_whitespace(cells)
        try:
            return np.asarray(pc.cast(text, pa.float64()).to_numpy(zero_copy_only=False))
        except pa.ArrowInvalid:  # one cell that is no number spoils the fast way
            pass
        numbers = (float(v) if v and is_number(v) else np.nan for v in text.to_pylist())
        return np.fromiter(numbers, dtype=np.float64, count=len(text))
    return np.asarray(cells.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _labels(cells: pa.ChunkedArray) -> list[str | None]:
    """The cells as text; a whole number has no decimal point."""
    if pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        values = cells.cast(pa.float64()).to_pylist()
        return [
            None if v is None or v != v else f"{v:.0f}" if v == int(v) else str(v) for v in values
        ]
    text = pc.utf8_trim_whitespace(cells.cast(pa.string())).to_pylist()
    return [value or None for value in text]


def _classes(labels: Sequence[str]) -> np.ndarray[Any, Any]:
    """The labels as whole numbers where all of them are, else as text."""
    if all(map(WHOLE.fullmatch, labels)):
        return np.array([int(label) for label in labels])
    return np.array(labels, dtype=str)
