"""A descriptor's [model] -> a scikit-learn estimator, nothing but scikit-learn's own classes."""

import importlib
import inspect
from collections.abc import Sequence
from typing import Any

from sklearn.base import BaseEstimator, is_classifier, is_regressor
from sklearn.compose import make_column_transformer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

from pipeline.described import learnable
from store.descriptor import Descriptor, Kind, ModelSpec, Step
from store.errors import DescriptorError
from store.schema import CardStep


def recipe(descriptor: Descriptor) -> Any:
    """The estimator that a descriptor asks for, not fitted. Raises DescriptorError."""
    _, spec = learnable(descriptor)
    categories = [name for name in descriptor.inputs if name in descriptor.categories]
    return build(spec, kind=descriptor.kind, categories=categories)


def build(spec: ModelSpec, *, kind: Kind = "classifier", categories: Sequence[str] = ()) -> Any:
    """The estimator, or the Pipeline of several steps, not fitted.

    A step that takes ``random_state`` and is not given one gets the model's seed, so that the
    same data makes the same model.

    Args:
        spec: The model.
        kind: What its last step has to be.
        categories: The inputs that are texts. They are encoded first: each becomes a column a
            category, 1 where a row has it, and the numbers follow behind these.

    Raises:
        DescriptorError: A step is no scikit-learn estimator, a parameter is unknown, or the
            last step is of another kind or cannot tell the probabilities of classes.
    """
    *before, last = [_step(step, spec.seed) for step in spec.steps]
    for step in before:
        if not hasattr(step, "transform"):
            raise DescriptorError(
                f"{_path(step)} transforms nothing, so it can only be the last step of a model."
            )
    _check_kind(last, kind)
    if categories:
        texts = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        before.insert(
            0, make_column_transformer((texts, list(categories)), remainder="passthrough")
        )
    return make_pipeline(*before, last) if before else last


def _check_kind(last: Any, kind: Kind) -> None:
    if kind == "regressor":
        if not is_regressor(last):
            raise DescriptorError(
                f"{_path(last)} is no regressor, and the target is a number. Name one as the last "
                "step, such as sklearn.linear_model.Ridge, or take the target out of the features."
            )
        return
    if is_regressor(last):
        raise DescriptorError(
            f"{_path(last)} is no classifier. Name one as the last step of the model, or say kind "
            '= "regressor" in [model] if the target is a number.'
        )
    if not is_classifier(last):
        raise DescriptorError(
            f"{_path(last)} is no classifier. Name one as the last step of the model, such as "
            "sklearn.linear_model.LogisticRegression."
        )
    if not hasattr(last, "predict_proba"):
        raise DescriptorError(
            f"{_path(last)} tells no probabilities as it is set up, and the dashboard shows them. "
            "Name a classifier with predict_proba, or wrap it with a calibrated one."
        )


def card_steps(estimator: Any) -> tuple[CardStep, ...]:
    """Every step with every parameter, those left at their defaults too."""
    steps = (
        [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    )
    return tuple(
        CardStep(
            estimator=_path(step),
            parameters={k: repr(v) for k, v in sorted(step.get_params(deep=False).items())},
        )
        for step in steps
    )


def _step(step: Step, seed: int) -> Any:
    module, _, name = step.estimator.rpartition(".")
    if not step.estimator.startswith("sklearn."):
        raise DescriptorError(
            f'"{step.estimator}" is not from scikit-learn. A model is made of classes under '
            '"sklearn.", such as sklearn.ensemble.RandomForestClassifier.'
        )
    try:
        kind = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise DescriptorError(
            f"scikit-learn has no {step.estimator}. Check its spelling."
        ) from error
    if not (inspect.isclass(kind) and issubclass(kind, BaseEstimator)):
        raise DescriptorError(f"{step.estimator} is no estimator class.")
    try:
        known = set(inspect.signature(kind).parameters)
        if unknown := sorted(set(step.parameters) - known):
            raise DescriptorError(
                f"{name} has no parameter {', '.join(unknown)}. "
                f"It has: {', '.join(sorted(known)) or 'none'}."
            )
        parameters = dict(step.parameters)
        if "random_state" in known:
            parameters.setdefault("random_state", seed)
        return kind(**parameters)
    except TypeError as error:  # abstract, or it needs another estimator
        raise DescriptorError(f"{step.estimator} cannot be made: {error}.") from error


def _path(step: Any) -> str:
    """The import path under which people know a class: without scikit-learn's private modules."""
    public = [part for part in type(step).__module__.split(".") if not part.startswith("_")]
    return ".".join([*public, type(step).__name__])
