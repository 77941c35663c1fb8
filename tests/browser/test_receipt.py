"""The page of a receipt, as a visitor comes to it and as a scanned code opens it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import DEVICES, PHONE, SMALL_PHONE, open_page
from tests.browser.sliders import open_predict
from tests.browser.test_accessibility import found_in_both_modes
from tests.browser.test_feedback import question


@pytest.fixture
def address(page: Page) -> str:
    """Of a receipt of the first answer."""
    open_predict(page)
    link = question(page).get_by_role("link", name="Receipt")
    expect(link).to_be_visible()
    return link.get_attribute("href") or ""


def test_the_link_below_an_answer_leads_to_its_receipt(page: Page, address: str) -> None:
    shown = page.locator("#predict-result .answer-name").inner_text()

    question(page).get_by_role("link", name="Receipt").click()

    expect(page.locator("h1")).to_have_text("Receipt")
    expect(page.locator(".receipt .answer-name")).to_have_text(shown)
    expect(page).to_have_url(re.compile(f"{address}$"))


def test_a_click_replays_the_answer(page: Page, address: str) -> None:
    open_page(page, address)

    page.get_by_role("button", name="Replay now").click()

    expect(page.locator(".receipt-result")).to_contain_text("equal to the last bit")


def test_the_json_comes_as_a_file_that_verifies(page: Page, address: str) -> None:
    open_page(page, address)

    with page.expect_download() as saved:
        page.get_by_role("link", name="Download JSON").click()

    receipt = saved.value.path().read_bytes()
    headers = {"Content-Type": "application/json"}
    answer = page.request.post("/verify", data=receipt, headers=headers)
    assert answer.json()["verified"]
    assert saved.value.suggested_filename.startswith("receipt-")


@pytest.mark.parametrize("device", DEVICES)
def test_it_is_accessible(
    visit: Callable[..., Page],
    axe_violations: Callable[[Page], list[str]],
    address: str,
    device: str,
) -> None:
    page = visit(**DEVICES[device])
    open_page(page, address)
    page.get_by_role("button", name="Replay now").click()
    expect(page.locator(".receipt-result")).to_contain_text("Verified")

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


@pytest.mark.parametrize("device", [PHONE, SMALL_PHONE], ids=["390", "360"])
def test_nothing_scrolls_sideways_on_a_phone(
    visit: Callable[..., Page], address: str, device: dict
) -> None:
    page = visit(**device)
    open_page(page, address)

    width = page.evaluate("document.documentElement.scrollWidth")

    assert width == device["viewport"]["width"]


def test_on_paper_there_is_the_receipt_alone(page: Page, address: str) -> None:
    open_page(page, address)

    page.emulate_media(media="print", color_scheme="dark")

    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_role("button", name="Replay now")).to_be_hidden()
    expect(page.locator(".receipt-qr img")).to_be_visible()
    assert page.locator("body").evaluate("body => getComputedStyle(body).color") == "rgb(0, 0, 0)"


def test_a_receipt_of_nobody_is_said_calmly(page: Page) -> None:
    open_page(page, "/receipt/01a22924-ac69-7728-8dea-14b334288000")

    expect(page.locator("main")).to_contain_text("There is no such receipt")
