"""A table -> as many rows as wanted that look like it, made by Spark, and marked as synthetic.

In each group a Gaussian copula joins the empirical marginals: correlated normals become
uniforms, and those become values by each column's quantile function. The normals have the
correlation 2 sin(pi rho / 6) where rho is Spearman's (Kruskal 1958), so rank correlations come
out as they were; the correlation of normal scores misses them by 0.1 on 50 rows. Categories, and
which values are missing, are drawn by their frequency in the group, independent of all else.

A row depends on the table, the seed and its own number, and on nothing else: the generator of a
block of rows is keyed by (seed, number of the block), and a file is a fixed run of blocks. So the
first rows are the same however many follow, and the files however many tasks write them.
"""

import contextlib
import math
import os
import re
import shutil
import sys
import time
import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
from pyspark import cloudpickle
from pyspark.sql import SparkSession
from scipy.special import ndtr  # type: ignore[import-untyped]
from scipy.stats import rankdata  # type: ignore[import-untyped]

from pipeline.described import describe
from pipeline.frames import GROUP, collect
from pipeline.inputs import describe_input, find_input
from pipeline.kernel.plan import MAX_GROUPS
from pipeline.progress import Steps
from pipeline.read import read
from pipeline.session import spark_session
from pipeline.steps import READ, START
from pipeline.toml import to_toml
from store.descriptor import Descriptor
from store.errors import CellarError, DataError, InputError
from store.schema import InputData

FIT = "Fit the table"
GENERATE = "Generate rows"
DESCRIPTOR = "synthetic.toml"
HEADING = "# The rows beside this file are synthetic: python -m pipeline synthesize made them.\n"
SUFFIX = "-synthetic"
BLOCK_ROWS = 65_536
CHUNK_ROWS = 8_192  # drawn at a time: small enough for the cache, and for a thousand columns
MAX_FILES = 64  # until a file has MAX_FILE_BLOCKS
MAX_FILE_BLOCKS = 16
MAX_ROWS = 10**12
MAX_SEED = 2**64 - 1
MAX_CELLS = 25_000_000  # of the table: all of them are in memory while it is fitted
INFERRED_DECIMALS = 6
FACTOR_DECIMALS = 9  # algebra on another number of cores differs far behind these
LEAST_EIGENVALUE = 1e-6
WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")

Format = Literal["parquet", "csv"]
Floats = np.ndarray[Any, np.dtype[np.float64]]
Counts = np.ndarray[Any, np.dtype[np.int64]]


class Order(NamedTuple):
    """What a person asked for."""

    where: str
    rows: int
    out: Path
    descriptor: Path | None = None
    seed: int = 0
    format: Format = "parquet"


class Made(NamedTuple):
    """What is there now: rows and bytes of the data files in ``folder``."""

    rows: int
    bytes: int
    folder: Path


class GroupModel(NamedTuple):
    """One group: for each feature its observed values, ascending, and the share that is missing;
    the lower triangle that correlates the normals; for each category how many rows have a label
    that is not behind this one."""

    observed: tuple[Floats, ...]
    missing: Floats
    factor: Floats
    categories: tuple[Counts, ...]


class Model(NamedTuple):
    """A fitted table. ``labels`` has the values of each category, None where it is missing;
    ``decimals`` what a feature is rounded to; ``rows_until`` the rows of a group and of those
    before it."""

    features: tuple[str, ...]
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
        if self.target is not None:
            whole = all(map(WHOLE.fullmatch, self.values))
            fields.append((self.target, pa.int64() if whole else pa.string()))
        return pa.schema(fields)


class Writing(NamedTuple):
    """What a task needs to write its files."""

    model: Model
    rows: int
    seed: int
    format: Format
    folder: str
    credit: str


