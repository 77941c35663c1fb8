"""Files of results that visitors bring: shown, or refused with the reason."""

import json

import pytest

from dashboard.hardware.upload import read_brought
from store.benchmark_check import MAX_RUN_BYTES
from store.errors import ArtifactError
from store.schema import encode
from tests.hardware_runs import believable, every_state

GOOD = encode(believable()).decode()


def test_a_run_that_keeps_to_its_word_is_read():
    assert read_brought("benchmark.json", GOOD) == believable()


def test_one_changed_digit_is_refused():
    changed = json.loads(GOOD)
    changed["cells"][0]["timings"]["fits"][2] *= 0.9

    with pytest.raises(ArtifactError, match="changed after the run"):
        read_brought("benchmark.json", json.dumps(changed))


def test_an_invented_run_is_refused():
    with pytest.raises(ArtifactError, match="invented run for tests, and is never shown"):
        read_brought("benchmark.json", encode(every_state()).decode())


@pytest.mark.parametrize("text", ["", "sugar,acidity\n1,2\n", "{}", "[1]", "null", '{"id": NaN}'])
def test_what_is_no_file_of_results_is_refused_by_its_name(text):
    with pytest.raises(ArtifactError, match=r"wines\.csv is not a BenchmarkRun"):
        read_brought(r"C:\home\me\wines.csv", text)


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(ArtifactError, match="at most"):
        read_brought("benchmark.json", " " * (MAX_RUN_BYTES + 1))


def test_a_file_without_a_name_is_the_file():
    with pytest.raises(ArtifactError, match=r"^The file is not"):
        read_brought("", "{}")
