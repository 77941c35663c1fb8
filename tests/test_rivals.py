"""The bench compares like with like: its rivals compute what the profile says."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pipeline.condense import condense
from pipeline.findings import Findings
from pipeline.inputs import find_input
from pipeline.runners import LocalRunner
from pipeline.table.prepare import prepare
from store.descriptor import read_descriptor
from store.schema import QUANTILES, Section
from tests.bench.release import TABLE
from tests.bench.rivals import (
    FEATURES,
    GROUP,
    PAIRS,
    RANK_ERROR,
    RIVALS,
    Ranges,
    ranges_of,
    with_pandas,
)
from tests.bench.tables import DESCRIPTOR

TIMES = 60
SHARED = ("count", "missing", "mean", "sd", "minimum", "maximum")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wine table sixty times, each value off by a little, in two files."""
    folder = tmp_path_factory.mktemp("rivals")
    table = pa.concat_tables([pa.csv.read_csv(TABLE)] * TIMES)
    noise = np.random.default_rng(0).uniform(0.99, 1.01, (len(FEATURES), len(table)))
    columns = [np.asarray(table[name]) * noise[j] for j, name in enumerate(FEATURES)]
    table = pa.table([*columns, table[GROUP]], names=[*FEATURES, GROUP])
    for number, start in enumerate((0, len(table) // 2)):
        pq.write_table(table.slice(start, len(table) // 2), folder / f"{number}.parquet")
    return folder


@pytest.fixture(scope="module")
def ranges(folder: Path) -> Ranges:
    return ranges_of(folder)


@pytest.fixture(scope="module")
def profile(folder: Path) -> Findings:
    descriptor = read_descriptor(DESCRIPTOR)
    table = prepare(find_input(str(folder)), descriptor, [GROUP], needs_group=True)
    return condense(table, descriptor, [GROUP], LocalRunner(1), uri="wine")


@pytest.mark.parametrize("name", [*RIVALS, "pandas"])
def test_a_rival_computes_the_statistics_of_the_profile(
    name: str, folder: Path, ranges: Ranges, profile: Findings
) -> None:
    sections: dict[int | None, Section] = {int(g.value): g for g in profile.groups}
    sections[None] = profile.overall

    found = (RIVALS | {"pandas": with_pandas})[name](folder, ranges)

    assert found.keys() == sections.keys()
    for label, ours in sections.items():
        theirs = found[label]
        for column in ours.columns:
            own = theirs.columns[column.name]
            figures = [own.figures[figure] for figure in SHARED]
            assert figures == pytest.approx([getattr(column, figure) for figure in SHARED])
            assert column.histogram is not None
            counts = [own.bins.get(j, 0) for j in range(len(column.histogram.counts))]
            assert counts == pytest.approx(column.histogram.counts, abs=1)  # bins round otherwise
        r = [ours.correlation[FEATURES.index(a)][FEATURES.index(b)] for a, b in PAIRS]
        assert [theirs.correlation[pair] for pair in PAIRS] == pytest.approx(r, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("DuckDB", 0.02),  # its digests promise nothing
        ("Polars", 3 * RANK_ERROR),  # its error holds on average
        ("Polars, exact quantiles", 1e-9),
        ("pandas", 1e-9),
    ],
)
def test_the_quantiles_of_a_rival_are_as_exact_as_it_says(
    name: str, most: float, folder: Path, ranges: Ranges
) -> None:
    rows = pq.read_table(folder)

    found = (RIVALS | {"pandas": with_pandas})[name](folder, ranges)

    errors = [
        _rank_error(np.sort(np.asarray(rows[feature])), found[None].columns[feature].quantiles)
        for feature in FEATURES
    ]
    assert max(errors) <= most


def _rank_error(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", found: Sequence[float]
) -> float:
    """How far quantiles are from their ranks at most, as a part of the values."""
    size = len(values)
    errors = []
    for share, value in zip(QUANTILES, found, strict=True):
        low, high = np.searchsorted(values, value, "left"), np.searchsorted(values, value, "right")
        place = share * (size - 1)
        errors.append(max(0.0, low - 1 - place, place - high) / size)
    return max(errors)
