"""A model -> blocks of rows, each the same whenever and wherever it is drawn."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from scipy.special import ndtr  # type: ignore[import-untyped]

from pipeline.synthesize.model import Counts, Floats, Model

BLOCK_ROWS = 65_536
CHUNK_ROWS = 8_192  # drawn at a time: small enough for the cache, and for a thousand columns


def block(model: Model, seed: int, number: int) -> Iterator[pa.RecordBatch]:
    """The ``BLOCK_ROWS`` rows of a block, ``CHUNK_ROWS`` at a time."""
    key = np.array([seed, number], dtype=np.uint64)
    random = np.random.Generator(np.random.Philox(key=key))
    for _ in range(BLOCK_ROWS // CHUNK_ROWS):
        yield _chunk(model, random)


def quantiles(observed: Floats, uniform: Floats) -> Floats:
    """The values at shares in [0, 1]: linear between the ranks, Hyndman and Fan's type 5.

    Of their types it is the one that keeps the mean of the values.
    """
    place = np.clip(uniform * len(observed) - 0.5, 0, len(observed) - 1)
    rank = place.astype(np.int64)
    low, high = observed[rank], observed[np.minimum(rank + 1, len(observed) - 1)]
    part = place - rank
    between: Floats = np.clip(low * (1 - part) + high * part, low, high)
    return between


def _drawn(until: Counts, uniform: Floats) -> Counts:
    """Indices drawn in proportion to the counts whose running sums are ``until``."""
    place = np.minimum((uniform * until[-1]).astype(np.int64), until[-1] - 1)
    return np.asarray(np.searchsorted(until, place, side="right"), dtype=np.int64)


def _chunk(model: Model, random: np.random.Generator) -> pa.RecordBatch:
    """The next rows. All draws are made in the same order whatever their outcome."""
    width = len(model.features) + len(model.dates)
    group = _drawn(model.rows_until, random.random(CHUNK_ROWS))
    normals = random.standard_normal((width, CHUNK_ROWS))
    labels = random.random((len(model.categories), CHUNK_ROWS))
    has_gaps = any(one.missing.any() for one in model.groups)
    gaps = random.random((width, CHUNK_ROWS)) if has_gaps else None
    values = np.empty((width, CHUNK_ROWS))
    codes = np.empty((len(model.categories), CHUNK_ROWS), dtype=np.int64)
    for number, one in enumerate(model.groups):
        rows = np.flatnonzero(group == number)
        mine = normals[:, rows]
        for j, observed in enumerate(one.observed):
            # Term by term: a matrix product may round differently from one machine to the next.
            normal = one.factor[j, 0] * mine[0]
            for i in range(1, j + 1):
                normal += one.factor[j, i] * mine[i]
            value = (
                quantiles(observed, ndtr(normal)) if len(observed) else np.full(len(rows), np.nan)
            )
            if gaps is not None:
                value[gaps[j, rows] < one.missing[j]] = np.nan
            values[j, rows] = value
        for j, until in enumerate(one.categories):
            codes[j, rows] = _drawn(until, labels[j, rows])
    return _batch(model, group, values, codes)


def _batch(model: Model, group: Counts, values: Floats, codes: Counts) -> pa.RecordBatch:
    schema = model.schema
    arrays = [
        pa.array(value if d is None else np.round(value, d) + 0.0, from_pandas=True)  # no -0.0
        for value, d in zip(values, model.decimals, strict=True)
    ]
    columns = arrays[: len(model.features)]
    columns += [
        pa.array(known, pa.string()).take(pa.array(code))
        for known, code in zip(model.labels, codes, strict=True)
    ]
    columns += [days.cast(pa.int32()).cast(pa.date32()) for days in arrays[len(model.features) :]]
    if model.target is not None:
        classes = pa.array(model.values, pa.string()).cast(schema.field(model.target).type)
        columns.append(classes.take(pa.array(group)))
    return pa.RecordBatch.from_arrays(columns, schema=schema)
