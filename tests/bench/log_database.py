"""A prediction log of a million rows, on SQLite and on PostgreSQL: filled, then asked."""

import json
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median

from dashboard.drift.stream import Group
from dashboard.monitoring.drifting import NEWEST
from dashboard.monitoring.overview import overview
from dashboard.monitoring.windows import Window
from scripts import postgres
from store.prediction_log.database import Engine, open_database, reading
from store.prediction_log.entry import Entry, Period, Served, Source
from store.prediction_log.ids import first_id, since_1970
from store.prediction_log.migrations import upgrade
from store.prediction_log.newest import newest
from store.prediction_log.reading import find, predictions
from store.prediction_log.writing import give_feedback, write
from store.schema import ModelCard
from tests.bench.findings import Finding
from tests.bench.release import Wine

ROWS, QUICK_ROWS = 1_000_000, 100_000
BATCH = 1_000
DAYS = 60
END = datetime(2026, 11, 1, tzinfo=UTC)
SAID = 0.02  # of the predictions have feedback
MOST_MS = 300
REPEATS = 7
LAST_VERSION = "2"
# As the page Monitor asks: the window, and the periods it is shown in.
WINDOWS: dict[str, tuple[timedelta, Period]] = {
    "hour": (timedelta(hours=1), 60),
    "day": (timedelta(days=1), 3_600),
    "week": (timedelta(days=7), 3_600),
    "month": (timedelta(days=30), 86_400),
    "all of it": (timedelta(days=DAYS), 86_400),
}


def measure(wine: Wine, cache: Path, *, quick: bool) -> list[Finding]:
    """Each database in turn; the server is one of its own, which waits for its disk."""
    rows = QUICK_ROWS if quick else ROWS
    findings = _of("SQLite", f"sqlite:///{cache / 'log.db'}", wine, rows)
    if postgres.find() is not None:
        with postgres.running(durable=True) as server:
            findings += _of("PostgreSQL", server.create("log"), wine, rows)
    return findings


def _of(name: str, url: str, wine: Wine, rows: int) -> list[Finding]:
    engine = open_database(url)
    try:
        upgrade(engine)
        history, busy = DAYS * 86_400_000, rows // 10  # ms; the last tenth is a row a millisecond
        _write(engine, _entries(wine, rows - busy, history - busy, history))
        cpu, wall = _write(engine, _entries(wine, busy, busy, busy))
        return [
            Finding(
                f"{name}: a row written in batches of {BATCH:,}, CPU of the writer",
                f"{cpu / busy * 1e6:.1f} µs  ({busy / wall:,.0f} rows a second)",
                numbers={"cpu_us": cpu / busy * 1e6, "rows_a_second": busy / wall, "rows": rows},
            ),
            Finding(
                f"{name}: a row on the disk, with tallies and indexes",
                f"{_bytes(engine) / rows:,.0f} bytes",
                numbers={"bytes": _bytes(engine) / rows, "rows": rows},
            ),
            *_asked(engine, name, rows, wine.card),
        ]
    finally:
        engine.dispose()


def _bytes(engine: Engine) -> int:
    """The size of the database."""
    size = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
        "postgresql": "SELECT pg_database_size(current_database())",
    }[engine.dialect.name]
    with reading(engine) as connection:
        return int(connection.exec_driver_sql(size).scalar_one())


def _write(engine: Engine, entries: Iterator[Entry]) -> tuple[float, float]:
    """Write them, and what is said of some; CPU and wall seconds of the predictions alone."""
    cpu = wall = 0.0
    rng = random.Random(1)
    while batch := list(islice(entries, BATCH)):
        began, began_cpu = time.perf_counter(), time.process_time()
        assert write(engine, batch) == len(batch)
        cpu += time.process_time() - began_cpu
        wall += time.perf_counter() - began
        for one in batch:
            if rng.random() < SAID:
                assert give_feedback(engine, one.id, rng.random() < 0.9)
    return cpu, wall


def _entries(wine: Wine, rows: int, span_ms: int, before_ms: int) -> Iterator[Entry]:
    """Predictions of real rows by two versions of a model, spread evenly over a time.

    It begins ``before_ms`` before the end of all.
    """
    rng = random.Random(span_ms)
    names = [feature.name for feature in wine.card.features]
    features = [json.dumps(dict(zip(names, row, strict=True))) for row in wine.rows.tolist()]
    labels = [known.label for known in wine.card.classes]
    start, step = since_1970(END) - before_ms, span_ms / rows
    versions = [Served(wine.card.name, of, of * 12, "arrays") for of in ("1", LAST_VERSION)]
    for i in range(rows):
        best = rng.betavariate(8, 2)
        outputs = [best, (1 - best) / 2, (1 - best) / 2]
        id = first_id(int(start + i * step))[:6] + b"\x70\x00\x80" + rng.randbytes(7)
        yield Entry(
            id,
            versions[2 * i >= rows],
            rng.choice(list(Source)),
            rng.choice(features),
            rng.choice("012"),
            json.dumps(dict(zip(labels, outputs, strict=True))),
            int(rng.lognormvariate(6, 0.5)),
            round(rng.random(), 3),
        )


def _asked(engine: Engine, name: str, rows: int, card: ModelCard) -> list[Finding]:
    """What Monitor asks for each of its windows, then a row, and a page of rows."""
    findings = []
    for window, (span, period) in WINDOWS.items():
        shown = Window(END - span, END, period, period)
        summary = max(
            _ms(partial(_summary, engine, shown, card, source)) for source in (None, Source.PAGE)
        )
        findings.append(
            Finding(
                f"{name}: summary of a window, {window}",
                f"{summary:.0f} ms",
                f"at most {MOST_MS} ms",
                summary <= MOST_MS,
                {"ms": summary, "rows": rows},
            )
        )
    some = predictions(engine, since=END - timedelta(days=DAYS / 2), limit=1)[0]
    for what, ask in {
        "one prediction by its id": lambda: find(engine, some.id),
        "10,000 predictions in order": lambda: predictions(engine, after=some.id),
    }.items():
        took = _ms(ask)
        findings.append(Finding(f"{name}: {what}", f"{took:.2g} ms", numbers={"ms": took}))
    return findings


def _summary(engine: Engine, window: Window, card: ModelCard, source: Source | None) -> None:
    """All that Monitor asks, of one source or of all, but the state of the drift test: one row."""
    found = overview(engine, window, card, source)
    assert found.traffic.total
    assert found.opinions.total
    for group in Group:
        assert newest(engine, card.name, LAST_VERSION, group.value, limit=NEWEST)


def _ms(ask: Callable[[], object]) -> float:
    """The median of what a question takes."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        ask()
        took.append(time.perf_counter() - began)
    return median(took) * 1e3
