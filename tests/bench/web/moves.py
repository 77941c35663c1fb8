"""A slider's event until its answer stands in the page, and until the frame of it is painted.

Events come as in a drag: one a frame, at its beginning. Chromium's clock counts in steps of 5 µs
in a page that is isolated from other origins, so every event is timed by itself, and nothing is
warmed up. The answer stands in the page when the last probability and the number of the slider
are written into it; the whole event also has the explanation, the curves and all else in sight.
"""

from collections.abc import Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, ViewportSize

from tests.bench.findings import Finding
from tests.bench.release import Wine
from tests.bench.web.chromium import LAPTOP, PROFILES, Profile, visit

SCRIPT = Path(__file__).with_name("moves.js")
EVENTS = 120  # of a drag
MOST_P50_MS, MOST_P95_MS = 1.0, 16.0
CLOSE = 1e-9  # of an explanation's sum and the answer
ALL_IN_SIGHT = ViewportSize(width=1440, height=4000)


def measure(chromium: Browser, url: str, wine: Wine, *, quick: bool) -> list[Finding]:
    """A laptop's window, then one in which every card is in sight; both at either speed."""
    features = _sliders(chromium, url, wine)[: 2 if quick else None]
    findings = []
    for profile in PROFILES:
        usual = _drags(chromium, url, wine, profile, LAPTOP, features)
        whole = _drags(chromium, url, wine, profile, ALL_IN_SIGHT, features)
        findings += [
            _answer(f"Slider event to its answer, {profile.title}", [*usual, *whole]),
            _shown(f"Events whose own answer is shown, {profile.title}", [*usual, *whole]),
            _whole(f"Slider event to all of its page, a laptop's window, {profile.title}", usual),
            _whole(f"The same with every card in sight, {profile.title}", whole),
            _explained(f"Explanation and all curves of an event, {profile.title}", whole),
        ]
    return findings


def open_predict(page: Page, url: str, wine: Wine) -> None:
    """The page at the most undecided row of the table, where its answers move most."""
    named = zip((feature.name for feature in wine.card.features), _start(wine), strict=True)
    page.goto(f"{url}/predict?{urlencode([(name, float(value)) for name, value in named])}")
    page.wait_for_selector("#what-if .curve")
    page.wait_for_load_state("networkidle")
    page.evaluate(SCRIPT.read_text(encoding="utf-8"))


def _start(wine: Wine) -> NDArray[np.float64]:
    return wine.rows[np.argmin(_probabilities(wine, wine.rows).max(axis=1))]


def _probabilities(wine: Wine, rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """scikit-learn's own, of a table with the columns that it was trained with."""
    names = [feature.name for feature in wine.card.features]
    found: NDArray[np.float64] = wine.estimator.predict_proba(pd.DataFrame(rows, columns=names))
    return found


def _sliders(chromium: Browser, url: str, wine: Wine) -> list[str]:
    """The features whose sliders have as many places as a drag has events, most important first."""
    names = [feature.name for feature in wine.card.features]
    importance = dict(zip(names, wine.estimator.feature_importances_, strict=True))
    with visit(chromium, PROFILES[0]) as visited:
        open_predict(visited.page, url, wine)
        places = {name: visited.page.evaluate("bench.places", name) for name in names}
    fit = [name for name in names if places[name] >= EVENTS - 1]
    return sorted(fit, key=lambda name: -importance[name])


def _drags(
    chromium: Browser,
    url: str,
    wine: Wine,
    profile: Profile,
    window: ViewportSize,
    features: Sequence[str],
) -> list[dict[str, Any]]:
    """The events of a drag over each slider, each with ``right``: it shows the model's answer."""
    names = [feature.name for feature in wine.card.features]
    moves: list[dict[str, Any]] = []
    with visit(chromium, profile, window=window, clock=True) as visited:
        page = visited.page
        open_predict(page, url, wine)
        step = page.evaluate("bench.clockStep()")
        if step > 0.02:
            raise RuntimeError(f"The browser's clock counts in steps of {step} ms, not 0.005 ms.")
        row = _start(wine)
        for feature in features:
            found = page.evaluate("([name, count]) => bench.drag(name, count)", [feature, EVENTS])
            rows = np.repeat(row[None], EVENTS, axis=0)
            rows[:, names.index(feature)] = [move["value"] for move in found]
            for move, expected in zip(found, _probabilities(wine, rows), strict=True):
                move["right"] = (
                    move["answer"] == expected.tolist() and move["field"] == move["value"]
                )
                told = move["explanation"]
                near = abs(told["sum"] - expected[told["of"]]) <= CLOSE
                move["explained"] = move["explained"] and bool(near)
            if len({move["value"] for move in found}) != EVENTS:
                raise RuntimeError(f"The drag of {feature} did not have {EVENTS} values.")
            row = rows[-1]
            moves += found
    return moves


def _answer(what: str, moves: list[dict[str, Any]]) -> Finding:
    p50, p95 = _percentiles([move["answerMs"] for move in moves])
    return Finding(
        what,
        f"p50 {p50:.2f} ms, p95 {p95:.2f} ms",
        f"p50 {MOST_P50_MS:g}, p95 {MOST_P95_MS:g} ms",
        p50 <= MOST_P50_MS and p95 <= MOST_P95_MS,
        {"p50_ms": p50, "p95_ms": p95, "events": len(moves)},
    )


def _whole(what: str, moves: list[dict[str, Any]]) -> Finding:
    p50, p95 = _percentiles([move["ms"] for move in moves])
    painted_p50, painted_p95 = _percentiles([move["paintedMs"] for move in moves])
    return Finding(
        what,
        f"p50 {p50:.2f} ms, p95 {p95:.2f} ms; painted p50 {painted_p50:.1f} ms, p95 "
        f"{painted_p95:.1f} ms",
        numbers={
            "p50_ms": p50,
            "p95_ms": p95,
            "painted_p50_ms": painted_p50,
            "painted_p95_ms": painted_p95,
            "events": len(moves),
        },
    )


def _shown(what: str, moves: list[dict[str, Any]]) -> Finding:
    right = sum(move["right"] for move in moves)
    return Finding(
        what,
        f"{right:,} of {len(moves):,}, each in its own frame, to the last bit",
        "all",
        right == len(moves),
        {"shown": right, "events": len(moves)},
    )


def _explained(what: str, moves: list[dict[str, Any]]) -> Finding:
    right = sum(move["explained"] and move["drawn"] and move["curves"] > 0 for move in moves)
    return Finding(
        what,
        f"{right:,} of {len(moves):,} shown in its own frame",
        "all",
        right == len(moves),
        {"shown": right, "events": len(moves)},
    )


def _percentiles(times: list[float]) -> tuple[float, float]:
    return median(times), quantiles(times, n=20)[-1]
