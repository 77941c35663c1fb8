"""What a card promises of its model: kind, features, classes, steps, and the golden rows.

A card comes from where the model comes from, so it can only narrow: what it says must be true of
the file, and nothing that it says lets anything open.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from dashboard.model.arrays import Floats
from dashboard.model.versions import made_with
from store.errors import CannotOpen, ModelRefused

RTOL, ATOL = 1e-9, 1e-12  # matrix products differ that much between processors

Answering = Callable[[Any], Floats]


def check_interface(estimator: Any, card: Mapping[str, Any]) -> None:
    """Refuse an estimator that is not the one its card describes. Raises ModelRefused."""
    name = type(estimator).__name__
    _check_kind(estimator, card)
    features = [feature["name"] for feature in card["features"]]
    if (width := int(estimator.n_features_in_)) != len(features):
        raise ModelRefused(f"The {name} takes {width} features; its card lists {len(features)}.")
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None and list(names) != features:
        raise ModelRefused(
            f"The {name} was fitted on features of other names, or in another order, than its "
            "card lists. Publish model and card together."
        )
    classes = [value["value"] for value in card["classes"]]
    if classes and np.asarray(estimator.classes_).tolist() != classes:
        raise ModelRefused(
            f"The {name} knows {len(estimator.classes_)} classes that are not the "
            f"{len(classes)} of its card, in their order. Publish model and card together."
        )
    found = [type(step).__name__ for step in _steps(estimator)]
    said = [step["estimator"].rpartition(".")[2] for step in card.get("steps", ())]
    if said and found != said:
        raise ModelRefused(
            f"The file holds {' + '.join(found)} where its card says {' + '.join(said)[:200]}. "
            "Publish model and card together."
        )


def _check_kind(estimator: Any, card: Mapping[str, Any]) -> None:
    from sklearn.base import is_regressor

    name = type(estimator).__name__
    fitted = getattr(estimator, "n_features_in_", None) is not None
    if card.get("kind") == "regressor":
        if not is_regressor(estimator):
            raise ModelRefused(f"The {name} is no regressor, which its card says it is.")
        if not fitted:
            raise ModelRefused(f"The {name} was never fitted. Publish a fitted regressor.")
        return
    if not hasattr(estimator, "predict_proba"):
        raise ModelRefused(
            f"The {name} has no predict_proba; publish a classifier that gives probabilities."
        )
    if not fitted or not hasattr(estimator, "classes_"):
        raise ModelRefused(f"The {name} was never fitted. Publish a fitted classifier.")


def _steps(estimator: Any) -> list[Any]:
    return [step for _, step in getattr(estimator, "steps", [("", estimator)])]


def check_golden(ask: Answering, card: Mapping[str, Any]) -> Floats:
    """The golden rows, if the model answers on them as its card promises.

    Raises:
        CannotOpen: It answers differently, and was made with other versions than those here.
        ModelRefused: It answers differently, and nothing explains why.
    """
    rows = np.array(card["golden"]["rows"], dtype=np.float64)
    expected = np.array(card["golden"]["probabilities"], dtype=np.float64)
    found = ask(rows)
    if found.shape != expected.shape:
        raise ModelRefused(
            f"The model gives answers of the shape {found.shape} on the golden rows; its card "
            f"promises {expected.shape}. Models with several targets are not served."
        )
    right = np.isclose(found, expected, rtol=RTOL, atol=ATOL)
    if right.all():
        return rows
    wrong = f"{int((~right).any(axis=1).sum())} of {len(rows)} golden rows"
    if versions := made_with(card["software"]):
        raise CannotOpen(
            f"The model answers differently from its card on {wrong}. It was made with "
            f"{versions}; train and publish it again."
        )
    raise ModelRefused(
        f"The model answers differently from its card on {wrong}, with the versions that it was "
        "made with. Publish model and card together."
    )
