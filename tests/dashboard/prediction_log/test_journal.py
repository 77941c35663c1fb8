"""A journal has every record whole or not at all; when it is full the oldest tables go first."""

import os
import threading
from pathlib import Path
from struct import Struct

import numpy as np
import pytest

from dashboard.prediction_log import journal as journals
from dashboard.prediction_log import minting
from dashboard.prediction_log.home import abandoned, new_home
from dashboard.prediction_log.journal import LEAST_BYTES, SEGMENT_BYTES, Journal
from dashboard.prediction_log.reading import Reader
from dashboard.prediction_log.records import HEAD, Model
from dashboard.prediction_log.segment import END, READ, Segment
from store.prediction_log.entry import Entry, Served, Source
from store.prediction_log.ids import id_bytes, id_text, milliseconds, row_id

WINE = Model(
    Served("wine", "1", "0123456789ab", "flat"),
    ("acidity", "colour"),
    (None, ("white", "red")),
    ("Dry", "Sweet"),
    ("0", "1"),
)
PACK = Struct(f"{HEAD.format}2d").pack
BODY, SAID = b'{"acidity":2.0,"colour":"red"}', b'{"Dry":0.25,"Sweet":0.75}'


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(new_home(tmp_path), LEAST_BYTES)


def number_of(journal: Journal, model: Model = WINE) -> int:
    number = journal.model(model)
    assert number is not None
    return number


def one(journal: Journal, body: bytes = BODY) -> str:
    return journal.plain(PACK, number_of(journal), 2, 23e-6, (2.0, 1.0), body, 1, SAID)


def table(journal: Journal, rows: int) -> str:
    numbers = np.tile([2.0, 1.0], rows).tobytes() + np.tile([0.25, 0.75], rows).tobytes()
    return journal.rows(number_of(journal), 3, 1e-3, rows, numbers, table=True)


def oldest(journal: Journal) -> Segment:
    segment = journal.oldest()
    assert segment is not None
    return segment


def read(journal: Journal, most: int = 100) -> list[Entry]:
    """All that waits, as if the database took it."""
    found: list[Entry] = []
    reader = None
    while (segment := journal.oldest()) is not None:
        if reader is None or reader.segment is not segment:
            reader = Reader(segment, lambda _model: None)
        batch = reader.batch(most)
        journal.done(segment, batch.position, len(batch.entries))
        found += batch.entries
    return found


def test_what_was_appended_is_read_as_it_was(journal: Journal):
    id = one(journal)
    first = table(journal, 2)

    single, *rows = read(journal)

    assert single == Entry(
        id_bytes(id), WINE.served, Source.API, BODY.decode(), "1", SAID.decode(), 23, None
    )
    assert [row.id for row in rows] == [row_id(id_bytes(first), place) for place in range(2)]
    assert rows[0][2:] == (Source.BATCH, BODY.decode(), "1", SAID.decode(), 1000, None)
    assert read(journal) == []


def test_a_number_is_the_answer_of_a_model_without_classes(journal: Journal):
    model = Model(WINE.served, ("x",), (None,), (), ())
    numbers = np.array([1.5, 0.1]).tobytes()
    journal.rows(number_of(journal, model), 2, 0.0, 1, numbers, table=False)

    [entry] = read(journal)

    assert (entry.features, entry.answer, entry.outputs) == ('{"x":1.5}', "0.1", "")


def test_records_go_on_in_the_next_file_and_files_are_used_again(journal: Journal):
    ids = []
    for _ in range(8):
        ids += [one(journal, BODY + b" " * 2000) for _ in range(1000)]
        assert [id_text(entry.id) for entry in read(journal)] == ids[-1000:]

    assert journal.lost == 0
    assert len(list(journal.home.folder.iterdir())) <= 4


def test_ids_ascend_when_the_clock_goes_back(monkeypatch: pytest.MonkeyPatch):
    clock = iter([1_700_000_000.0, 1_700_000_000.0, 1_600_000_000.0, 1_700_000_000.1])
    monkeypatch.setattr(minting, "time", lambda: next(clock))
    ids = minting.minted()

    found, texts = zip(*(next(ids) for _ in range(4)), strict=True)

    assert list(found) == sorted(set(found))
    assert tuple(map(id_bytes, texts)) == found


