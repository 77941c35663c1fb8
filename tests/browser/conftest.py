"""A real Chromium in front of the Procfile's server.

A test takes ``page``, or ``visit`` where it needs several visitors, a phone or the dark mode. A
console error or an exception in any page of a test fails it.
"""

import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    ViewportSize,
    expect,
    sync_playwright,
)

from dashboard.api.explaining import training_profile
from dashboard.live.watcher import LiveRelease
from dashboard.what_if.document import document, encoded
from dashboard.what_if.exported import html_of
from scripts import browser
from scripts.servers import web_server
from store.artifacts import open_store
from tests.browser.pages import LAPTOP, with_globals

CHROMIUM_ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

USUAL_VIEWPORT: ViewportSize = {"width": 1280, "height": 720}  # of a page that is told no other

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


@pytest.fixture(scope="session")
def wine(root: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The what-if document of the committed release's default model, as a browser reads it.

    Copy it to change it.
    """
    cache = tmp_path_factory.mktemp("cache")
    release = LiveRelease(open_store(str(root / "data" / "artifacts")), cache=cache, poll_seconds=0)
    release.refresh()
    found = release.live
    if found.default is None:
        pytest.fail(f"the committed release has no model: {found.problems}", pytrace=False)
    profile = training_profile(found.default.card, found.profiles)
    read: dict[str, Any] = json.loads(encoded(document(found.default, profile)))
    return read


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict[str, Any]], str]:
    """Saves a what-if document as one HTML file; gives the address of the file."""
    folder = tmp_path_factory.mktemp("exported")
    numbers = itertools.count(1)

    def save(found: dict[str, Any]) -> str:
        path = folder / f"{next(numbers)}.html"
        path.write_text(html_of(found), encoding="utf-8")
        return path.as_uri()

    return save


@pytest.fixture(scope="session")
def exported(wine: dict[str, Any], saved: Callable[[dict[str, Any]], str]) -> str:
    """Address of the committed release's what-if page as one file."""
    return saved(wine)


@contextmanager
def visitors(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """Opens an empty page for a new visitor, with cookies of their own.

    Keyword arguments are those of Playwright's ``new_context``, such as ``color_scheme="dark"``
    or ``viewport={"width": 390, "height": 844}``; and ``expected``, a pattern of the console
    errors that the test itself brings about. All others fail at the end.
    """
    contexts = []
    errors: list[str] = []

    def new_visitor(*, expected: str | None = None, **options: Any) -> Page:
        def note(message: ConsoleMessage) -> None:
            text = f"{message.text} ({message.location.get('url')})"
            if message.type == "error" and not (expected and re.search(expected, text)):
                errors.append(text)

        context = chromium.new_context(**{**LAPTOP, **options})
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
def visitor(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """``visitors``, for one test."""
    with visitors(chromium) as new_visitor:
        yield new_visitor


@pytest.fixture
def visit(visitor: Callable[..., Page], live_url: str) -> Callable[..., Page]:
    """Opens a page like ``visitor``, for someone who visits the server."""
    return partial(visitor, base_url=live_url)


@pytest.fixture
def page(visit: Callable[..., Page]) -> Page:
    """A visitor with a laptop in light mode."""
    return visit()


@pytest.fixture(scope="session")
def spare_pages(chromium: Browser) -> Iterator[list[Page]]:
    """Empty pages that nobody needs now: to open another takes longer than most tests."""
    pages: list[Page] = []
    yield pages
    for page in pages:
        page.close()


@pytest.fixture
def scripts(chromium: Browser, spare_pages: list[Page]) -> Iterator[Callable[..., Page]]:
    """Opens an empty page where names of the what-if page's scripts are global.

    They are exported by the module that is named, or by one that it needs:
    ``scripts("model", "openModel")`` gives a page whose ``evaluate`` may call ``openModel``.
    """
    opened = []
    errors: list[str] = []

    def note(error: Error) -> None:
        errors.append(str(error))

    def with_names(module: str, *names: str) -> Page:
        page = spare_pages.pop() if spare_pages else chromium.new_page()
        opened.append(page)
        page.on("pageerror", note)
        page.add_script_tag(content=with_globals(module, *names), type="module")
        # A module runs after the element that holds it was added.
        page.wait_for_function("names => names.every(name => name in window)", arg=list(names))
        return page

    yield with_names

    for page in opened:
        page.goto("about:blank")  # another document: nothing of this one is left
        page.emulate_media(reduced_motion="null")
        page.set_viewport_size(USUAL_VIEWPORT)
        page.remove_listener("pageerror", note)
    spare_pages += opened
    assert errors == []


@pytest.fixture(scope="session")
def axe_violations() -> Callable[..., list[str]]:
    """Gives what axe-core finds wrong with a page: the rule and the elements, one text each.

    By all of its rules, or by those that are named.
    """
    source = Path(__file__).with_name("axe.min.js").read_text(encoding="utf-8")

    def violations(page: Page, *rules: str) -> list[str]:
        page.evaluate(source)
        # Without it axe describes all that is right too, which takes the larger part of its time.
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = rules
        found = page.evaluate("options => axe.run(options).then(r => r.violations)", options)
        return [
            f"{rule['id']}: {rule['help']}: {', '.join(str(n['target']) for n in rule['nodes'])}"
            for rule in found
        ]

    return violations
