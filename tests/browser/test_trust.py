"""What judges answers in the browser says what Python says, and the card shows it."""

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split

from pipeline.trust.conformal import at, sets_of
from pipeline.trust.measured import Labelled, trust_of_recipe
from pipeline.trust.plausibility import scores
from pipeline.trust.scaling import calibrated
from store.trust import CONFIDENCES, Trust
from tests import builders

EXACT = 1e-12
OPEN = "([page, confidence]) => { window.trust = openTrust(page); window.level = confidence; }"
ASKED = """([rows, chances]) => rows.map((row, i) => ({
    calibrated: trust.calibrated(chances[i]),
    set: trust.predictionSet(chances[i], level),
    empty: trust.isEmpty(chances[i], level),
    plausibility: trust.plausibility(row),
}))"""


def judged(recipe: Any, rows: pd.DataFrame, true: np.ndarray, *, stratify: Any = None) -> Trust:
    seen, unseen, known, asked = train_test_split(rows, true, random_state=0, stratify=stratify)
    features = [builders.card_feature(str(name)) for name in rows]
    fitted = recipe.fit(seen, known)
    given = Labelled(seen, known), Labelled(unseen, asked)
    return trust_of_recipe(recipe, fitted, *given, features, folds=5, seed=0)


@pytest.fixture(scope="module")
def wine_trust() -> Trust:
    rows, true = load_wine(return_X_y=True, as_frame=True)
    forest = RandomForestClassifier(20, max_depth=2, random_state=0)
    return judged(forest, rows, true.to_numpy(), stratify=true)


def page_of(rows: np.ndarray, trust: Trust | None, *, classes: int = 0) -> dict[str, Any]:
    """As much of a document as judging looks at."""
    return {
        "features": [{"categories": None} for _ in rows[0]],
        "classes": [{"label": str(i)} for i in range(classes)],
        "sample": {"rows": rows.tolist(), "groups": [None] * len(rows)},
        "trust": trust.model_dump(mode="json") if trust else None,
    }


@pytest.mark.parametrize("confidence", CONFIDENCES)
def test_a_classifier_is_judged_as_in_python(
    scripts: Callable[..., Page], wine_trust: Trust, confidence: float
) -> None:
    rows = load_wine().data
    draw = np.random.default_rng(4)
    asked = np.concatenate([rows, draw.permuted(rows, axis=0), rows * draw.normal(1, 2, (178, 1))])
    chances = draw.dirichlet([0.4] * 3, size=len(asked))
    chances[:3] = np.eye(3)
    page = scripts("trust", "openTrust")

    page.evaluate(OPEN, [page_of(rows, wine_trust, classes=3), confidence])
    found = page.evaluate(ASKED, [asked.tolist(), chances.tolist()])

    known, plausible = wine_trust.calibration, wine_trust.plausibility
    expected = calibrated(chances, known.exponent, known.floor)
    assert np.abs(np.array([item["calibrated"] for item in found]) - expected).max() <= EXACT
    sets = sets_of(chances, wine_trust.conformal.thresholds, confidence)
    assert [item["empty"] for item in found] == (~sets.any(axis=1)).tolist()
    sets[~sets.any(axis=1), chances[~sets.any(axis=1)].argmax(axis=1)] = True
    assert [item["set"] for item in found] == [np.flatnonzero(row).tolist() for row in sets]
    assert plausible is not None
    distances = scores(plausible, asked)
    told = np.array([item["plausibility"]["distance"] for item in found])
    assert (np.abs(told - distances) <= EXACT * np.maximum(np.abs(distances), 1)).all()
    shares = (np.array(plausible.scores)[None, :] >= told[:, None]).mean(axis=1)
    assert [item["plausibility"]["share"] for item in found] == pytest.approx(shares, abs=EXACT)
    verdicts = np.select([shares >= 0.05, shares >= 0.01], ["usual", "unusual"], "unlike any")
    assert [item["plausibility"]["verdict"] for item in found] == verdicts.tolist()
    assert set(verdicts) == {"usual", "unusual", "unlike any"}


def test_a_regressor_gets_the_interval_that_python_gives(scripts: Callable[..., Page]) -> None:
    rows, true = load_diabetes(return_X_y=True, as_frame=True)
    trust = judged(Ridge(0.01), rows, true.to_numpy())
    page = scripts("trust", "openTrust")

    page.evaluate(OPEN, [page_of(rows.to_numpy(), trust), 0.9])
    found = page.evaluate(f"{list(CONFIDENCES)}.map(level => trust.interval(150.5, level))")

    known = trust.conformal.thresholds[0]
    assert found == [[150.5 - at(known, c), 150.5 + at(known, c)] for c in CONFIDENCES]
    assert page.evaluate("trust.calibrated([1])") is None


def test_what_is_not_known_is_null_but_real_rows_are_found(scripts: Callable[..., Page]) -> None:
    page = scripts("trust", "openTrust")

    page.evaluate(OPEN, [page_of(np.eye(3), None, classes=2), 0.9])
    found = page.evaluate(
        """[trust.calibrated([1, 0]), trust.predictionSet([1, 0], 0.9), trust.interval(1, 0.9),
            trust.isEmpty([1, 0], 0.9), trust.coverage(0.9), trust.plausibility([0, 0, 0]),
            trust.nearest([1, 0, 0], 1)]"""
    )

    assert found == [None, None, None, False, None, None, [{"index": 0, "distance": 0}]]


