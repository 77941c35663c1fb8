"""Our page and those of the peers, each with its own server: same model, same 13 features."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from scripts.servers import free_port, running
from tests.bench.installed import MODEL, QUICKSTARTS, install, variables
from tests.bench.release import variables as our_variables
from tests.bench.served import OURS, serving


class Peer(NamedTuple):
    """What to install, which quick start to run, and where its page has what we look at."""

    title: str
    packages: tuple[str, ...]
    quickstart: str
    control: str
    answer: str
    most: float  # of its time, which ours may take


# explainerdashboard takes no newer numpy.
PEERS = {
    "gradio": Peer(
        "Gradio",
        (*MODEL, "gradio==6.31.0"),
        "gradio_sliders.py",
        "input[type=range][aria-label='range slider for proline']",
        "[data-testid$=-confidence-set] dd",
        0.5,
    ),
    "explainerdashboard": Peer(
        "explainerdashboard",
        ("scikit-learn==1.9.1", "numpy==2.3.5", "joblib==1.6.0", "explainerdashboard==0.5.8"),
        "explainerdashboard_app.py",
        "[id^='feature-input-proline-input']",
        "[id^='clas-prediction-div'] td",
        0.25,
    ),
}


@dataclass(frozen=True)
class Site:
    """A running page.

    Attributes:
        title: Its name.
        url: Its address.
        control: CSS selector of the input that is moved.
        value: What it is moved to.
        answer: CSS selector of the elements that have the answer.
        most: The share of its time that ours may take; None of ours.
    """

    title: str
    url: str
    control: str
    value: float
    answer: str
    most: float | None = None


@contextmanager
def running_sites(cache: Path) -> Iterator[tuple[list[Site], list[str]]]:
    """Ours first, then all peers that start, until the block ends; and the titles of the others."""
    found: list[Site] = []
    missing: list[str] = []
    with ExitStack() as stack:
        ours = stack.enter_context(serving(OURS, our_variables(cache), "/readyz"))
        found.append(
            Site(
                "Ours",
                f"{ours.url}/predict",
                ".feature[data-feature=proline] input[type=range]",
                400,
                "#predict-result .bar-value",
            )
        )
        for name, peer in PEERS.items():
            try:
                url = stack.enter_context(_serving(name, peer))
            except (RuntimeError, subprocess.CalledProcessError) as error:
                print(f"({peer.title}: {error})", file=sys.stderr)
                missing.append(peer.title)
                continue
            found.append(Site(peer.title, url, peer.control, 1400, peer.answer, peer.most))
        yield found, missing


@contextmanager
def _serving(name: str, peer: Peer) -> Iterator[str]:
    """Raises RuntimeError where it does not start, CalledProcessError where none can install it."""
    home = install(name, peer.title, peer.packages)
    url = f"http://127.0.0.1:{(port := free_port())}/"
    environment = {**os.environ, **variables(home), "PORT": str(port)}
    command = [str(home / "bin" / "python"), str(QUICKSTARTS / peer.quickstart)]
    with running(command, url, environment, quiet=True):
        yield url
