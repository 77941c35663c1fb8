"""A model that cannot run in the browser: the page asks the server as one drags, and says so."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import change_document
from tests.browser.sliders import (
    PREDICT,
    expect_the_api_answer,
    number,
    open_predict,
    slider,
    verified,
)

DRAG = """async slider => {
  const begin = performance.now();
  for (let i = 0; i <= 60; i++) {
    slider.value = i < 60 ? 900 + 10 * i : 400;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - begin;
}"""
UNKNOWN: dict[str, Any] = {"flat": None, "background": None}  # to all but scikit-learn
SAID = "Answers come from the server: this kind of model cannot run in the browser."


@pytest.fixture
def remote(page: Page) -> Page:
    """A visitor of such a model's page."""
    change_document(page, **UNKNOWN)
    open_predict(page)
    return page


def test_the_server_answers_and_the_page_says_so(remote: Page) -> None:
    slider(remote, "Proline").fill("400")

    expect_the_api_answer(remote)
    expect(verified(remote)).to_have_text(SAID)
    expect(remote.get_by_role("link", name="Save this page as one file")).to_have_count(0)


def test_one_question_at_a_time_and_the_last_value_wins(remote: Page) -> None:
    expect_the_api_answer(remote)
    running, most, asked = 0, 0, 0

    def begun(request: Any) -> None:
        nonlocal running, most, asked
        if PREDICT.search(request.url):
            running, asked = running + 1, asked + 1
            most = max(most, running)

    def over(request: Any) -> None:
        nonlocal running
        if PREDICT.search(request.url):
            running -= 1

    remote.on("request", begun)
    remote.on("requestfinished", over)
    milliseconds = slider(remote, "Proline").evaluate(DRAG)

    expect(number(remote, "Proline")).to_have_value("400")
    expect_the_api_answer(remote)
    assert most == 1
    assert 1 < asked <= milliseconds / 100 + 3


def test_a_value_that_was_set_without_a_connection_is_answered_when_there_is_one(
    visit: Callable[..., Page],
) -> None:
    page = visit(expected="ERR_INTERNET_DISCONNECTED")
    change_document(page, **UNKNOWN)
    open_predict(page)
    expect_the_api_answer(page)

    page.context.set_offline(True)
    slider(page, "Proline").fill("400")
    expect(verified(page)).to_contain_text("this is the last answer")
    expect(number(page, "Proline")).to_have_value("400")
    page.context.set_offline(False)

    expect_the_api_answer(page)
    expect(verified(page)).to_have_text(SAID)
