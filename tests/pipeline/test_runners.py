"""Which process works on a split."""

import os

import pytest

from pipeline import tasks
from pipeline.runners import HERE_BYTES, LocalRunner
from pipeline.table.files import File, Piece, Split


def own_number(_split: Split) -> bytes:
    return str(os.getpid()).encode()


@pytest.mark.parametrize(("size", "here"), [(HERE_BYTES, True), (HERE_BYTES + 1, False)])
def test_no_process_is_started_for_two_splits_of_small_files(size: int, here: bool) -> None:
    file = File("t.parquet", "t.parquet", size, "")
    splits = [Split(i, (Piece(file, 0, i, i + 1),)) for i in range(2)]

    numbers = list(LocalRunner(2).run(tasks.bound(own_number), splits, "Tell the process"))

    assert ({int(number) for number in numbers} == {os.getpid()}) is here
