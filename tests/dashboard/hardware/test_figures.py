"""What the figures and sentences of the hardware page promise."""

import pytest

from dashboard.figures.hardware import costs, phases, published, sentences, speed_ups, times
from dashboard.figures.hardware.published import ANY, Count, Filters, counted_pairs, filtered
from dashboard.hardware.cost import Rate
from dashboard.hardware.pairs import pairs, workloads
from dashboard.hardware.phases import PHASES
from dashboard.services import Services
from dashboard.theme import EDGE
from store.benchmark_run import Quality
from tests import hardware_runs
from tests.charts import checked
from tests.hardware_runs import SKEWED, benchmark_run, cell, on_gpu, timings

RUN = hardware_runs.every_state()
CPU_ONLY = hardware_runs.cpu_only()
WORKLOADS = {workload.name: workload for workload in workloads(RUN)}
PUBLISHED = Services.published(None)  # type: ignore[arg-type]  # the committed files
RATES = {"cpu": Rate(0.5), "gpu": Rate(2.0)}
RECORD = Count(198, 46, 3.0348)


# Time against rows


def test_a_point_is_the_median_and_its_bar_the_middle_half():
    run = benchmark_run(cell("trees", 1_000, 1.0))

    (line,) = checked(times.panel(run, workloads(run)[0], "fit")).data

    assert list(line.y) == [1.02]
    assert list(line.error_y.array) == [pytest.approx(0.02)]
    assert list(line.error_y.arrayminus) == [pytest.approx(0.01)]


def test_devices_keep_their_colour_symbol_and_dash_on_every_panel():
    forest = checked(times.panel(RUN, WORKLOADS["forest"], "whole")).data
    regression = checked(times.panel(RUN, WORKLOADS["regression"], "whole")).data

    assert [trace.name for trace in forest] == ["CPU", "CPU, another library", "NVIDIA Example 16"]
    assert [len(trace.x) for trace in regression] == [3, 0, 3]
    for one, other in [(forest[0], regression[0]), (forest[2], regression[2])]:
        assert (one.line.dash, one.marker.symbol) == (other.line.dash, other.marker.symbol)


def test_noise_is_hollow():
    *_, gpu = checked(times.panel(RUN, WORKLOADS["neighbours"], "whole")).data

    assert set(gpu.marker.symbol) == {"diamond-open"}


def test_a_crossover_is_drawn_only_where_two_sizes_bracket_it():
    drawn = {
        name: len(checked(times.panel(RUN, workload, "whole")).layout.shapes)
        for name, workload in WORKLOADS.items()
    }

    assert drawn == {name: 2 if name == "boosted_trees" else 0 for name in WORKLOADS}


def test_a_crossover_is_a_line_in_the_band_of_its_interval_over_the_whole_height():
    band, line = checked(times.panel(RUN, WORKLOADS["boosted_trees"], "whole")).layout.shapes

    assert band.x0 < line.x0 == line.x1 < band.x1
    assert {(s.xref, s.yref, s.y0, s.y1) for s in (band, line)} == {("x", "y domain", 0, 1)}


def test_a_first_time_has_no_crossover_and_one_run():
    figure = checked(times.panel(RUN, WORKLOADS["boosted_trees"], "first"))

    assert not figure.layout.shapes
    assert list(figure.data[0].error_y.array) == [0, 0, 0]


def test_what_is_not_measured_is_said_and_not_drawn():
    figure = checked(times.panel(RUN, WORKLOADS["vectors"], "whole"))

    assert figure.layout.annotations[0].text == times.NOTHING
    rows = {(row[0], row[1], row[2]): row for row in times.time_rows(RUN, "whole")}
    missing = rows["Vectors", "CPU", 1_000]
    assert missing[3:7] == [None] * 4
    assert missing[-1] == "not measured, a package is missing (thundersvm is not installed)"
    assert rows["Histograms", "GPU", 1_000][3] is None
    assert rows["Neighbours", "GPU", 1_000][-1] == "measured while others used the machine"
    assert len(rows) == len(RUN.cells)
    assert all(len(row) == len(times.TIME_COLUMNS) for row in rows.values())


# Speed-ups


def test_bars_start_at_1_and_hollow_ones_are_no_claim():
    figure = checked(speed_ups.speed_ups(pairs(RUN, "whole")))
    slower, _, faster, hollow = figure.data

    assert {trace.base for trace in (slower, faster, hollow)} == {1}
    assert all(x < 0 for x in slower.x)
    assert all(x > 0 for x in faster.x)
    assert {name.partition(",")[0] for name in hollow.y} == {"Clusters", "Forest", "Neighbours"}
    assert hollow.marker.color == "rgba(0,0,0,0)"
    assert hollow.marker.line.color == EDGE


def test_whiskers_are_the_interval_and_the_table_says_the_same():
    found = pairs(RUN, "whole")
    figure = checked(speed_ups.speed_ups(found))

    drawn = {}
    for trace in (figure.data[0], figure.data[2], figure.data[3]):
        for name, x, more, less in zip(
            trace.y, trace.x, trace.error_x.array, trace.error_x.arrayminus, strict=True
        ):
            drawn[name] = (1 + x, 1 + x - less, 1 + x + more)

    for row in speed_ups.speed_up_rows(found):
        assert drawn[f"{row[0]}, {row[1]:,}"] == pytest.approx(row[2:5])
    assert list(figure.layout.yaxis.categoryarray)[-1] == "Boosted trees, 1,000"


