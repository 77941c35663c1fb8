"""Exact Shapley values: how much each feature moves an answer away from the average answer.

Interventional: a coalition's features keep the row's values, the others take those of a background
row, and the mean over the background is the coalition's worth. So the contributions of a row and
the base value, the mean answer over the background, add up to the model's answer on a scale:
probabilities of trees that are averaged, scores of linear models and of boosted trees.
"""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model.arrays import Floats
from dashboard.model.explain.linear import LinearShapley
from dashboard.model.explain.scale import Scale
from dashboard.model.explain.trees import TreeShapley
from dashboard.model.flat import FlatModel
from dashboard.model.linear import Linear, Regression

__all__ = ["Explainer", "Scale", "explainer_of"]


class Explainer(Protocol):
    """What explains the answers of one model against one background.

    ``base`` has a number an output (a class, or the one prediction); ``scale`` says of what.
    """

    base: Floats
    scale: Scale

    def contributions(self, rows: ArrayLike) -> Floats:
        """(n, n_features) -> (n, n_features, n_outputs).

        Raises NoExplanation for too many rows, ValueError for a number that is no category's place.
        """


def explainer_of(model: FlatModel, background: ArrayLike) -> Explainer:
    """What explains the answers of a model.

    Args:
        model: Any, with or without encoders and scalers before its predictor.
        background: (n, n_features) rows of training data, n at least 1.

    Raises:
        NoExplanation: The model is too large for the budget.
        ValueError: The background is no table that the model answers.
    """
    rows = np.array(background, dtype=np.float64, ndmin=2)
    model.predict_proba_rows(rows)  # refuses what it does not answer
    predictor = model.predictor
    if isinstance(predictor, (Linear, Regression)):
        return LinearShapley(model, predictor, rows)
    return TreeShapley(model, predictor, rows)
