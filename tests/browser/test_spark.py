"""Spark: a visitor brings a log, sees it alone, and reads its table in any order."""

from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, Request, expect

from tests.browser.pages import DEVICES, SMALL_PHONE, open_page, wait_until_drawn
from tests.browser.test_accessibility import found_in_both_modes
from tests.store import event_logs as log


def payload(content: bytes, name: str = "app-1") -> FilePayload:
    return {"name": name, "mimeType": "", "buffer": content}


def bring(page: Page, content: bytes) -> None:
    """Choose a log with the keyboard."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a log").press("Enter")
    chooser.value.set_files([payload(content)])


def skewed() -> bytes:
    """A log with two stages, one of which has a task that keeps all others waiting."""
    events = log.small()
    late = [log.task(0, at=3, until=15), *(log.task(0, at=3, until=3.1) for _ in range(9))]
    return log.log_of(*events[:9], *late, *events[9:-1], log.end(16))


def test_a_log_is_brought_by_keyboard_and_shown_to_its_visitor_alone(
    visit: Callable[..., Page],
) -> None:
    page, other = visit(), visit()
    open_page(page, "/spark")

    bring(page, skewed())

    expect(page.locator("#spark-shown .verdict")).to_contain_text("drinks took 16.0 s on 2 cores")
    expect(page.get_by_role("heading", name="Stage 0 waits for one task")).to_be_visible()
    expect(page.locator("#spark-status")).to_have_text("drinks is shown above.")
    open_page(other, "/spark")
    expect(other.locator("main")).not_to_contain_text("drinks took")


@pytest.mark.parametrize("device", DEVICES)
def test_what_is_shown_of_a_log_is_accessible(
    visit: Callable[..., Page], axe_violations: Callable[[Page], list[str]], device: str
) -> None:
    page = visit(**DEVICES[device])
    open_page(page, "/spark")
    bring(page, skewed())
    expect(page.locator("#spark-shown .verdict")).to_contain_text("drinks took")
    wait_until_drawn(page)

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


def test_nothing_scrolls_sideways_on_a_small_phone(visit: Callable[..., Page]) -> None:
    page = visit(**SMALL_PHONE)
    open_page(page, "/spark")
    bring(page, skewed())
    expect(page.locator("#spark-shown .verdict")).to_contain_text("drinks took")
    wait_until_drawn(page)

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_what_is_no_log_is_explained_and_what_was_shown_stays(page: Page) -> None:
    open_page(page, "/spark")
    bring(page, log.log_of(*log.small()))
    expect(page.locator("#spark-shown .verdict")).to_contain_text("drinks took")

    bring(page, b"sugar,acidity\n1,2\n")

    expect(page.locator("#spark-status")).to_contain_text("not a Spark event log")
    expect(page.locator("#spark-shown .verdict")).to_contain_text("drinks took")


def test_a_log_that_is_too_large_is_refused_before_it_is_sent(page: Page) -> None:
    sent: list[Request] = []
    open_page(page, "/spark")
    page.on("request", lambda request: sent.append(request))

    bring(page, b"\n" * (16 * 2**20 + 1))

    expect(page.locator("#spark-refused")).to_contain_text("larger than 16 MB")
    assert sent == []


def test_a_heading_sorts_its_table_down_then_up(page: Page) -> None:
    open_page(page, "/spark")
    bring(page, skewed())
    expect(page.locator("#spark-shown .verdict")).to_contain_text("drinks took")
    card = page.locator("section.card-box", has=page.get_by_role("heading", name="Stage by stage"))
    heading = card.get_by_role("columnheader", name="Longest task")
    stages = card.locator("tbody th")
    expect(stages).to_have_text(["0", "1"])

    card.get_by_role("button", name="Median task").click()
    expect(stages).to_have_text(["1", "0"])
    heading.get_by_role("button").click()
    expect(stages).to_have_text(["0", "1"])
    heading.get_by_role("button").click()

    expect(stages).to_have_text(["1", "0"])
    expect(heading).to_have_attribute("aria-sort", "ascending")
