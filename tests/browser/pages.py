"""The pages, the devices they are opened on, and when a page is there."""

import json
import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from dashboard.what_if.bundle import bundle

PAGES = {
    "home": "/",
    "explore": "/explore",
    "spark": "/spark",
    "predict": "/predict",
    "model": "/model",
    "monitor": "/monitor",
    "api": "/api",
    "hardware": "/hardware",
    "not-found": "/no-such-page",
}
IN_NAVIGATION = ("Home", "Explore", "Spark", "Predict", "Model", "Monitor", "API", "Hardware")

LAPTOP: dict[str, Any] = {
    "viewport": {"width": 1440, "height": 900},
    "color_scheme": "light",
    "reduced_motion": "reduce",
}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}
SMALL_PHONE = PHONE | {"viewport": {"width": 360, "height": 740}}
DEVICES = {"laptop": LAPTOP, "phone": PHONE}

UNKNOWN_PAGE = "status of 404"  # Chromium notes it in the console, rightly


def open_page(page: Page, address: str) -> None:
    """Go there, and wait until the page has drawn its heading and all of its charts."""
    page.goto(address)
    wait_until_drawn(page)


def wait_until_drawn(page: Page) -> None:
    """Wait for the heading and for every chart; the tables come with them."""
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator(".dash-graph:not(:has(.main-svg))")).to_have_count(0)


def mode(page: Page) -> str:
    """ "light" or "dark", as the page shows itself."""
    return str(page.locator("html").get_attribute("data-bs-theme"))


def with_globals(module: str, *names: str) -> str:
    """The what-if page's scripts up to a module, and names that they export as globals."""
    joined = bundle(module)
    modules = ", ".join(re.findall(r"^const (module_\w+) =", joined, re.MULTILINE))
    found = f"window[name] = [{modules}].find((each) => name in each)[name];"
    return f"{joined}\nfor (const name of {json.dumps(names)}) {found}\n"


def change_document(page: Page, **changes: Any) -> None:
    """Let a visitor have another what-if document, in either of the forms that the server gives."""

    def as_data(route: Route) -> None:
        route.fulfill(json=route.fetch().json() | changes)

    def as_module(route: Route) -> None:
        head, _, tail = route.fetch().text().partition("begin(")
        document = json.loads(tail.rpartition(");")[0]) | changes
        script = f"{head}begin({json.dumps(document)});"
        route.fulfill(body=script, content_type="text/javascript")

    page.route("**/assets/what-if/*/*.json", as_data)
    page.route("**/assets/what-if/*/*.js", as_module)
