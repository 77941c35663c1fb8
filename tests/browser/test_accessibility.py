"""axe-core finds nothing wrong with any page, light or dark, on a laptop or a phone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

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


@contextmanager
def on_each_device(chromium: Browser, **options: Any) -> Iterator[dict[str, Page]]:
    """Visitors who go from page to page, and have the scripts already."""
    with visitors(chromium) as visitor:
        yield {name: visitor(**options, **device) for name, device in DEVICES.items()}


@pytest.fixture(scope="module")
def regulars(chromium: Browser, live_url: str) -> Iterator[dict[str, Page]]:
    """A visitor of the server with each device."""
    with on_each_device(chromium, base_url=live_url, expected=UNKNOWN_PAGE) as pages:
        yield pages


@pytest.fixture(scope="module")
def early_birds(chromium: Browser, empty_url: str) -> Iterator[dict[str, Page]]:
    """A visitor of the server without a release with each device."""
    with on_each_device(chromium, base_url=empty_url) as pages:
        yield pages


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(
    regulars: dict[str, Page], axe_violations: Axe, name: str, device: str
) -> None:
    page = regulars[device]
    open_page(page, PAGES[name])

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("name", IN_NAVIGATION)
def test_a_page_without_a_release_is_accessible(
    early_birds: dict[str, Page], axe_violations: Axe, name: str, device: str
) -> None:
    page = early_birds[device]
    open_page(page, PAGES[name.lower()])
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
