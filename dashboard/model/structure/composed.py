"""Models made of models, and what stands before them: nothing in them reaches outside."""

from typing import Any

import numpy as np

PLAIN_COLUMNS = (int, str)
MOST_OUTPUTS = 100_000


def pipeline(pipeline: Any) -> str | None:
    """What is wrong with a Pipeline, if anything."""
    if pipeline.memory is not None:
        return "it would write a cache to a folder (memory); publish it with memory=None"
    for step in pipeline.steps:
        if type(step) is not tuple or len(step) != 2 or type(step[0]) is not str:
            return "a step is not a name and an estimator"
    return None


def column_transformer(columns: Any) -> str | None:
    """What is wrong with a ColumnTransformer, if anything."""
    for part in columns.transformers_:
        if type(part) is not tuple or len(part) != 3 or type(part[0]) is not str:
            return "a part is not a name, a transformer and its columns"
        if not _are_columns(part[2]):
            return "the columns of a part are neither names nor places"
    return None


def _are_columns(columns: Any) -> bool:
    if isinstance(columns, np.ndarray):
        return columns.ndim == 1 and (columns.dtype.kind in "biuU" or _are_columns(list(columns)))
    if isinstance(columns, list):
        return all(isinstance(column, (*PLAIN_COLUMNS, np.integer)) for column in columns)
    return isinstance(columns, (*PLAIN_COLUMNS, slice))


def function_transformer(transformer: Any) -> str | None:
    """What is wrong with a FunctionTransformer, if anything: all that has a function."""
    if transformer.func is not None or transformer.inverse_func is not None:
        return "it calls a function, and a file may not bring one"
    return None


def target_transformer(model: Any) -> str | None:
    """What is wrong with a TransformedTargetRegressor, if anything."""
    if model.func is not None or model.inverse_func is not None:
        return "it calls a function, and a file may not bring one; use transformer="
    return None


def one_hot(encoder: Any) -> str | None:
    """What is wrong with a OneHotEncoder, if anything.

    The place of a one goes into a sparse matrix as it is, so that no place may be out of range.
    """
    dropped = encoder._drop_idx_after_grouping
    mappings = getattr(encoder, "_default_to_infrequent_mappings", None)
    if problem := _categories(encoder):
        return problem
    features = len(encoder.categories_)
    if dropped is None:
        dropped = [None] * features
    if mappings is None or not encoder._infrequent_enabled:
        mappings = [None] * features
    if not len(dropped) == len(mappings) == len(encoder._n_features_outs) == features:
        return "it has another number of features than of lists of categories"
    parts = zip(encoder.categories_, mappings, dropped, encoder._n_features_outs, strict=True)
    for categories, mapping, drop, outputs in parts:
        count = len(categories)
        if mapping is not None:
            if mapping.shape != (count,) or mapping.dtype.kind != "i" or mapping.min() < 0:
                return "its rare categories are not numbered"
            count = int(mapping.max()) + 1
        if drop is not None and not 0 <= int(drop) < count:
            return "it drops a category that it does not have"
        if outputs != count - (drop is not None):
            return "it has another number of outputs than of categories"
    return None


def ordinal(encoder: Any) -> str | None:
    """What is wrong with an OrdinalEncoder, if anything."""
    return _categories(encoder)


def _categories(encoder: Any) -> str | None:
    categories = encoder.categories_
    if type(categories) is not list or len(categories) != encoder.n_features_in_:
        return "it does not have one list of categories a feature"
    for values in categories:
        if not isinstance(values, np.ndarray) or values.ndim != 1 or not len(values):
            return "its categories are not in lists"
        if values.dtype == object and not all(_is_plain(value) for value in values.tolist()):
            return "a category is neither text nor number"
    return None


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool, int, float, np.generic))


def polynomial(features: Any) -> str | None:
    """What is wrong with PolynomialFeatures, if anything."""
    if not 1 <= int(features.n_output_features_) <= MOST_OUTPUTS or features._max_degree > 20:
        return f"it makes more than {MOST_OUTPUTS:,} features"
    return None


def generalized_linear(model: Any) -> str | None:
    """What is wrong with a generalized linear model, if anything. Puts its loss back."""
    if model.coef_.shape != (model.n_features_in_,):
        return "it has another number of coefficients than features"
    model._base_loss = model._get_loss()
    return None


def members(model: Any) -> str | None:
    """What is wrong with an ensemble of named models, if anything."""
    if type(model.estimators_) is not list or not model.estimators_:
        return "it has no list of models"
    return None
