"""What the charts of an application promise: colours that stay, places, gaps, and their rows."""

import pytest

from dashboard.figures.application.dag import dag, dag_height, dag_rows
from dashboard.figures.application.scaling import scaling, scaling_rows
from dashboard.figures.application.stages import STAGE_COLUMNS, leading, spent, stage_rows
from dashboard.figures.application.task_times import task_times, task_times_rows
from dashboard.figures.application.timeline import timeline, timeline_rows
from store.application import Bar, Lane, Timeline, Totals
from tests import builders
from tests.charts import checked


def stages(*seconds, **changes):
    return tuple(
        builders.stage(id=number, totals=Totals(tasks=1, task_seconds=spent), **changes)
        for number, spent in enumerate(seconds)
    )


def traced(figure):
    return [trace.name for trace in figure.data]


def test_the_stages_with_the_most_task_time_lead():
    application = builders.application(stages=stages(1.0, 9.0, 3.0, 0.0, 2.0, 5.0, 4.0))

    assert leading(application) == [1, 5, 6, 2, 4]


def test_a_stage_has_the_same_colour_and_another_pattern_or_shape_in_every_chart():
    bars = tuple(Bar(0, number, 0, number, number + 1.0, 1, "ok") for number in range(7))
    application = builders.application(
        stages=stages(1.0, 9.0, 3.0, 0.5, 2.0, 5.0, 4.0),
        timeline=Timeline(lanes=(Lane(executor="1", slot=0),), bars=bars, merged=False, left_out=0),
    )

    lanes, graph = checked(timeline(application)), checked(dag(application))

    named = ["stage 1", "stage 5", "stage 6", "stage 2", "stage 4", "other stages"]
    assert traced(lanes) == [*named, "jobs"]
    assert traced(graph) == named  # the place of a trace is its colour
    assert len({trace.marker.pattern.shape for trace in lanes.data[:5]}) == 5
    assert len({trace.marker.symbol for trace in graph.data[:5]}) == 5
    assert lanes.data[0].marker.color is None  # left to the template
    assert [list(trace.x) for trace in graph.data] == [[0.0]] * 5 + [[0.0, 0.0]]


def test_every_bar_of_the_timeline_is_drawn_on_its_core():
    figure = checked(timeline(builders.application()))

    tasks = figure.data[0]
    assert list(tasks.y) == [0, 1, 0, 1]
    assert list(tasks.base) == [1.0, 1.0, 2.0, 2.0]
    assert list(tasks.x) == [1.0, 1.0, 1.0, 1.0]
    assert list(figure.layout.yaxis.ticktext) == ["jobs", "core 1", "core 2"]


def test_time_without_a_job_is_shaded():
    figure = checked(timeline(builders.application()))

    shaded = [(shape.x0, shape.x1) for shape in figure.layout.shapes]
    assert shaded == [(0.0, 1.0), (3.1, 4.0)]


def test_nothing_is_shaded_where_not_all_jobs_are_known():
    assert not checked(timeline(builders.application(job_count=2))).layout.shapes


def test_what_failed_is_marked_with_a_cross():
    bars = (Bar(0, 0, 0, 1.0, 2.0, 1, "failed"), Bar(0, 0, 0, 2.0, 3.0, 1, "ok"))
    lanes = Timeline(lanes=(Lane(executor="1", slot=0),), bars=bars, merged=False, left_out=0)

    failed = checked(timeline(builders.application(timeline=lanes))).data[-1]

    assert (failed.name, failed.marker.symbol, list(failed.x)) == ("failed or killed", "x", [2.0])


def test_executors_are_named_where_there_are_several():
    several = builders.application(executor_count=2)

    assert list(checked(timeline(several)).layout.yaxis.ticktext) == ["jobs", "executor 1", ""]
    assert timeline_rows(several)[0][0] == "executor 1, core 1"


def test_stages_stand_below_those_that_they_read_and_apart_from_others():
    application = builders.application(
        stages=(
            builders.stage(id=0),
            builders.stage(id=1),
            builders.stage(id=2, parents=(0, 1)),
            builders.stage(id=3),
            builders.stage(id=4, parents=(3, 99)),
        )
    )

    figure = checked(dag(application))

    places = {
        int(text.split("<b>")[1].split("<")[0]): (x, y)
        for trace in figure.data
        for text, x, y in zip(trace.text, trace.x, trace.y, strict=True)
    }
    assert places == {0: (0, 0), 1: (1, 0), 2: (0, 1), 3: (0, 2), 4: (0, 3)}
    assert len(figure.layout.shapes) == 3  # an edge each; that to a stage nobody knows is left out


def test_of_very_many_stages_the_largest_are_drawn():
    application = builders.application(stages=stages(*range(1, 101)))

    drawn = {row[0] for row in dag_rows(application)}

    assert drawn == {str(number) for number in range(60, 100)}
    assert dag_height(application) > dag_height(builders.application())


def test_task_times_are_those_of_the_stage():
    spread = {
        "0.0": 0.0,
        "0.05": 0.2,
        "0.25": 0.3,
        "0.5": 0.4,
        "0.75": 0.5,
        "0.95": 0.6,
        "1.0": 4.0,
    }
    application = builders.application(stages=(builders.stage(quantiles=spread),))

    box, shortest, longest = checked(task_times(application)).data

    assert (list(box.q1), list(box.median), list(box.q3)) == ([0.3], [0.4], [0.5])
    assert (list(box.lowerfence), list(box.upperfence)) == ([0.2], [0.6])
    assert (list(shortest.x), list(longest.x)) == ([0.001], [4.0])
    assert task_times_rows(application) == [["0", 4, *spread.values(), 10.0]]


def test_the_estimate_is_drawn_beside_what_was_measured():
    line, measured, floor = checked(scaling(builders.application())).data

    assert (list(line.x), list(line.y)) == ([1, 2, 4], [6.0, 4.0, 3.0])
    assert (list(measured.x), list(measured.y)) == ([2], [4.0])
    assert set(floor.y) == {3.0}
    assert scaling_rows(builders.application())[0] == ["1", 6.0, pytest.approx(2 / 3)]


def test_the_time_of_all_cores_is_accounted_for():
    application = builders.application()

    parts = spent(application)

    assert sum(seconds for _, seconds, _ in parts) == pytest.approx(2 * 4.0)
    assert {what: s for what, s, _ in parts}["no job at all"] == pytest.approx(3.8)


def test_without_tasks_every_chart_is_drawn_all_the_same():
    nothing = builders.application(
        stages=(),
        jobs=(),
        totals=Totals(),
        timeline=Timeline(lanes=(), bars=(), merged=False, left_out=0),
    )

    for draw in (timeline, dag, task_times, scaling):
        checked(draw(nothing))
    assert spent(nothing) == []
    assert stage_rows(nothing) == timeline_rows(nothing) == []


def test_a_stage_row_has_a_value_a_column():
    [row] = stage_rows(builders.application())

    assert len(row) == len(STAGE_COLUMNS)
    assert row[:4] == ["0", "Count drinks: collect at job.py:1", "complete", 2.0]
