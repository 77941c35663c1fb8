"""What figures promise: a trace a group, fixed colours, gaps, and the same numbers as a table."""

import numpy as np
import pytest

from dashboard.figures.correlation import correlation, correlation_rows
from dashboard.figures.distributions import distribution, distribution_rows
from dashboard.figures.labels import decimals_of, label_of
from dashboard.figures.landscape import landscape
from dashboard.figures.means import group_means, group_means_rows
from dashboard.figures.statistics import STATISTICS, statistics_rows
from dashboard.figures.traces import NOTHING
from store.descriptor import Feature
from store.schema import Histogram, Sample
from tests import builders
from tests.charts import checked

BOTH = ["0", "1"]
PROFILE = builders.profile()


def drawn(figure):
    return [trace.name for trace in figure.data if len(trace.x)]


def test_a_distribution_is_the_share_of_the_group_over_the_edges():
    edges, counts = (0.0, 1.0, 2.0, 3.0, 4.0), (1, 2, 0, 1)
    column = builders.column("sugar", histogram=Histogram(edges=edges, counts=counts))
    dry = builders.group("0", "Dry", columns=(builders.column("acidity"), column))
    profile = builders.profile(groups=(dry,), rows=5_000)

    trace = checked(distribution(profile, "sugar", ["0"])).data[0]

    assert list(trace.x) == list(edges)
    assert list(trace.y) == [25.0, 50.0, 0.0, 25.0, 25.0]  # the last bin drawn to its end


def test_few_rows_are_drawn_in_pairs_of_bins():
    edges, counts = (0.0, 1.0, 2.0, 3.0), (1, 2, 1)
    column = builders.column("sugar", histogram=Histogram(edges=edges, counts=counts))
    dry = builders.group("0", "Dry", columns=(builders.column("acidity"), column))

    trace = checked(distribution(builders.profile(groups=(dry,)), "sugar", ["0"])).data[0]

    assert list(trace.x) == [0.0, 2.0, 3.0]
    assert list(trace.y) == [75.0, 25.0, 25.0]


@pytest.mark.parametrize(
    "draw", [lambda g: distribution(PROFILE, "sugar", g), lambda g: group_means(PROFILE, g)]
)
def test_a_group_keeps_its_place_and_so_its_colour_when_others_are_hidden(draw):
    figure = checked(draw(["1"]))

    assert len(figure.data) == 2
    assert drawn(figure) == ["Sweet"]
    assert figure.data[1].name == "Sweet"


@pytest.mark.parametrize(
    "draw", [lambda: distribution(PROFILE, "sugar", []), lambda: group_means(PROFILE, [])]
)
def test_without_groups_there_is_a_sentence_and_no_curve(draw):
    figure = checked(draw())

    assert drawn(figure) == []
    assert figure.layout.annotations[0].text == NOTHING


def test_a_group_without_values_is_left_out_of_the_distribution():
    empty = builders.column(
        "sugar",
        count=0,
        missing=4,
        mean=None,
        sd=None,
        minimum=None,
        maximum=None,
        skewness=None,
        histogram=None,
    )
    dry = builders.group("0", "Dry", columns=(builders.column("acidity"), empty))
    profile = builders.profile(groups=(dry, builders.group("1", "Sweet")))

    assert drawn(checked(distribution(profile, "sugar", BOTH))) == ["Sweet"]
    assert distribution_rows(profile, "sugar", BOTH)[0][:4] == ["Dry", 0, 4, None]


def test_group_means_are_in_overall_standard_deviations():
    sd = builders.column("sugar").sd
    sweet = builders.group(
        "1",
        "Sweet",
        columns=(
            builders.column("acidity"),
            builders.column("sugar", mean=2.5 + 2 * sd, sd=sd / 2),
        ),
    )
    profile = builders.profile(groups=(builders.group("0", "Dry"), sweet))

    trace = checked(group_means(profile, BOTH)).data[1]

    assert list(trace.x) == [0.0, 2.0]
    assert list(trace.error_x.array) == [1.0, 0.5]


