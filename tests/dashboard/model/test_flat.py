"""The flat model: what it answers, what it refuses to be, and its JSON."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dashboard.model.flat import FlatModel
from store.errors import ModelRefused

# one split on feature 1 at 2.5: left is surely class 0, right class 1 three times in four
STUMP: dict[str, Any] = {
    "format": 1,
    "n_features": 2,
    "steps": [],
    "predictor": {
        "kind": "trees",
        "trees": 1,
        "feature": [1, -1, -1],
        "threshold": [2.5],
        "probabilities": [[1.0, 0.0], [0.25, 0.75]],
    },
}
LINEAR: dict[str, Any] = {
    "format": 1,
    "n_features": 2,
    "steps": [{"operation": "subtract", "values": [1.0, 1.0]}],
    "predictor": {"kind": "linear", "weights": [[1.0, 0.0]], "intercept": [0.0], "layout": "C"},
}


def changed(model: dict[str, Any], **predictor: Any) -> dict[str, Any]:
    """The same model with parts of its predictor replaced."""
    return model | {"predictor": model["predictor"] | predictor}


def test_a_value_on_the_threshold_goes_left() -> None:
    stump = FlatModel.from_data(STUMP)

    assert stump.predict_proba([9.0, 2.5]) == [1.0, 0.0]
    assert stump.predict_proba([9.0, 2.6]) == [0.25, 0.75]


def test_inputs_are_rounded_to_float32_before_they_meet_a_threshold() -> None:
    just_above = float(np.nextafter(2.5, 3))

    assert FlatModel.from_data(STUMP).predict_proba([9.0, just_above]) == [1.0, 0.0]


def test_steps_come_before_the_predictor_and_a_score_of_zero_is_even() -> None:
    assert FlatModel.from_data(LINEAR).predict_proba([1.0, 7.0]) == [0.5, 0.5]


def test_a_score_beyond_the_exponential_is_certain() -> None:
    assert FlatModel.from_data(LINEAR).predict_proba([-1e6, 0.0]) == [1.0, 0.0]


def test_clipping_holds_values_in_the_range() -> None:
    steps = [{"operation": "clip", "values": [0.0, 1.0]}]
    stump = FlatModel.from_data(changed(STUMP, threshold=[0.5]) | {"steps": steps})

    assert stump.predict_proba([0.0, 1e300]) == [0.25, 0.75]


@pytest.mark.parametrize("model", [STUMP, LINEAR], ids=["trees", "linear"])
@pytest.mark.parametrize(
    "row", [[1.0], [1.0, 2.0, 3.0], [1.0, float("nan")], [float("inf"), -float("inf")]]
)
def test_a_row_of_another_width_or_not_finite_is_a_value_error(
    model: dict[str, Any], row: list[float]
) -> None:
    flat = FlatModel.from_data(model)

    with pytest.raises(ValueError, match="row"):
        flat.predict_proba(row)
    with pytest.raises(ValueError, match=r"Rows|rows"):
        flat.predict_proba_rows([row])


def test_a_number_beyond_float32_is_a_value_error_as_in_scikit_learn() -> None:
    flat = FlatModel.from_data(STUMP)

    with pytest.raises(ValueError, match="too large"):
        flat.predict_proba([0.0, 1e39])
    with pytest.raises(ValueError, match="too large"):
        flat.predict_proba_rows([[0.0, 1e39]])


def test_no_rows_have_no_answers() -> None:
    assert FlatModel.from_data(STUMP).predict_proba_rows(np.empty((0, 2))).shape == (0, 2)
    assert FlatModel.from_data(LINEAR).predict_proba_rows(np.empty((0, 2))).shape == (0, 2)


@given(st.floats(allow_nan=False, allow_infinity=False, width=64))
@example(-3.4028234663852889e38)  # just beyond the least float32
def test_json_brings_every_threshold_back_exactly(threshold: float) -> None:
    stump = FlatModel.from_data(changed(STUMP, threshold=[threshold]))

    again = FlatModel.from_json(stump.to_json())

    assert again.to_data() == stump.to_data()
    assert json.loads(stump.to_json())["predictor"]["threshold"] == [threshold]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (STUMP | {"format": 2}, "format"),
        (STUMP | {"n_features": 0}, "number of features"),
        (STUMP | {"steps": [{"operation": "exec", "values": [1.0, 1.0]}]}, "unknown operation"),
        (STUMP | {"steps": [{"operation": "add", "values": [1.0]}]}, "other features"),
        (STUMP | {"steps": [{"operation": "divide", "values": [1.0, 0.0]}]}, "divides by zero"),
        (changed(STUMP, kind="code"), "unknown kind"),
        (changed(STUMP, feature=[2, -1, -1]), "feature outside 0 to 1"),
        (changed(STUMP, feature=[-2, -1, -1]), "feature outside 0 to 1"),
        (changed(STUMP, feature=[0.5, -1, -1]), "whole numbers"),
        (changed(STUMP, feature=[1, -1]), "not complete"),
        (changed(STUMP, feature=[-1, 1, -1]), "does not follow its parent"),
        (changed(STUMP, trees=3), "not complete"),
        (changed(STUMP, threshold=[]), "one threshold a split"),
        (changed(STUMP, threshold=[float("inf")]), "not finite"),
        (changed(STUMP, threshold=["2.5"]), "threshold is not 1-D numbers"),
        (changed(STUMP, probabilities=[[1.0, 0.0]]), "probabilities a leaf"),
        (changed(STUMP, probabilities=[[], []]), "leaves are empty"),
        (changed(STUMP, probabilities=[[1.0, 0.0], [1.0]]), "not numbers"),
        (changed(STUMP, surprise=1), "wrong kind"),
        (changed(LINEAR, weights=[[1.0]]), "one weight a feature"),
        (changed(LINEAR, weights=[[1.0, 0.0]] * 2, intercept=[0.0] * 2), "three or more"),
        (changed(LINEAR, intercept=[0.0, 0.0]), "one intercept"),
        (changed(LINEAR, layout="K"), "layout"),
        ({}, "missing"),
        ([], "wrong kind"),
    ],
)
def test_a_model_that_does_not_hold_together_is_refused(broken: Any, words: str) -> None:
    with pytest.raises(ModelRefused, match=words):
        FlatModel.from_data(broken)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(ModelRefused, match="not JSON"):
        FlatModel.from_json("{")
