"""Cells side by side: pairs of one machine, equal quality, phases, costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.hardware.cost import Rate, cost
from dashboard.hardware.pairs import (
    crossover_of,
    gpu_name,
    gpus,
    on_the_most_rows,
    pairs,
    series,
    workloads,
)
from dashboard.hardware.phases import PHASES, amdahl, phases, repeats, training_share
from dashboard.hardware.quality import equally_good
from store.benchmark_run import Quality
from tests import hardware_runs
from tests.hardware_runs import benchmark_run, cell, on_gpu, timings

RUN = hardware_runs.every_state()


def quality(value: float, metric: str = "accuracy", rows: int = 10_000) -> Quality:
    return Quality.model_validate({"metric": metric, "value": value, "rows": rows})


@pytest.mark.parametrize(
    ("cpu", "gpu", "equal"),
    [
        (quality(0.93), quality(0.921), True),
        (quality(0.93), quality(0.918), False),
        (quality(0.93, rows=100), quality(0.85, rows=100), True),  # chance explains it
        (quality(0.9508), quality(0.9338), False),
        (quality(100, "inertia"), quality(101.9, "inertia"), True),
        (quality(100, "inertia"), quality(102.1, "inertia"), False),
        (quality(0.5, "explained_variance"), quality(0.5009, "explained_variance"), True),
        (quality(0.5, "explained_variance"), quality(0.5011, "explained_variance"), False),
        (quality(0.5), quality(0.5, "inertia"), False),
    ],
)
def test_models_are_equally_good_within_chance_and_rounding(cpu, gpu, equal):
    assert equally_good(cpu, gpu) == equal
    assert equally_good(gpu, cpu) == equal


def test_a_short_name_ends_at_the_first_comma_unless_two_would_be_alike():
    titles = {"a": "Trees, 100 of depth 6", "b": "Means", "c": "Rows, 2,000", "d": "Rows, 9,000"}
    run = benchmark_run(*(cell(name, 1_000, 1.0, title=said) for name, said in titles.items()))

    shorts = {workload.name: workload.short for workload in workloads(run)}

    assert shorts == {"a": "Trees", "b": "Means", "c": "Rows, 2,000", "d": "Rows, 9,000"}


def test_every_pair_has_its_verdict():
    verdicts = {(p.workload.name, p.rows): p.verdict for p in pairs(RUN, "whole")}

    assert verdicts["boosted_trees", 1_000] == "slower"
    assert verdicts["boosted_trees", 100_000] == "faster"
    assert verdicts["components", 100_000] == "slower"
    assert verdicts["clusters", 100_000] == "unclear"
    assert verdicts["forest", 100_000] == "unequal"
    assert verdicts["neighbours", 100_000] == "noisy"
    assert not {place for place in verdicts if place[0] in ("histograms", "vectors")}


def test_what_fell_back_or_failed_is_in_no_pair():
    run = benchmark_run(
        cell("trees", 1_000, 1.0),
        on_gpu("trees", 1_000, None, status="fell_back", reason="no GPU"),
        gpu=True,
    )

    assert pairs(run, "whole") == []
    assert gpus(run) == []
    assert [one.label for one in series(run)] == ["CPU"]


def test_a_second_baseline_is_a_line_and_never_the_cpu_of_a_pair():
    run = benchmark_run(
        cell("trees", 1_000, 0.2, second_baseline=True),
        cell("trees", 1_000, 1.0),
        on_gpu("trees", 1_000, 0.5),
        gpu=True,
    )

    (pair,) = pairs(run, "fit")

    assert pair.ratio.value == pytest.approx(2)
    assert [(one.label, one.place) for one in series(run)] == [
        ("CPU", 0),
        ("CPU, another library", 1),
        ("NVIDIA Example 16", 2),
    ]


def test_a_gpu_without_a_name_is_called_by_its_kind():
    assert gpu_name(benchmark_run(), "cuda") == "GPU (cuda)"


def test_the_way_of_the_data_counts_unless_training_alone_is_asked_for():
    run = benchmark_run(
        cell("trees", 1_000, 1.0),
        on_gpu("trees", 1_000, None, status="measured", reason=None, device_effective="cuda",
               timings=timings(0.1, to_device=0.3, back=0.1, transfer="separate"),
               quality=quality(0.93), memory=cell("trees", 1_000, 1.0).memory,
               data_sha256="0" * 64),
        gpu=True,
    )  # fmt: skip

    (whole,), (fit,) = pairs(run, "whole"), pairs(run, "fit")

    assert fit.ratio.value == pytest.approx(10)
    assert whole.ratio.value == pytest.approx(1.02 / 0.502)


def test_noise_and_unequal_models_make_no_crossover():
    trees = next(one for one in workloads(RUN) if one.name == "boosted_trees")
    (gpu,) = gpus(RUN)
    noisy = [c.model_copy(update={"noisy": True}) if c.rows == 1_000 else c for c in RUN.cells]

    assert crossover_of(RUN, trees, gpu, "whole") is not None
    assert crossover_of(RUN.model_copy(update={"cells": noisy}), trees, gpu, "whole") is None


def test_only_the_largest_size_is_the_largest_size():
    found = on_the_most_rows(pairs(RUN, "whole"))

    assert {pair.rows for pair in found} == {100_000}
    assert on_the_most_rows([]) == []


def test_workloads_keep_the_order_of_the_file():
    assert [one.name for one in workloads(RUN)] == [*hardware_runs.CPU_SECONDS, "vectors"]


# Phases


def test_the_phases_of_a_script_add_up_to_its_first_time():
    timed = timings(2.0, context=0.5, to_device=0.1, back=0.2)

    assert dict(zip(PHASES, phases(timed), strict=True)) == pytest.approx(
        {
            "Import": 0.8,
            "Start of the device": 0.5,
            "Rows to the device": 0.1,
            "Training": 2.04,
            "Extra of the first training": 0.56,
            "Model back": 0.2,
        }
    )
    assert sum(phases(timed)) == pytest.approx(repeats(timed, "first")[0])
    assert training_share(timed) == pytest.approx(2.04 / 4.2)


def test_a_first_training_that_is_no_slower_has_no_extra():
    assert phases(timings(2.0, cold_fit=1.9))[PHASES.index("Extra of the first training")] == 0


@given(st.floats(0, 1), st.floats(0.001, 1_000))
def test_amdahls_law_lies_between_nothing_and_the_whole_speed_up(share, speed_up):
    script = amdahl(share, speed_up)

    assert min(1, speed_up) * 0.999_999 <= script <= max(1, speed_up) * 1.000_001
    if speed_up >= 1 and share < 1:
        assert script <= 1 / (1 - share) * 1.000_001


def test_amdahls_law_makes_2_of_38():
    assert amdahl(0.51, 38) == pytest.approx(1.99, abs=0.01)


# Costs


def test_a_cost_is_time_at_the_price_with_the_least_that_is_billed():
    assert cost(349_838.7, Rate(0.533)) == pytest.approx(51.80, abs=0.01)
    assert cost(6.0, Rate(3.6, minimum_seconds=60)) == pytest.approx(0.06)
    assert cost(61.0, Rate(3.6, minimum_seconds=60)) == pytest.approx(0.061)
