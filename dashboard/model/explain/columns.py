"""What a flat model's predictor meets: the columns behind its encoders and scalers."""

import numpy as np

from dashboard.model.arrays import Floats, Indices
from dashboard.model.flat import FlatModel


def columns_of(model: FlatModel, rows: Floats) -> Floats:
    """The rows after encoding and steps, (n, columns); what is given stays as it is.

    Raises:
        ValueError: A number is the place of no category.
    """
    if model.encoding is None:
        columns = rows.copy()
    else:
        try:
            columns = model.encoding.apply(rows)
        except OverflowError as error:
            raise ValueError("A number in the rows is the place of no category.") from error
    for step in model.steps:
        step.apply(columns)
    return columns


def sources_of(model: FlatModel) -> Indices:
    """The feature behind each column."""
    if model.encoding is None:
        return np.arange(model.n_features)
    return np.asarray(model.encoding.sources, dtype=np.intp)
