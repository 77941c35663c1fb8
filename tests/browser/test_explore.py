"""Explore: pickers change charts and tables, and a CSV loses no digit of the profile."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_page

DISTRIBUTION = "#explore-distribution"
LEGEND = """entries => Object.fromEntries(entries.map(entry => [
  entry.querySelector(".legendtext").textContent,
  getComputedStyle(entry.querySelector(".legendlines path")).stroke,
]))"""
QUANTILES = {"5 %": "0.05", "25 %": "0.25", "Median": "0.5", "75 %": "0.75", "95 %": "0.95"}


@pytest.fixture(scope="module")
def profile(root: Path) -> dict[str, Any]:
    """The committed profile of the wine table."""
    [file] = (root / "data" / "artifacts" / "profiles" / "wine").glob("*/profile.json")
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def legend(page: Page) -> dict[str, str]:
    """The colour of each group's line in the legend of the distribution."""
    found: dict[str, str] = page.locator(f"{DISTRIBUTION} .legend .traces").evaluate_all(LEGEND)
    return found


def saved_rows(page: Page, card: str, folder: Path) -> list[dict[str, str]]:
    """The rows of the CSV that a card saves."""
    section = page.locator("section.card-box", has=page.get_by_role("heading", name=card))
    with page.expect_download() as download:
        section.get_by_role("button", name="Download CSV").click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def exact(column: dict[str, Any]) -> dict[str, float]:
    """The statistics of a column of the profile under the names of the table."""
    return {
        "Rows with a value": column["count"],
        "Missing": column["missing"],
        "Mean": column["mean"],
        "Standard deviation": column["sd"],
        "Minimum": column["minimum"],
        "Maximum": column["maximum"],
    } | {name: column["quantiles"][q] for name, q in QUANTILES.items()}


def test_another_column_changes_the_chart_and_its_table(page: Page) -> None:
    open_page(page, "/explore")
    expect(page.locator(f"{DISTRIBUTION} .xtitle")).to_have_text("Alcohol (% vol)")
    table = page.locator("#explore-distribution-table")
    page.locator("summary").first.click()
    before = table.inner_text()

    page.get_by_label("Column", exact=True).select_option("proline")

    expect(page.locator(f"{DISTRIBUTION} .xtitle")).to_have_text("Proline (mg/L)")
    expect(table.locator("caption")).to_have_text("Proline (mg/L) by group")
    expect(table).not_to_have_text(before)


def test_a_group_keeps_its_colour_when_another_is_left_out(page: Page) -> None:
    open_page(page, "/explore")
    before = legend(page)
    assert set(before) == {"Barolo", "Grignolino", "Barbera"}

    page.get_by_role("checkbox", name="Barolo").uncheck()

    expect(page.locator(f"{DISTRIBUTION} .legendtext")).to_have_text(["Grignolino", "Barbera"])
    expect(page.locator("#explore-means .legendtext")).to_have_text(["Grignolino", "Barbera"])
    assert legend(page) == {name: before[name] for name in ("Grignolino", "Barbera")}
    expect(page.locator("#explore-distribution-table tbody tr")).to_have_count(2)


def test_without_any_group_the_charts_say_so(page: Page) -> None:
    open_page(page, "/explore")

    for name in ("Barolo", "Grignolino", "Barbera"):
        page.get_by_role("checkbox", name=name).uncheck()

    expect(page.locator(DISTRIBUTION)).to_contain_text("No values in this selection")
    expect(page.locator("#explore-means")).to_contain_text("No values in this selection")


def test_the_rows_picker_changes_the_statistics(page: Page, profile: dict[str, Any]) -> None:
    open_page(page, "/explore")
    [barbera] = [group for group in profile["groups"] if group["label"] == "Barbera"]

    page.get_by_label("Rows for the correlations and statistics").select_option("Barbera")

    rows = page.locator("#explore-statistics tbody tr")
    expect(rows).to_have_count(13)
    expect(rows.first.locator("td").first).to_have_text(str(barbera["rows"]))
    expect(page.locator("#explore-correlation-table caption")).to_have_text("Correlation, Barbera")


def test_the_saved_statistics_are_those_of_the_profile(
    page: Page, profile: dict[str, Any], tmp_path: Path
) -> None:
    open_page(page, "/explore")
    columns = profile["overall"]["columns"]

    saved = saved_rows(page, "Statistics", tmp_path)

    assert len(saved) == len(columns) == 13
    for row, column in zip(saved, columns, strict=True):
        row.pop("Column")
        assert {name: float(text) for name, text in row.items()} == exact(column)


def test_the_saved_distribution_is_that_of_the_profile(
    page: Page, profile: dict[str, Any], tmp_path: Path
) -> None:
    open_page(page, "/explore")
    page.locator("summary").first.click()

    saved = saved_rows(page, "Distribution", tmp_path)

    groups = profile["groups"]
    assert [row.pop("Cultivar") for row in saved] == [group["label"] for group in groups]
    for row, group in zip(saved, groups, strict=True):
        [alcohol] = [column for column in group["columns"] if column["name"] == "alcohol"]
        assert {name: float(text) for name, text in row.items()} == exact(alcohol)


def test_a_view_is_in_its_address_and_back_goes_to_the_one_before(page: Page) -> None:
    open_page(page, "/explore")
    title = page.locator(f"{DISTRIBUTION} .xtitle")

    page.get_by_label("Column", exact=True).select_option("proline")
    expect(page).to_have_url(re.compile("column=proline"))
    page.get_by_label("Column", exact=True).select_option("hue")
    expect(title).to_have_text("Hue (ratio)")
    page.go_back()
    expect(title).to_have_text("Proline (mg/L)")
    page.go_back()
    expect(title).to_have_text("Alcohol (% vol)")
    page.go_forward()

    expect(title).to_have_text("Proline (mg/L)")
    expect(page).to_have_url(re.compile("column=proline"))


def test_a_shared_view_opens_as_it_was(page: Page) -> None:
    open_page(page, "/explore?profile=wine&by=nothing&column=hue&compare=nothing")

    expect(page.locator(f"{DISTRIBUTION} .xtitle")).to_have_text("Hue (ratio)")


def test_a_bar_has_its_evidence_and_the_rows_agree(page: Page) -> None:
    open_page(page, "/explore")
    box = page.locator(f"{DISTRIBUTION} .nsewdrag").bounding_box()
    assert box

    page.mouse.click(box["x"] + box["width"] * 0.7, box["y"] + box["height"] * 0.8)

    panel = page.get_by_role("region", name="Evidence")
    expect(panel).to_contain_text(
        "58771d2e6b9a052a0d5106778fca5366b3f16c80b7d593ef351ee3b88d4385ea"
    )
    expect(panel).to_contain_text(re.compile("[0-9]+ of 59 values of Alcohol"))
    panel.get_by_role("button", name="Recompute from the input").click()
    expect(panel).to_contain_text("All 15 figures agree,")
    expect(panel.locator("tbody tr")).to_have_count(15)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)


def test_the_evidence_is_reached_by_keyboard_and_is_accessible(
    page: Page, axe_violations: Callable[[Page], list[str]]
) -> None:
    open_page(page, "/explore")
    page.get_by_label("A bar's evidence").select_option("Barbera")

    page.get_by_role("button", name="Show the evidence").press("Enter")

    panel = page.get_by_role("region", name="Evidence")
    expect(panel.get_by_role("heading", name="Evidence: Alcohol, Barbera")).to_be_visible()
    panel.get_by_role("button", name="Recompute from the input").press("Enter")
    expect(panel).to_contain_text("All 15 figures agree,")
    assert axe_violations(page) == []