def test_without_a_pair_there_is_a_sentence():
    assert checked(speed_ups.speed_ups([])).layout.annotations[0].text == speed_ups.NOTHING


# Phases and Amdahl's law


def test_phases_are_shares_of_a_whole():
    figure = checked(phases.where_time_goes(RUN))

    assert [trace.name for trace in figure.data] == list(PHASES)
    for shares in zip(*(trace.x for trace in figure.data), strict=True):
        assert sum(shares) == pytest.approx(100)
    assert len({(trace.marker.pattern.shape, i % 5) for i, trace in enumerate(figure.data)}) == 6


def test_names_leave_a_phone_room_for_the_bars():
    title = "15 nearest neighbours by brute force, 2,000 queries"
    run = benchmark_run(cell("neighbours", 1_000, 1.0, title=title))

    (name,) = set(checked(phases.where_time_goes(run)).data[0].y)

    assert name == "15 nearest neighbours by<br>brute force, CPU:\xa02.1\xa0s"


def test_scripts_are_compared_on_rows_that_all_devices_have():
    found = {(s.workload.name, s.one.device): s.rows for s in phases.scripts(RUN)}

    assert found["network", "cpu"] == found["network", "cuda"] == 1_000
    assert found["forest", "cpu"] == 100_000
    for row in phases.phase_rows(RUN):
        assert sum(float(s or 0) for s in row[3:-1]) == pytest.approx(row[-1])


def test_a_mark_is_what_was_measured_and_hollow_where_it_may_not_be_compared():
    figure = checked(phases.left_of_it(RUN))
    rows = {row[0]: row for row in phases.left_rows(RUN)}

    for trace in figure.data:
        _, _, _, training, script, _ = rows[trace.name]
        if training is None:
            assert trace.marker.size[-1] == 0
        else:
            assert (trace.x[-1], trace.y[-1]) == (training, script)
            hollow = trace.name in ("Forest", "Neighbours")
            assert trace.marker.symbol[-1] == ("circle-open" if hollow else "circle")


def test_without_a_gpu_the_law_has_curves_and_no_marks():
    figure = checked(phases.left_of_it(CPU_ONLY))

    assert len(figure.data) == len(workloads(CPU_ONLY))
    assert all(set(trace.marker.size) == {0} for trace in figure.data)
    assert all(row[3:] == [None] * 3 for row in phases.left_rows(CPU_ONLY))


@pytest.mark.parametrize("draw", [phases.where_time_goes, phases.left_of_it])
def test_without_a_measurement_there_is_a_sentence(draw):
    assert checked(draw(benchmark_run(cell("trees", 1_000, None)))).layout.annotations


# Costs


def test_a_cost_is_of_the_most_rows_of_each_device_with_a_price():
    found = costs.priced(RUN, RATES, "fit")
    trees = [training for training in found if training.work == "Boosted trees"]

    assert [(t.where, t.rows) for t in trees] == [("CPU", 100_000), ("NVIDIA Example 16", 100_000)]
    assert trees[0].usd == pytest.approx(1.2 * 1.02 * 0.5 / 3600)
    assert {t.work for t in found if t.hollow} == {"Forest", "Neighbours"}
    assert {t.where for t in costs.priced(RUN, {"cpu": Rate(0.5)}, "fit")} == {
        "CPU",
        "CPU, another library",
    }


def test_on_a_line_of_equal_price_cost_is_time_at_that_price():
    figure = checked(costs.cost_against_time(costs.priced(RUN, RATES, "fit")))

    lines = [trace for trace in figure.data if trace.line.dash == "dot"]
    for line, price in zip(lines, costs.ISO_PRICES, strict=True):
        assert line.y[1] / line.x[1] * 3600 == pytest.approx(price)


def test_a_minimum_that_is_billed_lifts_a_short_training():
    rates = {"cpu": Rate(3.6, minimum_seconds=60)}

    found = costs.priced(CPU_ONLY, rates, "fit")

    assert [t.usd for t in found] == [pytest.approx(0.06)] * len(workloads(CPU_ONLY))


def test_without_a_price_there_is_a_sentence():
    assert checked(costs.cost_against_time([])).layout.annotations[0].text == costs.NOTHING


def test_published_costs_have_a_price_of_the_same_day_and_their_source():
    found = costs.published_costs(PUBLISHED)

    usd = [round(training.usd, 2) for training in found]
    assert len(found) == 8
    assert usd[:2] == [51.8, 8.35]
    assert all(training.source.startswith("https://") for training in found)


# Published


