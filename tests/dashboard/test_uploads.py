"""Event logs that visitors bring: read, or refused with what to do."""

import base64

import pytest
from backports import zstd

from dashboard import uploads
from dashboard.uploads import read_upload
from store.errors import NotAnEventLog
from tests.store import event_logs as log

SMALL = log.log_of(*log.small())


def sent(content: bytes) -> str:
    """As a browser sends a file."""
    return f"data:application/octet-stream;base64,{base64.b64encode(content).decode()}"


def test_a_log_is_read():
    assert read_upload(["app-1"], [sent(SMALL)]).totals.tasks == 5


def test_the_files_of_a_rolling_log_are_read_in_their_order():
    lines = SMALL.splitlines(keepends=True)
    names = ["e/events_2_app", "e/events_10_app", "e/appstatus_app", "e/events_1_app"]
    parts = [b"".join(lines[4:8]), b"".join(lines[8:]), b"", b"".join(lines[:4])]

    assert read_upload(names, list(map(sent, parts))).complete


@pytest.mark.parametrize("names", [["app-1", "app-2"], ["appstatus_app"], []])
def test_one_log_has_to_be_chosen(names):
    with pytest.raises(NotAnEventLog, match="Choose one log"):
        read_upload(names, [sent(SMALL)] * len(names))


def test_too_much_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 2**10)

    with pytest.raises(NotAnEventLog, match="Pack it with zstd, or run: python -m pipeline"):
        read_upload(["app-1"], [sent(SMALL * 9)])


def test_what_unpacks_to_too_much_is_refused(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_EXPANDED_BYTES", 2**20)

    with pytest.raises(NotAnEventLog, match="longer than the 1 MB"):
        read_upload(["app-1.zstd"], [sent(zstd.compress(SMALL + b"\n" * 2**21))])


def test_very_many_files_are_refused():
    names = [f"events_{number}_app" for number in range(51)]

    with pytest.raises(NotAnEventLog, match="51 files are more than the 50"):
        read_upload(names, [sent(b"")] * 51)


@pytest.mark.parametrize("content", ["", "data:;base64,", "data:;base64,%%%", "no comma"])
def test_what_did_not_arrive_is_refused(content):
    with pytest.raises(NotAnEventLog):
        read_upload(["app-1"], [content])


def test_one_log_is_read_at_a_time(monkeypatch):
    monkeypatch.setattr(uploads, "MAX_SECONDS", 0.01)
    with uploads.READING, pytest.raises(NotAnEventLog, match="Another log is being read"):
        read_upload(["app-1"], [sent(SMALL)])

    monkeypatch.undo()
    assert read_upload(["app-1"], [sent(SMALL)]).complete


def test_a_refused_log_leaves_the_place_free_for_the_next():
    with pytest.raises(NotAnEventLog):
        read_upload(["app-1"], [sent(b"nothing of the kind\n")])

    assert read_upload(["app-1"], [sent(SMALL)]).complete
