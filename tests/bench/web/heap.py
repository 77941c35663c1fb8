"""What the page holds on to: JavaScript's heap after a collection, while pages are switched.

The heap has the machine code that Chromium compiles in it, which grows by some 0.8 MB over the
first thousand moves and hardly after them (by type of node in snapshots of the heap). So the
warm-up drags every slider once; what is held is compared after it, and the heap before it is told.
"""

from typing import NamedTuple

from playwright.sync_api import Browser

from tests.bench.findings import Finding
from tests.bench.release import Wine
from tests.bench.web.chromium import PROFILES, Visit, visit
from tests.bench.web.moves import open_predict

SWITCHES = 50
MOVES = 2_000
LOOKS = 5  # at the heap, on the way
MOST_GROWTH = 0.10
REST_MS = 1_500  # what is done once a drag is at rest has been done
MB = 1e6
LOOK_MS = 50
# A click of Playwright's own would leave its finder of elements in the heap.
FOLLOW = """name => Array.from(document.querySelectorAll(".site-nav a"))
  .find(link => link.textContent === name).click()"""
AT_HOME = """() => location.pathname === '/' && document.querySelector('main h1') &&
  !document.getElementById('what-if')"""
AT_PREDICT = "() => location.pathname === '/predict' && document.querySelector('#what-if .curve')"


class Held(NamedTuple):
    """What a page holds."""

    heap_mb: float
    nodes: int
    listeners: int


def measure(chromium: Browser, url: str, wine: Wine) -> list[Finding]:
    """From Predict to Home and back through the navigation, with moves at each return."""
    features = [feature.name for feature in wine.card.features]
    each = 2 * MOVES // SWITCHES
    with visit(chromium, PROFILES[0]) as visited:
        page = visited.page
        open_predict(page, url, wine)
        page.evaluate("window.sameDocument = true")
        cold = _held(visited)
        for feature in features:
            _go_and_return(visited, feature, each)
        before = _held(visited)
        looks = []
        for turn in range(SWITCHES // 2):
            _go_and_return(visited, features[turn % len(features)], each)
            if (turn + 1) % (SWITCHES // 2 // LOOKS) == 0:
                looks.append(_held(visited))
        if not page.evaluate("window.sameDocument"):
            raise RuntimeError("The pages were loaded again, not switched.")
    most = max(looks, key=lambda held: held.heap_mb)
    farthest = max(abs(held.heap_mb / before.heap_mb - 1) for held in looks)
    last = looks[-1]
    more_nodes, more_listeners = last.nodes - before.nodes, last.listeners - before.listeners
    return [
        Finding(
            f"Heap over {SWITCHES} page switches and {MOVES:,} moves",
            f"{before.heap_mb:.2f} MB ({cold.heap_mb:.2f} before the warm-up), then at most "
            f"{most.heap_mb:.2f}, at the end {last.heap_mb:.2f} MB  ({more_nodes:+,} DOM nodes, "
            f"{more_listeners:+,} listeners)",
            f"within {MOST_GROWTH:.0%}",
            farthest <= MOST_GROWTH,
            {
                "cold_mb": cold.heap_mb,
                "before_mb": before.heap_mb,
                "most_mb": most.heap_mb,
                "last_mb": last.heap_mb,
                "more_nodes": more_nodes,
                "more_listeners": more_listeners,
            },
        )
    ]


def _go_and_return(visited: Visit, feature: str, moves: int) -> None:
    page = visited.page
    for name, there in (("Home", AT_HOME), ("Predict", AT_PREDICT)):
        page.evaluate(FOLLOW, name)
        page.wait_for_function(there, polling=LOOK_MS)
    page.evaluate("([name, count]) => bench.shake(name, count)", [feature, moves])


def _held(visited: Visit) -> Held:
    visited.page.wait_for_timeout(REST_MS)
    visited.door.send("Performance.enable")
    visited.door.send("HeapProfiler.collectGarbage")
    answer = visited.door.send("Performance.getMetrics")
    found = {metric["name"]: metric["value"] for metric in answer["metrics"]}
    return Held(found["JSHeapUsedSize"] / MB, int(found["Nodes"]), int(found["JSEventListeners"]))
