"""The offline half asks the web half whether a model opens, before it publishes it."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.naive_bayes import GaussianNB

from dashboard.model.flat import FlatModel
from pipeline import opening
from pipeline.opening import check_opens
from store.errors import ModelRefused
from tests.dashboard.model.payloads import HONEST, system
from tests.dashboard.model.published import pinning, publish


def test_a_forest_is_opened_and_its_flat_form_handed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")  # wherever the verb is called

    found = check_opens(HONEST.data, HONEST.card)

    assert (found.engine, found.reason) == ("flat", None)
    assert found.flat is not None
    flat = FlatModel.from_json(found.flat)
    assert flat.to_json().encode() == found.flat
    expected = HONEST.estimator.predict_proba(HONEST.rows)
    assert np.array_equal(flat.predict_proba_rows(HONEST.rows), expected)


def test_a_model_without_a_flat_form_says_why() -> None:
    bayes = publish(GaussianNB(), "iris")

    found = check_opens(bayes.data, bayes.card)

    assert (found.engine, found.flat) == ("scikit-learn", None)
    assert found.reason is not None


def test_a_hostile_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    data = system(tmp_path / "marker")

    with pytest.raises(ModelRefused, match="could run any code"):
        check_opens(data, pinning(HONEST.card, data))

    assert not (tmp_path / "marker").exists()


def test_a_family_without_a_check_opens_for_a_release_that_will_be_signed() -> None:
    process = publish(GaussianProcessClassifier(), "iris")

    with pytest.raises(ModelRefused, match="only from a signed release"):
        check_opens(process.data, process.card)
    assert check_opens(process.data, process.card, signed=True).engine == "scikit-learn"


@pytest.mark.parametrize("said", ["", "no answer", json.dumps([1])])
def test_a_check_that_gives_no_answer_is_a_refusal(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\ncat > {os.devnull}\necho '{said}'\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))

    with pytest.raises(ModelRefused, match=r"gave no answer|without an answer"):
        check_opens(HONEST.data, HONEST.card)


def test_a_check_that_takes_too_long_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "CHECK_SECONDS", 0.01)

    with pytest.raises(ModelRefused, match="took over"):
        check_opens(HONEST.data, HONEST.card)
