"""Rows in, statistics out."""

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame, SparkSession
from scipy import stats  # type: ignore[import-untyped]

from pipeline.findings import Findings
from pipeline.inputs import find_input
from pipeline.kernel.plan import BINS, MAX_GROUPS, bin_edges
from pipeline.profile import profile
from pipeline.read import read
from store.descriptor import Descriptor, Feature, read_descriptor
from store.errors import DataError
from store.schema import (
    MAX_SAMPLE_ROWS,
    QUANTILES,
    CategoryProfile,
    ColumnProfile,
    Histogram,
    Sample,
    ValueCount,
)

COLUMNS = "_group string, acidity double, sugar double"
Drinks = Callable[..., DataFrame]
VALUES = st.lists(st.none() | st.floats(-1e100, 1e100), max_size=30)


@pytest.fixture
def frame(spark: SparkSession) -> Drinks:
    return lambda *rows: spark.createDataFrame(list(rows), COLUMNS)


def near(found: Any, expected: Any, *, rtol: float = 1e-12, atol: float = 0.0) -> None:
    """Insist on numbers that agree but for rounding."""
    np.testing.assert_allclose(np.array(found, dtype=float), expected, rtol=rtol, atol=atol)


def counts(*filled: int) -> tuple[int, ...]:
    """Bin counts with one value in each of these bins."""
    return tuple(filled.count(i) for i in range(BINS))


def evenly(low: float, high: float) -> dict[str, Any]:
    """The quantiles of values that lie evenly between two numbers."""
    return {str(q): pytest.approx(low + (high - low) * q) for q in QUANTILES}


def test_statistics_of_three_rows_written_out_in_full(frame: Drinks, drinks: Descriptor) -> None:
    rows = frame(("1", 5.0, 4.0), ("0", 1.0, 4.0), ("0", 3.0, None))

    found = profile(rows, drinks, groups=["kind"])

    acidity, sugar = bin_edges(1.0, 5.0), bin_edges(4.0, 4.0)
    assert found.overall.columns == (
        ColumnProfile.model_construct(
            name="acidity",
            count=3,
            missing=0,
            mean=3.0,
            sd=2.0,
            minimum=1.0,
            maximum=5.0,
            skewness=0.0,
            quantiles=evenly(1.0, 5.0),
            histogram=Histogram(edges=acidity, counts=counts(0, 20, 39)),
        ),
        ColumnProfile.model_construct(
            name="sugar",
            count=2,
            missing=1,
            mean=4.0,
            sd=0.0,
            minimum=4.0,
            maximum=4.0,
            skewness=None,
            quantiles=evenly(4.0, 4.0),
            histogram=Histogram(edges=sugar, counts=counts(20, 20)),
        ),
    )
    assert found.overall.correlation == ((1.0, None), (None, None))
    assert [(g.value, g.label, g.rows) for g in found.groups] == [
        ("0", "Dry", 2),
        ("1", "Sweet", 1),
    ]


def test_a_group_of_one_row_has_no_spread(frame: Drinks, drinks: Descriptor) -> None:
    found = profile(frame(("0", 1.0, 2.0), ("0", 2.0, 3.0), ("1", 5.0, 4.0)), drinks, groups=["x"])

    sweet = found.groups[1].column("acidity")
    assert (sweet.count, sweet.mean, sweet.sd, sweet.skewness) == (1, 5.0, None, None)
    assert set(sweet.quantiles.values()) == {5.0}
    assert found.groups[1].correlation == ((None, None), (None, None))


def test_a_column_without_values_has_no_statistics(frame: Drinks, drinks: Descriptor) -> None:
    found = profile(frame(("0", 1.0, None)), drinks).overall.column("sugar")

    assert found == ColumnProfile(
        name="sugar",
        count=0,
        missing=1,
        mean=None,
        sd=None,
        minimum=None,
        maximum=None,
        skewness=None,
        quantiles=dict.fromkeys(map(str, QUANTILES)),
        histogram=None,
    )


def test_every_group_has_the_bins_of_all_rows(frame: Drinks, drinks: Descriptor) -> None:
    rows = frame(("0", 0.0, 1.0), ("0", 1.0, 1.0), ("1", 40.0, None))

    dry, sweet = (g.column("acidity").histogram for g in profile(rows, drinks, groups=["k"]).groups)

    assert dry == Histogram(edges=tuple(map(float, range(41))), counts=counts(0, 1))
    assert sweet == Histogram(edges=tuple(map(float, range(41))), counts=counts(39))


