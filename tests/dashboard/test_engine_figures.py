"""What the figures of an engine run promise, and that its sentences come from the data."""

import pytest

from dashboard.figures.engines.charts import (
    NOTHING,
    PREDICTED,
    memory_by_rows,
    start_up,
    time_by_rows,
)
from dashboard.figures.engines.crossovers import crossover_rows, crossovers
from dashboard.figures.engines.sentences import caution, conditions, headline, not_run
from dashboard.figures.engines.tables import (
    STATUS,
    TIME_COLUMNS,
    covered,
    memory_rows,
    start_up_rows,
    time_rows,
    warm_rows,
)
from tests import builders
from tests.builders import engine, engine_cell, engine_run
from tests.charts import checked

RUN = engine_run()


def test_a_point_is_the_median_and_its_bar_the_spread():
    pandas = checked(time_by_rows(RUN)).data[0]

    assert (list(pandas.x), list(pandas.y)) == ([1_000, 100_000], [1.25, 40.0])
    assert list(pandas.error_y.array) == [0.25, 0.0]
    assert list(pandas.error_y.arrayminus) == [0.25, 0.0]
    assert pandas.customdata[0][1] == "median of 3 runs"


def test_both_axes_are_logarithmic_and_sparks_line_is_thicker():
    figure = checked(time_by_rows(RUN))

    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")
    assert figure.data[1].line.width > figure.data[0].line.width


def test_warm_runs_are_the_repeats():
    assert list(checked(time_by_rows(RUN, "warm")).data[1].y) == [4.0, 5.0]
    assert warm_rows(RUN) == [["Pandas", 0.625, 20.0], ["Spark", 4.0, 5.0]]


def test_what_was_not_run_is_hollow_and_said():
    skipped = engine_cell(
        "pandas", 10_000_000, status="skipped_budget", predicted_seconds=4_000.0,
        max_relative_difference=None,
    )  # fmt: skip
    run = engine_run(*RUN.cells, skipped)

    pandas = checked(time_by_rows(run)).data[0]

    assert list(pandas.marker.symbol) == ["circle", "circle", "circle-open"]
    assert (pandas.y[2], pandas.customdata[2][1]) == (4_000.0, PREDICTED)
    assert not_run(run).startswith("1 hollow point was not run")
    assert len(checked(time_by_rows(run, "warm")).data[0].x) == 2
    assert time_rows(run)[2][-1] == f"{STATUS['skipped_budget']} (about 4000 s, extrapolated)"


def test_a_wrong_answer_is_no_point_and_no_win():
    wrong = engine_cell("pandas", 1_000, 0.001, status="wrong", note="mean, column 1 of all rows")
    run = engine_run(wrong, *RUN.cells[1:])

    assert list(checked(time_by_rows(run)).data[0].x) == [100_000]
    assert list(checked(memory_by_rows(run)).data[0].x) == [100_000]
    assert crossovers(run) == []
    assert "1 wrong answer is left out." in not_run(run)
    assert time_rows(run)[0][-1] == "wrong answer: mean, column 1 of all rows"


def test_an_engine_without_a_point_keeps_its_place_and_so_its_colour():
    missing = engine_cell(
        "pandas", 1_000, status="not_installed", note="pip install pandas",
        max_relative_difference=None,
    )  # fmt: skip
    figure = checked(time_by_rows(engine_run(missing, *RUN.cells[2:])))

    assert [len(trace.x) for trace in figure.data] == [0, 2]


@pytest.mark.parametrize("draw", [time_by_rows, memory_by_rows, start_up])
def test_without_a_measurement_there_is_a_sentence(draw):
    failed = engine_cell("spark", 1_000, status="failed", max_relative_difference=None)

    assert checked(draw(engine_run(failed))).layout.annotations[0].text == NOTHING


def test_start_up_has_a_bar_an_engine_and_the_slowest_on_top():
    figure = checked(start_up(RUN))

    assert [trace.name for trace in figure.data] == ["Start Python", "Read and aggregate"]
    assert list(figure.data[0].y) == ["Pandas", "Spark"]
    assert list(figure.data[1].x) == [0.938, 6.0]
    header, rows = start_up_rows(RUN)
    assert header == ["Engine", "Start Python (s)", "Read and aggregate (s)", "Sum (s)"]
    assert rows[0] == ["Spark", 2.0, 6.0, 8.0]


def test_phases_are_in_the_order_of_time_though_an_engine_has_none_of_some():
    process = builders.engine_process(6.0, phases={"Python": 1.0, "Java": 2.0, "Aggregate": 3.0})
    short = builders.engine_process(5.0, phases={"Python": 1.0, "Aggregate": 4.0})
    cells = [engine_cell("pandas", 1_000, processes=(short,))]
    cells += [engine_cell("spark", 1_000, processes=(process,))]

    names = [trace.name for trace in checked(start_up(engine_run(*cells))).data]

    assert names == ["Python", "Java", "Aggregate"]


