"""The same model behind other servers, each as its own quick start has it, against ours.

Each peer lives in an environment of its own (``installed``); one that cannot be installed or does
not start is named as not measured. The model is the committed one, scikit-learn's own estimator,
with two workers where a peer has workers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from scripts.servers import free_port, running
from tests.bench.findings import Finding
from tests.bench.installed import MODEL, QUICKSTARTS, folder, install
from tests.bench.installed import variables as peer_variables
from tests.bench.load import Load, load
from tests.bench.release import Wine, variables
from tests.bench.served import OURS, Request, Served, serving

CONNECTIONS = 32


class Peer(NamedTuple):
    """A server: what to install, how to start it, what to ask it, and how far ahead we promise."""

    title: str
    packages: tuple[str, ...]
    command: Callable[[Path, int], Sequence[str]]  # (its environment's folder, port)
    ready: str
    path: str
    body: Callable[[list[float]], Any]
    least: float | None = None
    prepare: Callable[[Path], Sequence[str]] | None = None


def _features(row: list[float]) -> Any:
    return {"features": row}


PEERS = {
    "mlflow": Peer(
        "MLflow's scoring server",
        ("mlflow==3.17.2",),
        lambda home, port: [
            *(str(home / "bin" / "mlflow"), "models", "serve", "--env-manager", "local"),
            *("-m", str(home / "wine-model"), "-w", "2", "-h", "127.0.0.1", "-p", str(port)),
        ],
        "/ping",
        "/invocations",
        lambda row: {"inputs": [row]},
        least=50,
        prepare=lambda home: [
            *(str(home / "bin" / "python"), str(QUICKSTARTS / "mlflow_model.py")),
            str(home / "wine-model"),
        ],
    ),
    "bentoml": Peer(
        "BentoML",
        ("bentoml==1.4.39",),
        lambda home, port: [
            *(str(home / "bin" / "bentoml"), "serve", "bentoml_service:Wine"),
            *("--working-dir", str(QUICKSTARTS), "--host", "127.0.0.1", "--port", str(port)),
        ],
        "/readyz",
        "/predict",
        _features,
        least=50,
    ),
    "fastapi": Peer(
        "FastAPI with scikit-learn",
        ("fastapi==0.165.0", "uvicorn[standard]==0.54.0"),
        lambda home, port: [
            *(str(home / "bin" / "uvicorn"), "fastapi_app:app", "--app-dir", str(QUICKSTARTS)),
            *("--workers", "2", "--port", str(port), "--no-access-log"),
        ],
        "/docs",
        "/predict",
        _features,
        least=10,
    ),
    "litserve": Peer(
        "LitServe",
        ("litserve==0.2.19",),
        lambda home, _port: [
            *(str(home / "bin" / "python"), str(QUICKSTARTS / "litserve_server.py")),
        ],
        "/health",
        "/predict",
        _features,
    ),
    "gradio": Peer(
        "Gradio, one process, without its queue",
        ("gradio==6.31.0",),
        lambda home, _port: [
            *(str(home / "bin" / "python"), str(QUICKSTARTS / "gradio_app.py")),
        ],
        "/",
        "/gradio_api/run/predict",
        lambda row: {"data": row},
    ),
}


@dataclass
class Contestant:
    """A running server with what it is asked, and what was measured."""

    served: Served
    request: Request
    alone: list[Load]
    crowded: list[Load]

    def measure(self, seconds: int, *, keep: bool) -> None:
        """One turn: a connection by itself, then 32."""
        alone = load(self.served, self.request, connections=1, seconds=seconds)
        crowded = load(self.served, self.request, connections=CONNECTIONS, seconds=seconds)
        if keep:
            self.alone.append(alone)
            self.crowded.append(crowded)


def measure(wine: Wine, cache: Path, *, quick: bool) -> list[Finding]:
    """All that start, in turn, again and again; the first round warms up."""
    rounds, seconds = (3, 2) if quick else (5, 4)
    row = [float(value) for value in wine.rows[0]]
    with ExitStack() as stack:
        ours = Contestant(
            stack.enter_context(serving(OURS, variables(cache), "/readyz")),
            Request("/predict", wine.body()),
            [],
            [],
        )
        others: dict[str, Contestant] = {}
        missing: list[Finding] = []
        for name, peer in PEERS.items():
            try:
                served = stack.enter_context(_serving(name, peer))
            except (RuntimeError, subprocess.CalledProcessError) as error:
                print(f"({peer.title}: {error})", file=sys.stderr)
                missing.append(Finding(f"Requests/s, ours / {peer.title}", "not measured"))
                continue
            request = Request(peer.path, json.dumps(peer.body(row)).encode())
            others[name] = Contestant(served, request, [], [])
        for turn in range(rounds + 1):
            for contestant in (ours, *others.values()):
                contestant.measure(seconds, keep=turn > 0)
    findings = [_against(PEERS[name], ours, other) for name, other in others.items()]
    return [_figures("Ours", ours), *findings, *missing]


def _against(peer: Peer, ours: Contestant, other: Contestant) -> Finding:
    """How many times as many requests we answer; with the peer's other figures."""
    first, second = Load.median(ours.crowded), Load.median(other.crowded)
    times = first.per_second / second.per_second
    own = _figures(peer.title, other)
    return Finding(
        f"Requests/s at {CONNECTIONS} connections, ours / {peer.title}",
        f"{times:.0f} x  ({own.measured})",
        f"at least {peer.least:g} x" if peer.least else "",
        times >= peer.least if peer.least else None,
        {"ratio": times, **own.numbers},
    )


def _figures(title: str, contestant: Contestant) -> Finding:
    alone, crowded = Load.median(contestant.alone), Load.median(contestant.crowded)
    return Finding(
        f"{title} at {CONNECTIONS} connections; at one",
        f"{crowded.per_second:,.0f} requests/s, {crowded.cpu_us:,.0f} µs of CPU each; "
        f"p50 {alone.p50_ms:.2f} ms",
        numbers={
            "per_second": crowded.per_second,
            "cpu_us": crowded.cpu_us,
            "p50_alone_ms": alone.p50_ms,
            "p50_crowded_ms": crowded.p50_ms,
        },
    )


@contextmanager
def _serving(name: str, peer: Peer) -> Iterator[Served]:
    """A peer that runs until the block ends.

    Raises:
        RuntimeError: It does not start.
        CalledProcessError: It cannot be installed.
    """
    prepare = peer.prepare(folder(name)) if peer.prepare else None
    home = install(name, peer.title, [*MODEL, *peer.packages], prepare)
    port = free_port()
    environment = {**os.environ, **peer_variables(home), "PORT": str(port)}
    url = f"http://127.0.0.1:{port}{peer.ready}"
    with running(list(peer.command(home, port)), url, environment, quiet=True) as pid:
        yield Served(port, psutil.Process(pid))
