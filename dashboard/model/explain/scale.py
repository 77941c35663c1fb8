"""On which scale contributions add up, and the outputs there."""

from typing import Literal

import numpy as np

from dashboard.model.arrays import Floats
from dashboard.model.boosting import Boosting
from dashboard.model.linear import Linear, Regression
from dashboard.model.trees import Trees

Scale = Literal["probability", "log-odds", "prediction"]


def scale_of(predictor: Trees | Boosting | Linear | Regression) -> Scale:
    """Averaged trees have no link between their leaves and the answer; a link bends the scale.

    The score of a regressor is its prediction. With two classes the score is the log-odds of the
    second, and its negative that of the first. With more, a class's score is its log-odds but for
    a number that all classes share.
    """
    if predictor.n_classes == 1:
        return "prediction"
    return "probability" if isinstance(predictor, Trees) else "log-odds"


def by_output(predictor: Trees | Boosting | Linear | Regression, scores: Floats) -> Floats:
    """What a predictor adds up, (n, scores), as one number an output: (n, n_classes)."""
    if isinstance(predictor, Boosting) and predictor.link == "doubled logistic":
        scores = 2 * scores
    if predictor.n_classes == 2 and scores.shape[1] == 1:
        return np.hstack([-scores, scores])
    return scores
