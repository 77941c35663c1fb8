"""From rows and a profile to a model and its card."""

import io
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cards import card_feature, decimals_of, step_of
from pipeline.rows import Rows
from pipeline.train import Trained, train
from store.descriptor import Descriptor, Feature, ModelSpec, Step, Target
from store.errors import DataError, DescriptorError
from store.schema import (
    CrossValidationRegression,
    HeldOutRegression,
    ModelCard,
    decode,
    encode,
)
from tests import builders

FOREST = Step(estimator="sklearn.ensemble.RandomForestClassifier", parameters={"n_estimators": 5})


def described(**model: Any) -> Descriptor:
    """The drinks of ``builders``, with a model."""
    said: dict[str, Any] = {"steps": (FOREST,), "folds": 2, "repeats": 2}
    return builders.descriptor(model=ModelSpec(**said | model))


def drinks(per_class: int = 20, *, labels: tuple[Any, ...] = (0, 1)) -> Rows:
    """Rows in which sugar decides."""
    draw = np.random.default_rng(5)
    target = np.repeat(np.array(labels), per_class)
    sugar = np.repeat(np.arange(len(labels)), per_class) + draw.normal(0, 0.2, len(target))
    features = pd.DataFrame({"acidity": draw.normal(3, 1, len(target)), "sugar": sugar})
    return Rows(features, target, dropped=3)


def fitted(rows: Rows | None = None, **model: Any) -> Trained:
    return train(rows or drinks(), described(**model), builders.profile())


def test_the_published_estimator_is_the_one_that_was_measured() -> None:
    rows = drinks()
    trained = fitted(rows)
    card, estimator = trained.card, joblib.load(io.BytesIO(trained.model))

    answers = estimator.predict_proba(pd.DataFrame(card.golden.rows, columns=rows.features.columns))
    assert answers.tolist() == [list(row) for row in card.golden.probabilities]
    assert list(estimator.feature_names_in_) == [f.name for f in card.features]
    assert estimator.n_features_in_ == 2
    assert (card.data.rows, card.data.dropped, card.data.train_rows) == (40, 3, 30)
    assert card.held_out.rows == 10
    assert card.file.bytes == len(trained.model)


def test_a_card_says_how_far_to_trust_its_model() -> None:
    card = fitted().card

    assert card.trust is not None
    assert card.trust.origin == "cross-fitting"
    assert card.trust.conformal is not None
    assert card.trust.conformal.rows == card.data.train_rows
    assert {item.rows for item in card.trust.conformal.coverage} == {card.held_out.rows}
    assert card.trust.plausibility is not None
    assert card.trust.plausibility.features == (0, 1)


def test_the_same_rows_and_seed_give_the_same_card() -> None:
    first, second, other = (fitted(seed=seed).card for seed in (1, 1, 2))

    apart = {"created", "version", "file"}
    assert first.model_dump(exclude=apart) == second.model_dump(exclude=apart)
    assert first.golden != other.golden


def test_a_card_survives_its_json_without_nan() -> None:
    card = fitted().card

    assert b"NaN" not in encode(card)
    assert decode(ModelCard, encode(card), name="card.json") == card


@pytest.mark.parametrize("labels", [(0, 1), ("dry", "sweet")])
def test_classes_are_told_as_the_estimator_knows_them(labels: tuple[Any, ...]) -> None:
    trained = fitted(drinks(labels=labels))

    assert [c.value for c in trained.card.classes] == list(labels)
    assert joblib.load(io.BytesIO(trained.model)).classes_.tolist() == list(labels)


def test_golden_rows_cover_every_class_and_the_ends_of_the_ranges() -> None:
    rows = drinks(labels=(0, 1, 2))
    golden = fitted(rows).card.golden.rows

    real = {
        tuple(row): label for row, label in zip(rows.features.to_numpy(), rows.target, strict=True)
    }
    assert [real.get(row) for row in golden] == [0, 0, 0, 1, 1, 1, 2, 2, 2, None, None, None]
    assert golden[-3:] == (
        tuple(rows.features.min()),
        tuple(rows.features.median()),
        tuple(rows.features.max()),
    )


def test_ranges_come_from_the_profile() -> None:
    sugar = fitted().card.features[1]

    assert (sugar.minimum, sugar.maximum, sugar.median, sugar.step) == (1.0, 4.0, 2.5, 0.02)


def test_decimals_are_said_or_seen() -> None:
    column, values = builders.column("sugar"), pd.Series([1.0, 2.5, 1.25])

    assert card_feature(Feature(column="sugar"), column, values).decimals == 2
    assert card_feature(Feature(column="sugar", decimals=0), column, values).decimals == 0


