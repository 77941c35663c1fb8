"""The page of measurements says what was measured."""

from pathlib import Path

from tests.bench import __main__ as bench
from tests.bench import page
from tests.bench.report import Report


def test_the_page_of_measurements_is_what_the_figures_say(root: Path):
    docs = root / "docs"

    written = page.text(Report.read(docs / "performance.json"))

    assert (docs / "performance.md").read_text(encoding="utf-8") == written


def test_every_part_that_can_be_measured_has_its_place_on_the_page():
    assert set(bench.PARTS) == set(page.PARTS)