def test_pairs_correlate_over_the_rows_where_both_have_a_value(
    frame: Drinks, drinks: Descriptor
) -> None:
    rows = [("0", 1.0, 2.0), ("0", 2.0, 1.0), ("0", 3.0, 5.0), ("0", 99.0, None), ("0", None, 7.0)]

    found = profile(frame(*rows), drinks).overall.correlation

    near(found, np.corrcoef([1, 2, 3], [2, 1, 5]))


def test_groups_follow_the_classes_then_their_values(frame: Drinks, drinks: Descriptor) -> None:
    known = drinks.model_copy(
        update={
            "target": drinks.target and drinks.target.model_copy(update={"classes": {"b": "B"}})
        }
    )
    rows = [(value, 1.0, 1.0) for value in ("10", "a", "b", "2")]

    groups = profile(frame(*rows), known, groups=["kind"]).groups

    assert [(g.value, g.label) for g in groups] == [
        ("b", "B"),
        ("2", "2"),
        ("10", "10"),
        ("a", "a"),
    ]


def test_too_many_groups_are_an_error(frame: Drinks, drinks: Descriptor) -> None:
    rows = [(str(i), 1.0, 1.0) for i in range(MAX_GROUPS + 1)]

    with pytest.raises(DataError, match=r"^acidity has more than 50 values"):
        profile(frame(*rows), drinks, groups=["acidity"])


def test_categories_list_their_most_frequent_values(
    spark: SparkSession, drinks: Descriptor
) -> None:
    with_shop = drinks.model_copy(update={"categories": ("the shop.",)})
    rows = [(str(i % 2), 1.0, 1.0, shop) for i, shop in enumerate(["B", "A", "C", "A", None, "A"])]
    frame = spark.createDataFrame(rows, f"{COLUMNS}, `the shop.` string")

    found = profile(frame, with_shop, groups=["kind"])

    assert found.overall.categories == (
        CategoryProfile(
            name="the shop.",
            count=5,
            missing=1,
            distinct=3,
            top=(
                ValueCount(value="A", count=3),
                ValueCount(value="B", count=1),
                ValueCount(value="C", count=1),
            ),
        ),
    )
    assert found.groups[0].categories[0].top == (
        ValueCount(value="B", count=1),
        ValueCount(value="C", count=1),
    )


def test_a_small_table_is_its_own_sample_in_its_own_order(
    frame: Drinks, drinks: Descriptor
) -> None:
    rows = [("1", float(i), None if i % 2 else 1.0) for i in range(50)]

    assert profile(frame(*rows), drinks, groups=["kind"]).sample == Sample(
        columns=("acidity", "sugar"),
        groups=("1",) * 50,
        values=tuple(row[1:] for row in rows),
    )


def test_the_sample_of_a_large_table_is_spread_over_it_and_repeats_with_its_seed(
    spark: SparkSession,
) -> None:
    ids = spark.range(20_000, numPartitions=3).selectExpr("cast(id as double) as place")
    one = Descriptor(name="places", features=(Feature(column="place"),))

    def places(seed: int) -> list[float]:
        return [row[0] or 0.0 for row in profile(ids, one, seed=seed).sample.values]

    first, again, other = places(1), places(1), places(2)

    assert first == again == sorted(first)
    assert len(set(first)) == MAX_SAMPLE_ROWS
    assert len(set(first) & set(other)) < MAX_SAMPLE_ROWS / 4
    assert stats.kstest(first, stats.uniform(0, 20_000).cdf).pvalue > 1e-4


