"""Counts, bytes and seconds as people read them."""

import pytest

from store.quantities import counted, duration, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_000, "1 kB"),
        (63_531_588, "63.5 MB"),
        (999_600, "1 MB"),
        (5e9, "5 GB"),
        (2.5e13, "25 TB"),
        (4e15, "4,000 TB"),
    ],
)
def test_bytes_have_three_digits(count: float, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0002, "1 ms"),
        (0.0421, "42 ms"),
        (0.9996, "1.0 s"),
        (15.351, "15.4 s"),
        (59.96, "1 min"),
        (75, "1 min 15 s"),
        (3_599.6, "1 h"),
        (7_325, "2 h 2 min"),
    ],
)
def test_seconds_have_the_two_units_that_matter(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 jobs"), (1, "1 job"), (1_200, "1,200 jobs")])
def test_one_is_not_many(count: int, text: str) -> None:
    assert counted(count, "job") == text
