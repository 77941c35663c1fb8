"""The verb: what is measured, where the file goes, how it becomes live."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from pipeline.__main__ import cli
from pipeline.benchmark import needs
from pipeline.benchmark.progress import Bar
from pipeline.benchmark.registry import BY_NAME, WORKLOADS
from pipeline.benchmark.run import LIMITS, check_file, devices_in, named, publish_run, tasks
from store.artifacts import FolderStore, MemoryStore
from store.errors import ArtifactError, InputError
from store.releases import benchmarks, read_benchmark, read_pointer
from store.schema import encode
from tests import benchmark_runs


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A file of results that is in order."""
    file = tmp_path / "mine.json"
    file.write_bytes(encode(benchmark_runs.run(fixture=False)))
    return file


def invoke(*words: str | Path):
    return CliRunner().invoke(cli, ["benchmark", *map(str, words)])


def test_by_default_every_workload_that_is_not_optional_is_measured_on_each_of_its_devices():
    found = tasks("default", ("cpu", "cuda"), ())

    on_cpu = [task.workload.name for task in found if task.device == "cpu"]
    assert on_cpu == [w.name for w in WORKLOADS if not w.optional]
    assert not any(task.device == "cuda" and "gradient" in task.workload.name for task in found)
    assert max(max(task.sizes) for task in found) == 100_000
    assert not any(task.second for task in found)


def test_quick_is_a_part_of_it_and_full_more():
    quick, full = tasks("quick", ("cpu",), ()), tasks("full", ("cpu",), ())

    assert {rows for task in quick for rows in task.sizes} == {1_000, 10_000}
    assert 1_000_000 in {rows for task in full for rows in task.sizes}
    assert LIMITS["quick"].run < LIMITS["default"].run < LIMITS["full"].run


def test_a_second_baseline_joins_a_full_run_where_it_is_installed():
    forest = BY_NAME["random_forest"]
    here = forest._replace(second=forest.second._replace(packages=("sklearn",)))

    assert here.way("cpu", second=True).library == "scikit-learn-intelex"
    assert here.way("cpu").library == "scikit-learn"


def test_the_document_names_every_workload_every_option_and_every_status(root: Path):
    text = (root / "docs" / "hardware.md").read_text(encoding="utf-8")
    options = {option for one in cli.commands["benchmark"].params for option in one.opts}

    names = {f"`{workload.name}`" for workload in WORKLOADS}
    assert {name for name in names if name not in text} == set()
    of_all_verbs = {"--artifacts", "--key", "--budget"}
    assert {option for option in options - of_all_verbs if option not in text} == set()
    assert {status for status in ("fell_back", "skipped_budget") if status not in text} == set()


def test_what_does_not_exist_is_named_with_what_does():
    with pytest.raises(InputError, match=r'"tpu" is no device\. There are: cpu, cuda, mps'):
        devices_in("cpu,tpu")
    with pytest.raises(InputError, match=r'"svm" is no workload\. There are: logistic_regression'):
        named(["svm"])


def test_the_verb_measures_writes_the_file_and_says_where_it_is(tmp_path):
    file = tmp_path / "new" / "result.json"

    done = invoke(
        "--quick", "--devices", "cpu,cuda", "--workloads", "xgboost,k_means", "--out", file
    )

    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == str(file)
    run = check_file(file)
    assert run.finished is not None
    assert run.arguments == (
        "--quick", "--devices", "cpu,cuda", "--workloads", "xgboost,k_means"
    )  # fmt: skip
    assert run.machine.accelerators_note in done.output
    assert {cell.workload for cell in run.cells} == {"xgboost", "k_means"}
    assert {cell.device_requested for cell in run.cells} == {"cpu", "cuda"}
    assert not list(file.parent.glob("*.new"))


def test_a_file_of_another_machine_is_checked_and_published(result, tmp_path):
    shelf = tmp_path / "artifacts"

    done = invoke("--from", result, "--publish", "--artifacts", shelf)

    assert done.exit_code == 0, done.output
    release = read_pointer(FolderStore(shelf)).release
    assert [*benchmarks(release)] == [check_file(result).id]
    (at,) = benchmarks(release).values()
    assert re.fullmatch(r"benchmarks/20261101T120000Z-abcdef/benchmark\.json", at.key)


def test_publishing_the_same_file_twice_changes_nothing(result):
    store = MemoryStore()

    publish_run(result, store)
    release = publish_run(result, store)

    assert len(benchmarks(release)) == 1
    (at,) = benchmarks(release).values()
    assert read_benchmark(store, at) == check_file(result)


def test_a_file_that_was_edited_is_refused_and_not_stored(result, tmp_path):
    content = json.loads(result.read_text())
    content["cells"][0]["timings"]["fits"][0] /= 2
    result.write_text(json.dumps(content))

    done = invoke("--from", result, "--publish", "--artifacts", tmp_path / "artifacts")

    assert done.exit_code == 1
    assert "changed after the run" in done.output
    assert not (tmp_path / "artifacts" / "benchmarks").exists()


def test_an_invented_run_is_refused(result):
    result.write_bytes(encode(benchmark_runs.run()))

    with pytest.raises(ArtifactError, match="invented run"):
        publish_run(result, MemoryStore())


def test_a_file_that_is_not_there_exits_2(tmp_path):
    done = invoke("--from", tmp_path / "nowhere.json")

    assert done.exit_code == 2
    assert "cannot be read" in done.output


def test_the_time_left_goes_by_the_pace_so_far_and_never_beyond_the_limit():
    moments = iter([0.0, 10.0, 10.0, 10.0])
    bar = Bar(100.0, 60.0, Console(quiet=True), clock=lambda: next(moments))

    assert bar.left() == 50.0
    bar.end("a cell", 25.0)
    assert bar.left() == 30.0


def test_everything_that_a_benchmark_needs_is_there_or_named(monkeypatch):
    assert needs.missing() == []

    real = importlib.util.find_spec
    gone = lambda name: None if name == "pynvml" else real(name)  # noqa: E731
    monkeypatch.setattr("importlib.util.find_spec", gone)
    assert needs.missing() == ["nvidia-ml-py"]
