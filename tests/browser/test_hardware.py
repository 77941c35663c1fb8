"""Hardware: every state of its charts, a visitor's file, filters, prices, and ways to the sources.

The product refuses invented runs, so they are served by ``tests.hardware_site``.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, Request, expect

from scripts.servers import free_port, running
from store.benchmark_run import BenchmarkRun
from store.schema import encode
from tests import hardware_runs
from tests.browser.pages import DEVICES, SMALL_PHONE, open_page, wait_until_drawn
from tests.browser.test_accessibility import found_in_both_modes

STATES = ("every_state", "cpu_only")


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, str]]:
    """URLs of the page over each of the invented runs."""
    ports = {state: free_port() for state in STATES}
    urls = {state: f"http://127.0.0.1:{port}" for state, port in ports.items()}

    def command(state: str) -> list[str]:
        return [sys.executable, "-m", "tests.hardware_site", str(ports[state]), state]

    first, second = STATES
    with (
        running(command(first), f"{urls[first]}/healthz", os.environ, quiet=True),
        running(command(second), f"{urls[second]}/healthz", os.environ, quiet=True),
    ):
        yield urls


def open_hardware(visitor: Callable[..., Page], url: str, **options: Any) -> Page:
    page = visitor(base_url=url, **options)
    open_page(page, "/hardware")
    expect(page.locator("#published .main-svg").first).to_be_visible()
    return page


def card(page: Page, title: str) -> Any:
    return page.locator("section.card-box", has=page.get_by_role("heading", name=title, exact=True))


def choose_source(page: Page) -> None:
    """Show only what one of the sources published: four pairs."""
    page.get_by_label("Source", exact=True).select_option("Cook County Assessor")
    expect(page.locator("#published .point")).to_have_count(4)


def bring(page: Page, text: bytes, name: str = "benchmark.json") -> None:
    """Choose a file with the keyboard."""
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a result").press("Enter")
    file: FilePayload = {"name": name, "mimeType": "", "buffer": text}
    chooser.value.set_files([file])


def changed(run: BenchmarkRun) -> bytes:
    """The file of a run with one other digit."""
    said = json.loads(encode(run))
    said["cells"][0]["timings"]["fits"][0] += 0.001
    return json.dumps(said).encode()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("state", STATES)
def test_every_state_of_the_page_is_accessible(
    visitor: Callable[..., Page],
    sites: dict[str, str],
    axe_violations: Callable[[Page], list[str]],
    state: str,
    device: str,
) -> None:
    page = open_hardware(visitor, sites[state], **DEVICES[device])
    choose_source(page)  # all 201 published rows are looked at with the committed release

    assert found_in_both_modes(page, axe_violations) == {"light": [], "dark": []}


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_on_a_small_phone(
    visitor: Callable[..., Page], sites: dict[str, str], state: str
) -> None:
    page = open_hardware(visitor, sites[state], **SMALL_PHONE)
    for summary in page.locator("main summary").all():
        summary.click()

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_good_file_is_shown_to_its_visitor_alone(visit: Callable[..., Page]) -> None:
    page, other = visit(), visit()
    open_page(page, "/hardware")
    bring(page, encode(hardware_runs.believable()))

    expect(page.locator("#hardware-shown")).to_contain_text("Your run, shown to you alone.")
    expect(page.locator("#hardware-status")).to_contain_text(f"Run {hardware_runs.ID} is shown")
    wait_until_drawn(page)
    page.get_by_label("Which time").select_option("fit")
    expect(card(page, "Time against rows")).to_contain_text("Training alone")
    expect(card(page, "Time against rows")).to_contain_text("Trees")
    expect(card(page, "Cost against time").locator(".main-svg").first).to_be_visible()
    open_page(other, "/hardware")
    expect(other.locator("main")).not_to_contain_text("Example CPU")


def test_a_file_dropped_onto_the_page_is_read(page: Page) -> None:
    open_page(page, "/hardware")
    text = encode(hardware_runs.believable()).decode()

    page.evaluate(
        """text => {
          const carried = new DataTransfer();
          carried.items.add(new File([text], "benchmark.json"));
          document.getElementById("hardware-drop").dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
        }""",
        text,
    )

    expect(page.locator("#hardware-shown")).to_contain_text("Your run, shown to you alone.")


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (changed(hardware_runs.believable()), "changed after the run"),
        (encode(hardware_runs.every_state()), "never shown"),
        (b"sugar,acidity\n1,2\n", "benchmark.json is not a BenchmarkRun"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason_and_what_was_shown_stays(
    visitor: Callable[..., Page], sites: dict[str, str], file: bytes, reason: str
) -> None:
    page = open_hardware(visitor, sites["cpu_only"])
    bring(page, file)

    expect(page.locator("#hardware-status .notice-bad")).to_contain_text(reason)
    expect(page.locator("#hardware-shown")).to_contain_text("No GPU was measured on this machine")


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page) -> None:
    sent: list[Request] = []
    open_page(page, "/hardware")
    expect(page.locator("#published .main-svg").first).to_be_visible()
    page.on("request", lambda request: sent.append(request))

    bring(page, b" " * (2 * 2**20 + 1))

    expect(page.locator("#hardware-refused")).to_contain_text("larger than 2 MB")
    assert sent == []


def test_the_price_of_a_machine_is_chosen_or_typed(
    visitor: Callable[..., Page], sites: dict[str, str]
) -> None:
    page = open_hardware(visitor, sites["every_state"])
    said = page.locator("#hardware-cost-said")
    expect(said).to_contain_text("as of 2023-10-06")

    page.get_by_label("GPU: price of").select_option(label="p2.xlarge (AWS, 2017-10-11)")
    expect(page.get_by_label("GPU: $ an hour")).to_have_value("0.9")
    expect(said).to_contain_text("AWS p2.xlarge, as of 2017-10-11")
    page.get_by_label("GPU: $ an hour").fill("2.5")
    page.get_by_label("GPU: $ an hour").press("Enter")

    expect(said).to_contain_text("GPU: $2.5 an hour, a price of your own.")


def test_every_published_row_leads_to_its_source_and_filters_hold(
    visitor: Callable[..., Page], sites: dict[str, str]
) -> None:
    page = open_hardware(visitor, sites["cpu_only"])
    shown = card(page, "What others published")
    shown.get_by_text("Show as table").click()
    rows = shown.locator("tbody tr")
    expect(rows).to_have_count(201)
    addresses = [link.get_attribute("href") for link in shown.locator("tbody a").all()]
    assert len(addresses) == 201
    assert all(address.startswith("https://") for address in addresses if address)

    choose_source(page)

    expect(rows).to_have_count(4)
    expect(page.locator("#published-said")).to_contain_text("of 4 published pairs")
    shown.get_by_role("button", name="Times as fast").click()
    expect(shown.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")


def test_a_mark_of_the_published_chart_opens_its_source(
    visitor: Callable[..., Page], sites: dict[str, str]
) -> None:
    page = open_hardware(visitor, sites["cpu_only"])
    # Noted instead of opened: a test asks no other site for anything.
    page.evaluate(
        "() => { window.open = (address) => { document.body.dataset.asked = address; }; }"
    )
    choose_source(page)
    mark = page.locator("#published .point").first
    mark.scroll_into_view_if_needed()
    box = mark.bounding_box()
    assert box is not None

    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*place, steps=5)
    expect(page.locator("#published .hovertext")).to_be_visible()

    page.mouse.click(*place)

    asked = re.compile("ccao-data/report-model-benchmark")
    expect(page.locator("body")).to_have_attribute("data-asked", asked)


def test_the_run_can_be_saved_as_the_file_that_it_is(
    visitor: Callable[..., Page], sites: dict[str, str]
) -> None:
    page = open_hardware(visitor, sites["every_state"])

    with page.expect_download() as download:
        page.get_by_role("button", name="Download the run as JSON").click()

    assert download.value.suggested_filename == f"benchmark-{hardware_runs.ID}.json"
    saved = download.value.path().read_bytes()
    assert BenchmarkRun.model_validate_json(saved) == hardware_runs.every_state()
