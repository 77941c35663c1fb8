"""The wine example's model, fitted once, and opened once by a real child process."""

from collections.abc import Iterator

import pytest

from dashboard.model.loader import FlatPredictor, open_model
from tests.dashboard.model.published import Published, forest, publish


@pytest.fixture(scope="session")
def wine() -> Published:
    """The wine example's model."""
    return publish(forest())


@pytest.fixture(scope="session")
def opened(wine: Published) -> Iterator[FlatPredictor]:
    """The wine example's model, opened."""
    predictor = open_model(wine.data, wine.card)
    assert isinstance(predictor, FlatPredictor)
    yield predictor
    predictor.close()
