"""A writer that is killed in the middle leaves whole batches, each with its tallies."""

import subprocess
import sys
from pathlib import Path

import pytest

from store.prediction_log.database import Engine
from store.prediction_log.reading import predictions, tallies
from store.prediction_log.writing import write
from tests.store.prediction_log.made import ALWAYS, entry

BATCH = 50
PROGRAM = f"""
import sys
from store.prediction_log.database import open_database
from store.prediction_log.writing import write
from tests.store.prediction_log.made import entry

engine = open_database(sys.argv[1])
while True:
    write(engine, [entry() for _ in range({BATCH})])
    print("written", flush=True)
"""


@pytest.mark.parametrize("batches", [1, 3, 8])
def test_a_killed_writer_leaves_whole_batches(
    log_engine: Engine, log_url: str, root: Path, batches: int
) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, log_url], cwd=root, stdout=subprocess.PIPE, text=True
    )
    with writer, writer.stdout:
        for _ in range(batches):
            assert writer.stdout.readline() == "written\n"
        writer.kill()
        said = batches + len(writer.stdout.read().split())
    write(log_engine, [entry() for _ in range(BATCH)])  # in any case after the killed one

    kept = len(predictions(log_engine))
    assert kept in (BATCH * (said + 1), BATCH * (said + 2))
    for period in (60, 3_600, 86_400):
        found = tallies(log_engine, *ALWAYS, period)
        for measure in ("latency", "confidence"):
            assert sum(tally.n for tally in found if tally.measure == measure) == kept
