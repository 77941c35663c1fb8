"""Was it right? Asked of what the server has verified and keeps, and of nothing else."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.browser.pages import DEVICES, change_document
from tests.browser.sliders import PREDICT, number, open_predict, slider, verified
from tests.browser.test_accessibility import found_in_both_modes

LOST = "ERR_INTERNET_DISCONNECTED"
ID = re.compile("^/receipt/[0-9a-f-]{36}$")


def question(page: Page) -> Locator:
    """The line below the answer."""
    return page.locator("#predict-result .feedback")


def choice(page: Page, label: str) -> Locator:
    """One of its buttons."""
    return question(page).get_by_role("button", name=label, exact=True)


def open_asked(page: Page) -> None:
    """Open the Predict page and wait for the question."""
    open_predict(page)
    expect(question(page)).to_contain_text("Was it right?")
    expect(question(page)).to_have_attribute("data-state", "there")


def test_the_page_says_that_a_person_asks(page: Page) -> None:
    with page.expect_request(PREDICT) as asked:
        open_asked(page)

    assert asked.value.headers["x-prediction-source"] == "page"


def test_yes_is_kept(page: Page) -> None:
    open_asked(page)

    with page.expect_response("**/feedback") as kept:
        choice(page, "Yes").click()

    assert kept.value.json()["right"] is True
    expect(question(page).get_by_role("status")).to_have_text("Noted: it was right.")


def test_no_asks_what_it_was_and_a_mind_may_change(page: Page) -> None:
    open_asked(page)
    shown = page.locator("#predict-result .answer-name").inner_text()

    choice(page, "No").click()
    expect(question(page)).to_contain_text("What was it?")
    assert choice(page, shown).count() == 0
    with page.expect_response("**/feedback") as first:
        choice(page, "Barbera").click()
    expect(question(page)).to_contain_text("Noted: it was Barbera.")
    choice(page, "Change").click()
    choice(page, "No").click()
    with page.expect_response("**/feedback") as second:
        choice(page, "I do not know").click()

    expect(question(page)).to_contain_text("Noted: it was not right.")
    assert first.value.json() == second.value.json() | {"truth": "2"}
    assert second.value.json()["truth"] is None


def test_it_goes_by_keyboard_alone(page: Page) -> None:
    open_asked(page)

    choice(page, "No").focus()
    page.keyboard.press("Enter")
    expect(question(page).get_by_role("button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(question(page)).to_contain_text("Noted: it was Grignolino.")

    expect(choice(page, "Change")).to_be_focused()


def test_another_answer_is_another_question(page: Page) -> None:
    open_asked(page)
    link = question(page).get_by_role("link", name="Receipt")
    expect(link).to_have_attribute("href", ID)
    first = link.get_attribute("href")
    choice(page, "Yes").click()
    expect(question(page)).to_contain_text("Noted")

    slider(page, "Proline").fill("400")

    expect(verified(page)).to_have_text("Verified by the server")
    expect(question(page)).to_contain_text("Was it right?")
    assert link.get_attribute("href") != first


def test_nothing_is_asked_of_an_answer_that_nobody_verified(visit: Callable[..., Page]) -> None:
    page = visit(expected=LOST)
    open_asked(page)

    page.context.set_offline(True)
    slider(page, "Proline").fill("400")

    expect(verified(page)).to_contain_text("Not verified: offline")
    expect(choice(page, "Yes")).to_be_hidden()


def test_without_a_connection_it_is_said_and_sent_later(visit: Callable[..., Page]) -> None:
    page = visit(expected=LOST)
    open_asked(page)

    page.context.set_offline(True)
    choice(page, "Yes").click()
    expect(question(page)).to_contain_text("Not sent: there is no connection.")
    page.context.set_offline(False)
    choice(page, "Try again").click()

    expect(question(page)).to_contain_text("Noted: it was right.")


def test_an_answer_that_is_kept_no_more_is_said_calmly(visit: Callable[..., Page]) -> None:
    page = visit(expected="status of 404")
    open_asked(page)
    page.route("**/feedback", lambda route: route.fulfill(status=404, json={}))

    choice(page, "Yes").click()

    expect(question(page)).to_contain_text("This answer is not kept any more.")


def test_where_nothing_is_kept_nothing_is_asked(page: Page) -> None:
    def unkept(route: Route) -> None:
        answer = route.fetch()
        headers = {name: v for name, v in answer.headers.items() if name != "x-prediction-id"}
        route.fulfill(response=answer, headers=headers)

    page.route(PREDICT, unkept)
    open_predict(page)
    expect(verified(page)).to_have_text("Verified by the server")

    expect(question(page)).to_be_hidden()


def test_an_answer_that_came_from_the_server_is_asked_about_too(page: Page) -> None:
    change_document(page, flat=None, background=None)
    open_asked(page)

    number(page, "Proline").fill("400")
    with page.expect_response("**/feedback") as kept:
        choice(page, "Yes").click()

    assert kept.value.ok


def test_the_page_as_one_file_asks_nothing(visitor: Callable[..., Page], exported: str) -> None:
    page = visitor()
    asked: list[Request] = []
    page.on("request", lambda one: asked.append(one))

    page.goto(exported)

    expect(verified(page)).to_have_text("Computed in this file")
    expect(question(page)).to_have_count(0)
    assert [one.url for one in asked if one.method != "GET"] == []


@pytest.mark.parametrize("device", DEVICES)
def test_the_question_is_accessible(
    visit: Callable[..., Page], axe_violations: Callable[[Page], list[str]], device: str
) -> None:
    page = visit(**DEVICES[device])
    open_asked(page)
    choice(page, "No").click()

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}
