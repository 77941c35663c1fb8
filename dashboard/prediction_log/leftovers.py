"""What a process could not write by its end: a line of JSON each, and the way back from them.

On a host the disk goes with the process, but what it wrote to standard output is in the log.
"""

import json
from collections.abc import Iterable, Iterator
from typing import TextIO

from dashboard.prediction_log.journal import Journal
from dashboard.prediction_log.reading import Reader, Scoring
from store.errors import InputError
from store.prediction_log.database import Engine
from store.prediction_log.entry import Entry, Served, Source
from store.prediction_log.ids import id_bytes, id_text
from store.prediction_log.writing import write

BEGINS = '{"kept_prediction": '  # what a line has, behind whatever a host puts before it
AT_ONCE = 500


def write_leftovers(journal: Journal, scoring: Scoring, lines: TextIO) -> int:
    """Write a line for each prediction that is not in the database; gives how many."""
    written = 0
    while (segment := journal.oldest()) is not None:
        batch = Reader(segment, scoring).batch(AT_ONCE)
        for entry in batch.entries:
            lines.write(json.dumps({"kept_prediction": _told(entry)}) + "\n")
        lines.flush()
        journal.done(segment, batch.position, len(batch.entries))
        written += len(batch.entries)
    return written


def replay(engine: Engine, lines: Iterable[str]) -> tuple[int, int]:
    """Keep the predictions in these lines, each once; other lines are passed over.

    Returns:
        How many predictions the lines have, and how many of them were new.

    Raises:
        DatabaseAway: Some may have been written; the same lines may be replayed again.
        InputError: A line begins as one of ours and goes on otherwise.
    """
    found = new = 0
    batch: list[Entry] = []
    for entry in _entries(lines):
        batch.append(entry)
        if len(batch) == AT_ONCE:
            found, new = found + len(batch), new + write(engine, batch)
            batch = []
    return found + len(batch), new + write(engine, batch)


def _told(entry: Entry) -> dict[str, object]:
    return {
        **entry._asdict(),
        "id": id_text(entry.id),
        "served": entry.served._asdict(),
        "source": entry.source.name,
    }


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    for number, line in enumerate(lines, start=1):
        begin = line.find(BEGINS)
        if begin < 0:
            continue
        try:
            told = json.loads(line[begin:])["kept_prediction"]
            served = Served(**told.pop("served"))
            id, source = id_bytes(told.pop("id")), Source[told.pop("source")]
            yield Entry(id=id, served=served, source=source, **told)
        except (LookupError, TypeError, ValueError) as error:
            raise InputError(f"Line {number} is no prediction that was left over.") from error
