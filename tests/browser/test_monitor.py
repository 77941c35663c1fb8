"""Monitor: real traffic arrives without a reload, and the page says so when there is none."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from scripts.servers import web_server
from scripts.traffic import Plan, replay, table_rows
from store.descriptor import read_descriptor
from tests.browser.pages import DEVICES, SMALL_PHONE, open_page, wait_until_drawn
from tests.browser.test_accessibility import Axe, found_in_both_modes

FIGURE = "#monitor-summary .figure-box:first-child .figure-value"


def variables(root: Path, folder: Path) -> dict[str, str]:
    """A server with the committed release and a log of its own."""
    return {
        "ARTIFACTS_URL": str(root / "data" / "artifacts"),
        "CACHE_DIR": str(folder / "cache"),
        "DATABASE_URL": f"sqlite:///{folder / 'log.db'}",
    }


@pytest.fixture(scope="module")
def busy_url(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server that has answered real rows, was judged, and refused what was wrong."""
    rows = table_rows(read_descriptor(root / "data" / "wine.toml"), root / "data")
    plan = Plan(rate=200, seconds=2, wrong=0.05, feedback=0.5)
    with web_server(variables(root, tmp_path_factory.mktemp("busy"))) as url:
        counts = replay(url, rows, plan)
        assert counts["row 200"] > 100
        assert counts["feedback 200"] > 50
        yield url


@pytest.fixture
def quiet_url(root: Path, tmp_path: Path) -> Iterator[str]:
    """URL of a server that nobody has asked yet.

    A test names it before ``visit``: the pages, which go on asking, are closed before it ends.
    """
    with web_server(variables(root, tmp_path)) as url:
        yield url


def predict(url: str) -> None:
    """Ask the default model about the medians of its features."""
    with urlopen(f"{url}/models/wine", timeout=10) as answer:
        features = json.load(answer)["features"]
    body = json.dumps({feature["name"]: feature["median"] for feature in features}).encode()
    asked = Request(f"{url}/predict", body, {"Content-Type": "application/json"})
    with urlopen(asked, timeout=10) as answer:
        assert answer.status == 200


def open_monitor(page: Page, query: str = "") -> None:
    """Go there, and wait for the first figures."""
    open_page(page, f"/monitor{query}")
    expect(page.locator(FIGURE)).to_be_visible()


@pytest.mark.parametrize("device", DEVICES)
def test_the_page_with_traffic_is_accessible_in_both_modes(
    visit: Callable[..., Page], axe_violations: Axe, busy_url: str, device: str
) -> None:
    page = visit(base_url=busy_url, **DEVICES[device])
    open_monitor(page)

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


@pytest.mark.parametrize("device", DEVICES)
def test_the_page_without_traffic_is_accessible_in_both_modes(
    quiet_url: str, visit: Callable[..., Page], axe_violations: Axe, device: str
) -> None:
    page = visit(base_url=quiet_url, **DEVICES[device])
    open_page(page, "/monitor")
    expect(page.get_by_role("heading", name="No traffic yet")).to_be_visible()

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


def test_the_page_of_a_server_that_keeps_nothing_is_accessible_and_shows_no_log(
    root: Path, tmp_path: Path, visit: Callable[..., Page], axe_violations: Axe
) -> None:
    with web_server(variables(root, tmp_path) | {"LOG_PREDICTIONS": "off"}) as url:
        page = visit(base_url=url, **DEVICES["phone"])
        open_page(page, "/monitor")
        expect(page.get_by_role("heading", name="Nothing is kept here")).to_be_visible()

        for _mode in range(2):
            assert axe_violations(page) == []
            page.locator("#mode-switch").click()
        boxes = page.locator("main .card-box:visible").all_inner_texts()
        page.close()

    assert [box.partition("\n")[0] for box in boxes] == ["Nothing is kept here", "The server"]


def test_a_source_holds_for_feedback_and_errors_say_that_it_does_not_for_them(
    visit: Callable[..., Page], busy_url: str, axe_violations: Axe
) -> None:
    page = visit(base_url=busy_url)
    open_monitor(page)
    judged = page.locator("#monitor-feedback .interval-said span")
    of_all = judged.inner_text()

    page.get_by_label("Source").select_option("page")

    expect(page.locator("#monitor-failures")).to_contain_text("of every model and source")
    expect(judged).not_to_have_text(of_all)
    assert axe_violations(page) == []


def test_the_first_prediction_arrives_without_a_reload(
    quiet_url: str, visit: Callable[..., Page]
) -> None:
    page = visit(base_url=quiet_url)
    open_page(page, "/monitor")
    expect(page.get_by_role("heading", name="No traffic yet")).to_be_visible()
    expect(page.locator(".no-traffic code")).to_contain_text(f"curl {quiet_url}/predict")
    page.evaluate("window.before = 'the same document'")

    predict(quiet_url)

    expect(page.locator(FIGURE)).to_have_text("1")
    wait_until_drawn(page)
    expect(page.get_by_role("heading", name="No traffic yet")).to_have_count(0)
    assert page.evaluate("window.before") == "the same document"