def test_a_column_that_does_not_vary_has_no_group_means():
    constant = builders.column("sugar", sd=0.0)
    whole = builders.section(columns=(builders.column("acidity"), constant))

    figure = checked(group_means(builders.profile(overall=whole), BOTH))

    assert list(figure.layout.yaxis.ticktext) == ["Acidity"]


def test_the_means_table_has_mean_and_sd_of_each_group():
    rows = group_means_rows(PROFILE, BOTH)

    dry, sweet = (group.columns[0].sd for group in PROFILE.groups)
    assert rows[0] == ["Acidity (g/l)", 2.5, dry, 2.5, sweet]


def test_correlation_is_a_map_from_minus_one_to_one_with_gaps():
    section = builders.section(correlation=((1.0, None), (None, None)))

    figure = checked(correlation(PROFILE, section))

    assert (figure.data[0].zmin, figure.data[0].zmax) == (-1, 1)
    assert [list(row) for row in figure.data[0].z] == [[1.0, None], [None, None]]
    assert correlation_rows(PROFILE, section)[1] == ["Sugar", None, None]


def test_correlation_of_no_rows_is_a_sentence():
    figure = checked(correlation(PROFILE, builders.section(rows=0)))

    assert figure.layout.annotations[0].text == NOTHING


def test_statistics_have_a_figure_for_every_heading():
    row = statistics_rows(PROFILE, PROFILE.overall)[0]

    assert len(row) == 1 + len(STATISTICS)
    assert row[STATISTICS.index("Median") + 1] == PROFILE.overall.columns[0].quantiles["0.5"]


def test_figures_leave_colours_and_fonts_to_the_theme():
    for figure in (
        checked(distribution(PROFILE, "sugar", BOTH)),
        checked(group_means(PROFILE, BOTH)),
    ):
        for trace in figure.data:
            assert trace.line.color is None
            assert trace.marker.color is None
        assert figure.layout.font.family is None


@pytest.mark.parametrize(
    ("feature", "sd", "expected"),
    [
        (Feature(column="sugar", decimals=1), 0.5, 1),
        (Feature(column="sugar"), 0.5, 3),
        (Feature(column="sugar"), 314.9, 0),
        (Feature(column="sugar"), 1e-9, 6),
        (Feature(column="sugar"), None, 2),
    ],
)
def test_decimals_are_those_described_or_three_digits_of_the_spread(feature, sd, expected):
    columns = (builders.column("acidity"), builders.column("sugar", sd=sd))
    described = builders.descriptor(features=(Feature(column="acidity"), feature))
    profile = builders.profile(descriptor=described, overall=builders.section(columns=columns))

    assert decimals_of(profile, "sugar") == expected


def test_a_label_has_its_unit_unless_there_is_no_room():
    assert label_of(PROFILE, "sugar") == "Sugar (g/l)"
    assert label_of(PROFILE, "sugar", unit=False) == "Sugar"


def spread(rows):
    return builders.profile(
        sample=Sample(columns=("acidity", "sugar"), groups=("0",) * len(rows), values=tuple(rows))
    )


ROWS = [(float(i), float(i * i % 7)) for i in range(12)]


def test_every_sampled_row_lies_on_the_map():
    drawn_map = landscape(spread(ROWS), ["acidity", "sugar"])

    places = np.array(ROWS) @ np.array(drawn_map.weights) + np.array(drawn_map.origin)

    assert drawn_map.rows == 12
    assert (places > 0).all()
    assert (places < 100).all()
    assert np.ptp(places, axis=0) == pytest.approx([100 / 1.12, 100 / 1.12])  # with its margins


def test_the_two_components_of_two_columns_keep_all_of_their_variance():
    assert landscape(spread(ROWS), ["acidity", "sugar"]).explained == pytest.approx(1.0)


@pytest.mark.parametrize("rows", [[(1.0, 2.0)] * 3, [(1.0, 2.0)] * 40, [(1.0, None)] * 40])
def test_too_few_rows_or_none_that_vary_have_no_map(rows):
    assert landscape(spread(rows), ["acidity", "sugar"]) is None