def synthesize(
    order: Order,
    steps: Steps,
    *,
    master: str,
    settings: Mapping[str, str],
    partitions: int | None = None,
) -> Made:
    """Write synthetic rows and ``synthetic.toml``, their descriptor, into a new folder.

    The folder gets its name when it is complete; before, and after a failure, there is none.

    Args:
        order: The table, and what to make of it.
        steps: Shows what happens and takes the time.
        master: Where Spark runs. Its workers have to share the folder.
        settings: Spark properties.
        partitions: Tasks, one per file where none is given; the rows do not depend on it.

    Raises:
        InputError: The order, the table or its descriptor cannot be used.
        CellarError: Java or Spark failed.
    """
    _check(order)
    found = find_input(order.where)
    described = describe(found, order.where, given=order.descriptor, group_by=None, name=None)
    target = described.target.column if described.target else None
    descriptor = synthetic(described, describe_input(found), order)
    with _new_folder(order.out.resolve()) as folder, contextlib.ExitStack() as session:
        with steps.step(START):
            spark = session.enter_context(spark_session(master, settings))
        with steps.step(READ, spark=spark):
            table = read(spark, found, described, group_by=target)
        with steps.step(FIT, spark=spark):
            _check_size(table.rows, described)
            model = fit(table.frame.toArrow(), described)
        with steps.step(GENERATE, spark=spark):
            writing = Writing(
                model, order.rows, order.seed, order.format, str(folder), descriptor.credit
            )
            size = generate(spark, writing, partitions=partitions)
        (folder / DESCRIPTOR).write_text(f"{HEADING}\n{to_toml(descriptor)}", encoding="utf-8")
    return Made(order.rows, size, order.out)