def test_the_count_of_slower_pairs_is_that_of_the_file():
    slower = [
        timing
        for timing in PUBLISHED.timings
        if timing.cpu_seconds and timing.gpu_seconds and timing.gpu_seconds > timing.cpu_seconds
    ]

    count = counted_pairs(PUBLISHED.timings)

    assert (count.pairs, count.slower) == (198, 46) == (198, len(slower))
    assert counted_pairs([]) == Count(0, 0, None)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), 201),
        (Filters(publisher="NVIDIA cuML"), 88),
        (Filters(interest="independent"), 80),
        (Filters(transfer="excluded"), 2),
        (Filters(machine="same machine"), 102),
        (Filters("NVIDIA cuML", "independent", ANY, ANY), 0),
    ],
)
def test_filters_let_through_what_they_say(filters, expected):
    assert len(filtered(PUBLISHED.timings, filters)) == expected


def test_every_mark_leads_to_its_source():
    figure = checked(published.published_speed_ups(PUBLISHED.timings))

    addresses = {timing.source_url for timing in PUBLISHED.timings}
    marks = [mark for trace in figure.data if trace.mode == "markers" for mark in trace.customdata]
    assert len(marks) == 198
    assert {mark[-1] for mark in marks} <= addresses


def test_two_machines_and_unequal_models_are_hollow():
    figure = checked(published.published_speed_ups(PUBLISHED.timings))
    unlike = [
        t
        for t in PUBLISHED.timings
        if t.ratio and (t.same_machine is False or t.equal_quality is False)
    ]

    symbols = [
        symbol for trace in figure.data if trace.mode == "markers" for symbol in trace.marker.symbol
    ]

    assert sum(symbol.endswith("-open") for symbol in symbols) == len(unlike) > 0


def test_no_published_pair_is_a_sentence():
    assert (
        checked(published.published_speed_ups([])).layout.annotations[0].text == published.NOTHING
    )


# Sentences


def test_the_headline_has_the_mean_and_its_interval_from_the_data():
    assert sentences.headline(RUN).startswith(
        "On 100,000 rows, NVIDIA Example 16 trains 4 kinds of model 2.43 times as fast as the CPU "
        "of the same machine (95 % interval 2.3"
    )
    assert sentences.summary(RUN, RECORD) == (
        "On 100,000 rows the GPU is faster for 2 (Boosted trees, Regression), slower for 1 "
        "(Components), and there is no clear difference for 1 (Clusters). Not compared: Forest, "
        "Neighbours."
    )


def one_pair(gpu_seconds: float, **changes):
    return benchmark_run(
        cell("trees", 1_000, 1.0), on_gpu("trees", 1_000, gpu_seconds, **changes), gpu=True
    )


def test_a_gpu_that_is_slower_is_said_to_be_slower():
    assert "trains Trees 2 times as slow as the CPU" in sentences.headline(one_pair(2.0))


@pytest.mark.parametrize(
    "run",
    [
        one_pair(1.01),  # the interval covers 1
        one_pair(0.1, noisy=True),
        one_pair(0.1, quality=Quality(metric="accuracy", value=0.5, rows=10_000)),
        CPU_ONLY,
    ],
)
def test_without_a_claim_there_is_no_headline(run):
    assert sentences.headline(run) == ""


def test_without_a_gpu_the_published_record_is_told():
    assert sentences.summary(CPU_ONLY, RECORD) == (
        "No GPU was measured on this machine, so its CPU stands alone here. The published record "
        "says: of 198 published pairs of times, the GPU is slower in 46; in the middle pair it is "
        "3.03 times as fast."
    )


def test_what_may_not_be_compared_is_not():
    assert sentences.summary(one_pair(0.1, noisy=True), RECORD).startswith("Nothing was measured")


@pytest.mark.parametrize(
    ("workload", "said"),
    [
        ("boosted_trees", "The GPU passes at about 6,300 rows (5,700 to 7,500)."),
        ("regression", "The GPU is faster on all of 1,000 to 100,000 rows."),
        ("components", "The GPU is slower on all of 1,000 to 100,000 rows."),
        ("clusters", "No clear difference on 1,000 to 100,000 rows."),
        ("forest", "Not comparable: the models are not equally good."),
        ("neighbours", "Not comparable: others used the machine."),
        (
            "histograms",
            "Not measured: GPU, 1,000 and 10,000 and 100,000 rows, fell back to another device "
            "(the library trained on the CPU instead).",
        ),
    ],
)
def test_each_workload_has_its_verdict(workload, said):
    assert sentences.verdict_on(RUN, WORKLOADS[workload], "whole") == said


def test_sizes_that_disagree_without_a_bracket_are_said_so():
    run = benchmark_run(
        cell("trees", 1_000, 1.0),
        cell("trees", 10_000, 2.0),
        on_gpu("trees", 1_000, 0.5),
        on_gpu("trees", 10_000, None, status="measured", device_effective="cuda", reason=None,
               timings=timings(4.0, repeats=SKEWED), quality=cell("t", 1_000, 1.0).quality,
               memory=cell("t", 1_000, 1.0).memory, data_sha256="0" * 64),
        gpu=True,
    )  # fmt: skip

    said = sentences.verdict_on(run, workloads(run)[0], "whole")

    assert said == (
        "No size measured has it slower, and a larger one faster, on 1,000 to 10,000 rows."
    )
