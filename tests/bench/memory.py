"""What two web workers hold together after visitors saw every page."""

import os
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts import browser
from tests.bench.findings import Finding
from tests.bench.release import variables
from tests.bench.served import OURS, Served, serving

TARGET_MB = 140
MB = 1e6
PAGES = (
    *("/", "/explore", "/spark", "/predict", "/model", "/monitor", "/api", "/hardware"),
    "/no-such-page",
)
VISITORS = 4
REST_SECONDS = 10  # by then the workers have given back what is free


def measure(cache: Path) -> list[Finding]:
    """The proportional set size (PSS): memory that processes share counts once in the sum."""
    with serving(OURS, variables(cache) | {"WEB_CONCURRENCY": "2"}, "/readyz") as served:
        _visit_every_page(served)
        time.sleep(REST_SECONDS)
        workers = [worker.memory_full_info().pss / MB for worker in served.workers()]
        master = served.process.memory_full_info().pss / MB
    each = " + ".join(f"{size:.0f}" for size in workers)
    return [
        Finding(
            "Memory (PSS) of two web workers after all pages",
            f"{sum(workers):.0f} MB  ({each}; {master:.0f} MB more in the master)",
            f"at most {TARGET_MB} MB",
            sum(workers) <= TARGET_MB,
            {"workers_mb": sum(workers), "master_mb": master},
        )
    ]


def _visit_every_page(served: Served) -> None:
    """Several visitors, each over connections of their own, so that both workers see all pages."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browser.find(), chromium_sandbox=os.geteuid() != 0
        )
        for _ in range(VISITORS):
            page = chromium.new_context(base_url=served.url).new_page()
            for address in PAGES:
                page.goto(address, wait_until="networkidle")
            page.context.close()
        chromium.close()
