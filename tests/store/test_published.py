"""Published figures: each has its source, blanks stay blank, and what is broken is refused."""

import csv
from dataclasses import asdict
from pathlib import Path

import pytest

from store.errors import ArtifactError
from store.published import read_published


@pytest.fixture
def folder(root: Path) -> Path:
    return root / "data" / "published"


def lines(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def changed(folder: Path, tmp_path: Path, name: str, **cells: str) -> Path:
    """A copy whose file ``name`` has other cells in its first row."""
    for file in folder.glob("*.csv"):
        rows = lines(file)
        if file.name == name:
            rows[0] |= cells
        with (tmp_path / file.name).open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    return tmp_path


def test_every_published_time_has_its_source_address_and_date(folder):
    timings = read_published(folder).timings

    assert len(timings) == 201
    for timing in timings:
        assert timing.source_title
        assert timing.source_url.startswith("https://")
        assert timing.source_date >= "2017"


def test_what_a_source_does_not_say_stays_blank(folder):
    read = read_published(folder).timings

    for timing, row in zip(read, lines(folder / "timings.csv"), strict=True):
        said = asdict(timing)
        assert {name for name, text in row.items() if text == ""} == {
            name for name, value in said.items() if value is None
        }


def test_every_number_is_the_one_in_the_file(folder):
    read = read_published(folder)

    for timing, row in zip(read.timings, lines(folder / "timings.csv"), strict=True):
        for name in ("rows", "cols", "cpu_seconds", "gpu_seconds"):
            assert getattr(timing, name) == (float(row[name]) if row[name] else None)
    for price, row in zip(read.prices, lines(folder / "prices.csv"), strict=True):
        assert price.usd_per_hour == float(row["usd_per_hour"])


def test_a_printed_speed_up_is_the_ratio_of_the_printed_times(folder):
    timings = read_published(folder).timings

    exact = [t for t in timings if t.ratio and t.speedup and t.publisher == "NVIDIA cuML"]

    assert len(exact) == 87
    assert all(t.ratio == pytest.approx(float(t.speedup or 0), rel=0.06) for t in exact)


def test_a_price_without_a_date_is_told_from_those_that_have_one(folder):
    published = read_published(folder)

    undated = [price for price in published.prices if price.as_of is None]

    assert len(published.prices) == 16
    assert len(undated) == 6
    assert set(undated).isdisjoint(published.dated_prices)
    assert all(price.source_url.startswith("https://") for price in published.prices)


@pytest.mark.parametrize(
    ("name", "cells", "said"),
    [
        ("timings.csv", {"source_url": ""}, "timings.csv, row 2: source_url"),
        ("timings.csv", {"source_date": ""}, "timings.csv, row 2: source_date"),
        ("timings.csv", {"source_date": "2025-07-33"}, "timings.csv, row 2: source_date"),
        ("timings.csv", {"source_title": ""}, "timings.csv, row 2: source_title"),
        ("timings.csv", {"cpu_seconds": "fast"}, "timings.csv, row 2: cpu_seconds"),
        ("timings.csv", {"gpu_seconds": "-1"}, "timings.csv, row 2: gpu_seconds"),
        ("timings.csv", {"gpu_seconds": "nan"}, "timings.csv, row 2: gpu_seconds"),
        ("prices.csv", {"source_url": "javascript:alert(1)"}, "prices.csv, row 2: source_url"),
        ("prices.csv", {"usd_per_hour": "0"}, "prices.csv, row 2: usd_per_hour"),
    ],
)
def test_a_row_that_breaks_its_word_is_refused_and_named(folder, tmp_path, name, cells, said):
    with pytest.raises(ArtifactError, match=said):
        read_published(changed(folder, tmp_path, name, **cells))
