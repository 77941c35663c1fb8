"""Ids sort by time, cannot be guessed, and leave room for the rows of a table."""

import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.prediction_log import ids

BYTES = st.binary(min_size=16, max_size=16)


def test_an_id_is_a_uuid_of_version_7_with_the_time_of_now() -> None:
    before = datetime.now(UTC) - timedelta(milliseconds=1)
    found = ids.new_id()

    assert uuid.UUID(bytes=found).version == 7
    assert uuid.UUID(bytes=found).variant == uuid.RFC_4122
    assert before <= ids.moment(found) <= datetime.now(UTC) + timedelta(seconds=1)


def test_each_id_is_greater_than_the_last_even_when_the_clock_goes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = [ids.new_id() for _ in range(5_000)]
    back = time.time_ns() - 3_600 * 10**9
    monkeypatch.setattr(time, "time_ns", lambda: back)
    then = [ids.new_id() for _ in range(5_000)]

    assert first + then == sorted({*first, *then})


def test_threads_never_get_the_same_id() -> None:
    found: list[bytes] = []

    def take() -> None:
        found.extend(ids.new_id() for _ in range(2_000))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == len(found) == 8_000


def test_the_rows_of_a_table_have_ids_of_their_own_in_order_below_the_next() -> None:
    first, next_one = ids.new_id(), ids.new_id()
    rows = [ids.row_id(first, row) for row in range(ids.ROWS)]

    assert rows == sorted(set(rows))
    assert rows[0] == first
    assert rows[-1] < next_one
    assert {uuid.UUID(bytes=row).version for row in rows} == {7}
    assert {ids.moment(row) for row in rows} == {ids.moment(first)}


def test_the_text_of_an_id_leads_back_to_it() -> None:
    found = ids.new_id()

    assert ids.id_bytes(ids.id_text(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "7",
        "' OR 1=1 --",
        "00000000-0000-4000-8000-000000000000",
        "{019a2291-d9f7-7001-82e8-b987b6d8c000}",
        "019A2291-D9F7-7001-82E8-B987B6D8C000",
        "019a2291d9f7700182e8b987b6d8c000",
        "019a2291-d9f7-7001-82e8-b987b6d8c00\u0660",
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"UUID"):
        ids.id_bytes(text)


@given(BYTES, BYTES)
def test_first_and_last_id_embrace_a_moment(id: bytes, other: bytes) -> None:
    milliseconds = ids.milliseconds(id)
    assert ids.first_id(milliseconds) <= id <= ids.last_id(milliseconds)

    if ids.milliseconds(other) > milliseconds:
        assert ids.last_id(milliseconds) < ids.first_id(ids.milliseconds(other)) <= other


def test_a_moment_is_rounded_down_to_milliseconds() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 999, tzinfo=UTC)

    assert ids.since_1970(at) == ids.since_1970(at.replace(microsecond=0))
    assert ids.moment(ids.first_id(ids.since_1970(at))) == at.replace(microsecond=0)
