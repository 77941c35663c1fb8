"""The frame around the pages: links, titles, keyboard, first paint, and nobody else's servers."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import (
    DEVICES,
    IN_NAVIGATION,
    LAPTOP,
    PAGES,
    PHONE,
    UNKNOWN_PAGE,
    open_page,
    wait_until_drawn,
)

NAVIGATION = "nav[aria-label=Pages]"
# Charts follow the window within moments.
WIDTH = """async wanted => {
  const page = document.documentElement, end = performance.now() + 5000;
  while (page.scrollWidth !== wanted && performance.now() < end) {
    await new Promise(requestAnimationFrame);
  }
  return page.scrollWidth;
}"""


@pytest.mark.parametrize(("device", "narrower"), [(LAPTOP, 768), (PHONE, 360)])
def test_no_page_scrolls_sideways(
    visit: Callable[..., Page], device: dict[str, Any], narrower: int
) -> None:
    """Neither as it is opened, nor when it is made narrower: as a tablet, as a small phone."""
    page = visit(expected=UNKNOWN_PAGE, **device)
    size = device["viewport"]
    wide = {}

    for name, address in PAGES.items():
        page.set_viewport_size(size)
        open_page(page, address)
        for summary in page.locator("summary:visible").all():
            summary.click()
        for width in (size["width"], narrower):
            page.set_viewport_size(size | {"width": width})
            if (found := page.evaluate(WIDTH, width)) != width:
                wide[name, width] = found

    assert wide == {}


def test_on_a_phone_the_navigation_shows_the_page_that_is_open(
    visit: Callable[..., Page],
) -> None:
    page = visit(**DEVICES["phone"])
    within = """() => {
      const link = document.querySelector('.site-nav [aria-current="page"]');
      const own = link.getBoundingClientRect();
      return own.left >= 0 && own.right <= innerWidth;
    }"""

    for name in IN_NAVIGATION:
        open_page(page, PAGES[name.lower()])
        assert page.evaluate(within), name
    page.locator(NAVIGATION).get_by_role("link", name="Home", exact=True).click()
    expect_page(page, "Home")
    assert page.evaluate(within)


def test_no_request_leaves_the_host(visit: Callable[..., Page], live_url: str) -> None:
    page = visit(expected=UNKNOWN_PAGE)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url))

    for address in PAGES.values():
        open_page(page, address)

    remote = {urlsplit(url).netloc for url in asked if url.startswith(("http", "ws"))}
    assert remote == {urlsplit(live_url).netloc}


def test_links_change_the_page_without_loading_it_again(page: Page) -> None:
    open_page(page, "/")
    page.evaluate("window.marker = 'still here'")
    titles = {}

    for name in IN_NAVIGATION:
        page.locator(NAVIGATION).get_by_role("link", name=name, exact=True).click()
        expect_page(page, name)
        titles[name] = page.title()
    for name in reversed(IN_NAVIGATION[:-1]):
        page.go_back()
        expect_page(page, name)
        expect(page).to_have_title(titles[name])
    page.locator("main").get_by_role("link", name="Predict").click()
    expect_page(page, "Predict")
    page.go_forward()
    expect_page(page, "Predict")

    assert page.evaluate("window.marker") == "still here"


def expect_page(page: Page, name: str) -> None:
    """This page is shown: its heading, its title, and one current link in the navigation."""
    main = page.locator(f"main.page-{name.lower()}")
    expect(main.locator("h1")).to_be_visible()
    current = page.locator(f"{NAVIGATION} [aria-current=page]")
    expect(current).to_have_count(1)
    expect(current).to_have_text(name)
    wanted = (
        "Cellar Lab - from a table to a live model" if name == "Home" else f"{name} - Cellar Lab"
    )
    expect(page).to_have_title(wanted)


def test_an_unknown_address_says_so_and_leads_home(visit: Callable[..., Page]) -> None:
    page = visit(expected=UNKNOWN_PAGE)
    open_page(page, "/no-such-page")
    expect(page.locator("h1")).to_have_text("There is no such page")
    expect(page).to_have_title("Not found - Cellar Lab")

    page.get_by_role("link", name="Go home").click()

    expect_page(page, "Home")


def test_the_first_tab_offers_to_skip_to_the_content(page: Page) -> None:
    open_page(page, "/predict")

    page.keyboard.press("Tab")

    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport(ratio=1)

    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.locator("main button:focus")).to_have_text("Typical Barolo")


def test_a_preset_and_a_slider_are_reached_and_used_by_keyboard(page: Page) -> None:
    open_page(page, "/predict")
    preset = page.get_by_role("button", name="Typical Barbera")
    slider = page.get_by_label("Alcohol, slider")

    tab_to(page, "Typical Barbera")
    expect(preset).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#predict-result .answer-name")).to_have_text("Barbera")

    page.get_by_role("spinbutton", name="Alcohol").focus()
    page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    before = float(slider.input_value())
    page.keyboard.press("ArrowRight")
    assert float(slider.input_value()) > before


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the element with this text has the focus, at most 30 times."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == text:
            return
    pytest.fail(f"{text} is not reached with Tab.")


@pytest.mark.parametrize("key", ["Tab", "Shift+Tab"])
@pytest.mark.parametrize("device", DEVICES)
def test_what_has_the_focus_is_not_covered(
    visit: Callable[..., Page], device: str, key: str
) -> None:
    page = visit(**DEVICES[device])
    open_page(page, "/predict")

    found = []
    for _ in range(45):
        page.keyboard.press(key)
        found.append(page.evaluate(COVERED))

    assert [covered for covered in found if covered] == []


# What sticks to the top or the bottom of the window must not lie on what has the focus.
COVERED = """async () => {
  await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
  const focused = document.activeElement;
  const box = focused.getBoundingClientRect();
  const over = [...document.querySelectorAll(".site-header, .answer-bar")].filter(bar => {
    const { top, bottom } = bar.getBoundingClientRect();
    return bottom > top && box.bottom > top + 1 && box.top < bottom - 1 && !bar.contains(focused);
  });
  if (focused.matches("body, .skip-link") || !over.length) return "";
  return (focused.id || focused.textContent) + " under " + over[0].className;
}"""


def test_the_page_has_its_frame_before_javascript(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)

    page.goto("/predict")

    expect(page.locator(f"{NAVIGATION} a")).to_have_text(list(IN_NAVIGATION))
    expect(page.locator(f"{NAVIGATION} [aria-current=page]")).to_have_text("Predict")
    expect(page.locator(".skeleton-title")).to_have_text("What does the model say?")
    expect(page.locator(".skeleton-title")).to_be_visible()
    expect(page.locator(".noscript")).to_be_visible()
    expect(page.locator("footer")).to_contain_text("model wine")


def test_the_skeleton_goes_when_the_page_is_there(page: Page) -> None:
    open_page(page, "/model")

    expect(page.locator(".skeleton-page")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_the_frame_moves_little_while_the_page_arrives(page: Page) -> None:
    page.add_init_script(
        """window.shift = 0;
        new PerformanceObserver(list => list.getEntries().forEach(e => {
          if (!e.hadRecentInput) window.shift += e.value;
        })).observe({ type: "layout-shift", buffered: true });"""
    )

    open_page(page, "/predict")
    wait_until_drawn(page)

    assert page.evaluate("window.shift") < 0.1  # what web.dev calls good
