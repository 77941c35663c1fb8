"""Receipts of the answers of real models."""

from typing import Any

import pytest

from dashboard.receipts.receipt import Receipt, signed
from dashboard.receipts.signing import Signer

SECRET = "a secret text of the tests, which is long enough"


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer(SECRET)


def said(**changes: Any) -> dict[str, Any]:
    """What a receipt says of a prediction."""
    return {
        "id": "01939a3c-6f5e-7c31-8a4b-0123456789ab",
        "time": "2026-11-29T20:41:07.311Z",
        "source": "api",
        "inputs": {"acidity": 1.0, "sugar": 0.1 + 0.2},
        "answer": "1",
        "probabilities": {"Dry": 0.7, "Sweet": 0.3},
        "model": {"name": "drinks", "version": "3", "hash": "0" * 12, "engine": "flat"},
        "microseconds": 212,
        **changes,
    }


@pytest.fixture
def receipt(signer: Signer) -> Receipt:
    return signed(signer, said())