@pytest.mark.parametrize(
    ("span", "decimals", "step"),
    [
        (3.8, 2, 0.02),
        (5.06, 2, 0.02),
        (1402.0, 0, 5.0),
        (92.0, 0, 1.0),
        (0.0, 2, 0.01),
        (1e-9, 12, 5e-12),
    ],
)
def test_a_step_is_a_round_part_of_the_span(span: float, decimals: int, step: float) -> None:
    assert step_of(span, decimals) == step


@given(st.floats(1e-6, 1e12), st.integers(0, 6))
def test_a_step_is_near_a_200th_of_the_span_and_never_below_a_decimal(
    span: float, decimals: int
) -> None:
    step = step_of(span, decimals)

    finest = 10.0**-decimals
    assert step >= finest * (1 - 1e-12)
    assert step == pytest.approx(finest) or 0.6 < step / (span / 200) < 1.6


def test_the_decimals_of_values_that_never_end_are_capped() -> None:
    assert decimals_of([1 / 3]) == 6


def test_a_class_with_too_few_rows_is_named() -> None:
    rows = drinks()
    few = Rows(rows.features[:21], rows.target[:21], dropped=0)

    with pytest.raises(DataError, match=r"^The class Sweet has 1 complete rows; 2-fold"):
        fitted(few)


def test_one_class_is_nothing_to_learn() -> None:
    with pytest.raises(DataError, match=r"^kind is 0 in every row"):
        fitted(drinks(labels=(0,)))


def test_a_parameter_that_scikit_learn_refuses_is_a_descriptor_error() -> None:
    bad = Step(estimator=FOREST.estimator, parameters={"max_depth": -2})

    with pytest.raises(
        DescriptorError, match=r"^RandomForestClassifier cannot be fitted: The 'max"
    ):
        fitted(steps=(bad,))


def test_a_model_that_does_not_converge_says_so() -> None:
    hasty = Step(estimator="sklearn.linear_model.LogisticRegression", parameters={"max_iter": 1})

    assert any("failed to converge" in note for note in fitted(steps=(hasty,)).notes)
    assert fitted().notes == ()


def flats(count: int = 60) -> Rows:
    """Rows whose rent an area and a district decide."""
    draw = np.random.default_rng(7)
    area = draw.uniform(20, 90, count).round(1)
    district = np.where(draw.random(count) < 0.7, "Hill", "Harbour")
    frame = pd.DataFrame({"area": area, "district": district})
    return Rows(frame, 10 * area + 200 * (district == "Harbour"), dropped=0)


def rented(estimator: str = "sklearn.linear_model.Ridge") -> Descriptor:
    return Descriptor(
        name="flats",
        target=Target(column="rent"),
        features=(Feature(column="area"), Feature(column="rent", label="Rent", unit="euros")),
        categories=("district",),
        model=ModelSpec(
            steps=(Step(estimator=estimator),), inputs=("area", "district"), folds=2, repeats=2
        ),
    )


def test_a_number_among_the_features_is_learnt_by_a_regressor_with_its_categories() -> None:
    rows = flats()
    columns = (builders.column("area"), builders.column("rent"))
    profile = builders.profile(overall=builders.section(columns=columns))

    card = train(rows, rented(), profile).card

    assert (card.kind, card.target, card.classes) == ("regressor", "Rent", ())
    assert card.number is not None
    assert (card.number.unit, card.number.values.name) == ("euros", "rent")
    assert card.features[1].categories == ("Hill", "Harbour")  # the most frequent first
    assert isinstance(card.held_out, HeldOutRegression)
    assert card.held_out.r2.value > 0.9
    assert isinstance(card.cross_validation, CrossValidationRegression)
    assert {row[1] for row in card.golden.rows} == {0.0, 1.0}
    assert decode(ModelCard, encode(card), name="card.json") == card


@pytest.mark.parametrize(
    ("estimator", "text"),
    [("sklearn.linear_model.LogisticRegression", "is no regressor, and the target is a number")],
)
def test_a_classifier_cannot_learn_a_number(estimator: str, text: str) -> None:
    with pytest.raises(DescriptorError, match=text):
        train(flats(), rented(estimator), builders.profile())


def test_a_number_that_never_varies_is_nothing_to_learn() -> None:
    rows = flats()

    with pytest.raises(DataError, match="needs a number that varies"):
        train(rows._replace(target=np.ones(60)), rented(), builders.profile())
