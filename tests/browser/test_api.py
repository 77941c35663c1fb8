"""API: a visitor brings the sliders' values, chooses a language, copies, and sends."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_page
from tests.browser.sliders import number

LISTING = ".api-request .listing-box:visible code"
ANSWER = ".api-answer .listing-box:visible code"


def choose(page: Page, *names: str) -> None:
    """Press these buttons of the request."""
    for name in names:
        page.locator(".api-request").get_by_role("button", name=name, exact=True).click()


def test_the_values_of_the_sliders_come_along_from_predict(page: Page) -> None:
    open_page(page, "/predict")
    number(page, "Alcohol").fill("14.25")
    page.get_by_role("link", name="Ask this from a program").click()
    expect(page.locator(LISTING)).to_contain_text('"alcohol": 14.25')


def test_what_is_chosen_is_what_is_shown(page: Page) -> None:
    open_page(page, "/api?alcohol=14.25")
    expect(page.locator(LISTING)).to_contain_text("curl http://")
    expect(page.locator(LISTING)).to_contain_text('"alcohol": 14.25')

    choose(page, "A table as CSV", "Python")

    expect(page.locator(LISTING)).to_have_count(1)
    expect(page.locator(LISTING)).to_contain_text("urlopen")
    expect(page.locator(ANSWER)).to_contain_text("prediction,label,probability_Barolo")


@pytest.mark.parametrize("kind", ["One row", "With contributions", "A table", "A table as CSV"])
def test_trying_it_shows_what_the_server_answers_and_in_which_time(page: Page, kind: str) -> None:
    open_page(page, "/api")
    choose(page, kind)
    before = page.locator(ANSWER).inner_text()

    page.get_by_role("button", name="Try it").click()

    expect(page.locator("#api-status")).to_contain_text("200 OK")
    expect(page.locator("#api-status")).to_contain_text("ms there and back")
    after = page.locator(ANSWER).inner_text()
    assert after.split() == before.split()


@pytest.mark.parametrize("kind", ["One row", "With contributions", "A table", "A table as CSV"])
def test_the_javascript_listing_runs(page: Page, kind: str) -> None:
    open_page(page, "/api")
    choose(page, kind, "JavaScript")
    listing = page.locator(LISTING).text_content()

    said = page.evaluate(
        f"(async () => {{ const said = []; const console = {{ log: (...all) => said.push(all) }};"
        f"{listing}; return said; }})()"
    )

    assert "Barolo" in json.dumps(said)


def test_a_copy_is_the_whole_listing(visit: Callable[..., Page]) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    open_page(page, "/api")

    page.locator(".api-request .listing-box:visible [data-copy]").click()

    expect(page.locator(".api-request .listing-box:visible [data-copy]")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator(LISTING).text_content()


def test_without_a_connection_the_last_answer_stays(visit: Callable[..., Page]) -> None:
    page = visit(expected="ERR_INTERNET_DISCONNECTED")
    open_page(page, "/api")
    before = page.locator(ANSWER).inner_text()

    page.context.set_offline(True)
    page.get_by_role("button", name="Try it").click()

    expect(page.locator("#api-status")).to_contain_text("No connection")
    assert page.locator(ANSWER).inner_text() == before
