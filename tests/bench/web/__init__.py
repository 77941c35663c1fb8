"""The Predict page in a browser, against what other what-if pages take.

A Chromium of this machine, headless, as it is and with its main thread four times as slow
(Chromium's own ``Emulation.setCPUThrottlingRate``), in front of the Procfile's server and the
committed release.

    moves    a slider's event until its answer stands in the page, and until it is painted
    sites    our page and the quick starts of Gradio and explainerdashboard, each with its server
    loads    a first visit until a moved input changes the answer, and the bytes that it takes
    heap     what the page holds on to
"""

from pathlib import Path

from tests.bench.findings import Finding
from tests.bench.release import Wine, variables
from tests.bench.served import OURS, serving
from tests.bench.web import heap, loads, moves
from tests.bench.web.chromium import launched
from tests.bench.web.sites import running_sites


def measure(wine: Wine, cache: Path, *, quick: bool) -> list[Finding]:
    """All of it; the peers run only while they are measured."""
    with launched() as chromium:
        with serving(OURS, variables(cache), "/readyz") as served:
            findings = moves.measure(chromium, served.url, wine, quick=quick)
            findings += heap.measure(chromium, served.url, wine)
        with running_sites(cache) as (running, missing):
            findings += loads.measure(chromium, running, quick=quick)
    return [*findings, *(Finding(f"Page usable, ours / {one}", "not measured") for one in missing)]
