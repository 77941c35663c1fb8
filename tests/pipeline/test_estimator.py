"""Which models a descriptor may name."""

from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from pipeline.estimator import build, card_steps
from store.descriptor import ModelSpec, Step
from store.errors import DescriptorError

SCALER = "sklearn.preprocessing.StandardScaler"
LOGISTIC = "sklearn.linear_model.LogisticRegression"
FOREST = "sklearn.ensemble.RandomForestClassifier"


def spec(*estimators: str, seed: int = 0, **parameters: Any) -> ModelSpec:
    """A model of these steps; the parameters belong to the last."""
    *before, last = estimators
    steps = [Step(estimator=e) for e in before] + [Step(estimator=last, parameters=parameters)]
    return ModelSpec(steps=tuple(steps), seed=seed)


def test_one_step_is_the_estimator_itself() -> None:
    built = build(spec(FOREST, max_depth=2))

    assert isinstance(built, RandomForestClassifier)
    assert built.max_depth == 2


def test_several_steps_are_a_pipeline() -> None:
    built = build(spec(SCALER, LOGISTIC, C=0.5))

    assert isinstance(built, Pipeline)
    assert [type(step) for _, step in built.steps] == [StandardScaler, LogisticRegression]
    assert built[-1].C == 0.5


def test_the_models_seed_is_used_where_nothing_else_is_said() -> None:
    assert build(spec(FOREST, seed=7)).random_state == 7
    assert build(spec(FOREST, seed=7, random_state=3)).random_state == 3


def test_the_card_lists_every_parameter_under_public_import_paths() -> None:
    steps = card_steps(build(spec(SCALER, FOREST, max_depth=2)))

    assert [step.estimator for step in steps] == [
        "sklearn.preprocessing.StandardScaler",
        "sklearn.ensemble.RandomForestClassifier",
    ]
    assert steps[0].parameters == {"copy": "True", "with_mean": "True", "with_std": "True"}
    assert steps[1].parameters["criterion"] == "'gini'"


@pytest.mark.parametrize(
    ("steps", "parameters", "text"),
    [
        (["os.system"], {}, '"os.system" is not from scikit-learn'),
        (["sklearnx.Evil"], {}, '"sklearnx.Evil" is not from scikit-learn'),
        (
            ["sklearn.ensemble.RandomForrest"],
            {},
            "scikit-learn has no sklearn.ensemble.RandomForrest",
        ),
        (["sklearn.no.Such"], {}, "scikit-learn has no sklearn.no.Such"),
        (["sklearn.datasets.load_wine"], {}, "sklearn.datasets.load_wine is no estimator class"),
        ([FOREST], {"depth": 2}, "RandomForestClassifier has no parameter depth. It has: boot"),
        (["sklearn.ensemble.VotingClassifier"], {}, "VotingClassifier cannot be made"),
        (["sklearn.ensemble.RandomForestRegressor"], {}, "is no classifier"),
        ([SCALER], {}, "sklearn.preprocessing.StandardScaler is no classifier"),
        (["sklearn.svm.LinearSVC"], {}, "sklearn.svm.LinearSVC tells no probabilities"),
        ([LOGISTIC, FOREST], {}, "LogisticRegression transforms nothing"),
    ],
)
def test_a_model_that_cannot_be_used_is_an_error(
    steps: list[str], parameters: dict[str, Any], text: str
) -> None:
    with pytest.raises(DescriptorError) as caught:
        build(spec(*steps, **parameters))

    assert text in str(caught.value)
