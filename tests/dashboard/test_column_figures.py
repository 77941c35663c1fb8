"""What the charts of categories, dates and drift promise, and those of very wide tables."""

import pytest

from dashboard.drift.profiles import drift
from dashboard.figures.categories import (
    MISSING,
    OTHER,
    bars,
    categories,
    category_exactness,
    category_heads,
    category_rows,
)
from dashboard.figures.correlation import correlation, correlation_rows, most_correlated
from dashboard.figures.distributions import distribution
from dashboard.figures.drift import DRIFT_HEADS, drift_ranking, drift_rows, overlay
from dashboard.figures.labels import ALL_ROWS, columns_of, parts, short
from dashboard.figures.means import group_means, most_different
from dashboard.figures.statistics import exactness
from dashboard.figures.traces import NOTHING
from dashboard.figures.trends import next_start, trend_heads, trend_rows, trends, with_gaps
from store.descriptor import Feature
from store.schema import Histogram
from tests import builders
from tests.charts import checked

MONTHS = {"2024-01-01": 4, "2024-02-01": 1, "2024-05-01": 3}


def coloured(**changes):
    """A profile with the category ``colour`` and the date ``day``."""
    means = {"acidity": (1.0, 2.0, None)}
    overall = builders.section(
        rows=10,
        categories=(builders.category("colour", {"red": 5, "white": 3}, missing=2),),
        trends=(builders.trend("day", MONTHS, missing=2, means=means),),
    )
    dry = {
        "rows": 4,
        "categories": (builders.category("colour", {"red": 2}, count=3, missing=1),),
        "trends": (builders.trend("day", {"2024-01-01": 4}),),
    }
    sweet = {
        "rows": 6,
        "categories": (builders.category("colour", {"red": 3, "white": 2}, missing=1),),
        "trends": (builders.trend("day", {"2024-02-01": 1, "2024-05-01": 3}),),
    }
    groups = (builders.group("0", "Dry", **dry), builders.group("1", "Sweet", **sweet))
    return builders.profile(**{"rows": 10, "overall": overall, "groups": groups} | changes)


PROFILE = coloured()
BOTH = ["0", "1"]


def drawn(figure):
    return [trace.name for trace in figure.data if len(trace.x)]


def test_every_kind_of_column_can_be_chosen():
    kinds = columns_of(PROFILE)

    assert kinds == {"acidity": "number", "sugar": "number", "colour": "category", "day": "date"}


# Categories


def test_bars_are_shares_of_the_groups_rows_with_others_and_missing():
    figure = checked(categories(PROFILE, "colour", BOTH))

    assert list(figure.layout.yaxis.ticktext) == ["red", "white", OTHER, MISSING]
    assert list(figure.data[0].x) == [50.0, None, 25.0, 25.0]  # white may be among the others
    assert list(figure.data[1].x) == [50.0, pytest.approx(33.333), 0.0, pytest.approx(16.667)]


def test_bars_and_rows_say_the_same():
    assert bars(PROFILE, PROFILE.groups[1], "colour") == [
        ("red", 3),
        ("white", 2),
        (OTHER, 0),
        (MISSING, 1),
    ]
    assert category_heads(PROFILE, "colour", BOTH) == ["Colour", "Dry", "Sweet"]
    assert category_rows(PROFILE, "colour", BOTH)[0] == ["red", 2, 3]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "2 distinct values; counts are exact"),
        ({"distinct": 1}, "1 distinct value; counts are exact"),
        (
            {"distinct": 81_000, "distinct_error": 0.016, "count_error": 1_250},
            "About 81,000 distinct values (±1.6 %); a count may be too low by at most 1,250",
        ),
    ],
)
def test_estimates_are_called_so(changes, said):
    assert category_exactness(builders.category("c", {"a": 1, "b": 1}, **changes)) == said


# Dates


def test_a_line_breaks_where_a_period_has_no_rows():
    found = PROFILE.overall.trends[0]

    x, y = with_gaps(found, found.counts)

    assert x == ["2024-01-01", "2024-02-01", "2024-03-01", "2024-05-01"]
    assert y == [4, 1, None, 3]


@pytest.mark.parametrize(
    ("start", "step", "after"),
    [
        ("2024-02-28", "day", "2024-02-29"),
        ("2023-12-01", "month", "2024-01-01"),
        ("2023-01-01", "year", "2024-01-01"),
        ("9999-12-31", "day", None),
        ("9999-12-01", "month", None),
        ("9999-01-01", "year", None),
    ],
)
def test_the_next_period_begins_where_one_ends(start, step, after):
    assert next_start(start, step) == after


def test_a_trend_has_a_line_a_group_and_one_of_the_mean():
    figure = checked(trends(PROFILE, "day", BOTH, "acidity"))

    assert drawn(figure) == ["Dry", "Sweet", "mean of Acidity, all rows"]
    assert figure.data[2].yaxis == "y2"
    assert list(figure.data[2].y) == [1.0, 2.0, None, None]


def test_a_trend_of_a_hidden_group_keeps_its_colour():
    assert len(checked(trends(PROFILE, "day", ["1"], None)).data) == 2


