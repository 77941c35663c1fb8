"""The Shapley values that the page computes, beside the server's and every coalition asked."""

import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.model.explain import explainer_of
from tests.dashboard.model.explained import KINDS, Explained, by_coalitions, explained
from tests.dashboard.model.shap_values import FILE

DIGITS = 1e-12
SHAP = json.loads(FILE.read_text(encoding="utf-8"))
OPEN = """([flat, background]) => {
    window.explainer = openExplainer(flat, background);
    return window.explainer && { scale: explainer.scale, base: explainer.base };
}"""
PARTS = "rows => rows.map(row => explainer.base.map((_, output) => explainer.parts(row, output)))"

Floats = NDArray[np.float64]


@pytest.fixture
def explain(scripts):
    """Gives what the page's explainer says: scale, base, and parts (n, n_features, n_outputs)."""
    page = scripts("shapley", "openExplainer")

    def asked(flat: dict[str, Any], background: Floats, rows: Floats) -> dict[str, Any] | None:
        found = page.evaluate(OPEN, [flat, background.tolist()])
        if found is None:
            return None
        parts = np.array(page.evaluate(PARTS, rows.tolist())).transpose(0, 2, 1)
        return {**found, "base": np.array(found["base"]), "parts": parts}

    return asked


def near(found: Floats, expected: Floats) -> bool:
    """Whether they agree to 1e-12, of numbers beyond 1 relatively."""
    return bool(np.abs(found - expected).max() < DIGITS * np.abs(expected).max(initial=1))


@pytest.mark.parametrize("kind", KINDS)
def test_the_browser_explains_as_the_server_does(explain, kind):
    model = explained(kind)
    for background in (model.rows[::7], model.rows[40:41]):
        expected = explainer_of(model.flat, background)

        found = explain(model.flat.to_data(), background, model.rows[:30])

        assert found["scale"] == expected.scale == model.scale
        assert near(found["base"], expected.base)
        assert near(found["parts"], expected.contributions(model.rows[:30]))


@pytest.mark.parametrize("kind", KINDS)
def test_the_browser_explains_as_every_coalition_together_says(explain, kind):
    model = explained(kind)
    background, rows = model.rows[3::41], model.rows[5:90:40]

    found = explain(model.flat.to_data(), background, rows)

    expected = [by_coalitions(model.scores, row, background) for row in rows]
    assert near(found["parts"], np.array(expected))


@pytest.mark.parametrize("kind", KINDS)
def test_base_value_and_parts_add_up_to_what_scikit_learn_says(explain, kind):
    model = explained(kind)

    found = explain(model.flat.to_data(), model.rows, model.rows)

    assert near(found["base"] + found["parts"].sum(axis=1), model.scores(model.rows))


@pytest.mark.parametrize("name", SHAP["models"])
def test_it_says_what_the_package_shap_says(explain, name):
    said = SHAP["models"][name]
    exact, background, rows = (np.array(said[part]) for part in ("exact", "background", "rows"))

    found = explain(said["flat"], background, rows)

    assert near(found["parts"][:, :, -exact.shape[2] :], exact)


@pytest.mark.parametrize("kind", ["full forest of two classes", "forest on categories"])
def test_what_was_asked_before_makes_no_difference(explain, kind):
    model = explained(kind)
    flat, background = model.flat.to_data(), model.rows[::9]
    moves = walk(model, 60)

    one_after_another = explain(flat, background, moves)["parts"]

    alone = [explain(flat, background, row[None, :])["parts"][0] for row in moves]
    assert np.array_equal(one_after_another, alone)


def walk(model: Explained, steps: int) -> Floats:
    """A row of which one value after another becomes that of another row."""
    rng = np.random.default_rng(0)
    rows = np.repeat(model.rows[:1], steps, axis=0)
    for step in range(1, steps):
        feature = rng.integers(rows.shape[1])
        rows[step] = rows[step - 1]
        rows[step, feature] = model.rows[rng.integers(len(model.rows)), feature]
    return rows


def test_a_model_of_bare_leaves_has_nothing_to_explain(explain):
    found = explain(stumps(0), np.zeros((3, 1)), np.zeros((1, 1)))

    assert found["base"].tolist() == [0.25]
    assert found["parts"].tolist() == [[[0.0]]]


@pytest.mark.parametrize(
    ("flat", "rows"),
    [
        ("a way through 32 features", 2),
        ("100,002 leaves", 2),
        ("60,000 conditions", 1700),
    ],
)
def test_what_would_take_too_long_has_no_explanation(explain, flat, rows):
    models = {
        "a way through 32 features": chain(32),
        "100,002 leaves": stumps(50_001),
        "60,000 conditions": stumps(30_000),
    }
    width = models[flat]["n_features"]

    found = explain(models[flat], np.zeros((rows, width)), np.zeros((1, width)))

    assert found is None


def test_a_way_through_31_features_is_explained(explain):
    background, row = np.zeros((1, 31)), np.ones((1, 31))

    found = explain(chain(31), background, row)

    assert np.abs(found["parts"][0, :, 0] - 1 / 31).max() < DIGITS


def stumps(count: int) -> dict[str, Any]:
    """So many trees of one split each, or one bare leaf."""
    split = {"feature": [0] * count + [-1] * 2 * count, "threshold": [0.5] * count}
    leaves = {"probabilities": [[0.0], [1.0]] * count}
    bare = {"feature": [-1], "threshold": [], "probabilities": [[0.25]]}
    trees = {"kind": "trees", "trees": max(count, 1), **(split | leaves if count else bare)}
    return {"format": 1, "n_features": 1, "steps": [], "predictor": trees}


def chain(features: int) -> dict[str, Any]:
    """A tree that answers 1 where all features are above a half, and else 0."""
    asked = [0, *(one for feature in range(1, features) for one in (-1, feature)), -1, -1]
    trees = {
        "kind": "trees",
        "trees": 1,
        "feature": asked,
        "threshold": [0.5] * features,
        "probabilities": [*[[0.0]] * features, [1.0]],
    }
    return {"format": 1, "n_features": features, "steps": [], "predictor": trees}
