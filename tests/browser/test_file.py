"""The page as one file: it predicts, explains and draws from a disk, and asks nobody."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sliders import number, open_predict, probabilities, slider, values


@pytest.fixture
def saved_file(page: Page, tmp_path: Path) -> Path:
    """The file that a visitor saves with one slider moved."""
    open_predict(page)
    expect(page.locator("main #what-if .feature").first).to_be_visible()
    slider(page, "Proline").fill("700")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Save this page as one file").click()
    path = tmp_path / saving.value.suggested_filename
    saving.value.save_as(path)
    return path


def test_the_saved_file_predicts_as_the_server_does(
    page: Page, visitor: Callable[..., Page], saved_file: Path
) -> None:
    file = visitor()
    asked: list[str] = []
    file.on("request", lambda request: asked.append(request.url))
    file.goto(saved_file.as_uri())
    expect(number(file, "Proline")).to_have_value("700")  # the state came with it

    for feature, value in {"Proline": "400", "Flavanoids": "1.25", "Hue": "0.7"}.items():
        slider(file, feature).fill(value)

    answer: dict[str, Any] = page.request.post("/predict", data=values(file)).json()
    assert probabilities(file) == answer["probabilities"]
    assert {url.partition(":")[0] for url in asked} <= {"file", "data"}


def test_the_saved_file_explains_and_draws_its_curves(
    visitor: Callable[..., Page], saved_file: Path
) -> None:
    file = visitor()

    file.goto(saved_file.as_uri())

    main = file.locator("main")
    expect(main).to_contain_text("exact Shapley values")
    expect(main.get_by_role("img", name="probability of").first).to_be_visible()
    expect(main).to_contain_text("On 45 held-out rows")
    expect(file.get_by_role("link", name="Save this page as one file")).to_have_count(0)


def test_the_saved_file_is_small_and_switches_between_light_and_dark(
    visitor: Callable[..., Page], saved_file: Path
) -> None:
    file = visitor(color_scheme="dark")
    file.goto(saved_file.as_uri())
    root = file.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")

    file.get_by_role("button", name="Switch between light and dark").click()

    expect(root).to_have_attribute("data-bs-theme", "light")
    assert saved_file.stat().st_size < 2_000_000


def test_what_is_copied_as_json_is_what_the_api_takes_and_gives(
    visit: Callable[..., Page],
) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    open_predict(page)
    slider(page, "Proline").fill("400")

    page.get_by_role("button", name="Copy as JSON").click()

    expect(page.locator(".share-status")).to_have_text("JSON copied.")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert page.request.post("/predict", data=copied["request"]).json() == copied["answer"]


def test_the_copied_link_opens_the_same_values(visit: Callable[..., Page]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    open_predict(page)
    slider(page, "Proline").fill("400")

    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".share-status")).to_have_text("Link copied.")
    link = page.evaluate("navigator.clipboard.readText()")

    other = visit()
    other.goto(link)
    expect(number(other, "Proline")).to_have_value("400")


def test_the_way_to_the_api_keeps_the_values(page: Page) -> None:
    open_predict(page)
    slider(page, "Proline").fill("400")

    page.get_by_role("link", name="Ask this from a program").click()

    expect(page.locator("main.page-api")).to_contain_text('"proline": 400.0')
