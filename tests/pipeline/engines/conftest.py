"""Tables with everything that makes engines disagree, as CSV and Parquet, and their question."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pipeline.engines.kernel import batches
from pipeline.engines.question import Question
from pipeline.kernel.plan import Ranges, bin_edges

GROUP = "Lage, Süd"


class Held(NamedTuple):
    """A table in two files of each format, and the question about it."""

    parquet: list[Path]
    csv: list[Path]
    question: Question
    rows: int

    def files(self, format):
        return self.parquet if format == "parquet" else self.csv


Keep = Callable[..., Held]


def kept(folder: Path, columns: dict[str, object], groups: list[str | None]) -> Held:
    """Write a table; its question has the finite range of each column."""
    table = pa.table({**columns, GROUP: pa.array(groups, pa.string())})
    middle = 2 * table.num_rows // 3
    for number, part in enumerate((table.slice(0, middle), table.slice(middle))):
        pq.write_table(part, folder / f"{number}.parquet", row_group_size=1_000)
        pa.csv.write_csv(part, folder / f"{number}.csv")
    parquet, csv = (sorted(folder.glob(f"*.{end}")) for end in ("parquet", "csv"))
    names = tuple(columns)
    ranges = Ranges(len(names))
    for batch in batches(parquet, names, GROUP):
        ranges.add(batch.columns)
    edges = tuple(
        bin_edges(*((float(low), float(high)) if low <= high else (0.0, 0.0)))
        for low, high in zip(ranges.low, ranges.high, strict=True)
    )
    return Held(parquet, csv, Question(names, GROUP, edges), table.num_rows)


@pytest.fixture(scope="session")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """10,000 rows: gaps, a constant, a mean that dwarfs its spread, values on edges, an empty
    column, a group of one row, rows in no group, names beyond ASCII."""
    random, n = np.random.default_rng(5), 10_000
    groups = random.choice(["Côte d'Or", "größer", "梅洛", "O'Neill \t tab"], n).astype(object)
    groups[17], groups[20:25], groups[30:33] = "alone", None, ""
    base = random.normal(size=n)
    gaps = random.random(n) < 0.1
    columns = {
        "pH.wert": pa.array(np.where(gaps, np.nan, random.gamma(2, 3, n)), from_pandas=True),
        "NaN not null": pa.array(np.where(gaps, np.nan, base), from_pandas=False),
        "gleich": pa.array(np.full(n, 3.7)),
        "riesig": pa.array(1e9 + random.normal(size=n)),
        "related": pa.array(base + random.normal(size=n)),
        "same in a group": pa.array(np.where(groups == "größer", 5.3, random.uniform(0, 90, n))),
        'whole, and a "quote"': pa.array(random.integers(0, 41, n)),  # every value is an edge
        "on edges": pa.array(random.choice(bin_edges(0.1, 0.7), n)),
        "leer": pa.nulls(n, pa.float64()),
    }
    return kept(tmp_path_factory.mktemp("odd"), columns, groups.tolist())


@pytest.fixture(scope="session")
def endless(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """300 rows with infinities of either sign."""
    random, n = np.random.default_rng(6), 300
    values = random.normal(size=n)
    values[::7], values[3::11] = np.inf, -np.inf
    groups = random.choice(["a", "b"], n).tolist()
    return kept(tmp_path_factory.mktemp("endless"), {"x": pa.array(values)}, groups)


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """``keep({"x": [1.0, None]}, ["a", "b"])`` writes a small table."""

    def written(columns, groups):
        arrays = {name: pa.array(values, pa.float64()) for name, values in columns.items()}
        return kept(tmp_path, arrays, groups)

    return written
