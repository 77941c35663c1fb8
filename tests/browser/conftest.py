"""A real Chromium in front of the Procfile's server.

A test takes ``page``, or ``visit`` where it needs several visitors, a phone or the dark mode. A
console error or an exception in any page of a test fails it.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from dashboard.what_if.bundle import bundle
from scripts import browser
from scripts.servers import web_server
from tests.browser.pages import LAPTOP

CHROMIUM_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

expect.set_options(timeout=20_000)  # milliseconds: what is tested is what happens, not how fast


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The installed Chromium or Chrome."""
    if (path := browser.find()) is None:
        pytest.fail(browser.MISSING, pytrace=False)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=path,
            args=list(CHROMIUM_ARGUMENTS),
            # Chromium's own sandbox does not run as root, as a container often does.
            chromium_sandbox=os.geteuid() != 0,
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def live_url(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the Procfile's server with the committed release, ready to predict."""
    variables = {
        "ARTIFACTS_URL": str(root / "data" / "artifacts"),
        "CACHE_DIR": str(tmp_path_factory.mktemp("cache")),
    }
    with web_server(variables) as url:
        yield url


@pytest.fixture(scope="session")
def empty_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the Procfile's server over an artifact store that holds nothing."""
    variables = {
        "ARTIFACTS_URL": str(tmp_path_factory.mktemp("artifacts")),
        "CACHE_DIR": str(tmp_path_factory.mktemp("cache")),
        "WEB_CONCURRENCY": "1",
    }
    with web_server(variables, ready="/healthz") as url:
        yield url


@pytest.fixture
def visit(chromium: Browser, live_url: str) -> Iterator[Callable[..., Page]]:
    """Opens a page for a new visitor, with cookies of their own.

    Keyword arguments are those of Playwright's ``new_context``, such as ``color_scheme="dark"``
    or ``viewport={"width": 390, "height": 844}``; and ``expected``, a pattern of the console
    errors that the test itself brings about.
    """
    contexts = []
    errors: list[str] = []

    def new_visitor(*, expected: str | None = None, **options: Any) -> Page:
        def note(message: ConsoleMessage) -> None:
            if message.type == "error" and not (expected and re.search(expected, message.text)):
                errors.append(f"{message.text} ({message.location.get('url')})")

        context = chromium.new_context(**{"base_url": live_url, **LAPTOP, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield new_visitor

    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    """A visitor with a laptop in light mode."""
    return visit()


@pytest.fixture
def scripts(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an empty page where names of a module of the what-if page's scripts are global.

    ``scripts("model", "openModel")`` gives a page whose ``evaluate`` may call ``openModel``.
    """
    opened = []
    errors: list[str] = []

    def with_names(module: str, *names: str) -> Page:
        page = chromium.new_page()
        opened.append(page)
        page.on("pageerror", lambda error: errors.append(str(error)))
        shared = "".join(f"\nwindow.{name} = {name};" for name in names)
        page.add_script_tag(content=bundle(module) + shared, type="module")
        return page

    yield with_names

    for page in opened:
        page.close()
    assert errors == []


@pytest.fixture(scope="session")
def axe_violations() -> Callable[[Page], list[str]]:
    """Gives what axe-core finds wrong with a page: the rule and the elements, one text each."""
    source = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")

    def violations(page: Page) -> list[str]:
        page.evaluate(source)
        found = page.evaluate("axe.run().then(result => result.violations)")
        return [
            f"{rule['id']}: {rule['help']}: {', '.join(str(n['target']) for n in rule['nodes'])}"
            for rule in found
        ]

    return violations