def test_a_full_millisecond_borrows_from_the_next(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(minting, "time", lambda: 1_700_000_000.0)
    ids = minting.minted()

    found, texts = zip(*(next(ids) for _ in range(10_000)), strict=True)

    assert list(found) == sorted(set(found))
    assert tuple(map(id_bytes, texts)) == found
    assert [milliseconds(found[place]) % 10 for place in (0, 4_095, 4_096, 9_999)] == [0, 0, 1, 2]


def test_threads_do_not_tear_each_others_records(journal: Journal):
    threads = [
        threading.Thread(target=lambda: [one(journal) for _ in range(500)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    entries = read(journal)

    assert len({entry.id for entry in entries}) == 4000
    assert {entry.features for entry in entries} == {BODY.decode()}
    assert [entry.id for entry in entries] == sorted(entry.id for entry in entries)


# Full


def test_when_it_is_full_the_oldest_tables_go_first_and_are_counted(journal: Journal):
    tables = [table(journal, 1000) for _ in range(100)]
    singles = [one(journal, BODY + b" " * 1000) for _ in range(2000)]
    lost = journal.lost

    entries = read(journal)

    firsts = {id_text(entry.id) for entry in entries if entry.source is Source.BATCH}
    kept = [id for id in tables if id in firsts]
    assert 0 < lost < 100_000
    assert len(entries) == 102_000 - lost
    assert {id_text(entry.id) for entry in entries} >= set(singles)
    assert kept == tables[len(tables) - len(kept) :]


def test_without_tables_the_oldest_single_predictions_go(journal: Journal):
    ids = [one(journal, BODY + b" " * 1000) for _ in range(6000)]

    kept = [id_text(entry.id) for entry in read(journal)]

    assert journal.lost == 6000 - len(kept) > 0
    assert kept == ids[-len(kept) :]


def test_what_is_read_while_it_is_dropped_is_not_lost(journal: Journal):
    one(journal)
    segment = oldest(journal)
    batch = Reader(segment, lambda _model: None).batch(100)
    for _ in range(6000):
        one(journal, BODY + b" " * 1000)
    lost = journal.lost

    journal.done(segment, batch.position, len(batch.entries))

    assert segment.dropped
    assert journal.lost == lost - 1


def test_what_takes_more_than_all_room_is_lost_alone(journal: Journal):
    id = one(journal)

    assert one(journal, b" " * LEAST_BYTES) == ""

    assert journal.lost == 1
    assert [id_text(entry.id) for entry in read(journal)] == [id]


def test_a_full_disk_loses_the_oldest_and_fails_nobody(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
):
    ids = [one(journal, BODY + b" " * 1000) for _ in range(1500)]

    def full(*_arguments: object) -> Segment:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journals, "Segment", full)
    ids += [one(journal, BODY + b" " * 1000) for _ in range(1500)]

    kept = [id_text(entry.id) for entry in read(journal)]
    assert journal.lost == len(ids) - len(kept) > 0
    assert set(kept) <= set(ids)


# Other processes


def test_what_a_process_left_is_taken_over_by_one_only(tmp_path: Path):
    child = os.fork()
    if child == 0:
        left = Journal(new_home(tmp_path), LEAST_BYTES)
        for _ in range(10):
            one(left)
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    first = Journal(new_home(tmp_path), LEAST_BYTES)

    homes = list(abandoned(tmp_path))
    assert list(abandoned(tmp_path)) == []
    for home in homes:
        first.take_over(home)

    assert len(read(first)) == 10
    homes[0].leave()
    first.close()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_the_living_is_left_alone(tmp_path: Path):
    living = Journal(new_home(tmp_path), LEAST_BYTES)

    assert list(abandoned(tmp_path)) == []
    assert living.home.folder.exists()


@pytest.mark.parametrize("tail", [b"", b"\0" * 4000, b"\xff" * 4000, os.urandom(4000)])
def test_a_tail_that_makes_no_sense_is_ignored(tmp_path: Path, tail: bytes):
    left = Journal(new_home(tmp_path / "left"), LEAST_BYTES)
    ids = [one(left) for _ in range(10)]
    segment = oldest(left)
    begin = segment.words[END]
    segment.map[begin : begin + len(tail)] = tail
    segment.words[END] = begin + len(tail)

    heir = Journal(new_home(tmp_path / "heir"), LEAST_BYTES)
    heir.take_over(left.home)

    assert [id_text(entry.id) for entry in read(heir)] == ids


def test_a_reader_may_go_on_where_another_stopped(tmp_path: Path):
    left = Journal(new_home(tmp_path / "left"), LEAST_BYTES)
    ids = [one(left) for _ in range(10)]
    segment = oldest(left)
    batch = Reader(segment, lambda _model: None).batch(4)
    left.done(segment, batch.position, 4)

    heir = Journal(new_home(tmp_path / "heir"), LEAST_BYTES)
    heir.take_over(left.home)

    assert [id_text(entry.id) for entry in read(heir)] == ids[4:]


@pytest.mark.parametrize("content", [b"", b"x" * 10, b"x" * SEGMENT_BYTES])
def test_a_file_that_is_no_journal_is_put_aside(tmp_path: Path, content: bytes):
    left = new_home(tmp_path / "left")
    (left.folder / "single-000000000.journal").write_bytes(content)
    heir = Journal(new_home(tmp_path / "heir"), LEAST_BYTES)

    heir.take_over(left)

    assert read(heir) == []
    assert (left.folder / "single-000000000.broken").exists()


def test_an_end_before_the_beginning_is_read_from_the_start(tmp_path: Path):
    left = Journal(new_home(tmp_path / "left"), LEAST_BYTES)
    ids = [one(left) for _ in range(3)]
    oldest(left).words[READ] = 2**60

    heir = Journal(new_home(tmp_path / "heir"), LEAST_BYTES)
    heir.take_over(left.home)

    assert [id_text(entry.id) for entry in read(heir)] == ids
