"""The what-if curves that the page draws, beside the model's own answers."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dashboard.model.flat import FlatModel
from dashboard.model.flatten import probes
from tests.dashboard.model.explained import KINDS, Explained, explained

DIGITS = 1e-12
OPEN = """([flat, features]) => {
    window.curves = openCurves(flat, features);
    return window.curves && curves.steps;
}"""
AT = "([rows, output]) => rows.map(row => curves.at(row, output))"
SMOOTH = [kind for kind in KINDS if "regression" in kind or "ridge" in kind]
STEPS = [kind for kind in KINDS if kind not in SMOOTH]

Floats = NDArray[np.float64]
Curve = dict[str, list[float]]


@pytest.fixture
def curves(scripts):
    """Gives whether there are steps, and the curves of each row: [{x, y}], one a feature."""
    page = scripts("curves", "openCurves")

    def drawn(
        flat: dict[str, Any], features: list[dict[str, Any]], rows: Floats, output: int = 0
    ) -> tuple[bool | None, list[list[Curve]]]:
        steps = page.evaluate(OPEN, [flat, features])
        return steps, [] if steps is None else page.evaluate(AT, [rows.tolist(), output])

    return drawn


def near(found: Floats, expected: Floats) -> bool:
    """Whether they agree to 1e-12, of numbers beyond 1 relatively."""
    return bool(np.abs(found - expected).max() < DIGITS * np.abs(expected).max(initial=1))


def answers(model: FlatModel, row: Floats, feature: int, values: Any, output: int) -> Floats:
    """What the model answers while one feature takes these values."""
    rows = np.repeat(row[None, :], len(values), axis=0)
    rows[:, feature] = values
    found: Floats = model.predict_proba_rows(rows)[:, output]
    return found


@pytest.mark.parametrize("kind", STEPS)
def test_steps_are_the_models_answers_inside_each_piece_and_beside_each_step(curves, kind):
    model = explained(kind)
    rng = np.random.default_rng(0)
    output = model.flat.n_classes - 1
    rows = model.rows[4:170:55]

    steps, drawn = curves(model.flat.to_data(), model.features, rows, output)

    assert steps is True
    for row, of_row in zip(rows, drawn, strict=True):
        for feature, (about, curve) in enumerate(zip(model.features, of_row, strict=True)):
            x, y = np.array(curve["x"]), np.array(curve["y"])
            if about["categories"]:
                assert x.tolist() == list(range(len(about["categories"])))
                assert near(y, answers(model.flat, row, feature, x, output))
                continue
            assert (x[0], x[-1]) == (about["low"], about["high"])
            assert (np.diff(x) > 0).all()
            inside = [rng.uniform(x[:-1], x[1:]) for _ in range(4)]
            for values in (*inside, x[1:], np.nextafter(x[:-1], np.inf)):
                assert near(y, answers(model.flat, row, feature, values, output))


@pytest.mark.parametrize("kind", STEPS)
def test_each_curve_of_a_row_on_a_threshold_or_beside_it_passes_through_its_answer(curves, kind):
    model = explained(kind)
    ranges = np.stack([model.rows.min(axis=0), model.rows.max(axis=0)], axis=1)
    categories = [feature["categories"] for feature in model.features]
    rows = probes(model.flat, model.rows[:5], ranges, categories)
    rows = rows[np.linspace(0, len(rows) - 1, 300).astype(int)]

    _, drawn = curves(model.flat.to_data(), model.features, rows)

    expected = model.flat.predict_proba_rows(rows)[:, :1]
    found = [[through(*pair) for pair in zip(c, row, strict=True)] for c, row in zip_(drawn, rows)]
    inside = [[within(*pair) for pair in zip(model.features, row, strict=True)] for row in rows]
    assert near(np.where(inside, found, expected), np.broadcast_to(expected, rows.shape))
    assert np.mean(inside) > 0.9


def zip_(drawn: list[list[Curve]], rows: Floats) -> list[tuple[list[Curve], Floats]]:
    return list(zip(drawn, rows, strict=True))


def through(curve: Curve, value: float) -> float:
    """The curve at a value: of steps, that of the piece that ends there."""
    if len(curve["x"]) == len(curve["y"]):
        return curve["y"][int(value)]
    piece = int(np.searchsorted(curve["x"][1:-1], value))
    return curve["y"][piece]


def within(feature: dict[str, Any], value: float) -> bool:
    return bool(feature["categories"]) or feature["low"] < value <= feature["high"]


@pytest.mark.parametrize("kind", SMOOTH)
def test_points_of_a_smooth_curve_are_the_models_answers(curves, kind):
    model = explained(kind)
    output = model.flat.n_classes - 1
    rows = model.rows[4:170:55]

    steps, drawn = curves(model.flat.to_data(), model.features, rows, output)

    assert steps is False
    for row, of_row in zip(rows, drawn, strict=True):
        for feature, (about, curve) in enumerate(zip(model.features, of_row, strict=True)):
            expected = answers(model.flat, row, feature, curve["x"], output)
            assert near(np.array(curve["y"]), expected)
            if not about["categories"]:
                assert (curve["x"][0], curve["x"][-1]) == (about["low"], about["high"])
                assert len(curve["x"]) > 50


@pytest.mark.parametrize("kind", ["histogram boosting", "forest on categories"])
def test_what_was_asked_before_makes_no_difference(curves, kind):
    model = explained(kind)
    flat, rows = model.flat.to_data(), near_by(model)

    one_after_another = curves(flat, model.features, rows)[1]

    alone = [curves(flat, model.features, row[None, :])[1][0] for row in rows]
    assert one_after_another == alone


def near_by(model: Explained) -> Floats:
    """A row that is dragged along its last feature, then along its second."""
    rows = np.repeat(model.rows[:1], 40, axis=0)
    rows[:20, -1] = np.linspace(model.rows[:, -1].min(), model.rows[:, -1].max(), 20)
    rows[20:, 1] = model.rows[:20, 1]
    return rows


def test_a_column_that_falls_as_its_input_rises_has_its_steps_where_they_are(curves):
    scaled = [("subtract", [1.0]), ("multiply", [-2.0]), ("clip", [-3.0, 3.0])]
    data = stump(1.0, 0.5, steps=scaled)
    feature = {"low": -5.0, "high": 5.0, "categories": None}

    _, [[curve]] = curves(data, [feature], np.zeros((1, 1)))

    model = FlatModel.from_data(data)
    assert curve["y"] == [2.0, 1.0]
    assert abs(curve["x"][1] - 0.75) < 1e-7
    beside = [curve["x"][1], float(np.nextafter(curve["x"][1], 9))]
    assert model.predict_proba_rows(np.array(beside)[:, None])[:, 0].tolist() == [2.0, 1.0]


@pytest.mark.parametrize(
    ("threshold", "answer"),
    [(4.0, 1.0), (-4.0, 2.0)],
)
def test_a_threshold_that_no_clipped_value_passes_makes_no_step(curves, threshold, answer):
    data = stump(1.0, threshold, steps=[("clip", [-3.0, 3.0])])
    feature = {"low": -5.0, "high": 5.0, "categories": None}

    _, [[curve]] = curves(data, [feature], np.zeros((1, 1)))

    assert curve == {"x": [-5.0, 5.0], "y": [answer]}


@pytest.mark.parametrize("threshold", [0.0, 1e-40, -1e-40, 0.1, 1e30, -7.25])
def test_a_step_lies_at_the_last_number_that_rounds_to_the_lower_side(curves, threshold):
    data = stump(1.0, threshold)
    feature = {"low": -1e31, "high": 1e31, "categories": None}

    _, [[curve]] = curves(data, [feature], np.zeros((1, 1)))

    last = curve["x"][1]
    rounded = np.array([last, np.nextafter(last, np.inf)]).astype(np.float32).tolist()
    assert rounded[0] <= threshold < rounded[1]


def test_a_row_without_leaves_to_decide_about_has_level_curves(curves):
    data = stump(1.0, 0.5) | {"n_features": 2}
    features = [{"low": 0.0, "high": 1.0, "categories": None} for _ in range(2)]

    _, [drawn] = curves(data, features, np.array([[0.25, 0.25]]))

    assert drawn[1] == {"x": [0.0, 1.0], "y": [1.0]}


def test_what_would_take_too_long_has_no_curves(curves):
    data = stump(1.0, 0.5, trees=50_001)

    assert curves(data, [{"low": 0, "high": 1, "categories": None}], np.zeros((1, 1)))[0] is None


def stump(low: float, threshold: float, *, steps: Any = (), trees: int = 1) -> dict[str, Any]:
    """Trees that answer ``low`` up to a threshold, and beyond it one more."""
    table = {
        "kind": "trees",
        "trees": trees,
        "feature": [0] * trees + [-1] * 2 * trees,
        "threshold": [threshold] * trees,
        "probabilities": [[low], [low + 1]] * trees,
    }
    made = [{"operation": operation, "values": values} for operation, values in steps]
    return {"format": 1, "n_features": 1, "steps": made, "predictor": table}
