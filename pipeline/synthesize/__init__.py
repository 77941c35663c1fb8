"""A table -> as many rows as wanted that look like it, made by Spark, and marked as synthetic.

In each group a Gaussian copula joins the empirical marginals: correlated normals become
uniforms, and those become values by each column's quantile function. The normals have the
correlation 2 sin(pi rho / 6) where rho is Spearman's (Kruskal 1958), so rank correlations come
out as they were; the correlation of normal scores misses them by 0.1 on 50 rows. A date is a
number of days. Categories, and which values are missing, are drawn by their frequency in the
group, independent of all else.

A row depends on the table, the seed and its own number, and on nothing else: the generator of a
block of rows is keyed by (seed, number of the block), and a file is a fixed run of blocks. So the
first rows are the same however many follow, and the files however many tasks write them.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pipeline.described import as_synthetic, describe
from pipeline.inputs import describe_input, find_input
from pipeline.new_folder import check_new, new_folder, write_text
from pipeline.progress import Steps
from pipeline.read import read
from pipeline.session import spark_session
from pipeline.steps import START
from pipeline.synthesize.files import (
    DESCRIPTOR,
    GENERATE,
    Format,
    Writing,
    generate,
)
from pipeline.synthesize.model import check_size, fit
from pipeline.toml import to_toml
from store.descriptor import Descriptor, TextFormat
from store.errors import InputError
from store.schema import InputData

READ = "Read the table"
FIT = "Fit the table"
HEADING = "# The rows beside this file are synthetic: python -m pipeline synthesize made them.\n"
SUFFIX = "-synthetic"
MAX_ROWS = 10**12
MAX_SEED = 2**64 - 1


class Order(NamedTuple):
    """What a person asked for; ``out`` is a folder or ``s3://bucket/prefix``, new or empty."""

    where: str
    rows: int
    out: str
    descriptor: Path | None = None
    seed: int = 0
    format: Format = "parquet"


class Made(NamedTuple):
    """What is there now: rows and bytes of the data files in ``out``."""

    rows: int
    bytes: int
    out: str


def synthesize(
    order: Order,
    steps: Steps,
    *,
    master: str,
    settings: Mapping[str, str],
    partitions: int | None = None,
) -> Made:
    """Write synthetic rows and ``synthetic.toml``, their descriptor, into a new folder or prefix.

    A folder gets its name when it is complete; before, and after a failure, there is none. In S3
    the descriptor comes last, and after a failure what was written is removed.

    Args:
        order: The table, and what to make of it.
        steps: Shows what happens and takes the time.
        master: Where Spark runs. Its workers have to share the folder, or reach S3.
        settings: Spark properties.
        partitions: Tasks, one per file where none is given; the rows do not depend on it.

    Raises:
        InputError: The order, the table or its descriptor cannot be used.
        CellarError: Java, Spark or S3 failed.
    """
    _check(order)
    found = find_input(order.where)
    described = describe(found, order.where, given=order.descriptor, name=None)
    target = described.target.column if described.target else None
    descriptor = synthetic(described, describe_input(found), order)
    described = with_groups(described)
    with new_folder(order.out, last=DESCRIPTOR) as folder, contextlib.ExitStack() as session:
        with steps.step(START):
            spark = session.enter_context(spark_session(master, settings))
        with steps.step(READ, spark=spark):
            table = read(spark, found, described, groups=[target] if target else [])
        with steps.step(FIT, spark=spark):
            check_size(table.rows, described)
            model = fit(table.frame.toArrow(), described)
        with steps.step(GENERATE, spark=spark):
            writing = Writing(
                model, order.rows, order.seed, order.format, folder, descriptor.credit
            )
            size = generate(spark, writing, partitions=partitions)
        write_text(folder, DESCRIPTOR, f"{HEADING}\n{to_toml(descriptor)}")
    return Made(order.rows, size, order.out)


def with_groups(descriptor: Descriptor) -> Descriptor:
    """The descriptor with every further column that is grouped by among the categories."""
    has = {*descriptor.columns, *descriptor.categories, *descriptor.dates}
    if descriptor.target:
        has.add(descriptor.target.column)
    more = (name for name in descriptor.group_by if name not in has)
    return descriptor.model_copy(update={"categories": (*descriptor.categories, *more)})


def synthetic(descriptor: Descriptor, data: InputData, order: Order) -> Descriptor:
    """The descriptor of the synthetic rows, without the presets that show a real row."""
    sha256 = (data.files[0].sha256 if len(data.files) == 1 else None) or data.sha256
    digest = f"SHA-256{'' if data.hashed == 'content' else ' of its listing'} {sha256}"
    origin = f" The table: {descriptor.credit}" if descriptor.credit else ""
    credit = (
        f"Synthetic: {order.rows:,} rows drawn with seed {order.seed} from a Gaussian copula "
        f"fitted to {data.uri} ({digest}); none was observed.{origin}"
    )
    return as_synthetic(descriptor, credit).model_copy(
        update={
            "name": descriptor.name[: 63 - len(SUFFIX)] + SUFFIX,
            "source": ".",
            "csv": TextFormat(),
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
    check_new(order.out)
