"""A table -> a model of its groups: the values of each column, and how their ranks go together."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from scipy.stats import rankdata  # type: ignore[import-untyped]

from pipeline.frames import GROUP
from pipeline.kernel.plan import MAX_GROUPS
from store.descriptor import Descriptor
from store.errors import DataError

MAX_CELLS = 25_000_000  # of the table: all of them are in memory while it is fitted
INFERRED_DECIMALS = 6
FACTOR_DECIMALS = 9  # algebra on another number of cores differs far behind these
LEAST_EIGENVALUE = 1e-6
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")

Floats = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]


class GroupModel(NamedTuple):
    """One group: for each feature and date its observed values, ascending, and the share that is
    missing; the lower triangle that correlates the normals; for each category how many rows have
    a label that is not behind this one."""

    observed: tuple[Floats, ...]
    missing: Floats
    factor: Floats
    categories: tuple[Counts, ...]


class Model(NamedTuple):
    """A fitted table. ``labels`` has the values of each category, None where it is missing;
    ``decimals`` what a feature or date is rounded to; ``rows_until`` the rows of a group and of
    those before it. Dates are days since 1970."""

    features: tuple[str, ...]
    dates: tuple[str, ...]
    decimals: tuple[int | None, ...]
    categories: tuple[str, ...]
    labels: tuple[tuple[str | None, ...], ...]
    target: str | None
    values: tuple[str, ...]
    rows_until: Counts
    groups: tuple[GroupModel, ...]

    @property
    def schema(self) -> pa.Schema:
        """The columns of the rows; classes that are all whole numbers are int64."""
        fields = [(name, pa.float64()) for name in self.features]
        fields += [(name, pa.string()) for name in self.categories]
        fields += [(name, pa.date32()) for name in self.dates]
        if self.target is not None:
            whole = all(map(WHOLE.fullmatch, self.values))
            fields.append((self.target, pa.int64() if whole else pa.string()))
        return pa.schema(fields)


def fit(table: pa.Table, descriptor: Descriptor) -> Model:
    """The model of a table; it does not depend on the order of the rows.

    Args:
        table: Features as double, categories as string, dates as date, and ``_group`` as string
            where the descriptor has a target; null is a missing value.
        descriptor: Names the columns.

    Raises:
        DataError: A group has one row only, or there are more groups than a profile takes.
    """
    target = descriptor.target.column if descriptor.target else None
    group = np.array(table[GROUP].to_pylist() if target else [""] * len(table), dtype=object)
    values = tuple(sorted(set(group)))
    dates = (table[name].cast(pa.int32()) for name in descriptor.dates)
    columns = np.array([_floats(c) for c in (*map(table.column, descriptor.columns), *dates)])
    stated = [
        *(feature.decimals for feature in descriptor.features),
        *(0 for _ in descriptor.dates),
    ]
    categories = tuple(name for name in descriptor.categories if name != target)
    texts = [table[name].to_pylist() for name in categories]
    labels = [sorted(set(text), key=lambda label: (label is None, label or "")) for text in texts]
    indices = [{label: i for i, label in enumerate(known)} for known in labels]
    codes = [
        np.array([index[label] for label in text], dtype=np.int64)
        for text, index in zip(texts, indices, strict=True)
    ]
    members = [np.flatnonzero(group == value) for value in values]
    _check_groups(target, values, [len(rows) for rows in members])
    return Model(
        features=descriptor.columns,
        dates=descriptor.dates,
        decimals=tuple(
            decimals(column[~np.isnan(column)], places)
            for column, places in zip(columns, stated, strict=True)
        ),
        categories=categories,
        labels=tuple(map(tuple, labels)),
        target=target,
        values=values,
        rows_until=np.cumsum([len(rows) for rows in members]),
        groups=tuple(
            GroupModel(
                observed=tuple(np.sort(c[~np.isnan(c)]) for c in columns[:, rows]),
                missing=np.isnan(columns[:, rows]).mean(axis=1),
                factor=factor(correlation(columns[:, rows])),
                categories=tuple(
                    np.cumsum(np.bincount(code[rows], minlength=len(known)))
                    for code, known in zip(codes, labels, strict=True)
                ),
            )
            for rows in members
        ),
    )


def correlation(columns: Floats) -> Floats:
    """The correlation of the normals for columns (k, n) with NaN where a value is missing.

    A pair is judged by the rows that have both; 0 where one of the two does not vary.
    """
    known = ~np.isnan(columns)
    ranks = np.zeros(columns.shape)
    for i, there in enumerate(known):
        ranks[i, there] = rankdata(columns[i, there]) - (there.sum() + 1) / 2
    pairs = np.maximum(known.astype(float) @ known.T, 1)
    sums = ranks @ known.T
    squares = (ranks**2) @ known.T - sums**2 / pairs
    spread = np.sqrt(np.maximum(squares, 0) * np.maximum(squares.T, 0))
    spearman = np.divide(
        ranks @ ranks.T - sums * sums.T / pairs, spread, out=np.zeros_like(spread), where=spread > 0
    )
    normal: Floats = 2 * np.sin(np.pi / 6 * np.clip(spearman, -1, 1))
    np.fill_diagonal(normal, 1.0)
    return normal


def factor(matrix: Floats) -> Floats:
    """The Cholesky factor of the nearest correlation matrix that has one (Higham 2002)."""
    nearest, correction = matrix, np.zeros_like(matrix)
    for _ in range(100):
        if np.linalg.eigvalsh(nearest)[0] >= LEAST_EIGENVALUE / 2:
            break
        shifted = nearest - correction
        nearest = _positive(shifted)
        correction = nearest - shifted
        np.fill_diagonal(nearest, 1.0)
    else:
        nearest = _positive(nearest)
        scale = np.sqrt(np.diag(nearest))
        nearest = nearest / np.outer(scale, scale)
    return np.round(np.linalg.cholesky(nearest), FACTOR_DECIMALS)


def decimals(observed: Floats, stated: int | None) -> int | None:
    """How many decimals all values have: the stated number if they do, else None.

    Where none is stated it is the smallest number that will do, up to ``INFERRED_DECIMALS``.
    """
    tried = range(INFERRED_DECIMALS + 1) if stated is None else [stated]
    with np.errstate(over="ignore", invalid="ignore"):
        return next((d for d in tried if np.array_equal(np.round(observed, d), observed)), None)


def check_size(rows: int, descriptor: Descriptor) -> None:
    width = len(descriptor.columns) + len(descriptor.categories) + len(descriptor.dates)
    if rows * width > MAX_CELLS:
        raise DataError(
            f"The table has {rows:,} rows of {width:,} columns, and at most {MAX_CELLS:,} values "
            "are fitted. Name fewer of its files with a glob, or fewer columns in a descriptor."
        )


def _check_groups(target: str | None, values: Sequence[str], sizes: Sequence[int]) -> None:
    if len(values) > MAX_GROUPS:
        raise DataError(
            f"{target} has {len(values):,} values, and at most {MAX_GROUPS} groups are profiled. "
            "Choose a target with fewer values in the descriptor."
        )
    for value, size in zip(values, sizes, strict=True):
        if size == 1:
            what = f'The group "{value}" of {target}' if target else "The table"
            raise DataError(
                f"{what} has one usable row, and rows that look like it would be copies. "
                "It takes at least two."
            )


def _floats(cells: pa.ChunkedArray) -> Floats:
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64)


def _positive(matrix: Floats) -> Floats:
    """The nearest symmetric matrix without an eigenvalue below ``LEAST_EIGENVALUE``."""
    values, vectors = np.linalg.eigh(matrix)
    positive: Floats = (vectors * np.maximum(values, LEAST_EIGENVALUE)) @ vectors.T
    return (positive + positive.T) / 2
