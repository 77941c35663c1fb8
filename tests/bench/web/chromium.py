"""The browser, the two speeds that it is measured at, and how a page is opened in it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page, Route, ViewportSize, sync_playwright

from scripts import browser

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
LAPTOP = ViewportSize(width=1440, height=900)
WAIT_MS = 120_000


@dataclass(frozen=True)
class Profile:
    """How many times as slow the page's main thread is made."""

    title: str
    slower: int


PROFILES = (Profile("desktop", 1), Profile("4 x slower CPU", 4))


@dataclass(frozen=True)
class Visit:
    """A page of a visitor who has been nowhere before, and Chromium's side door to it."""

    page: Page
    door: CDPSession


@contextmanager
def launched() -> Iterator[Browser]:
    """The installed Chromium, until the block ends."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(),
            args=list(ARGUMENTS),
            chromium_sandbox=os.geteuid() != 0,
        )
        yield chromium
        chromium.close()


@contextmanager
def visit(
    chromium: Browser,
    profile: Profile,
    *,
    window: ViewportSize | None = None,
    clock: bool = False,
) -> Iterator[Visit]:
    """A new visitor with an empty cache.

    Args:
        chromium: The browser.
        profile: How fast the visitor's machine is.
        window: Its width and height in CSS pixels, a laptop's by default.
        clock: Isolate documents from other origins, so that ``performance.now()`` counts in steps
            of 5 µs instead of 100 µs. The headers that ask for it are added on the way.
    """
    context = chromium.new_context(viewport=window or LAPTOP, color_scheme="light")
    context.set_default_timeout(WAIT_MS)
    try:
        page = context.new_page()
        if clock:
            context.route(lambda _url: True, _isolated)
        door = context.new_cdp_session(page)
        door.send("Emulation.setCPUThrottlingRate", {"rate": profile.slower})
        yield Visit(page, door)
    finally:
        context.close()


def _isolated(route: Route) -> None:
    if route.request.resource_type != "document":
        route.continue_()
        return
    answer = route.fetch()
    headers = {
        **answer.headers,
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
    }
    route.fulfill(response=answer, headers=headers)
