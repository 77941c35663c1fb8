"""Shapley values of small models as the package shap computes them, for tests: shap_values.json.

python -m tests.dashboard.model.shap_values

It needs shap, which is no part of the development packages. The models stand in the file as flat
models, so that the values stay true when a later scikit-learn would fit others.

shap's ``ExactExplainer`` asks all coalitions. Its ``TreeExplainer`` rounds to single precision:
the table is in quarters, which are exact there, and its values are then right but for the last
digits. Of two classes both give the values of the second.
"""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.datasets import load_wine
from sklearn.ensemble import (
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)

from dashboard.model.flat import FlatModel
from dashboard.model.recipes import predictor_of

FILE = Path(__file__).with_name("shap_values.json")
MODELS = {
    "forest": (RandomForestClassifier(5, max_depth=3, random_state=0), 3),
    "boosting of two classes": (GradientBoostingClassifier(n_estimators=8, random_state=0), 2),
    "forest of regressors": (RandomForestRegressor(4, max_depth=4, random_state=0), 0),
}


def main() -> None:
    """Write the file anew."""
    versions = {name: version(name) for name in ("shap", "scikit-learn", "numpy")}
    models = {name: values(estimator, classes) for name, (estimator, classes) in MODELS.items()}
    text = json.dumps({"versions": versions, "models": models}, separators=(",", ":"))
    FILE.write_text(f"{text}\n", encoding="utf-8")


def values(estimator: Any, classes: int) -> dict[str, Any]:
    """A model, its background, some rows, and the contributions to each of its outputs."""
    import shap  # type: ignore[import-not-found]  # only where the file is made

    wine = load_wine()
    table = np.round(4 * wine.data[:, 1:6]) / 4
    target = np.minimum(wine.target, classes - 1) if classes else wine.data[:, 0]
    estimator.fit(table, target)
    background, rows = table[::9], table[4::45]
    masker = shap.maskers.Independent(background, max_samples=len(background))
    raw = getattr(estimator, "decision_function", None) or (
        estimator.predict_proba if classes else estimator.predict
    )
    exact = shap.explainers.ExactExplainer(raw, masker)(rows)
    tree = shap.TreeExplainer(estimator, masker, feature_perturbation="interventional")
    shape = (*rows.shape, -1)
    return {
        "flat": FlatModel(table.shape[1], (), predictor_of(estimator, table.shape[1])).to_data(),
        "background": background.tolist(),
        "rows": rows.tolist(),
        "exact": exact.values.reshape(shape).tolist(),
        "tree": np.asarray(tree.shap_values(rows)).reshape(shape).tolist(),
    }


if __name__ == "__main__":
    main()