def fit(table: pa.Table, descriptor: Descriptor) -> Model:
    """The model of a table; it does not depend on the order of the rows.

    Args:
        table: Features as double, categories as string, and ``_group`` as string where the
            descriptor has a target; null is a missing value.
        descriptor: Names the columns.

    Raises:
        DataError: A group has one row only, or there are more groups than a profile takes.
    """
    target = descriptor.target.column if descriptor.target else None
    group = np.array(table[GROUP].to_pylist() if target else [""] * len(table), dtype=object)
    values = tuple(sorted(set(group)))
    columns = np.array([_floats(table[name]) for name in descriptor.columns])
    categories = tuple(name for name in descriptor.categories if name != target)
    texts = [table[name].to_pylist() for name in categories]
    labels = [sorted(set(text), key=lambda label: (label is None, label or "")) for text in texts]
    places = [{label: i for i, label in enumerate(known)} for known in labels]
    codes = [
        np.array([place[label] for label in text], dtype=np.int64)
        for text, place in zip(texts, places, strict=True)
    ]
    members = [np.flatnonzero(group == value) for value in values]
    _check_groups(target, values, [len(rows) for rows in members])
    return Model(
        features=descriptor.columns,
        decimals=tuple(
            decimals(column[~np.isnan(column)], feature.decimals)
            for column, feature in zip(columns, descriptor.features, strict=True)
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


def generate(spark: SparkSession, writing: Writing, *, partitions: int | None = None) -> int:
    """Write the data files; returns their bytes.

    Raises:
        CellarError: The workers do not share the folder with this process.
    """
    files = math.ceil(_blocks(writing.rows) / file_blocks(writing.rows))
    numbers = spark.range(0, files, 1, partitions or files)
    module = sys.modules[__name__]
    # Workers elsewhere do not have this program.
    cloudpickle.register_pickle_by_value(module)  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            # Said of paths through pandas, which this is not.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            written = numbers.mapInArrow(_tasks(writing), "rows long, bytes long")
        done = collect(written, GENERATE)
    finally:
        cloudpickle.unregister_pickle_by_value(module)  # type: ignore[no-untyped-call]
    folder = Path(writing.folder)
    for left_by_a_killed_task in folder.glob(".*"):
        left_by_a_killed_task.unlink()
    if len(list(folder.iterdir())) != files or sum(row["rows"] for row in done) != writing.rows:
        raise CellarError(
            "Spark's workers wrote the rows somewhere else. --out has to be in a folder that all "
            "of them share with this machine."
        )
    return sum(row["bytes"] for row in done)


def file_blocks(rows: int) -> int:
    """How many blocks a file has; it depends on the number of rows only."""
    return min(MAX_FILE_BLOCKS, math.ceil(_blocks(rows) / MAX_FILES))


def synthetic(descriptor: Descriptor, data: InputData, order: Order) -> Descriptor:
    """The descriptor of the synthetic rows: each word that a person may see says what they are.

    Presets that show a real row are left out.
    """
    sha256 = data.files[0].sha256 if len(data.files) == 1 else data.sha256
    origin = f" The table: {descriptor.credit}" if descriptor.credit else ""
    return descriptor.model_copy(
        update={
            "name": descriptor.name[: 63 - len(SUFFIX)] + SUFFIX,
            "title": f"{descriptor.title or descriptor.name} (synthetic)",
            "row": f"synthetic {descriptor.row}",
            "rows": f"synthetic {descriptor.rows}",
            "source": ".",
            "credit": f"Synthetic: {order.rows:,} rows drawn with seed {order.seed} from a "
            f"Gaussian copula fitted to {data.uri} (SHA-256 {sha256}); none was observed.{origin}",
            "presets": tuple(
                preset
                for preset in descriptor.presets
                if preset.kind not in ("random_row", "borderline")
            ),
        }
    )


def _check(order: Order) -> None:
    """Refuse what can be refused before anything is read."""
    if not 1 <= order.rows <= MAX_ROWS:
        raise InputError(f"--rows is {order.rows:,}. Ask for 1 to {MAX_ROWS:,} rows.")
    if not 0 <= order.seed <= MAX_SEED:
        raise InputError(f"--seed is {order.seed}. Give a whole number from 0 to {MAX_SEED}.")
    if "://" in str(order.where) or ":/" in str(order.out):
        raise InputError("Synthetic rows are made from files and written to a folder, not to URLs.")
    if order.out.exists() and not order.out.is_dir():
        raise InputError(f"{order.out} is a file. Name a new folder with --out.")
    if order.out.exists() and any(order.out.iterdir()):
        raise InputError(f"{order.out} is not empty. Name a new folder with --out.")


def _check_size(rows: int, descriptor: Descriptor) -> None:
    width = len(descriptor.columns) + len(descriptor.categories)
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


@contextlib.contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A hidden folder beside ``out`` that takes its name at the end, or goes away."""
    folder = out.with_name(f".{out.name}-{uuid.uuid4().hex[:8]}")
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made: {error.strerror}. Name another --out.") from error
    try:
        yield folder
        try:
            folder.rename(out)
        except OSError as error:
            raise InputError(f"{out} came to be meanwhile. Name another --out.") from error
    finally:
        _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, also while a task that was stopped is still writing its last bytes."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def _floats(cells: pa.ChunkedArray) -> Floats:
    return np.asarray(cells.to_numpy(zero_copy_only=False), dtype=np.float64)


def _positive(matrix: Floats) -> Floats:
    """The nearest symmetric matrix without an eigenvalue below ``LEAST_EIGENVALUE``."""
    values, vectors = np.linalg.eigh(matrix)
    positive: Floats = (vectors * np.maximum(values, LEAST_EIGENVALUE)) @ vectors.T
    return (positive + positive.T) / 2


def _blocks(rows: int) -> int:
    return math.ceil(rows / BLOCK_ROWS)


def _drawn(until: Counts, uniform: Floats) -> Counts:
    """Indices drawn in proportion to the counts whose running sums are ``until``."""
    place = np.minimum((uniform * until[-1]).astype(np.int64), until[-1] - 1)
    return np.asarray(np.searchsorted(until, place, side="right"), dtype=np.int64)


def _chunk(model: Model, random: np.random.Generator) -> pa.RecordBatch:
    """The next rows. All draws are made in the same order whatever their outcome."""
    width = len(model.features)
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
    columns = [
        pa.array(value if d is None else np.round(value, d) + 0.0, from_pandas=True)  # no -0.0
        for value, d in zip(values, model.decimals, strict=True)
    ]
    columns += [
        pa.array(known, pa.string()).take(pa.array(code))
        for known, code in zip(model.labels, codes, strict=True)
    ]
    if model.target is not None:
        classes = pa.array(model.values, pa.string()).cast(schema.field(model.target).type)
        columns.append(classes.take(pa.array(group)))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _tasks(writing: Writing) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What each task does with the numbers of its files."""

    def write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for file in batch.column(0).to_pylist():
                rows, size = _write(writing, file)
                yield pa.RecordBatch.from_pydict({"rows": [rows], "bytes": [size]})

    return write


def _write(writing: Writing, file: int) -> tuple[int, int]:
    """Write a file, which appears when it is complete; returns its rows and bytes."""
    path = Path(writing.folder) / f"part-{file:05d}.{writing.format}"
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    schema = writing.model.schema.with_metadata({"synthetic": writing.credit})
    blocks = file_blocks(writing.rows)
    rows = 0
    with contextlib.ExitStack() as closed:
        if writing.format == "csv":
            sink = closed.enter_context(pa.csv.CSVWriter(unfinished, schema))
        else:
            sink = closed.enter_context(
                pa.parquet.ParquetWriter(unfinished, schema, compression="zstd")
            )
        for number in range(file * blocks, min((file + 1) * blocks, _blocks(writing.rows))):
            wanted = min(BLOCK_ROWS, writing.rows - number * BLOCK_ROWS)
            batches = block(writing.model, writing.seed, number)
            table = pa.Table.from_batches(batches).slice(0, wanted).cast(schema)
            sink.write_table(table)
            rows += len(table)
    os.replace(unfinished, path)
    return rows, path.stat().st_size
