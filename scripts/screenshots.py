"""Pictures of every page, light and dark, on a desktop and a phone, in docs/screenshots.

python -m scripts.screenshots
"""

import itertools
import os
import sys
import tempfile
import time
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from scripts import browser
from scripts.servers import ROOT, web_server
from scripts.traffic import Plan, replay, table_rows
from store.descriptor import read_descriptor

FOLDER = ROOT / "docs" / "screenshots"
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
DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "has_touch": True,
        "is_mobile": True,
    },
}
# Traffic for Monitor: first as the table is, then with a feature half a standard deviation higher.
TRAFFIC = Plan(
    rate=8, seconds=200, wrong=0.03, feedback=0.3, shift={"alcohol": 0.5}, shift_after=130
)
SETTLE_SECONDS = 25.0  # the drift test follows some ten seconds behind, every ten seconds
# The skeleton is gone, and every chart has its traces.
DRAWN = """() => document.querySelector("main h1")
  && [...document.querySelectorAll(".dash-graph")].every(graph => graph.querySelector(".main-svg"))
"""


def main() -> int:
    """Take them all; the exit code says whether there was a browser to do it."""
    if (path := browser.find()) is None:
        print(browser.MISSING, file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as cache, sync_playwright() as playwright:
        variables = {"ARTIFACTS_URL": str(ROOT / "data" / "artifacts"), "CACHE_DIR": cache}
        with web_server(variables) as url:
            rows = table_rows(read_descriptor(ROOT / "data" / "wine.toml"), ROOT / "data")
            print(dict(replay(url, rows, TRAFFIC)), flush=True)
            time.sleep(SETTLE_SECONDS)
            # Chromium's own sandbox does not run as root, as a container often does.
            chromium = playwright.chromium.launch(
                executable_path=path, chromium_sandbox=os.geteuid() != 0
            )
            for device, mode in itertools.product(DEVICES, ("light", "dark")):
                take(chromium, url, device, mode)
            chromium.close()
    return 0


def take(chromium: Browser, url: str, device: str, mode: Any) -> None:
    """Take the pictures of one device and mode."""
    visitor = chromium.new_context(
        base_url=url, color_scheme=mode, reduced_motion="reduce", **DEVICES[device]
    )
    page = visitor.new_page()
    for name, address in PAGES.items():
        page.set_viewport_size(DEVICES[device]["viewport"])
        page.goto(address, wait_until="networkidle")
        page.wait_for_function(DRAWN)
        page.evaluate("document.fonts.ready.then(() => null)")
        # As tall as the page, so that what is fixed to its end is not drawn across its middle.
        width, height = page.evaluate("[innerWidth, document.documentElement.scrollHeight]")
        page.set_viewport_size({"width": width, "height": height})
        file = FOLDER / f"{name}-{device}-{mode}.png"
        page.screenshot(path=file, full_page=True)
        print(f"{file.relative_to(ROOT)}  {file.stat().st_size / 1000:,.0f} kB", flush=True)
    visitor.close()


if __name__ == "__main__":
    sys.exit(main())
