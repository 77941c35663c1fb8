"""Checks of what native code would trust: shapes, indices, and what belongs to what.

scikit-learn's compiled code walks trees and reads arrays without looking at bounds. An array of
the wrong size there is a crash or worse, not an error, so each family that reaches such code is
checked here before it is ever asked for a prediction. Families of plain numpy code have no check:
numpy looks at its own bounds.
"""

from collections.abc import Callable
from typing import Any

from dashboard.model.structure import composed, points, trees
from dashboard.model.structure.trees import check_tree
from store.errors import CannotOpen, ModelRefused

__all__ = ["check", "check_tree"]


def check(part: Any, *, signed: bool = False) -> None:
    """Refuse a part of a model whose attributes do not fit each other.

    Of a signed file, nearest neighbours in a search tree are taken as they are.

    Raises:
        CannotOpen: An attribute is missing, or of another kind than here.
        ModelRefused: The attributes contradict each other, or reach outside of the model.
    """
    name = type(part).__name__
    if getattr(part, "input", "content") != "content":
        raise ModelRefused(
            f"The {name} in it would read the files that a request names (input). "
            "Publish it with input='content'."
        )
    family = _CHECKS.get(name)
    # An ensemble keeps the pattern of its members, which has no fitted or private attributes.
    is_pattern = not any(key.startswith("_") or key.endswith("_") for key in vars(part))
    if name in ALWAYS:
        is_pattern = False  # they have no fitted attributes of their own
    if family is None or is_pattern:
        return
    if signed and getattr(part, "_fit_method", None) in ("kd_tree", "ball_tree"):
        return
    try:
        problem = family(part)
    except (AttributeError, TypeError, ValueError, IndexError, KeyError) as error:
        raise CannotOpen(
            f"The {name} in it is damaged, or of another version: an attribute is missing or of "
            "the wrong kind."
        ) from error
    if problem:
        raise ModelRefused(f"The {name} in it is damaged: {problem}. Publish the model again.")


ALWAYS = ("FunctionTransformer", "Pipeline", "TransformedTargetRegressor", "TreePredictor")
_CHECKS: dict[str, Callable[[Any], str | None]] = {
    "ColumnTransformer": composed.column_transformer,
    "DecisionTreeClassifier": trees.decision_tree,
    "DecisionTreeRegressor": trees.decision_tree,
    "ExtraTreeClassifier": trees.decision_tree,
    "ExtraTreeRegressor": trees.decision_tree,
    "ExtraTreesClassifier": trees.forest,
    "ExtraTreesRegressor": trees.forest,
    "FunctionTransformer": composed.function_transformer,
    "GammaRegressor": composed.generalized_linear,
    "GradientBoostingClassifier": trees.gradient_boosting,
    "GradientBoostingRegressor": trees.gradient_boosting,
    "HistGradientBoostingClassifier": trees.histogram_boosting,
    "HistGradientBoostingRegressor": trees.histogram_boosting,
    "KNeighborsClassifier": points.nearest_neighbours,
    "KNeighborsRegressor": points.nearest_neighbours,
    "NuSVC": points.support_vectors,
    "NuSVR": points.support_vector_regression,
    "OneHotEncoder": composed.one_hot,
    "OrdinalEncoder": composed.ordinal,
    "Pipeline": composed.pipeline,
    "PoissonRegressor": composed.generalized_linear,
    "PolynomialFeatures": composed.polynomial,
    "RandomForestClassifier": trees.forest,
    "RandomForestRegressor": trees.forest,
    "SVC": points.support_vectors,
    "SVR": points.support_vector_regression,
    "StackingClassifier": composed.members,
    "StackingRegressor": composed.members,
    "TransformedTargetRegressor": composed.target_transformer,
    "TreePredictor": trees.tree_predictor,
    "TweedieRegressor": composed.generalized_linear,
    "VotingClassifier": composed.members,
    "VotingRegressor": composed.members,
}