def test_a_confidence_that_rows_do_not_carry_leaves_nothing_out(
    scripts: Callable[..., Page],
) -> None:
    few = [[0.5] * 180 + [None] * 19]
    known = {"trust": {"conformal": {"thresholds": few, "coverage": []}}}
    page = scripts("trust", "openTrust")

    page.evaluate(OPEN, [page_of(np.eye(2), None, classes=2) | known, 0.9])

    assert page.evaluate("trust.predictionSet([0.6, 0.4], 0.9)") == [0]
    assert page.evaluate("trust.predictionSet([0.6, 0.4], 0.905)") == [0, 1]
    assert page.evaluate("trust.predictionSet([0.6, 0.4], 0.999)") == [0, 1]
    assert page.evaluate("trust.interval(1, 0.95).map(Number.isFinite)") == [False, False]


def test_the_nearest_rows_are_those_of_a_search_through_all(scripts: Callable[..., Page]) -> None:
    rows = load_wine().data[::2]
    categories = np.arange(len(rows)) % 3
    table = np.column_stack([rows, categories])
    document = page_of(table, None)
    document["features"][-1]["categories"] = ["a", "b", "c"]
    page = scripts("trust", "openTrust")

    page.evaluate(OPEN, [document, 0.9])

    for asked in table[:20] * 1.01:
        asked[-1] = round(asked[-1])
        found = page.evaluate("row => trust.nearest(row, 3)", asked.tolist())
        apart = ((rows - asked[:-1]) / rows.std(axis=0)) ** 2
        squares = apart.sum(axis=1) + (categories != asked[-1])
        wanted = np.sqrt(squares / table.shape[1])
        assert [item["index"] for item in found] == np.argsort(wanted)[:3].tolist()
        assert [item["distance"] for item in found] == pytest.approx(np.sort(wanted)[:3])


@pytest.fixture
def judging(wine: dict[str, Any], wine_trust: Trust) -> dict[str, Any]:
    """The committed release's document with what is known of a smaller forest."""
    return copy.copy(wine) | {"trust": wine_trust.model_dump(mode="json")}


def test_the_card_promises_what_was_chosen_and_says_what_was_measured(
    visitor, saved: Callable[[dict[str, Any]], str], judging: dict[str, Any]
) -> None:
    page: Page = visitor()
    page.goto(saved(judging))
    card = page.get_by_role("region", name="How far to trust it")

    card.get_by_role("button", name="99 %").click()

    expect(card.get_by_role("button", name="99 %")).to_have_attribute("aria-pressed", "true")
    expect(card.get_by_role("button", name="90 %")).to_have_attribute("aria-pressed", "false")
    measured = judging["trust"]["conformal"]["coverage"][3]
    expect(card).to_contain_text("Promised: right in at least 99 of 100.")
    expect(card).to_contain_text(f"right for {measured['shown']} of {measured['rows']} held-out")


def test_a_row_far_out_is_said_to_be_unlike_any(
    visitor, saved: Callable[[dict[str, Any]], str], judging: dict[str, Any]
) -> None:
    page: Page = visitor()
    page.goto(saved(judging))
    card = page.get_by_role("region", name="How far to trust it")
    expect(card.get_by_text("Usual", exact=True)).to_be_visible()

    first = page.get_by_role("slider").first
    first.press("Home")
    page.get_by_role("slider").last.press("End")

    expect(card.get_by_text("Unlike any that was seen", exact=True)).to_be_visible()
    expect(card).to_contain_text("None of the 133 training wines lies as far out")


def test_one_may_start_from_the_nearest_real_row(
    visitor, saved: Callable[[dict[str, Any]], str], judging: dict[str, Any]
) -> None:
    page: Page = visitor()
    page.goto(saved(judging))
    card = page.get_by_role("region", name="How far to trust it")
    nearest = card.get_by_role("listitem").filter(has=page.get_by_role("button"))
    expect(nearest).to_have_count(3)
    expect(nearest.first).not_to_contain_text("the same")

    nearest.first.get_by_role("button").click()

    expect(nearest.first).to_contain_text("the same")


def test_a_release_without_judgement_says_so(
    visitor, saved: Callable[[dict[str, Any]], str], wine: dict[str, Any]
) -> None:
    page: Page = visitor()

    page.goto(saved(copy.copy(wine) | {"trust": None}))

    card = page.get_by_role("region", name="How far to trust it")
    expect(card).to_contain_text("does not say how far its model can be trusted")
    expect(card.get_by_role("button", name="Start from it")).to_have_count(3)


@pytest.mark.parametrize("width", [360, 1440])
def test_the_card_is_accessible_and_nothing_scrolls_sideways(
    visitor,
    saved: Callable[[dict[str, Any]], str],
    judging: dict[str, Any],
    axe_violations: Callable[[Page], list[str]],
    width: int,
) -> None:
    page: Page = visitor(viewport={"width": width, "height": 900})

    page.goto(saved(judging))

    found = [problem for problem in axe_violations(page) if "trust" in problem]
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
