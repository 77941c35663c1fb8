"""Exact Shapley values of linear models: weight x distance to the mean of the background."""

import numpy as np
from numpy.typing import ArrayLike

from dashboard.model.arrays import Floats
from dashboard.model.explain.columns import columns_of, sources_of
from dashboard.model.explain.scale import Scale, by_output, scale_of
from dashboard.model.flat import FlatModel
from dashboard.model.linear import Linear, Regression


class LinearShapley:
    """Of the scores before the logistic function or the softmax, or of a regressor's prediction.

    The columns that an encoder makes of one feature move together: their contributions add up.
    """

    def __init__(self, model: FlatModel, linear: Linear | Regression, background: Floats) -> None:
        self._model = model
        self.scale: Scale = scale_of(linear)
        weights = np.array(linear.weights, dtype=np.float64, ndmin=2).T
        intercept = np.array(linear.intercept, dtype=np.float64, ndmin=2)
        self._weights = by_output(linear, weights)
        self._mean = columns_of(model, background).mean(axis=0)
        self.base: Floats = self._mean @ self._weights + by_output(linear, intercept)[0]

    def contributions(self, rows: ArrayLike) -> Floats:
        """(n, n_features) -> (n, n_features, n_outputs)."""
        asked = np.array(rows, dtype=np.float64)
        distance = columns_of(self._model, asked) - self._mean
        found = np.zeros((*asked.shape, len(self.base)))
        for column, feature in enumerate(sources_of(self._model).tolist()):
            found[:, feature] += distance[:, column, None] * self._weights[column]
        return found
