"""What a card says of how far to trust its model."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from pipeline.trust.measured import MAYBE_SEEN, TOO_FEW, Labelled, trust_of_answers, trust_of_recipe
from store.trust import Trust
from tests import builders

FEATURES = (builders.card_feature("acidity"), builders.card_feature("sugar"))
FOREST = RandomForestClassifier(10, random_state=0)


def drinks(rows: int, *, rare: int | None = None) -> Labelled:
    """Drinks of two kinds that sugar tells apart; ``rare`` of them are of the second."""
    draw = np.random.default_rng(2)
    true = np.arange(rows) % 2 if rare is None else (np.arange(rows) < rare).astype(int)
    sugar = true + draw.normal(0, 0.7, rows)
    return Labelled(pd.DataFrame({"acidity": draw.normal(size=rows), "sugar": sugar}), true)


def trusted(seen: Labelled, unseen: Labelled, recipe: Any = FOREST, features=FEATURES) -> Trust:
    fitted = recipe.fit(seen.rows, seen.true)
    return trust_of_recipe(recipe, fitted, seen, unseen, features, folds=5, seed=0)


def test_training_rows_judge_and_held_out_rows_measure() -> None:
    found = trusted(drinks(80), drinks(30))

    assert found.origin == "cross-fitting"
    assert (found.calibration.rows, found.conformal.rows, found.plausibility.rows) == (80, 80, 80)
    assert {item.rows for item in found.conformal.coverage} == {30}
    assert found.notes == ()


def test_the_same_rows_and_seed_give_the_same_judgement() -> None:
    assert trusted(drinks(80), drinks(30)) == trusted(drinks(80), drinks(30))


def test_a_forest_that_knows_its_rows_by_heart_is_judged_without_them() -> None:
    draw = np.random.default_rng(0)
    noise = Labelled(
        pd.DataFrame(draw.normal(size=(120, 2)), columns=["acidity", "sugar"]),
        draw.integers(2, size=120),
    )

    found = trusted(noise, drinks(10))

    assert found.calibration.log_loss_after > 0.6  # of two classes, nothing known is 0.69


@pytest.mark.parametrize("rows", [drinks(16), drinks(60, rare=1)], ids=["few", "one of a class"])
def test_too_few_rows_for_probabilities_are_said(rows: Labelled) -> None:
    found = trusted(rows, drinks(10))

    assert (found.calibration, found.conformal) == (None, None)
    assert TOO_FEW in found.notes


def test_a_regressor_with_a_category_has_intervals_and_no_calibration() -> None:
    draw = np.random.default_rng(1)
    shop = np.where(draw.random(90) < 0.5, "North", "South")
    rows = pd.DataFrame({"acidity": draw.normal(size=90), "shop": shop})
    true = rows["acidity"].to_numpy() + (shop == "South") + draw.normal(0, 0.1, 90)
    coded = make_column_transformer((OneHotEncoder(), ["shop"]), remainder="passthrough")
    model = make_pipeline(coded, Ridge(0.01)).fit(rows, true)
    features = (FEATURES[0], builders.category_feature("shop", "North", "South"))

    found = trust_of_answers(model, Labelled(rows, true), features, classes=(), unseen=True, seed=0)

    assert (found.origin, found.calibration) == ("unseen", None)
    assert found.conformal.coverage[1].size == pytest.approx(2 * 0.1 * 1.645, rel=0.4)
    assert found.plausibility.features == (0,)


def test_rows_that_a_model_may_have_seen_do_not_judge_its_probabilities() -> None:
    given = drinks(80)
    fitted = FOREST.fit(given.rows, given.true)

    kept, never = (
        trust_of_answers(fitted, given, FEATURES, classes=[0, 1], unseen=unseen, seed=0)
        for unseen in (False, True)
    )

    assert (kept.calibration, kept.conformal, kept.notes) == (None, None, (MAYBE_SEEN,))
    assert kept.plausibility is not None
    assert never.calibration is not None
    assert never.conformal is not None
    assert never.conformal.coverage[0].rows == 80
