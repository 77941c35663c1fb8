"""The cells of a column as arrays: numbers, texts, or days, however they were stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.kernel.calendar import NO_DAY, day_number
from pipeline.kernel.partial import Coded, Label
from pipeline.kernel.plan import Floats, Ints
from pipeline.table.columns import is_number

MAX_LABEL = 200  # characters of a value of a category or group; more are cut off
Flags = npt.NDArray[np.bool_]


def numbers(cells: pa.Array) -> tuple[Floats, Flags | None]:
    """The cells as numbers with NaN where there is none, and which of them are text instead."""
    if not pa.types.is_string(cells.type):
        return _floats(pc.cast(cells, pa.float64(), safe=False)), None
    text = pc.utf8_trim_whitespace(cells)
    try:
        return _floats(pc.cast(pc.if_else(pc.equal(text, ""), None, text), pa.float64())), None
    except pa.ArrowInvalid:  # one cell that is no number spoils the fast way
        cell = text.to_pylist()
    is_text = np.array([bool(value) and not is_number(value) for value in cell], bool)
    number = [
        float(value) if value and not odd else np.nan
        for value, odd in zip(cell, is_text, strict=True)
    ]
    return np.array(number, np.float64), is_text


def _floats(cells: pa.Array) -> Floats:
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64)


def coded(cells: pa.Array) -> Coded:
    """The cells as text, each once, and which one a row has; None where it is empty."""
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    labels: list[Label] = [*_labels(cells.dictionary), None]
    codes = cells.indices.fill_null(len(labels) - 1)
    return Coded(np.asarray(codes.to_numpy(zero_copy_only=False), np.intp), labels)


def _labels(values: pa.Array) -> Sequence[Label]:
    """Values as text, None for one that is empty; a whole number has no decimal point."""
    if pa.types.is_floating(values.type) or pa.types.is_decimal(values.type):
        numbers = pc.cast(values, pa.float64(), safe=False).to_pylist()
        return [
            None if v is None or v != v else f"{v:.0f}" if v == round(v, 0) else str(v)
            for v in numbers
        ]
    text = pc.utf8_trim_whitespace(pc.cast(values, pa.string()))
    return [value or None for value in pc.utf8_slice_codeunits(text, 0, MAX_LABEL).to_pylist()]


def days_of(cells: pa.Array) -> tuple[Ints, Flags]:
    """The cells as days since 1970, and which of them are no date."""
    if not pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_encode()
    days = [_day(value) for value in _moments(cells.dictionary)]
    codes = np.asarray(cells.indices.fill_null(len(days)).to_numpy(zero_copy_only=False), np.intp)
    known = np.array([NO_DAY if day is None else day for day in days] + [NO_DAY], np.int64)
    odd = np.array([day is None for day in days] + [False])
    return known[codes], odd[codes]


def _moments(values: pa.Array) -> list[Any]:
    if pa.types.is_timestamp(values.type) and values.type.tz:  # else its day would be that zone's
        values = values.cast(pa.timestamp(values.type.unit, "UTC"))
    if pa.types.is_date(values.type) or pa.types.is_timestamp(values.type):
        return pc.cast(values, pa.date32(), safe=False).cast(pa.int32()).to_pylist()  # type: ignore[no-any-return]
    return pc.utf8_trim_whitespace(pc.cast(values, pa.string())).to_pylist()  # type: ignore[no-any-return]


def _day(value: int | str | None) -> int | None:
    """A day as a number; ``NO_DAY`` where there is nothing, None where there is something else."""
    if isinstance(value, int):
        return value
    if not value:
        return NO_DAY
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return day_number(moment.date())
