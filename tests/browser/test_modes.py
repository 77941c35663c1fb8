"""Light and dark: as the system says, or as the visitor chose, from the first paint on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import open_page, wait_until_drawn

# The mode when there first is a body: nothing can be painted before.
FIRST_MODE = """
new MutationObserver((_changes, observer) => {
  if (!document.body) return;
  window.firstMode = document.documentElement.getAttribute("data-bs-theme");
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
PAGE = {"light": "rgb(251, 247, 243)", "dark": "rgb(22, 16, 19)"}
LABEL = {"light": "rgb(107, 85, 96)", "dark": "rgb(189, 171, 178)"}
BAROLO = {"light": "rgb(142, 31, 67)", "dark": "rgb(240, 140, 168)"}
CHARTS = ("#explore-distribution", "#explore-means", "#explore-correlation")


def expect_mode(page: Page, mode: str) -> None:
    """The Explore page, the words in its charts and their lines have the colours of the mode."""
    expect(page.locator("html")).to_have_attribute("data-bs-theme", mode)
    expect(page.locator("body")).to_have_css("background-color", PAGE[mode])
    for chart in CHARTS:
        expect(page.locator(f"{chart} .ytick text").first).to_have_css("fill", LABEL[mode])
    line = page.locator("#explore-distribution .trace .js-line").first
    expect(line).to_have_css("stroke", BAROLO[mode])


@pytest.mark.parametrize("system", ["light", "dark"])
def test_the_page_follows_the_system_from_the_first_paint_on(
    visit: Callable[..., Page], system: str
) -> None:
    page = visit(color_scheme=system)
    page.add_init_script(FIRST_MODE)

    open_page(page, "/explore")

    assert page.evaluate("window.firstMode") == system
    expect_mode(page, system)


def test_a_change_of_the_system_is_followed_at_once(page: Page) -> None:
    open_page(page, "/explore")
    expect_mode(page, "light")

    page.emulate_media(color_scheme="dark")

    expect_mode(page, "dark")


def test_the_button_restyles_page_and_charts_without_asking_the_server(page: Page) -> None:
    open_page(page, "/explore")
    expect_mode(page, "light")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.get_by_role("button", name="Switch between light and dark").click()

    expect_mode(page, "dark")
    assert asked == []


def test_the_choice_is_remembered_and_no_light_page_flashes_up(page: Page) -> None:
    page.add_init_script(FIRST_MODE)
    open_page(page, "/explore")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect_mode(page, "dark")

    page.reload()
    wait_until_drawn(page)

    assert page.evaluate("window.firstMode") == "dark"
    expect_mode(page, "dark")

    page.emulate_media(color_scheme="dark")
    page.emulate_media(color_scheme="light")
    expect_mode(page, "dark")  # a choice outlives what the system says


def test_charts_that_are_drawn_after_the_switch_have_its_colours(page: Page) -> None:
    open_page(page, "/")
    page.get_by_role("button", name="Switch between light and dark").click()

    page.locator("nav[aria-label=Pages]").get_by_role("link", name="Explore").click()
    wait_until_drawn(page)
    expect_mode(page, "dark")
    page.get_by_label("Column", exact=True).select_option("hue")

    expect(page.locator("#explore-distribution .xtitle")).to_have_text("Hue (ratio)")
    expect_mode(page, "dark")
