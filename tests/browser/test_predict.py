"""Sliders, number fields and the answer always agree, to the last bit."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, Request, Route, expect

from tests.browser.pages import PHONE, open_page
from tests.browser.sliders import (
    PREDICT,
    drag,
    expect_the_api_answer,
    number,
    open_predict,
    probabilities,
    slider,
    values,
    verified,
)

ICON = "/assets/icons/mark.svg"
# Ten moves a frame; the last one is far from those that were told before it.
FAST_DRAG = """async (slider, count) => {
  const begin = performance.now();
  for (let i = 0; i <= count; i++) {
    slider.value = i < count ? 900 + 700 * i / count : 400;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    if (i % 10 === 5) await new Promise(requestAnimationFrame);
  }
  return performance.now() - begin;
}"""


LISTEN_TO_DASH = """() => {
  const { set_props } = window.dash_clientside;
  window.told = [];
  window.dash_clientside.set_props = (...props) => {
    window.told.push(props);
    set_props(...props);
  };
}"""


def test_the_first_answer_is_that_of_the_api(page: Page) -> None:
    open_predict(page)

    expect_the_api_answer(page)


def test_arrow_keys_move_a_slider_and_the_answer_follows(page: Page) -> None:
    open_predict(page)
    before, at_first = probabilities(page), values(page)

    slider(page, "Proline").focus()
    for _ in range(40):
        page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")

    expect_the_api_answer(page)
    assert values(page)["proline"] < at_first["proline"]
    assert probabilities(page) != before


def test_dragging_a_slider_changes_the_answer(page: Page) -> None:
    open_predict(page)
    before, at_first = probabilities(page), values(page)

    drag(page, "Flavanoids", to=0.1)

    expect_the_api_answer(page)
    moved = values(page)
    assert moved["flavanoids"] < at_first["flavanoids"]
    assert moved | {"flavanoids": 0} == at_first | {"flavanoids": 0}
    assert probabilities(page) != before


def test_a_finger_drags_a_slider_on_a_phone(visit: Callable[..., Page]) -> None:
    page = visit(**PHONE)
    open_predict(page)
    track = slider(page, "Alcohol")
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    before = values(page)

    page.touchscreen.tap(box["x"] + 0.3 * box["width"], box["y"] + box["height"] / 2)

    expect_the_api_answer(page)
    assert values(page)["alcohol"] < before["alcohol"]
    bar = page.locator(".answer-bar .answer-name")
    expect(bar).to_have_text(page.locator("#predict-result .answer-name").inner_text())


def test_typing_a_number_moves_its_slider(page: Page) -> None:
    open_predict(page)

    number(page, "Alcohol").fill("12.5")

    expect(slider(page, "Alcohol")).to_have_value("12.5")
    expect_the_api_answer(page)


def test_moving_a_slider_writes_its_number(page: Page) -> None:
    open_predict(page)

    slider(page, "Alcohol").fill("12.2")

    expect(number(page, "Alcohol")).to_have_value("12.2")
    expect_the_api_answer(page)


def test_a_slider_moved_while_the_page_is_still_loading_counts(page: Page) -> None:
    page.goto("/predict", wait_until="commit")

    slider(page, "Proline").fill("400")

    expect_the_api_answer(page)
    expect(number(page, "Proline")).to_have_value("400")


def test_a_slider_answers_before_dash_is_there(page: Page) -> None:
    held = Held(page, "**/_dash-component-suites/**")
    page.goto("/predict", wait_until="commit")

    slider(page, "Proline").fill("400")

    expect_the_api_answer(page)
    assert held.routes
    expect(page.locator("main")).to_have_count(0)


def test_what_is_being_typed_goes_on_when_dash_takes_the_page_over(page: Page) -> None:
    held = Held(page, "**/_dash-component-suites/**")
    page.goto("/predict", wait_until="commit")
    field = number(page, "Proline")
    field.fill("40")

    held.let_go()
    expect(page.locator("main #what-if .feature").first).to_be_visible()
    page.keyboard.press("End")
    page.keyboard.type("1")

    expect(field).to_be_focused()
    expect(field).to_have_value("401")
    expect_the_api_answer(page)


def test_the_last_value_of_a_fast_drag_wins_and_the_server_is_asked_at_rest(page: Page) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if not request.url.endswith(ICON):  # Chromium itself asks for it, whenever it likes
            asked.append(request.url)

    open_predict(page)
    expect(verified(page)).to_have_text("Verified by the server")
    page.wait_for_load_state("networkidle")  # the scripts that wait for the first paint
    page.on("request", note)

    slider(page, "Proline").evaluate(FAST_DRAG, 400)

    expect(number(page, "Proline")).to_have_value("400")
    expect_the_api_answer(page)
    expect(verified(page)).to_have_text("Verified by the server")
    assert [url for url in asked if not PREDICT.search(url)] == []
    assert 1 <= len(asked) <= 3


def test_a_late_verdict_does_not_replace_a_newer_one(page: Page) -> None:
    open_predict(page)
    expect(verified(page)).to_have_text("Verified by the server")
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(PREDICT, hold_the_first)
    with page.expect_request(PREDICT):
        slider(page, "Proline").fill("400")
    slider(page, "Proline").fill("1500")
    expect(verified(page)).to_have_text("Verified by the server")
    held[0].fulfill(json={"probabilities": {}, "model": {"hash": "other", "version": "other"}})
    page.wait_for_load_state("networkidle")

    expect(verified(page)).to_have_text("Verified by the server")
    expect_the_api_answer(page)


def test_dash_follows_ten_times_a_second_and_to_the_last_value(page: Page) -> None:
    open_predict(page)
    expect(page.locator("main #what-if .feature").first).to_be_visible()
    page.evaluate(LISTEN_TO_DASH)

    milliseconds = slider(page, "Proline").evaluate(FAST_DRAG, 400)

    page.wait_for_function("() => told.length && told.at(-1)[1].data.proline === 400")
    told = page.evaluate("told")
    assert {name for name, _ in told} == {"predict-values"}
    assert len(told) <= milliseconds / 100 + 2


def test_two_visitors_do_not_see_each_others_sliders(visit: Callable[..., Page]) -> None:
    one, other = visit(), visit()
    for page in (one, other):
        open_predict(page)
    untouched = values(other), probabilities(other)

    slider(one, "Proline").fill("400")
    expect_the_api_answer(one)
    other.get_by_role("button", name="Typical Barbera").click()
    expect(other.locator("#predict-result .answer-name")).to_have_text("Barbera")
    expect_the_api_answer(other)

    expect(number(one, "Proline")).to_have_value("400")
    expect_the_api_answer(one)
    open_predict(other)
    assert (values(other), probabilities(other)) == untouched


def test_a_visitor_who_comes_back_finds_what_they_left(page: Page) -> None:
    open_predict(page)
    expect(page.locator("main #what-if .feature").first).to_be_visible()
    slider(page, "Proline").fill("400")
    navigation = page.locator("nav[aria-label=Pages]")

    navigation.get_by_role("link", name="Model", exact=True).click()
    expect(page.locator("main.page-model h1")).to_be_visible()
    navigation.get_by_role("link", name="Predict", exact=True).click()

    expect(number(page, "Proline")).to_have_value("400")
    expect_the_api_answer(page)
    expect(page).to_have_url(re.compile("proline=400"))


def test_coming_from_another_page_draws_the_same_application(page: Page) -> None:
    open_page(page, "/model")

    page.locator("nav[aria-label=Pages]").get_by_role("link", name="Predict", exact=True).click()
    slider(page, "Proline").fill("400")

    expect_the_api_answer(page)


def test_the_resting_answer_is_announced(page: Page) -> None:
    open_predict(page)

    slider(page, "Proline").fill("400")
    expect_the_api_answer(page)

    name = page.locator("#predict-result .answer-name").inner_text()
    expect(page.locator("#predict-announcement")).to_contain_text(name)


class Held:
    """Nothing from an address arrives until it is let go."""

    def __init__(self, page: Page, address: str) -> None:
        self.routes: list[Route] = []
        self._gone = False
        page.route(address, self._keep)

    def _keep(self, route: Route) -> None:
        if self._gone:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        self._gone = True
        for route in self.routes:
            route.continue_()