def test_the_rows_of_a_trend_are_the_periods_that_have_rows():
    heads = trend_heads(PROFILE, "day", BOTH, "acidity")

    assert heads == ["Month", "Dry", "Sweet", "Mean of Acidity (g/l), all rows"]
    assert trend_rows(PROFILE, "day", BOTH, "acidity") == [
        ["2024-01-01", 4, 0, 1.0],
        ["2024-02-01", 0, 1, 2.0],
        ["2024-05-01", 0, 3, None],
    ]


# No groups, many groups, many columns


@pytest.mark.parametrize(
    "draw",
    [
        lambda p: distribution(p, "sugar", []),
        lambda p: categories(p, "colour", []),
        lambda p: trends(p, "day", [], None),
    ],
)
def test_without_groups_all_rows_are_drawn(draw):
    assert drawn(checked(draw(coloured(groups=(), group_by=None)))) == ["All rows"]


def test_no_group_can_be_taken_for_all_rows():
    assert ALL_ROWS.strip() != ALL_ROWS


def test_many_groups_come_largest_first_so_that_those_differ_in_colour():
    groups = tuple(builders.group(str(i), str(i), rows=i) for i in range(12))

    ordered = parts(builders.profile(groups=groups))

    assert [group.value for group in ordered[:3]] == ["11", "10", "9"]


def wide(columns, *, moved):
    """A profile of so many columns, where the means of these differ between the groups."""
    names = [f"c{i}" for i in range(columns)]

    def section(sign):
        return tuple(
            builders.column(name, mean=2.5 + sign * (1.0 if i in moved else 0.01))
            for i, name in enumerate(names)
        )

    size = min(columns, 100)
    matrix = tuple(
        tuple(1.0 if i == j else 0.9 if {i, j} <= set(moved) else 0.0 for j in range(size))
        for i in range(size)
    )
    both = {"correlation": matrix}
    return builders.profile(
        descriptor=builders.descriptor(features=tuple(Feature(column=name) for name in names)),
        overall=builders.section(columns=section(0), **both),
        groups=(
            builders.group("0", "Dry", columns=section(-1), **both),
            builders.group("1", "Sweet", columns=section(1), **both),
        ),
    )


def test_of_many_columns_those_whose_groups_differ_most_are_drawn():
    profile = wide(300, moved={7, 250})

    names = [column.name for column in most_different(profile)]

    assert len(names) == 20
    assert {"c7", "c250"} <= set(names)
    assert len(checked(group_means(profile, BOTH)).data[0].x) == 20


def test_of_many_columns_the_strongest_correlations_are_drawn():
    profile = wide(300, moved={3, 77})

    shown = most_correlated(profile.overall)

    assert len(shown) == 30
    assert {3, 77} <= set(shown)
    assert len(checked(correlation(profile, profile.overall)).data[0].z) == 30
    assert len(correlation_rows(profile, profile.overall)[0]) == 31


def test_a_long_name_is_cut_beside_a_chart():
    assert short("Ελλάδα " * 20) == "Ελλάδα Ελλάδα Ελλάδα Ελλά…"


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ((0.0, 0.0), "Quantiles are exact"),
        ((0.0, 0.001), "Quantiles are within 0.1 % of their rank"),
        ((), "Quantiles are exact"),
    ],
)
def test_the_worst_quantile_is_told_of(errors, said):
    assert exactness([builders.column("sugar", rank_error=error) for error in errors]) == said


# Drift


def moved_profile():
    far = builders.column(
        "sugar", count=4_000, histogram=Histogram(edges=(2.0, 5.0, 8.0), counts=(3_000, 1_000))
    )
    near = builders.column(
        "acidity", count=4_000, histogram=Histogram(edges=(1.0, 2.5, 4.0), counts=(2_000, 2_000))
    )
    return coloured(overall=builders.section(columns=(near, far)), name="later")


def test_the_farthest_column_is_on_top_with_the_noise_and_the_thresholds():
    found = drift(PROFILE, moved_profile())

    figure = checked(drift_ranking(PROFILE, found))

    assert figure.data[0].customdata[0][0] == "sugar"
    assert list(figure.data[0].x) == sorted(figure.data[0].x, reverse=True)
    assert [trace.x[0] for trace in figure.data[2:]] == [0.1, 0.25]
    assert all(len(row) == len(DRIFT_HEADS) for row in drift_rows(PROFILE, found))


def test_drift_of_nothing_is_a_sentence():
    assert checked(drift_ranking(PROFILE, ())).layout.annotations[0].text == NOTHING


def test_an_overlay_draws_densities_so_that_other_bins_compare():
    figure = checked(overlay(PROFILE, moved_profile(), "sugar", ("now", "later")))

    assert drawn(figure) == ["now", "later"]
    assert list(figure.data[1].y) == [0.25, 0.08333, 0.08333]  # 3000 / 4000 / 3, 1000 / 4000 / 3


def test_an_overlay_of_a_category_has_a_bar_a_value():
    figure = checked(overlay(PROFILE, PROFILE, "colour", ("now", "later")))

    assert list(figure.data[0].y) == ["red", "white"]
    assert list(figure.data[1].x) == [62.5, 37.5]


def test_a_column_of_one_table_only_is_drawn_alone():
    assert drawn(checked(overlay(PROFILE, builders.profile(), "colour", ("now", "later")))) == [
        "now"
    ]
