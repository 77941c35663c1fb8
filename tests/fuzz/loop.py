"""Mutants through confined children, many to a child."""

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dashboard.model.opener import opened
from tests.dashboard.model.forked import Outcome, forked
from tests.fuzz.mutants import mutant, seeds

AT_ONCE = 40
SECONDS = 30.0
GOOD = ("flat", "served", "refused", "cannot open", "does not open")


def run(
    seconds: float,
    seed: int,
    *,
    kept: Path,
    progress: Callable[[Counter[str]], Any] = lambda counts: None,
) -> tuple[Counter[str], list[str]]:
    """Open mutants for so long; the counts by outcome, and the files kept of bad ones."""
    counts: Counter[str] = Counter()
    bad: list[str] = []
    seeds()
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        batch = range(number, number + AT_ONCE)
        number += AT_ONCE
        outcome = forked(lambda batch=batch: [result(n, seed) for n in batch], seconds=SECONDS)
        if outcome.how == "answered":
            results = dict(zip(batch, outcome.answer, strict=True))
        else:  # one of them did it: each again, alone
            results = {n: _alone(n, seed) for n in batch}
        counts.update(results.values())
        for n, how in results.items():
            if how not in GOOD:
                bad.append(_keep(n, seed, how, kept))
        progress(counts)
    return counts, bad


def result(number: int, seed: int) -> str:
    """How the opening of a mutant ended."""
    origin, data = mutant(number, seed)
    try:
        _, answer = opened(data, json.loads(origin.card))
    except BaseException as error:
        return f"raised {type(error).__name__}"
    if "refused" not in answer:
        return "flat" if "flat" in answer else "served"
    if answer["refused"].startswith("The model does not open"):
        return "does not open"
    return "cannot open" if "versions" in answer else "refused"


def _alone(number: int, seed: int) -> str:
    outcome: Outcome = forked(lambda: result(number, seed), seconds=SECONDS)
    return outcome.answer if outcome.how == "answered" else outcome.how


def _keep(number: int, seed: int, how: str, kept: Path) -> str:
    origin, data = mutant(number, seed)
    kept.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "-", f"{how} {seed} {number} {origin.name}")
    (kept / name).write_bytes(data)
    return name
