"""The statistics of a table, from arrays: against exact fractions, numpy and the Spark job."""

import csv
import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.kernel import partial as state
from pipeline.kernel import plan as plans
from pipeline.kernel import sample, wire
from pipeline.kernel.atoms import Atoms, find_atoms
from pipeline.kernel.moments import measure_gaps
from pipeline.kernel.partial import Coded, Partial, TooManyGroups
from pipeline.kernel.plan import EXACT_ROWS, Grid, Plan, Ranges, bin_edges
from pipeline.kernel.ranks import RANK_ERROR, Ranks
from pipeline.kernel.summary import Column, Section, Summary, finish
from pipeline.kernel.zoom import Windows, Zoom, floats, places
from store.errors import DataError
from store.schema import MAX_SAMPLE_ROWS, QUANTILES, Profile, decode

LABELS = ("a", "b", "c", "d")
FINITE = st.floats(allow_nan=False, allow_infinity=False)
SHARES = st.floats(-1, 1)
TELLABLE = SHARES.map(lambda share: share if abs(share) > 1e-30 else 0.0)  # its cube is no zero
ZERO = Fraction(0)


def plan_for(
    table: np.ndarray, *, exact_rows: int = EXACT_ROWS, looked_at: int = 0, **options: Any
) -> Plan:
    """The plan that a first pass over a table of shape (rows, columns) gives.

    Atoms are looked for in its first ``looked_at`` rows.
    """
    ranges = Ranges(table.shape[1])
    ranges.add(table)
    found = Plan.of([f"c{j}" for j in range(table.shape[1])], ranges)
    plan = Plan(found.names, found.low, found.high, exact_rows=exact_rows, **options)
    return replace(plan, atoms=find_atoms(list(table[:looked_at].T), plan)) if looked_at else plan


def seen(
    plan: Plan,
    table: np.ndarray,
    codes: np.ndarray | None = None,
    labels: Sequence[str | None] = LABELS,
    *,
    cuts: Sequence[int] = (),
    batch: int = 65_536,
) -> Partial:
    """The state after tasks that are cut at these rows, sent as bytes and merged in order."""
    whole = Partial(plan)
    for rows in np.split(np.arange(len(table)), sorted(cuts)):
        task = Partial(plan)
        for start in range(0, len(rows), batch):
            part = rows[start : start + batch]
            if codes is None:
                task.add(table[part], rows=int(part[0]))
            else:
                task.add(table[part], codes[part], labels, rows=int(part[0]))
        whole.merge(Partial.from_bytes(plan, task.to_bytes()))
    return whole


def refined(
    partial: Partial, table: np.ndarray, codes: np.ndarray | None = None
) -> tuple[Ranks, int]:
    """The ranks after as many passes as they need, each in two tasks, and how many that were."""
    ranks, passes = Ranks.of(partial), 0
    while windows := ranks.needs_refinement():
        zoom = Zoom(windows)
        for rows in np.array_split(np.arange(len(table)), 2):
            task = Zoom(windows)
            columns = [table[rows, j] for j in windows.columns]
            task.add(columns, *(() if codes is None else (codes[rows], LABELS)))
            zoom.merge(Zoom.from_bytes(windows, task.to_bytes()))
        ranks, passes = ranks.refined(zoom), passes + 1
    return ranks, passes


def summary_of(table: Any, codes: Any = None, **options: Any) -> Summary:
    """All that is found out about a table that is held in memory."""
    rows = np.array(table, dtype=float).reshape(len(table), -1)
    groups = None if codes is None else np.array(codes)
    return finish(seen(plan_for(rows), rows, groups, **options))


def only(table: Any) -> Column:
    """What is found out about the values of a single column."""
    return summary_of(table).overall.columns[0]


def exactly(values: Sequence[float]) -> tuple[float, float | None, float | None]:
    """Mean, sd and skewness, rounded once at the end."""
    x = [Fraction(value) for value in values]
    mean = sum(x, ZERO) / len(x)
    m2, m3 = (sum(((value - mean) ** power for value in x), ZERO) for power in (2, 3))
    sd = root(m2 / (len(x) - 1)) if len(x) > 1 else None
    return float(mean), sd, math.copysign(root(m3**2 * len(x) / m2**3), m3) if m2 else None


