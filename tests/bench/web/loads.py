"""A first visit: until an input that is moved changes the shown answer, and the bytes it takes.

Sites are visited in turn, each time by a new visitor with an empty cache. A visit of each before
says what the answer will be and counts the bytes, and some more warm the servers up, of which ours
has two workers. The input is moved in the first frame that has it, and the page is usable in the
first frame that shows its answer.
"""

import json
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page

from tests.bench.findings import Finding, ratio
from tests.bench.web.chromium import PROFILES, Profile, Visit, visit
from tests.bench.web.sites import Site

SCRIPT = Path(__file__).with_name("loads.js")
MOST_KIB = 400
KIB = 1024
WARM_UPS = 3
QUIET_LOOKS, LOOK_MS = 10, 250
MOST_LOOKS = 160


def measure(chromium: Browser, sites: list[Site], *, quick: bool) -> list[Finding]:
    """Times at either speed against those of the peers, then bytes."""
    rounds = 3 if quick else 9
    expected, sizes = {}, {}
    for site in sites:
        expected[site.title], sizes[site.title] = _first_visit(chromium, site)
        for _ in range(WARM_UPS):
            _usable_ms(chromium, PROFILES[0], site, expected[site.title])
    findings = []
    for profile in PROFILES:
        times: dict[str, list[float]] = {site.title: [] for site in sites}
        for _ in range(rounds):
            for site in sites:
                times[site.title].append(_usable_ms(chromium, profile, site, expected[site.title]))
        ours, *others = sites
        findings += [
            ratio(
                f"Page usable, ours / {peer.title}, {profile.title}",
                median(times[ours.title]),
                median(times[peer.title]),
                unit="ms",
                most=peer.most,
            )
            for peer in others
        ]
    return [*findings, *_bytes(sites, sizes)]


def _usable_ms(chromium: Browser, profile: Profile, site: Site, expected: str) -> float:
    with visit(chromium, profile) as visited:
        _open(visited, site, expected)
        visited.page.wait_for_function("() => bench.usableMs !== null", polling=LOOK_MS)
        return float(visited.page.evaluate("bench.usableMs"))


def _first_visit(chromium: Browser, site: Site) -> tuple[str, int]:
    """What is shown after the move, and the bytes that came before it.

    Raises:
        RuntimeError: The move changes nothing.
    """
    with visit(chromium, PROFILES[0]) as visited:
        received: list[int] = []
        visited.door.on(
            "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
        )
        visited.door.send("Network.enable")
        page = visited.page
        _open(visited, site, None)
        page.wait_for_selector(site.control)
        before = _at_rest(page, received)
        size = sum(received)
        page.evaluate("bench.move()")
        after = _at_rest(page, received)
    if after in ("", before):
        raise RuntimeError(f"{site.title}: a moved input leaves the answer at {before!r}.")
    return after, size


def _open(visited: Visit, site: Site, expected: str | None) -> None:
    told = {
        "control": site.control,
        "value": site.value,
        "answer": site.answer,
        "expected": expected,
    }
    script = SCRIPT.read_text(encoding="utf-8").strip()
    visited.page.add_init_script(f"{script}({json.dumps(told)})")
    visited.page.goto(site.url, wait_until="commit")


def _at_rest(page: Page, received: list[int]) -> str:
    """The answer, once neither it nor what was received has changed for a while."""
    last, quiet = None, 0
    for _ in range(MOST_LOOKS):
        now = (page.evaluate("bench.shown()"), len(received))
        quiet = quiet + 1 if now == last else 0
        if quiet == QUIET_LOOKS:
            break
        last = now
        page.wait_for_timeout(LOOK_MS)
    return str(now[0])


def _bytes(sites: list[Site], sizes: dict[str, int]) -> list[Finding]:
    ours, *others = sites
    kib = sizes[ours.title] / KIB
    own = Finding(
        "Bytes of a first visit",
        f"{kib:.0f} KiB",
        f"at most {MOST_KIB} KiB",
        kib <= MOST_KIB,
        {"kib": kib},
    )
    against = [
        ratio(
            f"Bytes of a first visit, ours / {peer.title}", kib, sizes[peer.title] / KIB, unit="KiB"
        )
        for peer in others
    ]
    return [own, *against]
