"""The corpus through the confined child: no payload runs, nothing crashes, memory is bounded."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from store.schema import encode
from tests.dashboard.model.corpus import hostile
from tests.dashboard.model.corpus.hostile import HOSTILE_TOO
from tests.dashboard.model.forked import answer
from tests.dashboard.model.payloads import HONEST, HOSTILE, Hostile

MOST_MIB = 1_500  # scikit-learn, pandas and a test run are 400 of them
EVERYTHING = HOSTILE + HOSTILE_TOO
CARD = encode(HONEST.card)
SIGNED_TOO = (
    hostile.reader_of_files,
    hostile.writer_of_files,
    hostile.function_of_a_type,
    hostile.function_of_a_target,
    hostile.histogram_cycle,
    hostile.encoder_with_more_outputs,
    hostile.global_of_protocol_0,
    hostile.zip_of_a_function,
)


@pytest.mark.parametrize("file", EVERYTHING, ids=lambda file: file.name)
def test_the_child_refuses_a_hostile_file_and_its_payload_does_not_run(
    file: Hostile, tmp_path: Path
) -> None:
    marker = tmp_path / "marker"
    data = file.make(marker)

    outcome = answer(data, CARD)

    assert outcome.how == "answered", outcome
    assert re.search(file.words, outcome.answer["refused"])
    assert "Traceback" not in outcome.answer["refused"]
    assert outcome.peak_mib < MOST_MIB
    assert not marker.exists()


@pytest.mark.parametrize("make", SIGNED_TOO, ids=lambda make: make.__name__)
def test_a_signature_opens_no_door_to_files_functions_or_native_memory(
    make: Callable[[Path], bytes], tmp_path: Path
) -> None:
    outcome = answer(make(tmp_path / "marker"), CARD, signed=True)

    assert outcome.how == "answered"
    assert "refused" in outcome.answer
    assert not (tmp_path / "marker").exists()


def test_the_honest_file_of_the_corpus_opens() -> None:
    assert answer(HONEST.data, CARD).answer == {"flat": "..."}


def test_the_corpus_is_large() -> None:
    assert len({file.name for file in EVERYTHING}) >= 40
