"""The artifact of a benchmark: what a cell may say, its published schema, its hash."""

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError

from store.benchmark_run import BenchmarkRun, content_hash, json_schema
from store.schema import decode, encode
from tests import benchmark_runs
from tests.benchmark_runs import cell, machine, run, timings


def test_a_run_survives_its_json():
    made = run(cell(), cell(device="cuda", status="fell_back", reason="No GPU found"))

    again = decode(BenchmarkRun, encode(made), name="run")

    assert again == made
    assert content_hash(again) == made.content_sha256


def test_the_published_schema_is_that_of_the_models(root: Path):
    published = root / "data" / "schemas" / "benchmark-run.json"

    assert json.loads(published.read_text(encoding="utf-8")) == json_schema(), (
        "Run: python -m store.benchmark_run > data/schemas/benchmark-run.json"
    )


def test_the_published_schema_takes_a_run_and_refuses_what_it_does_not_know(root: Path):
    schema = json.loads((root / "data/schemas/benchmark-run.json").read_text(encoding="utf-8"))
    document = json.loads(encode(run()))

    jsonschema.validate(document, schema)

    document["machine"]["hostname"] = "secret"
    with pytest.raises(jsonschema.ValidationError, match="hostname"):
        jsonschema.validate(document, schema)


def test_a_run_has_no_field_for_a_name_a_path_or_a_serial_number():
    document = json.loads(encode(run(machine=machine(accelerators=(benchmark_runs.GPU,)))))

    fields = {*document, *document["machine"], *document["machine"]["accelerators"][0]}
    assert not fields & {"hostname", "node", "user", "path", "address", "uuid", "serial", "label"}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"status": "fell_back", "reason": "x", "timings": timings()}, "when it was measured"),
        ({"timings": None}, "when it was measured"),
        ({"device_effective": "cuda"}, "has fell_back"),
        ({"quality": None}, "quality, memory, version and data hash"),
        ({"status": "failed"}, "says why"),
        ({"title": "two\nlines"}, "one line"),
        ({"title": "x" * 201}, "at most 200"),
        ({"rows": 1_234}, "1000, 10000, 100000 or 1000000"),
    ],
)
def test_a_cell_that_contradicts_itself_is_none(changes, why):
    with pytest.raises(ValidationError, match=why):
        cell(**changes)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -0.1])
def test_a_time_is_a_number_that_a_clock_can_show(seconds):
    with pytest.raises(ValidationError):
        timings(cold_fit=seconds)


def test_every_fit_has_its_share_of_other_processes():
    with pytest.raises(ValidationError, match="one share of other processes for each fit"):
        timings(busy=(0.0,))


def test_a_workload_on_a_device_has_one_cell_a_size():
    with pytest.raises(ValidationError, match="has one cell"):
        run(cell(), cell())


def test_a_cell_is_found_and_a_second_baseline_is_not_taken_for_it():
    first, second = cell(), cell(second_baseline=True, library="scikit-learn-intelex")
    made = run(second, first)

    assert made.cell("xgboost", 1_000, "cpu") == first
    assert made.cell("xgboost", 1_000, "cuda") is None