def test_an_update_keeps_charts_and_opened_tables_as_they_are(
    quiet_url: str, visit: Callable[..., Page]
) -> None:
    predict(quiet_url)
    page = visit(base_url=quiet_url)
    open_page(page, "/monitor")
    expect(page.locator(FIGURE)).to_have_text("1")
    card = page.locator(
        "section.card-box", has=page.get_by_role("heading", name="What it answered")
    )
    card.locator("summary").click()
    page.evaluate("window.chart = document.querySelector('#monitor-over-time .main-svg')")

    predict(quiet_url)

    expect(page.locator(FIGURE)).to_have_text("2")
    expect(card.locator("table")).to_be_visible()
    assert page.evaluate("window.chart.isConnected")


def test_nothing_is_asked_while_nobody_looks(visit: Callable[..., Page], busy_url: str) -> None:
    page = visit(base_url=busy_url)
    open_monitor(page)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true, configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url))

    page.wait_for_timeout(6_500)  # longer than the clock's five seconds
    assert [url for url in asked if "_dash-update" in url] == []

    with page.expect_request(lambda one: "_dash-update" in one.url):
        page.evaluate(
            "Object.defineProperty(document, 'hidden', {value: false, configurable: true});"
            "document.dispatchEvent(new Event('visibilitychange'))"
        )


def test_the_address_holds_what_is_chosen_and_brings_it_back(
    visit: Callable[..., Page], busy_url: str
) -> None:
    page = visit(base_url=busy_url)
    open_monitor(page)

    page.get_by_text("Week", exact=True).click()
    page.get_by_label("Source").select_option("batch")

    expect(page).to_have_url(f"{busy_url}/monitor?window=week&model=wine&source=batch")
    page.reload()
    wait_until_drawn(page)
    expect(page.get_by_label("Week")).to_be_checked()
    expect(page.locator("#monitor-summary")).to_contain_text("in tables")
    expect(page.locator("#monitor-summary")).not_to_contain_text("from the page")


def test_a_custom_span_asks_for_both_ends_and_shows_what_lies_between(
    visit: Callable[..., Page], busy_url: str
) -> None:
    page = visit(base_url=busy_url)
    open_monitor(page)

    page.get_by_text("From – to", exact=True).click()
    expect(page.locator("#monitor-said")).to_contain_text("has to be a day and a time")
    page.get_by_label("From (UTC)").fill("2020-01-01T00:00")
    page.get_by_label("To (UTC)").fill("2020-01-02T00:00")

    expect(page.get_by_role("heading", name="No traffic in this window")).to_be_visible()


def test_the_keyboard_reaches_everything(visit: Callable[..., Page], busy_url: str) -> None:
    page = visit(base_url=busy_url)
    open_monitor(page)
    wanted = page.evaluate(
        "[...document.querySelectorAll('main button, main a[href], main summary, main select')]"
        ".filter(e => e.checkVisibility()).length"
    )

    page.evaluate("document.getElementById('main').scrollIntoView()")
    reached: set[str] = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                "(e => { e.dataset.reached = '1'; return e.tagName })(document.activeElement)"
            )
        )
    missed = page.evaluate(
        "[...document.querySelectorAll('main button, main a[href], main summary, main select')]"
        ".filter(e => e.checkVisibility() && !e.dataset.reached).map(e => e.outerHTML)"
    )

    assert wanted >= 10
    assert missed == []
    assert {"INPUT", "SELECT", "SUMMARY", "BUTTON"} <= reached


def test_nothing_scrolls_sideways_on_a_small_phone(
    visit: Callable[..., Page], busy_url: str
) -> None:
    page = visit(base_url=busy_url, **SMALL_PHONE)
    open_monitor(page)
    for summary in page.locator("summary").all():
        summary.click()

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_saved_predictions_add_up(
    visit: Callable[..., Page], busy_url: str, tmp_path: Path
) -> None:
    page = visit(base_url=busy_url)
    open_monitor(page)
    total = int(page.locator(FIGURE).inner_text().replace(",", ""))
    card = page.locator(
        "section.card-box", has=page.get_by_role("heading", name="Predictions over time")
    )
    card.locator("summary").click()

    with page.expect_download() as download:
        card.get_by_role("button", name="Download CSV").click()

    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    heads, *rows = (line.split(",") for line in file.read_text(encoding="utf-8").splitlines())
    assert heads[:4] == ["From (UTC)", "Barolo", "Grignolino", "Barbera"]
    assert sum(int(n) for row in rows for n in row[1:4]) == total
