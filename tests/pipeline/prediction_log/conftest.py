"""A log of each kind where the verbs find it, and the drinks of ``builders`` live."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from store.artifacts import FolderStore
from store.prediction_log.browsing import Engine
from store.prediction_log.entry import Entry, Served, Source
from store.releases import publish
from tests import builders
from tests.store.prediction_log.made import id_at

BEGIN = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
DRINKS = Served("drinks", "20261101T120000Z-000002", "0123456789ab", "flat")

Asked = Callable[..., Entry]


def asked(number: int, acidity: float, sugar: float, **changes: Any) -> Entry:
    """A drink that was asked about in the minute of this number: sweet from 2.5 g/l sugar on."""
    sweet = 0.8 if sugar >= 2.5 else 0.1
    usual: dict[str, Any] = {
        "id": id_at(BEGIN + timedelta(minutes=number)),
        "served": DRINKS,
        "source": Source.API,
        "features": json.dumps({"acidity": acidity, "sugar": sugar}),
        "answer": str(int(sugar >= 2.5)),
        "outputs": json.dumps({"Dry": 1 - sweet, "Sweet": sweet}),
        "microseconds": 250,
        "plausibility": 0.5,
    }
    return Entry(**usual | changes)


def many(count: int) -> list[Entry]:
    """So many drinks, from every source, that differ in every digit."""
    draw = np.random.default_rng(3)
    values = draw.normal([3, 2.5], [1, 2], (count, 2)).tolist()
    sources = list(Source)
    return [asked(i, *row, source=sources[i % 3]) for i, row in enumerate(values)]


@pytest.fixture
def log(log_engine: Engine, log_url: str, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An empty log that ``DATABASE_URL`` names."""
    monkeypatch.setenv("DATABASE_URL", log_url)
    return log_engine


@pytest.fixture
def drinks_live(shelf: FolderStore) -> FolderStore:
    """A store in which the drinks are live, with their model."""
    publish(shelf, builders.put_profile(shelf), builders.put_model(shelf))
    return shelf