@given(st.floats(-1e300, 1e300), st.floats(0, 1e300))
@example(1e17, 0.0)
@example(5e-324, 0.0)
@example(0.1, 1e-17)
@example(-1e308, 1e308)
def test_bin_edges_ascend_and_hold_the_range(low: float, width: float) -> None:
    edges = bin_edges(low, low + width)

    assert len(edges) == BINS + 1
    assert all(a < b for a, b in itertools.pairwise(edges))
    assert edges[0] <= low
    assert edges[-1] >= low + width


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=st.lists(VALUES.filter(any), min_size=4, max_size=4))
@example(table=[[0.1, 0.2, 0.30000000000000004, 0.3], [1e17, 1e17], [1e-200, 2e-200, 5e-200]])
def test_any_values_are_counted_once_and_ranked_as_numpy_ranks_them(
    table: Sequence[Sequence[float | None]], spark: SparkSession
) -> None:
    """Several columns a table: Spark takes about as long for four as for one."""
    names = [f"a.{number}" for number in range(len(table))]
    features = tuple(Feature(column=name) for name in names)
    rows = list(itertools.zip_longest(*table))
    schema = ", ".join(f"`{name}` double" for name in names)

    found = profile(spark.createDataFrame(rows, schema), Descriptor(name="any", features=features))

    for values, column in zip(table, found.overall.columns, strict=True):
        present = np.array([v for v in values if v is not None])
        assert column.histogram is not None
        expected, _ = np.histogram(present, bins=column.histogram.edges)
        assert column.histogram.counts == tuple(expected)
        assert (column.count, column.missing) == (len(present), len(rows) - len(present))
        assert (column.minimum, column.maximum) == (present.min(), present.max())
        near(
            list(column.quantiles.values()),
            np.quantile(present, QUANTILES),
            atol=abs(present).max() * 1e-12,
        )


def test_what_is_too_large_to_compute_is_null_and_the_artifact_stays_json(
    frame: Drinks, drinks: Descriptor
) -> None:
    found = profile(frame(("0", 1e308, 1.0), ("0", -1e308, 2.0)), drinks)

    acidity = found.overall.column("acidity")
    assert (acidity.minimum, acidity.maximum, acidity.sd) == (-1e308, 1e308, None)
    json.loads(found.overall.model_dump_json(), parse_constant=pytest.fail)


@pytest.fixture(scope="module")
def wine_table(root: Path) -> pd.DataFrame:
    return pd.read_csv(root / "data" / "wine.csv")


@pytest.fixture(scope="module")
def wine(spark: SparkSession, root: Path) -> Findings:
    """What Spark finds in the built-in example."""
    descriptor = read_descriptor(root / "data" / "wine.toml")
    found = find_input(str(root / "data" / "wine.csv"))
    table = read(spark, found, descriptor, groups=["cultivar"])
    return profile(table.frame, descriptor, groups=["cultivar"])


def test_the_wine_data_has_its_known_facts(wine: Findings) -> None:
    assert wine.overall.rows == 178
    assert [(g.label, g.rows) for g in wine.groups] == [
        ("Barolo", 59),
        ("Grignolino", 71),
        ("Barbera", 48),
    ]
    assert wine.overall.column("alcohol").mean == pytest.approx(13.001, abs=5e-4)
    assert wine.overall.column("proline").mean == pytest.approx(746.893, abs=5e-4)
    assert wine.overall.column("proline").sd == pytest.approx(314.907, abs=5e-4)
    assert [g.column("flavanoids").mean for g in wine.groups] == [
        pytest.approx(mean, abs=5e-4) for mean in (2.982, 2.081, 0.781)
    ]


@pytest.mark.parametrize("cultivar", [None, 0, 1, 2])
def test_the_statistics_of_wine_agree_with_numpy_and_scipy(
    cultivar: int | None, wine: Findings, wine_table: pd.DataFrame
) -> None:
    rows = wine_table if cultivar is None else wine_table[wine_table["cultivar"] == cultivar]
    values = rows.drop(columns="cultivar")
    section = wine.overall if cultivar is None else wine.groups[cultivar]

    near([c.mean for c in section.columns], values.mean(), rtol=1e-12)
    near([c.sd for c in section.columns], values.std(ddof=1), rtol=1e-12)
    near([c.skewness for c in section.columns], stats.skew(values, axis=0), rtol=1e-9)
    near(
        [list(c.quantiles.values()) for c in section.columns],
        np.quantile(values, QUANTILES, axis=0).T,
        rtol=1e-12,
    )
    near(section.correlation, np.corrcoef(values.T), rtol=1e-9, atol=1e-12)
    for column in section.columns:
        assert column.histogram is not None
        expected, _ = np.histogram(values[column.name], bins=column.histogram.edges)
        assert column.histogram.counts == tuple(expected)
