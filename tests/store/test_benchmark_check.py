"""What is believed of a file of results, and what is not."""

import json
from datetime import timedelta

import pytest

from store.artifacts import MemoryStore
from store.benchmark_check import MAX_RUN_BYTES, read_run, validate_run
from store.benchmark_run import BenchmarkRun, Memory
from store.errors import ArtifactError
from store.releases import (
    BENCHMARK,
    benchmark_key,
    benchmarks,
    check_release,
    publish_result,
    read_benchmark,
    read_pointer,
)
from store.schema import encode, now
from tests import benchmark_runs
from tests.benchmark_runs import GPU, cell, machine, timings


def real(*cells, **changes) -> BenchmarkRun:
    """A run that does not say that it is invented."""
    return benchmark_runs.run(*cells, **{"fixture": False} | changes)


def test_a_run_in_order_is_believed():
    validate_run(real())


def test_so_is_one_that_was_cut_off_and_one_that_measured_nothing():
    validate_run(real(finished=None))
    validate_run(real(cell(status="skipped_missing", reason="torch is not installed")))


def test_an_invented_run_never_is():
    with pytest.raises(ArtifactError, match="invented run"):
        validate_run(benchmark_runs.run())


@pytest.mark.parametrize(
    ("digit", "other"),
    [
        ('"cold_fit":0.15', '"cold_fit":0.16'),
        ('"value":0.9', '"value":0.8'),
        ('"peak_ram":2', '"peak_ram":3'),
        ('"cores":2', '"cores":4'),
        ('"xgboost":"3.2.0"', '"xgboost":"3.2.1"'),
        ('"seed":3', '"seed":4'),
    ],
)
def test_one_changed_digit_is_refused_wherever_it_is(digit, other):
    text = encode(real()).decode()
    read_run(text.encode(), name="mine.json")

    assert digit in text
    with pytest.raises(ArtifactError, match="changed after the run"):
        read_run(text.replace(digit, other, 1).encode(), name="mine.json")


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (cell(timings=timings(fits=(0.1,) * 4, busy=(0.0,) * 4)), "4 repeats; at least 5"),
        (cell(timings=timings(cold_fit=0.04)), "less than half of the later ones"),
        (cell(timings=timings(fits=(0.0,) * 5)), "took no time"),
        (cell(data_sha256="0" * 64), "did not learn from the rows that seed 3 makes"),
        (cell(columns=12), "12 columns"),
        (cell(device="cuda"), "which the machine does not have"),
    ],
)
def test_a_cell_that_is_not_to_be_believed_is_named(made, why):
    with pytest.raises(ArtifactError, match=why):
        validate_run(real(made))


def test_time_that_falls_strongly_while_rows_grow_is_refused():
    fewer, more = cell(timings=timings(1.0)), cell(rows=10_000, timings=timings(0.2))

    with pytest.raises(ArtifactError, match="time does not fall like that"):
        validate_run(real(more, fewer))


def test_time_that_falls_a_little_may_be_that_of_more_cores_at_work():
    validate_run(real(cell(timings=timings(1.0)), cell(rows=10_000, timings=timings(0.5))))


def test_a_cell_that_others_disturbed_is_judged_by_its_fastest_fit():
    disturbed = timings(fits=(0.1, 0.9, 0.9, 0.9, 0.9), cold_fit=0.2, busy=(0.9,) * 5)

    validate_run(real(cell(timings=disturbed, noisy=True)))
    with pytest.raises(ArtifactError, match="less than half"):
        validate_run(real(cell(timings=disturbed)))


def test_a_gpu_is_believed_where_the_machine_has_one():
    on_gpu = cell(device="cuda", memory=Memory(peak_ram=1, peak_vram=1))

    validate_run(real(on_gpu, machine=machine(accelerators=(GPU,))))


def test_a_run_of_the_day_after_tomorrow_is_refused():
    with pytest.raises(ArtifactError, match="in the future"):
        validate_run(real(started=now() + timedelta(days=2), finished=None))


def test_a_file_that_is_too_large_is_not_even_parsed():
    with pytest.raises(ArtifactError, match="at most 2,097,152"):
        read_run(b" " * (MAX_RUN_BYTES + 1), name="mine.json")


def test_what_is_no_file_of_results_is_named_with_what_is_wrong():
    broken = json.loads(encode(real())) | {"seed": "x"}

    with pytest.raises(ArtifactError, match=r"mine\.json is not a BenchmarkRun.*seed"):
        read_run(json.dumps(broken).encode(), name="mine.json")


def test_runs_are_live_beside_each_other_and_checked_when_they_are_read():
    store = MemoryStore()
    runs = [real(id=f"2026110{day}T120000Z-abcdef") for day in (2, 1)]
    for run in runs:
        store.put_new(benchmark_key(run.id), encode(run))
        publish_result(store, f"{BENCHMARK}{run.id}", benchmark_key(run.id), BenchmarkRun)

    release = read_pointer(store).release
    assert [*benchmarks(release)] == [runs[1].id, runs[0].id]
    assert read_benchmark(store, benchmarks(release)[runs[0].id]) == runs[0]
    assert check_release(store, release).objects == 2


def test_an_invented_run_in_a_store_is_not_read():
    store = MemoryStore()
    run = benchmark_runs.run()
    store.put_new(benchmark_key(run.id), encode(run))
    publish_result(store, f"{BENCHMARK}{run.id}", benchmark_key(run.id), BenchmarkRun)

    with pytest.raises(ArtifactError, match="invented run"):
        read_benchmark(store, benchmarks(read_pointer(store).release)[run.id])