def test_the_tables_have_what_the_charts_have():
    assert time_rows(RUN)[0] == [
        "Pandas", 1_000, 1.25, 1.0, 1.5, 0.625, 1.25, 64.0, 1, 3, 0, "1.0e-15", "measured",
    ]  # fmt: skip
    assert len(time_rows(RUN)[0]) == len(TIME_COLUMNS)
    assert memory_rows(RUN) == [["Pandas", 64.0, 64.0], ["Spark", 64.0, 64.0]]
    assert list(checked(memory_by_rows(RUN)).data[0].y) == [64.0, 64.0]


def test_what_all_engines_compute_is_said_once():
    engines = (
        engine("pandas", covers="count, mean, exact quantiles", versions={"pandas": "3.1.1"}),
        engine("spark", covers="count, mean", format="csv", kind="distributed", spark=True),
    )

    assert covered(engine_run(engines=engines)) == (
        "count, mean",
        [
            ["Pandas", "library", "Parquet", "exact quantiles", "pandas 3.1.1"],
            ["Spark", "distributed", "CSV", "nothing", "none"],
        ],
    )


# Crossovers


def test_lines_cross_where_straight_ones_meet_on_logarithmic_axes():
    cells = [engine_cell("pandas", n, n / 100) for n in (100, 10_000)]
    cells += [engine_cell("spark", n, 10.0) for n in (100, 10_000)]

    (found,) = crossovers(engine_run(*cells))

    assert found.rows == pytest.approx(1_000)
    assert crossover_rows(engine_run(*cells)) == [["Spark", "Pandas", 1_000, 100, 10_000]]


def test_a_crossover_needs_both_engines_on_both_sides():
    extrapolated = engine_cell(
        "pandas", 100_000, status="skipped_budget", predicted_seconds=400.0,
        max_relative_difference=None,
    )  # fmt: skip

    assert crossovers(engine_run(RUN.cells[0], extrapolated, *RUN.cells[2:])) == []


def test_of_several_crossings_the_last_counts():
    times = {100: (1.0, 2.0), 1_000: (3.0, 2.0), 10_000: (3.0, 4.0), 100_000: (9.0, 5.0)}
    cells = [engine_cell("pandas", n, pandas) for n, (pandas, _) in times.items()]
    cells += [engine_cell("spark", n, spark) for n, (_, spark) in times.items()]

    (found,) = crossovers(engine_run(*cells))

    assert (found.below, found.above) == (10_000, 100_000)


# Sentences


def test_the_headline_names_the_size_from_which_spark_pays():
    assert headline(RUN) == (
        "Up to 1,000 rows, Spark is not the best tool on this machine: on 1,000 rows the fastest "
        "without it, Pandas, takes 1.25 s, and the fastest with it, Spark, 8 s. From 100,000 rows "
        "on it is the fastest: on 100,000 rows the fastest without it, Pandas, takes 40 s, and "
        "the fastest with it, Spark, 10 s."
    )


def test_the_headline_admits_that_spark_never_was_the_fastest():
    run = engine_run(RUN.cells[0], RUN.cells[2])

    assert headline(run).startswith(
        "Up to 1,000 rows, the largest table measured, Spark is not the best tool"
    )


def test_the_headline_is_not_for_spark_alone():
    assert headline(engine_run(*RUN.cells[2:])).startswith("Nothing was measured on Spark and on")
    fast = [engine_cell("pandas", 1_000, 2.0), engine_cell("spark", 1_000, 1.0)]
    assert headline(engine_run(*fast)).startswith("Spark was the fastest on every table")


def test_noise_is_counted_and_a_run_that_was_cut_off_is_named():
    loud = builders.timing(1.0, noisy=True, others_cores=1.2)
    noisy = builders.engine_process(1.0).model_copy(update={"cold": loud})
    cell = engine_cell("spark", 1_000, processes=(noisy,))

    run = engine_run(cell, complete=False)
    said = conditions(run)

    assert "2 cores, 8 GiB, Linux 6.1 (x86_64), Python 3.11.7" in said
    assert "1 of them while others kept more than 10% of it busy" in said
    assert said.endswith("The run was cut off before its end.")
    assert caution(run).startswith("1 of 1 runs shared the machine with other work.")
    assert caution(RUN) == ""


def test_every_engine_of_many_can_be_told_apart():
    engines = tuple(engine(name) for name in "abcdefghij")
    cells = [engine_cell(one.name, 1_000, 1.0) for one in engines]

    traces = checked(time_by_rows(engine_run(*cells, engines=engines))).data

    looks = {(i % 5, trace.marker.symbol, trace.line.dash) for i, trace in enumerate(traces)}
    assert len(looks) == len(engines)
