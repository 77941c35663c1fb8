"""axe-core finds nothing wrong with any page, light or dark, on a laptop or a phone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import visitors
from tests.browser.pages import DEVICES, IN_NAVIGATION, PAGES, UNKNOWN_PAGE, mode, open_page
from tests.browser.sliders import number

OPEN_ALL = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
Axe = Callable[..., list[str]]


def found_in_both_modes(page: Page, axe_violations: Axe) -> dict[str, list[str]]:
    """What axe finds in each mode, the tables opened; the second has other colours and no more."""
    page.evaluate(OPEN_ALL)
    first = mode(page)
    second = "light" if first == "dark" else "dark"
    found = {first: axe_violations(page)}
    page.locator("#mode-switch").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", second)
    found[second] = axe_violations(page, "color-contrast", "link-in-text-block")
    return found


@pytest.fixture(scope="module")
def regulars(chromium: Browser) -> Iterator[dict[str, Page]]:
    """A visitor with each device who goes from page to page, and has the scripts already."""
    with visitors(chromium) as visitor:
        yield {
            device: visitor(expected=UNKNOWN_PAGE, **options) for device, options in DEVICES.items()
        }


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(
    regulars: dict[str, Page], axe_violations: Axe, live_url: str, name: str, device: str
) -> None:
    page = regulars[device]
    open_page(page, live_url + PAGES[name])

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", IN_NAVIGATION)
def test_a_page_without_a_release_is_accessible(
    regulars: dict[str, Page], axe_violations: Axe, empty_url: str, name: str, device: str
) -> None:
    page = regulars[device]
    open_page(page, empty_url + PAGES[name.lower()])
    expect(page.locator("footer")).to_contain_text("No release is published yet")

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


@pytest.mark.parametrize("device", DEVICES)
def test_the_notices_of_the_predict_page_are_accessible(
    visit: Callable[..., Page], axe_violations: Axe, device: str
) -> None:
    page = visit(**DEVICES[device])
    open_page(page, "/predict")

    number(page, "Alcohol").fill("20")
    expect(page.locator("#predict-result .notice")).to_contain_text("Outside")
    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}

    number(page, "Alcohol").fill("")
    expect(page.locator("#predict-result .notice")).to_contain_text("needs a value")
    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}
