"""The artifact of an engine run, and how it becomes live."""

import pytest
from pydantic import ValidationError

from store.artifacts import MemoryStore
from store.engine_run import EngineRun
from store.errors import ArtifactError
from store.releases import ENGINES, engines_key, publish_result, read_engine_run, read_pointer
from store.schema import decode, encode
from tests import builders

KEY = engines_key("20261101T120000Z-abcdef")


def test_an_engine_run_survives_its_json():
    run = builders.engine_run()

    assert decode(EngineRun, encode(run), name="run") == run


def test_a_cell_has_processes_when_it_gave_an_answer_and_only_then():
    with pytest.raises(ValidationError, match="processes when it gave an answer"):
        builders.engine_cell("pandas", 1_000)
    with pytest.raises(ValidationError, match="processes when it gave an answer"):
        builders.engine_cell("pandas", 1_000, 1.0, status="skipped_budget")


def test_a_cell_is_found_by_engine_and_rows():
    run = builders.engine_run()

    assert run.cell("spark", 1_000) == run.cells[2]
    assert run.cell("spark", 5) is None


def test_a_result_becomes_live_and_is_checked_when_it_is_read():
    store = MemoryStore()
    store.put_new(KEY, encode(builders.engine_run()))

    publish_result(store, ENGINES, KEY, EngineRun)

    pinned = read_pointer(store).release.results[ENGINES]
    assert read_engine_run(store, pinned) == builders.engine_run()
    store.put(KEY, encode(builders.engine_run(repeats=9)))
    with pytest.raises(ArtifactError):
        read_engine_run(store, pinned)


def test_what_is_no_engine_run_does_not_become_live():
    store = MemoryStore()
    store.put_new(KEY, b"{}")

    with pytest.raises(ArtifactError, match="is not a EngineRun"):
        publish_result(store, ENGINES, KEY, EngineRun)
