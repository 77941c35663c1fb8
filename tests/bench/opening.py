"""What it takes to open a model: the child process with all its checks, from start to end."""

import resource
from io import BytesIO
from statistics import median

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

from dashboard.model.loader import open_model
from store.releases import model_key, stored
from store.schema import CardStep, Golden, ModelCard
from tests.bench.findings import Finding
from tests.bench.release import Wine

MOST_SECONDS = 2.0
MOST_SECONDS_MORE = 0.3  # for 5 MB more
FIVE = 5e6  # bytes
TREES = 100, 300  # of full depth; about 9 and 27 MB
NOISE_ROWS = 2_000


def measure(wine: Wine, *, quick: bool) -> list[Finding]:
    """CPU seconds of the child: the wine model, then two forests, and what a byte more costs."""
    rounds = 3 if quick else 7
    own = _cpu_seconds(wine.card, wine.data, rounds)
    (small, small_cpu), (large, large_cpu) = (_forest(wine, n, rounds) for n in TREES)
    more = (large_cpu - small_cpu) / (large - small) * FIVE
    return [
        Finding(
            "Child process and all checks, wine model, CPU",
            f"{own:.2f} s",
            f"at most {MOST_SECONDS:g} s",
            own <= MOST_SECONDS,
            {"cpu_s": own},
        ),
        Finding(
            "The same for 5 MB more of a forest",
            f"{more:.2f} s  ({small / 1e6:.1f} MB in {small_cpu:.2f} s, {large / 1e6:.1f} MB in "
            f"{large_cpu:.2f} s)",
            f"at most {MOST_SECONDS_MORE:g} s",
            more <= MOST_SECONDS_MORE,
            {"cpu_s": more},
        ),
    ]


def _forest(wine: Wine, trees: int, rounds: int) -> tuple[int, float]:
    """The bytes of a forest on rows without any order, and what it takes to open it."""
    rng = np.random.default_rng(0)
    low, high = wine.rows.min(axis=0), wine.rows.max(axis=0)
    rows = rng.uniform(low, high, (NOISE_ROWS, len(low)))
    classes = [known.value for known in wine.card.classes]
    forest = RandomForestClassifier(trees, random_state=0).fit(rows, rng.choice(classes, len(rows)))
    file = BytesIO()
    joblib.dump(forest, file)
    data, golden = file.getvalue(), rows[:12]
    card = wine.card.model_copy(
        update={
            "file": stored(model_key("forest", "1", "model.joblib"), data),
            "flat": None,
            "steps": (
                CardStep(estimator="sklearn.ensemble.RandomForestClassifier", parameters={}),
            ),
            "golden": Golden(
                rows=golden.tolist(), probabilities=forest.predict_proba(golden).tolist()
            ),
        }
    )
    return len(data), _cpu_seconds(card, data, rounds)


def _cpu_seconds(card: ModelCard, data: bytes, rounds: int) -> float:
    """The median of what the child processes took, user and system."""
    times = []
    for _ in range(rounds):
        before = _children()
        open_model(data, card).close()
        times.append(_children() - before)
    return median(times)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
