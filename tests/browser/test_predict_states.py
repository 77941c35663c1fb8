"""Presets, and what the Predict page says when it cannot answer or should be doubted."""

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.pages import open_page
from tests.browser.sliders import (
    PREDICT,
    expect_the_api_answer,
    number,
    open_predict,
    probabilities,
    slider,
    values,
    verified,
)

# What Chromium notes in the console by itself.
LOST = "ERR_INTERNET_DISCONNECTED"
FAILED = "status of 503"


def press_preset(page: Page, label: str) -> dict[str, float]:
    """Press it and wait for its answer; gives the numbers that the fields then show."""
    number(page, "Magnesium").fill("99.875")  # no preset and no wine has it
    page.get_by_role("button", name=label).click()
    expect(number(page, "Magnesium")).not_to_have_value("99.875")
    expect_the_api_answer(page)
    return values(page)


@pytest.mark.parametrize("cultivar", ["Barolo", "Grignolino", "Barbera"])
def test_a_typical_wine_is_predicted_as_what_it_is(page: Page, cultivar: str) -> None:
    open_predict(page)

    press_preset(page, f"Typical {cultivar}")

    expect(page.locator("#predict-result .answer-name")).to_have_text(cultivar)


def test_a_random_real_wine_is_a_row_of_the_table(page: Page, root: Path) -> None:
    with (root / "data" / "wine.csv").open(encoding="utf-8", newline="") as file:
        rows = [{name: float(text) for name, text in row.items()} for row in csv.DictReader(file)]
    for row in rows:
        del row["cultivar"]
    open_predict(page)

    shown = press_preset(page, "Random real wine")

    assert shown in rows


def test_the_borderline_case_is_called_one(page: Page) -> None:
    open_predict(page)

    press_preset(page, "Borderline case")

    expect(page.locator("#predict-result .chip")).to_have_text("Borderline")
    assert max(probabilities(page).values()) < 0.6


def test_reset_goes_to_the_medians_of_the_training_data(page: Page, root: Path) -> None:
    [file] = (root / "data" / "artifacts" / "models" / "wine").glob("*/card.json")
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    open_predict(page)

    shown = press_preset(page, "Reset to median")

    assert shown == pytest.approx({f["name"]: f["median"] for f in features}, abs=1e-6)


def test_an_emptied_number_is_asked_for(page: Page) -> None:
    open_predict(page)

    number(page, "Hue").fill("")

    result = page.locator("#predict-result")
    expect(result).to_contain_text("A value is missing")
    expect(result.locator(".notice")).to_contain_text("Hue")
    expect(result.locator("[data-probability]").first).to_be_hidden()
    expect(page.locator(".feature", has_text="Hue")).to_contain_text("a number, please")

    number(page, "Hue").fill("1.0")

    expect_the_api_answer(page)


@pytest.mark.parametrize(
    ("typed", "warning", "end"),
    [("20", "above training maximum", "max"), ("2", "below training minimum", "min")],
)
def test_a_value_that_no_training_row_had_is_named(
    page: Page, typed: str, warning: str, end: str
) -> None:
    open_predict(page)
    track = slider(page, "Alcohol")

    number(page, "Alcohol").fill(typed)

    expect_the_api_answer(page)
    expect(page.locator("[data-feature=alcohol] .feature-warning")).to_have_text(warning)
    notice = page.locator("#predict-result .notice")
    expect(notice).to_have_text(re.compile(r"Outside the training range: Alcohol\."))
    expect(track).to_have_value(track.get_attribute(end) or "")


def test_with_the_network_cut_the_page_still_answers_and_says_so(
    visit: Callable[..., Page],
) -> None:
    page = visit(expected=LOST)
    open_predict(page)
    expect(verified(page)).to_have_text("Verified by the server")
    before = probabilities(page)

    page.context.set_offline(True)
    slider(page, "Proline").fill("400")

    expect(verified(page)).to_contain_text("Not verified: offline")
    alone = probabilities(page)
    assert alone != before

    page.context.set_offline(False)  # the page hears of it and asks again

    expect(verified(page)).to_have_text("Verified by the server")
    expect_the_api_answer(page)
    assert probabilities(page) == alone


def test_a_failing_server_is_said_and_taken_back(visit: Callable[..., Page]) -> None:
    page = visit(expected=FAILED)
    open_predict(page)

    def fail(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.route(PREDICT, fail)
    slider(page, "Proline").fill("400")

    expect(verified(page)).to_contain_text("the server has a problem")

    page.unroute(PREDICT, fail)
    slider(page, "Proline").fill("450")

    expect(verified(page)).to_have_text("Verified by the server")
    expect_the_api_answer(page)


def test_a_server_that_answers_otherwise_is_named(page: Page) -> None:
    open_predict(page)

    def off_by_one_bit(route: Route) -> None:
        answer = route.fetch().json()
        label = answer["label"]
        nearby = math.nextafter(answer["probabilities"][label], 2.0)
        answer["probabilities"][label] = nearby
        route.fulfill(json=answer)

    page.route(PREDICT, off_by_one_bit)
    slider(page, "Proline").fill("400")

    expect(verified(page)).to_contain_text("The server answers otherwise")


def test_a_newer_version_is_named_and_the_page_answers_on(page: Page) -> None:
    open_predict(page)

    def newer(route: Route) -> None:
        answer = route.fetch().json()
        answer["model"] |= {"version": "20270101T000000Z-abcdef", "hash": "abcdef012345"}
        route.fulfill(json=answer)

    page.route(PREDICT, newer)
    slider(page, "Proline").fill("400")

    expect(verified(page)).to_contain_text("version 20270101T000000Z-abcdef is live now")
    expect_the_api_answer(page)

    page.unroute(PREDICT, newer)
    verified(page).get_by_role("link", name="Load it").click()

    expect(verified(page)).to_have_text("Verified by the server")
    expect(number(page, "Proline")).to_have_value("400")


@pytest.mark.parametrize("what", ["script", "document"])
def test_what_cannot_be_loaded_is_said_and_can_be_tried_again(
    visit: Callable[..., Page], what: str
) -> None:
    page = visit(expected="ERR_FAILED")
    address = {"script": "**/assets/what-if/*.js", "document": "**/assets/what-if/*/*"}[what]

    def lose(route: Route) -> None:
        route.abort()

    page.route(address, lose)
    page.goto("/predict")
    said = page.locator("main .what-if-failed")
    expect(said).to_contain_text("could not be loaded")

    page.unroute(address, lose)
    said.get_by_role("button", name="Try again").click()

    expect_the_api_answer(page)


def test_a_document_that_is_gone_asks_to_load_the_page_again(visit: Callable[..., Page]) -> None:
    page = visit(expected="status of 404")

    def gone(route: Route) -> None:
        route.fulfill(status=404, body="")

    page.route("**/assets/what-if/*/*", gone)
    page.goto("/predict")
    said = page.locator("main .what-if-failed")
    expect(said).to_contain_text("A newer model is live")

    page.unroute("**/assets/what-if/*/*", gone)
    said.get_by_role("button", name="Load the page again").click()

    expect_the_api_answer(page)


def test_without_a_model_the_page_says_what_to_do(
    visit: Callable[..., Page], empty_url: str
) -> None:
    page = visit(base_url=empty_url)

    open_page(page, "/predict")

    expect(page.locator("main")).to_contain_text("There is no model to ask.")
    expect(page.locator("main pre")).to_have_text("python -m pipeline run")