def root(square: Fraction) -> float:
    """The square root of a fraction that a float may not hold."""
    if not square:
        return 0.0
    power = 2 * ((square.numerator.bit_length() - square.denominator.bit_length()) // 2)
    return math.ldexp(math.sqrt(square / Fraction(2) ** power), power // 2)


def exact_r(x: np.ndarray, y: np.ndarray) -> float | None:
    """Pearson's r of the rows that have both."""
    both = [(Fraction(a), Fraction(b)) for a, b in zip(x, y, strict=True) if not math.isnan(a + b)]
    if len(both) < 2:
        return None
    means = [sum(side, ZERO) / len(both) for side in zip(*both, strict=True)]
    off = [(a - means[0], b - means[1]) for a, b in both]
    xx, yy = sum((a * a for a, _ in off), ZERO), sum((b * b for _, b in off), ZERO)
    cross = sum((a * b for a, b in off), ZERO)
    return math.copysign(root(cross**2 / (xx * yy)), cross) if xx and yy else None


def near(found: Any, expected: Any, *, rtol: float = 1e-12, atol: float = 1e-12) -> None:
    """Insist on numbers that agree but for rounding, and on None in the same places."""
    np.testing.assert_allclose(
        np.array(found, dtype=float), np.array(expected, dtype=float), rtol=rtol, atol=atol
    )


def near_sections(one: Section, other: Section) -> None:
    """Insist on equal integers, and on figures that agree but for rounding."""
    assert integers_of(one) == integers_of(other)
    for a, b in zip(one.columns, other.columns, strict=True):
        near(a.mean, b.mean, rtol=4e-16, atol=1e-12 * (b.sd or 0.0))
        near(a.sd, b.sd, atol=0)
        near(a.skewness, b.skewness)
    near(one.correlation, other.correlation)


def integers_of(section: Section) -> tuple[Any, ...]:
    """What nothing may change."""
    return (
        section.value,
        section.rows,
        [
            (c.count, c.missing, c.minimum, c.maximum, c.quantiles, c.edges, c.counts, c.rank_error)
            for c in section.columns
        ],
    )


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A few rows of two to three columns, some far from 0 beside their spread, and their groups."""
    columns, rows = draw(st.integers(2, 3)), draw(st.integers(1, 40))
    offset = [draw(st.sampled_from([0.0, 1.0, -1e9, 1e9])) for _ in range(columns)]
    spread = [draw(st.sampled_from([0.0, 1e-3, 1.0, 1e6])) for _ in range(columns)]
    share = draw(
        st.lists(TELLABLE | st.just(0.5), min_size=rows * columns, max_size=rows * columns)
    )
    table = np.reshape(share, (rows, columns)) * spread + offset
    gaps = draw(st.lists(st.integers(0, rows * columns - 1), max_size=6))
    table.reshape(-1)[gaps] = np.nan
    codes = draw(st.lists(st.integers(0, 2), min_size=rows, max_size=rows))
    return table, np.array(codes)


# Bins


def test_the_sample_is_as_large_as_the_artifact_allows() -> None:
    assert plans.SAMPLE_ROWS == MAX_SAMPLE_ROWS


@given(FINITE, st.floats(0, 1e308), st.lists(SHARES, max_size=20))
@example(0.0, 92.0, [])
@example(1e9, 1e-2, [])
@example(1.0, 200 * 2.0**-52, [])
@example(1.0, 5_000 * 2.0**-52, [])
@example(1e9, 100_000 * 2.0**-23, [])
@example(-1.7e308, 1e308, [])
@example(-1e308, 1.7976931348623157e308, [])
@example(5e-324, 3e-322, [])
@example(1.7976931348623157e308, 0.0, [])
@example(-1.7976931348623157e308, 0.0, [])
@example(0.1, 0.0, [])
def test_a_value_is_in_the_bin_that_comparing_it_with_the_edges_tells(
    low: float, width: float, shares: list[float]
) -> None:
    high = min(low + width, 1.7976931348623157e308)
    grid = Grid(Plan(("c0",), (low,), (high,)))
    fine, coarse = grid.edges[0], np.array(bin_edges(low, high))
    between = [low * (1 - abs(share)) + high * abs(share) for share in shares]
    edges = np.concatenate([fine, coarse])
    with np.errstate(over="ignore"):
        beside = [np.nextafter(edges, way) for way in (-np.inf, np.inf)]
    values = np.concatenate([edges, *beside, between])
    values = values[(values >= coarse[0]) & (values <= coarse[-1])]

    found = grid.place(0, values)

    def told(edges: np.ndarray) -> np.ndarray:
        return np.minimum(np.searchsorted(edges, values, side="right") - 1, len(edges) - 2)

    np.testing.assert_array_equal(found, told(fine))
    np.testing.assert_array_equal(found // (plans.FINE_BINS // plans.BINS), told(coarse))


@pytest.mark.parametrize("high", [1.0, 1e308])
def test_a_missing_value_is_in_a_bin_of_its_own(high: float) -> None:
    grid = Grid(Plan(("c0",), (-high,), (high,), bins=80))

    assert grid.place(0, np.array([np.nan, -high, high])).tolist() == [80, 0, 79]


# Moments


@settings(max_examples=200)
@given(tables())
def test_moments_are_those_of_exact_arithmetic(given_rows: tuple[np.ndarray, np.ndarray]) -> None:
    table, codes = given_rows

    found = summary_of(table, codes, batch=7)

    for section in (found.overall, *found.groups):
        rows = table if section.value is None else table[codes == LABELS.index(section.value)]
        for j, column in enumerate(section.columns):
            values = rows[~np.isnan(rows[:, j]), j]
            assert (column.count, column.missing) == (values.size, len(rows) - values.size)
            if values.size == 0:
                assert (column.mean, column.sd, column.skewness) == (None, None, None)
                continue
            mean, sd, skewness = exactly(values)
            near(column.mean, mean, rtol=4e-16, atol=1e-12 * (sd or 0.0))
            near(column.sd, sd, atol=0)
            near(column.skewness, skewness)
            for i in range(j):
                near(section.correlation[i][j], exact_r(rows[:, i], rows[:, j]))
                assert section.correlation[i][j] == section.correlation[j][i]


@pytest.mark.parametrize("spread", [1e-3, 1e-5])
@pytest.mark.parametrize("batch", [37, 100_000])
def test_a_spread_far_below_the_mean_keeps_its_digits(spread: float, batch: int) -> None:
    noise = np.random.default_rng(1).normal(size=(4_000, 2))
    table = 1e9 + spread * (noise + noise[:, :1])

    found = summary_of(table, cuts=[5, 2_001], batch=batch).overall

    for column, values in zip(found.columns, table.T, strict=True):
        mean, sd, skewness = exactly(values)
        assert column.mean == mean
        near([column.sd, column.skewness], [sd, skewness])
    near(found.correlation[0][1], exact_r(*table.T))


def test_a_group_keeps_its_digits_beside_a_far_one() -> None:
    noise = np.random.default_rng(1).normal(size=2_000) * 1e-3
    codes = np.arange(2_000) % 2

    near_group, far_group = summary_of(noise + 1e9 * codes, codes, batch=100).groups

    near(near_group.columns[0].sd, exactly(noise[codes == 0])[1], atol=0)
    near(far_group.columns[0].sd, exactly((noise + 1e9)[codes == 1])[1], atol=0)


def test_pairs_correlate_over_the_rows_where_both_have_a_value() -> None:
    rows = [(1, 2), (2, 1), (3, 5), (99, np.nan), (np.nan, 7)]

    near(summary_of(rows).overall.correlation, np.corrcoef([1, 2, 3], [2, 1, 5]))


def test_a_pair_keeps_its_digits_where_its_rows_are_far_from_the_others() -> None:
    noise = np.random.default_rng(2).normal(size=(600, 2)) * 1e-3
    table = np.where(np.arange(600)[:, None] < 300, noise, [1e9, np.nan])
    table[:300] = 1e6 + np.cumsum(noise[:300], axis=1)

    found = summary_of(table, batch=250).overall.correlation

    near(found[0][1], exact_r(*table.T))


@pytest.mark.parametrize("batch", [1, 2, 3, 9])
def test_a_column_that_only_varies_where_the_other_is_missing_has_no_correlation(
    batch: int,
) -> None:
    rows = [(0.1, 1.0), (7.3, np.nan), (0.1, 4.0), (0.1, 2.0), (0.7, np.nan), (0.1, 3.0)]

    for table in (rows, [row[::-1] for row in rows]):
        assert summary_of(table, batch=batch).overall.correlation == ((1.0, None), (None, 1.0))


def test_the_moments_of_rows_without_gaps_are_the_same_either_way() -> None:
    table = np.random.default_rng(3).normal(size=(500, 3))
    low, high = table.min(axis=0), table.max(axis=0)

    plain, masked = summary_of(table), measure_gaps(table.T, low, high)

    near(masked.rows, np.full((3, 3), 500))
    near(masked.cross.diagonal(), [(c.sd or 0) ** 2 * 499 for c in plain.overall.columns])


def test_a_constant_has_no_spread_at_all() -> None:
    found = summary_of([(0.1, i) for i in range(1_000)], batch=77).overall

    constant = found.columns[0]
    assert (constant.mean, constant.sd, constant.skewness) == (0.1, 0.0, None)
    assert found.correlation == ((None, None), (None, 1.0))


def test_one_row_has_no_spread() -> None:
    found = summary_of([(5.0, 4.0)]).overall

    assert (found.columns[0].mean, found.columns[0].sd, found.columns[0].skewness) == (
        5,
        None,
        None,
    )
    assert found.correlation == ((None, None), (None, None))
    assert set(found.columns[0].quantiles.values()) == {5.0}


def test_a_table_without_rows_has_only_nulls() -> None:
    found = finish(Partial(plan_for(np.empty((0, 2)))))

    assert found.overall == Section(
        None, 0, (nothing("c0", 0), nothing("c1", 0)), (), (), ((None,) * 2,) * 2
    )
    assert found.groups == ()
    assert tuple(found.sample) == ((), (), ())


def test_a_column_without_values_has_only_nulls() -> None:
    assert summary_of([(1.0, np.nan), (2.0, np.nan)]).overall.columns[1] == nothing("c1", 2)


def nothing(name: str, missing: int) -> Column:
    """What there is to say about no values."""
    nulls = dict.fromkeys(map(str, QUANTILES))
    return Column(name, 0, missing, None, None, None, None, None, nulls, None, None, 0.0)


def test_a_group_without_values_has_the_bins_of_the_whole() -> None:
    found = summary_of([(1.0,), (3.0,), (np.nan,)], [0, 0, 1]).groups[1].columns[0]

    assert (found.count, found.missing, found.mean, found.rank_error) == (0, 1, None, 0.0)
    assert found.edges == bin_edges(1.0, 3.0)
    assert found.counts == (0,) * plans.BINS


def test_what_is_too_large_to_compute_is_null() -> None:
    found = summary_of([(1e308, 1.0), (1e308, 3.0), (-1e308, 2.0), (1e308, 2.5)]).overall

    huge = found.columns[0]
    assert (huge.minimum, huge.maximum, huge.mean) == (-1e308, 1e308, None)
    assert (huge.sd, huge.skewness) == (None, None)
    assert found.correlation == ((1.0, None), (None, 1.0))


def test_what_a_float_holds_is_computed_however_large_or_small() -> None:
    values = np.array([1.0, 2.0, 4.0, 4.5])
    plain = only(values)

    for power in (-900, -400, 400):
        found = only(np.ldexp(values, power))
        assert found.mean == math.ldexp(plain.mean or 0, power)
        assert found.minimum == math.ldexp(1.0, power)
        if power < 0:
            near(found.sd, math.ldexp(plain.sd or 0, power), atol=0)
            near(found.skewness, plain.skewness)


# Batches and tasks


@given(tables(), st.lists(st.integers(0, 40), max_size=4), st.integers(1, 20), st.booleans())
def test_any_way_to_deal_out_the_rows_gives_the_same(
    given_rows: tuple[np.ndarray, np.ndarray], cuts: list[int], batch: int, keeps: bool
) -> None:
    table, codes = given_rows
    plan = plan_for(table, exact_rows=EXACT_ROWS if keeps else 10, bins=80, sample_rows=9)

    whole = seen(plan, table, codes)
    dealt = seen(plan, table, codes, cuts=[cut for cut in cuts if cut < len(table)], batch=batch)

    one = finish(whole, refined(whole, table, codes)[0])
    other = finish(dealt, refined(dealt, table, codes)[0])
    assert one.sample == other.sample
    for a, b in zip((one.overall, *one.groups), (other.overall, *other.groups), strict=True):
        near_sections(a, b)


@given(tables(), st.integers(0, 40), st.integers(0, 40))
def test_merging_is_associative_but_for_rounding(
    given_rows: tuple[np.ndarray, np.ndarray], first: int, second: int
) -> None:
    table, codes = given_rows
    plan = plan_for(table)
    cuts = [min(cut, len(table)) for cut in sorted((first, second))]
    left = [seen(plan, rows, y) for rows, y in parts(table, codes, cuts)]
    right = [seen(plan, rows, y) for rows, y in parts(table, codes, cuts)]

    left[0].merge(left[1])
    left[0].merge(left[2])
    right[1].merge(right[2])
    right[0].merge(right[1])

    near_sections(finish(left[0]).overall, finish(right[0]).overall)


def parts(
    table: np.ndarray, codes: np.ndarray, cuts: list[int]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The rows and groups between the cuts."""
    return list(zip(np.split(table, cuts), np.split(codes, cuts), strict=True))


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_the_same_tasks_in_the_same_order_give_the_same_bits(gaps: float) -> None:
    random = np.random.default_rng(5)
    table = random.normal(size=(5_000, 4))
    table[random.random(table.shape) < gaps] = np.nan
    codes, plan = random.integers(0, 3, 5_000), plan_for(table, exact_rows=1_000)

    one, again = (seen(plan, table, codes, cuts=[7, 4_000], batch=999) for _ in range(2))

    assert one.to_bytes() == again.to_bytes()
    assert finish(one) == finish(again)


def test_a_state_comes_back_from_its_bytes_as_it_was() -> None:
    random = np.random.default_rng(6)
    table = np.column_stack([random.normal(size=3_000), random.integers(0, 9, 3_000)])
    one = seen(plan_for(table, exact_rows=100), table, random.integers(0, 4, 3_000))

    again = Partial.from_bytes(one.plan, one.to_bytes())

    assert again.to_bytes() == one.to_bytes()
    assert finish(again) == finish(one)


def test_arrays_come_back_from_their_bytes_as_they_were() -> None:
    arrays = {
        "none": np.empty((0, 3), np.int64),
        "counts": np.array([[0, 300], [2**40, 1]]),
        "ends": np.array([np.iinfo(np.int64).max, np.iinfo(np.int64).min]),
        "places": np.array([2**64 - 1, 0], np.uint64),
        "values": np.array([np.nan, -0.0, 1e308, np.inf]),
        "one": np.array(7),
    }

    note, found = wire.unpack(wire.pack(["é", None], arrays))

    assert note == ["é", None]
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()


def test_the_state_does_not_grow_with_the_rows() -> None:
    random = np.random.default_rng(7)
    table = random.normal(size=(40_000, 3))
    plan = plan_for(table, exact_rows=1_000)

    def size(rows: int) -> int:
        partial = seen(plan, table[:rows], np.arange(rows) % 3)
        assert all(group.kept is None for group in partial.groups.values())
        return len(partial.to_bytes())

    assert size(40_000) < 1.2 * size(10_000)


def test_a_table_of_a_thousand_columns_has_a_coarser_grid_and_keeps_fewer_rows() -> None:
    plan = Plan.of([str(j) for j in range(1_000)], Ranges(1_000))

    assert plan.bins * 1_000 <= plans.MAX_CELLS
    assert plan.bins % plans.BINS == 0
    assert plan.exact_rows * 1_000 <= plans.MAX_EXACT_VALUES


def test_partials_of_different_plans_do_not_merge() -> None:
    with pytest.raises(ValueError, match="different plans"):
        Partial(plan_for(np.ones((1, 1)))).merge(Partial(plan_for(np.zeros((1, 1)))))


def test_ranges_merge_and_leave_out_what_is_not_finite() -> None:
    one, other = Ranges(2), Ranges(2)
    one.add(np.array([[1.0, np.nan], [3.0, np.nan]]))
    other.add([np.array([-2.0, np.inf, np.nan]), np.full(3, np.nan)])

    one.merge(other)

    assert (one.rows, one.count.tolist()) == (5, [3, 0])
    plan = Plan.of(["x", "y"], one)
    assert (plan.low, plan.high) == ((-2.0, None), (3.0, None))


# Groups


def test_groups_are_listed_by_their_value_whichever_comes_first() -> None:
    found = summary_of([1.0, 2.0, 4.0], [2, 0, 2])

    assert [(g.value, g.rows, g.columns[0].mean) for g in found.groups] == [
        ("a", 1, 2.0),
        ("c", 2, 2.5),
    ]


def test_rows_without_a_group_count_in_the_whole_only() -> None:
    found = summary_of([1.0, 2.0, 6.0], [0, 1, 0], labels=(None, "b"))

    assert (found.overall.rows, found.overall.columns[0].mean) == (3, 3.0)
    assert [g.value for g in found.groups] == ["b"]
    assert found.sample.groups == (None, "b", None)


def test_labels_may_stand_at_other_places_in_another_batch() -> None:
    table = np.arange(4.0)[:, None]
    partial = Partial(plan_for(table))

    partial.add(table[:2], np.array([0, 1]), ("a", "b"))
    partial.add(table[2:], np.array([2, 0]), ("b", "?", "a"), rows=2)

    assert [(g.value, g.columns[0].mean) for g in finish(partial).groups] == [("a", 1), ("b", 2)]
    assert finish(partial).sample.groups == ("a", "b", "a", "b")


def test_there_are_fifty_groups_at_most_and_rows_without_one() -> None:
    labels = [None, *map(str, range(plans.MAX_GROUPS + 1))]
    table = np.zeros((plans.MAX_GROUPS + 1, 1))
    codes, plan = np.arange(plans.MAX_GROUPS + 1), plan_for(table)

    partial = seen(plan, table, codes, labels)

    assert len(finish(partial).groups) == plans.MAX_GROUPS
    with pytest.raises(TooManyGroups, match=r"^The group column has more than 50 values"):
        partial.add(table[:1], np.array([51]), labels)
    with pytest.raises(TooManyGroups):
        partial.merge(seen(plan, table, codes + 1, labels))


@pytest.mark.parametrize("value", [2.5, -0.5, np.inf])
def test_a_value_out_of_the_range_means_that_the_input_changed(value: float) -> None:
    partial = Partial(Plan(("c0", "c1"), (0.0, 0.0), (9.0, 2.0)))

    with pytest.raises(DataError, match=r"^c1 has values out of the range"):
        partial.add(np.array([[1.0, 1.0], [1.0, value]]))


# Quantiles


@given(st.lists(FINITE | st.just(math.nan), min_size=1, max_size=60))
@example([1e308, -1e308])
def test_quantiles_of_few_rows_are_those_of_numpy(values: list[float]) -> None:
    present = np.array([value for value in values if not math.isnan(value)])

    column = only(values)

    if present.size:
        with np.errstate(over="ignore", invalid="ignore"):
            expected = np.quantile(present, QUANTILES, method="linear")
        expected = [float(v) if np.isfinite(v) else None for v in expected]
        assert list(column.quantiles.values()) == expected
    assert column.rank_error == 0.0


def test_quantiles_are_exact_up_to_the_stated_rows_and_bounded_beyond() -> None:
    values = np.random.default_rng(8).normal(size=(EXACT_ROWS + 1, 1))
    full = finish(seen(plan_for(values[:-1]), values[:-1], cuts=[30_000])).overall.columns[0]
    over = finish(seen(plan_for(values), values, cuts=[30_000])).overall.columns[0]

    assert list(full.quantiles.values()) == np.quantile(values[:-1], QUANTILES).tolist()
    assert full.rank_error == 0.0
    assert 0.0 < over.rank_error <= RANK_ERROR


def test_a_small_group_has_exact_quantiles_in_a_large_table() -> None:
    random = np.random.default_rng(9)
    values, codes = random.normal(size=(5_000, 1)), (np.arange(5_000) >= 30).astype(int)

    small, large = finish(seen(plan_for(values, exact_rows=2_000), values, codes)).groups

    expected = np.quantile(values[:30, 0], QUANTILES).tolist()
    assert list(small.columns[0].quantiles.values()) == expected
    assert (small.columns[0].rank_error, large.columns[0].rank_error > 0) == (0.0, True)


@pytest.mark.parametrize("unit", [1.0, 0.01])
def test_whole_and_rounded_numbers_have_exact_quantiles_in_one_pass(unit: float) -> None:
    values = np.random.default_rng(10).binomial(120, 0.3, size=(30_000, 1)) * unit
    partial = seen(plan_for(values, exact_rows=0, looked_at=5_000), values, cuts=[11_000])

    ranks, passes = refined(partial, values)

    column = finish(partial, ranks).overall.columns[0]
    assert list(column.quantiles.values()) == np.quantile(values, QUANTILES).tolist()
    assert (passes, column.rank_error) == (0, 0.0)


def test_a_value_that_is_frequent_among_others_needs_no_further_pass() -> None:
    random = np.random.default_rng(18)
    values = random.uniform(0, 8, size=(50_000, 1))
    values[random.random(50_000) < 0.3] = 1.25

    passes = {}
    for looked_at in (0, 5_000):
        partial = seen(plan_for(values, exact_rows=0, looked_at=looked_at), values)
        ranks, passes[looked_at] = refined(partial, values)
        found = finish(partial, ranks).overall.columns[0].quantiles["0.75"]
        assert rank_error(values, 0.75, found or 0.0) <= RANK_ERROR

    assert passes[0] > passes[5_000] == 0


@given(
    st.lists(st.integers(0, 30).map(lambda n: n / 4) | st.floats(0, 8), min_size=1, max_size=60),
    st.integers(1, 60),
)
def test_atoms_only_part_what_their_bins_hold(values: list[float], looked_at: int) -> None:
    table = np.array(values)[:, None]
    plan = plan_for(table, exact_rows=0, looked_at=looked_at, bins=80)

    group = seen(plan, table, cuts=[len(values) // 2]).sections()[0].group

    grid = Grid(plan)
    atoms = Atoms(plan.atoms_of(0), grid, 0)
    counts, low, high = atoms.cells(group.counts[0, :-1], group.at[0], grid.edges[0])
    assert (counts >= 0).all()
    assert counts.sum() == len(values)
    told = [np.sum((table >= a) & (table <= b)) for a, b in zip(low, high, strict=True)]
    assert counts.tolist() == told


Random = np.random.Generator
NASTY: dict[str, Callable[[Random, int], np.ndarray]] = {
    "normal": lambda r, n: r.normal(size=n),
    "lognormal": lambda r, n: np.exp(5 * r.normal(size=n)),
    "cauchy": lambda r, n: r.standard_cauchy(n),
    "every magnitude": lambda r, n: np.exp(50 * r.normal(size=n)) * r.choice([-1, 1], n),
    "one outlier": lambda r, n: np.append(r.normal(size=n - 1), 1e300),
    "constant": lambda r, n: np.full(n, 0.1),
    "mostly nothing": lambda r, n: np.where(r.random(n) < 0.7, 0.0, r.exponential(size=n)),
    "two far clusters": lambda r, n: r.choice([0, 1e9], n) + 1e-3 * r.normal(size=n),
    "far from 0": lambda r, n: 1e9 + 1e-3 * r.normal(size=n),
    "few whole numbers": lambda r, n: r.integers(0, 5, n).astype(float),
    "many whole numbers": lambda r, n: np.floor(r.exponential(1e5, n)),
    "neighbouring floats": lambda r, n: 1 + r.integers(0, 3, n) * 2.0**-52,
    "huge": lambda r, n: 1.79e308 * r.uniform(-1, 1, n),
    "tiny": lambda r, n: 1e-310 * r.normal(size=n),
    "two zeros": lambda r, n: r.choice([0.0, -0.0, 5e-324, -5e-324], n),
    "with gaps": lambda r, n: np.where(r.random(n) < 0.4, np.nan, np.exp(4 * r.normal(size=n))),
    "all but missing": lambda r, n: np.where(np.arange(n) % 1_000, np.nan, r.normal(size=n)),
}


@pytest.mark.parametrize("looked_at", [0, 2_000])
@pytest.mark.parametrize("kind", NASTY)
def test_a_quantile_is_as_near_to_its_rank_as_it_says(kind: str, looked_at: int) -> None:
    random = np.random.default_rng(11)
    table = NASTY[kind](random, 20_000)[:, None]
    codes = random.choice(3, 20_000, p=[0.8, 0.195, 0.005])
    plan = plan_for(table, exact_rows=1_000, looked_at=looked_at)
    partial = seen(plan, table, codes, cuts=[3, 12_000])

    ranks, passes = refined(partial, table, codes)

    found = finish(partial, ranks)
    assert passes <= 4
    for section in (found.overall, *found.groups):
        column = section.columns[0]
        rows = table if section.value is None else table[codes == LABELS.index(section.value)]
        values = rows[~np.isnan(rows)]
        true = max(rank_error(values, float(q), v or 0.0) for q, v in column.quantiles.items())
        assert true <= column.rank_error <= RANK_ERROR
        assert list(column.quantiles.values()) == sorted(
            q or 0.0 for q in column.quantiles.values()
        )
        if column.rank_error == 0:
            near(list(column.quantiles.values()), np.quantile(values, QUANTILES), atol=0)


def rank_error(values: np.ndarray, share: float, found: float) -> float:
    """How far a value is from the ranks that a quantile lies between, as a part of all values."""
    place = (len(values) - 1) * share
    less, up_to = np.sum(values < found), np.sum(values <= found)
    return max(0.0, less - math.ceil(place), math.floor(place) + 1 - up_to) / len(values)


@given(st.lists(FINITE | SHARES | st.sampled_from([0.0, 1.0]), min_size=1, max_size=80))
@example([0.0, -0.0, 5e-324])
@example([1.7976931348623157e308, -1.7976931348623157e308, 1.0])
def test_another_pass_always_comes_to_an_end(values: list[float]) -> None:
    table = np.array(values)[:, None]
    partial = seen(plan_for(table, exact_rows=0), table)

    ranks, passes = refined(partial, table)

    assert passes <= 7
    assert ranks.rank_error().max() == 0.0  # a thousandth of 80 values is no value at all
    with np.errstate(over="ignore", invalid="ignore"):
        expected = np.quantile(table, QUANTILES)
    np.testing.assert_array_equal(ranks.quantiles()[0, 0], expected)


def test_windows_name_what_is_not_exact_enough_and_no_more() -> None:
    random = np.random.default_rng(12)
    table = np.column_stack(
        [random.integers(0, 9, 9_000), random.exponential(size=9_000) ** 4, np.full(9_000, 2.0)]
    )
    ranks = Ranks.of(seen(plan_for(table, exact_rows=0, looked_at=500), table))

    windows = ranks.needs_refinement()

    assert windows is not None
    assert windows.columns == [1]
    assert (windows.low[1:] > windows.high[:-1]).all()
    assert ranks.needs_refinement(limit=1.0) is None


def test_a_zoom_counts_the_same_however_the_rows_are_dealt_out() -> None:
    table = np.random.default_rng(13).normal(size=(900, 2))
    codes = np.arange(900) % 3
    windows = Windows((0, 0, 1), np.array([-1.0, 0.5, 0.0]), np.array([0.0, 0.6, 2.0]), 64)
    whole, dealt = Zoom(windows), Zoom(windows)

    whole.add(table, codes, LABELS)
    for start, end in ((0, 1), (1, 1), (1, 700), (700, 900)):
        task = Zoom(windows)
        task.add(table[start:end], codes[start:end], LABELS)
        dealt.merge(Zoom.from_bytes(windows, task.to_bytes()))

    assert dealt.to_bytes() == whole.to_bytes()
    inside = [(table[:, 0] >= 0.5) & (table[:, 0] <= 0.6) & (codes == c) for c in range(3)]
    assert whole.counts[:, 1].sum(axis=1).tolist() == [mask.sum() for mask in inside]


def test_an_input_that_changes_between_passes_is_noticed() -> None:
    table = np.random.default_rng(14).exponential(size=(3_000, 1)) ** 4
    ranks = Ranks.of(seen(plan_for(table, exact_rows=0), table))
    windows = ranks.needs_refinement()
    assert windows is not None
    zoom = Zoom(windows)
    zoom.add(table[:-1])

    with pytest.raises(DataError, match="changed between two passes"):
        ranks.refined(zoom)


@given(st.lists(FINITE, min_size=1))
@example([-0.0, 0.0, 5e-324, -5e-324])
def test_floats_are_ordered_as_their_places_are(values: list[float]) -> None:
    array = np.array(values)

    found = places(array)

    np.testing.assert_array_equal(floats(found), array)
    np.testing.assert_array_equal(found[:, None] < found, array[:, None] < array)


# Sample


def test_lots_are_those_of_splitmix64() -> None:
    lots = sample.lots(np.arange(1, dtype=np.uint64), seed=0)

    assert lots.tolist() == [0xE220A8397B1DCDAF]


def test_a_small_table_is_its_own_sample_in_its_own_order() -> None:
    rows = [(float(i), np.nan if i % 2 else 1.0) for i in range(50)]

    found = summary_of(rows, [i % 3 for i in range(50)], cuts=[20], batch=7).sample

    assert found.values == tuple((float(i), None if i % 2 else 1.0) for i in range(50))
    assert found.groups == tuple(LABELS[i % 3] for i in range(50))


def test_the_sample_of_a_large_table_is_spread_over_it_and_repeats_with_its_seed() -> None:
    table = np.arange(50_000.0)[:, None]

    def drawn(seed: int, **options: Any) -> list[float]:
        found = finish(seen(plan_for(table, seed=seed), table, **options)).sample
        return [row[0] or 0.0 for row in found.values]

    first = drawn(1)

    assert first == drawn(1, cuts=[1, 9_999, 30_000], batch=1_234) == sorted(first)
    assert len(set(first)) == MAX_SAMPLE_ROWS
    assert len(set(first) & set(drawn(2))) < MAX_SAMPLE_ROWS / 4
    tenths = np.bincount(np.array(first, dtype=int) // 5_000)
    assert ((tenths - 200) ** 2 / 200).sum() < 33.7  # chi-squared with 9 degrees: p > 1e-4


def test_rows_that_were_kept_out_leave_the_others_their_numbers() -> None:
    table = np.arange(9_000.0)[:, None]
    usable = np.flatnonzero(np.arange(9_000) % 10)
    plan = plan_for(table)
    whole, picked = Partial(plan), Partial(plan)

    whole.add(table, file=3)
    picked.add(table[usable], file=3, rows=usable)

    both = set(finish(picked).sample.values) & set(finish(whole).sample.values)
    assert {row for row in finish(whole).sample.values if row[0] % 10} == both


def test_files_follow_each_other_in_the_sample() -> None:
    partial = Partial(plan_for(np.array([[0.0], [9.0]])))

    for file in (2, 0, 1):
        partial.add(np.array([[file], [file + 0.5]]), file=file)

    assert [row[0] for row in finish(partial).sample.values] == [0, 0.5, 1, 1.5, 2, 2.5]


def test_the_texts_of_a_row_stay_with_it_through_bytes_and_merges() -> None:
    table = np.arange(60.0)[:, None]
    plan = plan_for(table, categories=("shop",), sample_rows=20)
    whole, parts = Partial(plan), [Partial(plan), Partial(plan)]
    texts = [None if i % 7 == 0 else f"shop {i}" for i in range(60)]

    whole.add(table, categories=[Coded(np.arange(60), texts)])
    for part, rows in zip(parts, (slice(0, 25), slice(25, 60)), strict=True):
        own = texts[rows]
        codes = np.arange(len(own))[::-1]  # the same texts at other places
        part.add(table[rows], categories=[Coded(codes, own[::-1])], rows=rows.start)
    merged = Partial.from_bytes(plan, parts[1].to_bytes())
    merged.merge(Partial.from_bytes(plan, parts[0].to_bytes()))

    found = finish(whole).sample
    assert found.texts == tuple((texts[int(row[0] or 0)],) for row in found.values)
    assert len(found.texts) == 20
    assert finish(merged).sample == found


def test_rows_that_cannot_be_numbered_are_refused() -> None:
    for file, row in ((2**24, 0), (0, 2**40), (-1, 0), (0, -1)):
        with pytest.raises(ValueError, match="out of the numbers"):
            sample.places(file, row, 1)


# The whole


def test_a_worker_needs_nothing_but_numpy(root: Path) -> None:
    modules = "pipeline.kernel.partial, pipeline.kernel.zoom"
    program = f"import json, sys, {modules}; print(json.dumps(sorted(sys.modules)))"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert loaded & {"pandas", "py4j", "pyarrow", "pydantic", "pyspark", "scipy"} == set()


def test_the_figures_of_wine_are_those_of_the_committed_profile(root: Path) -> None:
    stored = sorted((root / "data" / "artifacts" / "profiles" / "wine").glob("*/profile.json"))[-1]
    expected = decode(Profile, stored.read_bytes(), name=stored.name)
    with (root / "data" / "wine.csv").open(encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    assert header[:-1] == [column.name for column in expected.overall.columns]
    labels = sorted({row[-1] for row in rows}, reverse=True)
    codes = np.array([labels.index(row[-1]) for row in rows])
    table = np.array([[float(cell) for cell in row[:-1]] for row in rows])

    found = finish(seen(plan_for(table), table, codes, labels, cuts=[50, 111], batch=20))

    assert (found.sample.groups, found.sample.values) == (
        expected.sample.groups,
        expected.sample.values,
    )
    assert [g.value for g in found.groups] == [g.value for g in expected.groups]
    sections = (expected.overall, *expected.groups)
    for section, known in zip((found.overall, *found.groups), sections, strict=True):
        assert section.rows == known.rows
        near(section.correlation, known.correlation)
        for column, old in zip(section.columns, known.columns, strict=True):
            assert (column.count, column.missing) == (old.count, old.missing)
            assert (column.minimum, column.maximum) == (old.minimum, old.maximum)
            assert column.quantiles == old.quantiles
            assert old.histogram is not None
            assert (column.edges, column.counts) == (old.histogram.edges, old.histogram.counts)
            near([column.mean, column.sd], [old.mean, old.sd], atol=0)
            near(column.skewness, old.skewness)


def test_the_scale_of_a_column_is_a_power_of_two_that_undoes_itself() -> None:
    plan = Plan(("a", "b", "c", "d"), (0.0, -1e308, 5e-324, None), (1.0, 0.0, 5e-324, None))

    scale = state.scale_of(plan)

    assert scale is not None
    assert (scale * (1 / scale)).tolist() == [1.0] * 4
    assert (scale[0], scale[3]) == (1.0, 1.0)
